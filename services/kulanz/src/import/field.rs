use std::{fmt, str::FromStr};

use serde::Deserialize;

/// A field of a claim that a column of a creditor's file can be mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The creditor's invoice number: unique per claim, the key of every later import.
    ClaimReference,
    /// The creditor's customer number.
    CustomerNumber,
    /// The day the invoice was written.
    InvoiceDate,
    /// The day payment was due.
    DueDate,
    /// The open amount with VAT, nothing added.
    Amount,
    /// ISO 4217.
    Currency,
    /// Values `mr`, `ms`, `company`, `none`.
    Salutation,
    /// First name, with a title before it.
    FirstName,
    /// Surname; for a company that of the contact person.
    LastName,
    /// Company name with legal form.
    Company,
    /// Street and house number.
    Street,
    /// Postcode; it may begin with 0.
    Postcode,
    /// City.
    City,
    /// ISO 3166-1 alpha-2.
    Country,
    /// E-mail address.
    Email,
    /// Telephone number, mobile if known.
    Phone,
    /// The account that the customer paid from so far.
    Iban,
    /// Birth date of a natural person.
    BirthDate,
    /// ISO 639-1.
    Language,
    /// What was ordered.
    Subject,
    /// The day the contract was made.
    ContractDate,
    /// The day of the creditor's reminder.
    ReminderDate,
    /// The first day of default, where the creditor states it.
    DefaultSince,
    /// What the creditor already charged for reminding.
    CreditorCosts,
    /// Values `yes`, `no`: consumer (§ 13 BGB) or business (§ 14 BGB).
    Consumer,
    /// Values `yes`, `no`: the customer disputes the claim.
    Disputed,
    /// What was already paid on the invoice.
    AlreadyPaid,
    /// What those costs are for; needed with them (§ 13a Abs. 1 Nr. 5 RDG).
    CreditorCostsReason,
    /// Per cent a year that the contract fixes (§ 288 Abs. 3 BGB).
    ContractualRate,
    /// Why a rate above the statutory one is owed (§ 13a Abs. 1 Nr. 4 RDG).
    ContractualRateReason,
    /// Values `yes`, `no`: from a consumer loan (§ 491 BGB).
    ConsumerLoan,
    /// Values `yes`, `no`: collateral, a guarantor or a title secures it.
    Secured,
    /// The day on which a title for it became final.
    TitleFinalOn,
    /// Values `yes`, `no`: the customer has died.
    Deceased,
    /// Why the customer is shielded: `insolvency`, `death`, `debt_adviser`, `lawyer`, `guardian`,
    /// `vulnerable` or `none`.
    Protection,
}

impl Field {
    /// Every field, in the order of the reference in docs/import.md.
    pub const ALL: [Self; 35] = [
        Self::ClaimReference,
        Self::CustomerNumber,
        Self::InvoiceDate,
        Self::DueDate,
        Self::Amount,
        Self::Currency,
        Self::Salutation,
        Self::FirstName,
        Self::LastName,
        Self::Company,
        Self::Street,
        Self::Postcode,
        Self::City,
        Self::Country,
        Self::Email,
        Self::Phone,
        Self::Iban,
        Self::BirthDate,
        Self::Language,
        Self::Subject,
        Self::ContractDate,
        Self::ReminderDate,
        Self::DefaultSince,
        Self::CreditorCosts,
        Self::Consumer,
        Self::Disputed,
        Self::AlreadyPaid,
        Self::CreditorCostsReason,
        Self::ContractualRate,
        Self::ContractualRateReason,
        Self::ConsumerLoan,
        Self::Secured,
        Self::TitleFinalOn,
        Self::Deceased,
        Self::Protection,
    ];

    /// What no claim can do without: a mapping must say where each of these comes from, and a
    /// row in which one is empty is rejected.
    pub const REQUIRED: [Self; 11] = [
        Self::ClaimReference,
        Self::CustomerNumber,
        Self::InvoiceDate,
        Self::DueDate,
        Self::Amount,
        Self::Currency,
        Self::Street,
        Self::Postcode,
        Self::City,
        Self::Country,
        Self::Consumer,
    ];

    /// The name in mapping files, reports and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaimReference => "claim_reference",
            Self::CustomerNumber => "customer_number",
            Self::InvoiceDate => "invoice_date",
            Self::DueDate => "due_date",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Salutation => "salutation",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Company => "company",
            Self::Street => "street",
            Self::Postcode => "postcode",
            Self::City => "city",
            Self::Country => "country",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::BirthDate => "birth_date",
            Self::Language => "language",
            Self::Subject => "subject",
            Self::ContractDate => "contract_date",
            Self::ReminderDate => "reminder_date",
            Self::DefaultSince => "default_since",
            Self::CreditorCosts => "creditor_costs",
            Self::Consumer => "consumer",
            Self::Disputed => "disputed",
            Self::AlreadyPaid => "already_paid",
            Self::CreditorCostsReason => "creditor_costs_reason",
            Self::ContractualRate => "contractual_rate",
            Self::ContractualRateReason => "contractual_rate_reason",
            Self::ConsumerLoan => "consumer_loan",
            Self::Secured => "secured",
            Self::TitleFinalOn => "title_final_on",
            Self::Deceased => "deceased",
            Self::Protection => "protection",
        }
    }

    /// The closed list that a value map of this field may translate to; empty: any value.
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            Self::Salutation => &["mr", "ms", "company", "none"],
            Self::Consumer
            | Self::Disputed
            | Self::ConsumerLoan
            | Self::Secured
            | Self::Deceased => &["yes", "no"],
            Self::Protection => {
                &["none", "insolvency", "death", "debt_adviser", "lawyer", "guardian", "vulnerable"]
            }
            _ => &[],
        }
    }

    /// The longest text that is still a value of this field, in characters.
    pub const fn longest(self) -> usize {
        match self {
            Self::ClaimReference | Self::CustomerNumber | Self::Phone | Self::Iban => 64,
            Self::Subject | Self::CreditorCostsReason | Self::ContractualRateReason => 500,
            Self::Email => 254,
            _ => 200,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Field {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|field| field.name() == text).ok_or(())
    }
}
