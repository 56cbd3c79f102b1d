//! The command line of `kulanz law`.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use kulanz_law::FeeRate;
use kulanz_types::{Currency, Money};

/// `kulanz law …`.
#[derive(Debug, Subcommand)]
pub enum LawCommand {
    /// Compute every case of a file of worked cases and print what differs
    Verify {
        /// The file; docs/law.md describes its format
        file: PathBuf,
    },
    /// Explain one claim: interest, costs, payments, limitation, with norms and formulas
    Explain(Box<ExplainArgs>),
}

/// The language of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// German
    De,
    /// English
    En,
}

/// Options of `kulanz law explain`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct ExplainArgs {
    /// The main claim, with a decimal point: 1200 or 1249.90
    #[arg(long, value_name = "AMOUNT")]
    pub principal: Decimal,
    /// Its currency
    #[arg(long, default_value = "EUR", value_name = "CODE")]
    pub currency: Currency,
    /// The day on which it fell due
    #[arg(long, value_name = "DATE")]
    pub due: NaiveDate,
    /// The day on which the obligation arose, such as the contract; without it, the due date
    #[arg(long, value_name = "DATE")]
    pub arose: Option<NaiveDate>,
    /// Contract or law fix the due date by the calendar
    #[arg(long)]
    pub calendar_due: bool,
    /// The day on which a reminder reached the debtor
    #[arg(long, value_name = "DATE")]
    pub reminder: Option<NaiveDate>,
    /// The last day that the reminder gave the debtor to pay
    #[arg(long, value_name = "DATE", requires = "reminder")]
    pub reminder_deadline: Option<NaiveDate>,
    /// The day on which the invoice reached the debtor
    #[arg(long, value_name = "DATE")]
    pub invoice: Option<NaiveDate>,
    /// The invoice warned of default after thirty days
    #[arg(long, requires = "invoice")]
    pub warned: bool,
    /// A consumer is on either side; this is the default
    #[arg(long, conflicts_with = "business")]
    pub consumer: bool,
    /// No consumer is on either side
    #[arg(long)]
    pub business: bool,
    /// A payment: day of credit and amount, 2026-01-15:200; may be given several times
    #[arg(long = "payment", value_name = "DATE:AMOUNT")]
    pub payments: Vec<GivenPayment>,
    /// The day of the order to collect; without it there are no collection costs
    #[arg(long, value_name = "DATE")]
    pub ordered: Option<NaiveDate>,
    /// The rate of VV 2300
    #[arg(long, default_value = "0.9", value_name = "RATE")]
    pub rate_2300: FeeRate,
    /// The debtor disputes the claim
    #[arg(long)]
    pub contested: bool,
    /// The case is especially extensive or difficult, which a rate above the rule needs
    #[arg(long)]
    pub difficult: bool,
    /// What the agency charges the creditor for it, net, where that is less
    #[arg(long, value_name = "AMOUNT")]
    pub charged: Option<Decimal>,
    /// The creditor cannot deduct input tax, so that VAT is part of the costs
    #[arg(long)]
    pub vat: bool,
    /// The day of the explanation; without it, today
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// The language
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// A decimal number that is not negative, before its currency is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    whole: i64,
    fraction: String,
}

/// A text that is no decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    /// Neither `1200` nor `1249.90`.
    #[error("must be an amount with a decimal point, not negative: 1200 or 1249.90")]
    Amount,
    /// Not a day and an amount.
    #[error("must be a day and an amount: 2026-01-15:200")]
    Payment,
    /// More places than the currency has.
    #[error("has more decimal places than the currency")]
    Places,
    /// Nothing to explain.
    #[error("must be more than nothing")]
    Zero,
}

impl FromStr for Decimal {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
            return Err(ArgumentError::Amount);
        }
        let whole = whole.parse().map_err(|_| ArgumentError::Amount)?;
        Ok(Self { whole, fraction: fraction.trim_end_matches('0').to_owned() })
    }
}

impl Decimal {
    /// The amount in a currency.
    pub fn in_currency(&self, currency: Currency) -> Result<Money, ArgumentError> {
        let places = currency.exponent() as usize;
        if self.fraction.len() > places {
            return Err(ArgumentError::Places);
        }
        let fraction = format!("{:0<places$}", self.fraction);
        let fraction: i64 = if places == 0 { Ok(0) } else { fraction.parse() }
            .map_err(|_| ArgumentError::Amount)?;
        let units = self.whole.checked_mul(10_i64.pow(currency.exponent()));
        let units = units.and_then(|units| units.checked_add(fraction));
        units.map(|units| Money::new(currency, units)).ok_or(ArgumentError::Amount)
    }
}

/// A payment as given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenPayment {
    /// The day of credit.
    pub date: NaiveDate,
    /// The amount.
    pub amount: Decimal,
}

impl FromStr for GivenPayment {
    type Err = ArgumentError;

    fn from_str(text: &str) -> Result<Self, ArgumentError> {
        let (date, amount) = text.split_once(':').ok_or(ArgumentError::Payment)?;
        let date = date.parse().map_err(|_| ArgumentError::Payment)?;
        Ok(Self { date, amount: amount.parse()? })
    }
}
