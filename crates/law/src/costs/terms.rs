use std::fmt;

use chrono::NaiveDate;
use kulanz_types::Money;
use serde::{Serialize, Serializer};

use crate::{LawError, Refusal};

/// A fee rate of the RVG in hundredths: `FeeRate::SIMPLE` is 0.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeeRate(u16);

impl FeeRate {
    /// 0.5: a simple case, as a rule one paid within two weeks of the first demand (VV 2300 note 2).
    pub const SIMPLE: Self = Self(50);
    /// 0.9: the uncontested case (VV 2300 note 2).
    pub const UNCONTESTED: Self = Self(90);
    /// 1.3: the most that an especially extensive or difficult uncontested case may cost.
    pub const UNCONTESTED_CAP: Self = Self(130);
    /// 2.5: the most that a contested case may cost (VV 2300).
    pub const CONTESTED_CAP: Self = Self(250);
    /// 0.7: agreement on payment (VV 1000 Nr. 2).
    pub(super) const AGREEMENT: Self = Self(70);
    /// 3.0: a suit, of the court's fee (Nr. 1210 KV GKG).
    pub(super) const SUIT: Self = Self(300);
    /// 1.0: court dunning (VV 3305).
    pub(super) const DUNNING: Self = Self(100);
    /// 0.75: the most of VV 2300 that is credited on it (Vorbem. 3 Abs. 4).
    pub(super) const CREDIT_CAP: Self = Self(75);
    /// 0.3: enforcement (VV 3309); also the increase for each further client (VV 1008).
    pub(super) const ENFORCEMENT: Self = Self(30);
    /// 2.0: the most that further clients add (VV 1008 note 3).
    const CLIENTS_CAP: Self = Self(200);

    /// A rate in hundredths.
    pub const fn hundredths(hundredths: u16) -> Self {
        Self(hundredths)
    }

    /// The rate with 0.3 for every client after the first, at most 2.0 more (VV 1008).
    pub(super) fn for_clients(self, clients: u16) -> Self {
        let further = clients.saturating_sub(1).saturating_mul(Self::ENFORCEMENT.0);
        Self(self.0.saturating_add(further.min(Self::CLIENTS_CAP.0)))
    }

    /// The fee, rounded half up to the cent (§ 2 Abs. 2 RVG, § 34 Abs. 2 GKG), at least 15 EUR (§ 13 Abs. 3 RVG,
    /// § 34 Abs. 2 GKG).
    pub(super) fn of(self, fee: Money) -> Money {
        let cents = round_percent(fee.minor_units(), i64::from(self.0));
        Money::new(fee.currency(), cents.max(1_500))
    }
}

impl fmt::Display for FeeRate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        out.write_str(shown.strip_suffix('0').unwrap_or(&shown))
    }
}

impl std::str::FromStr for FeeRate {
    type Err = crate::ParsePercentError;

    /// Reads `0.9`, at most two decimals.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rate: crate::Percent = text.parse()?;
        let whole = rate.millionths() % 100 == 0;
        let hundredths = u16::try_from(rate.millionths() / 100).ok().filter(|_| whole);
        hundredths.map(Self).ok_or(crate::ParsePercentError)
    }
}

impl Serialize for FeeRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What decides the costs of collecting a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own norm")]
pub struct CostTerms {
    /// The main claim without interest and costs (§ 23 Abs. 1 RVG, § 43 Abs. 1 GKG); the claims of one
    /// matter added up (§ 22 Abs. 1 RVG).
    pub value: Money,
    /// The day on which the creditor's order became unconditional: it selects the table.
    pub ordered: NaiveDate,
    /// The rate of VV 2300 for one client.
    pub rate: FeeRate,
    /// Whether the debtor disputed the claim: then note 2 to VV 2300 and the small-claim fee do not apply.
    pub contested: bool,
    /// How many clients are owed the same thing, at least one (VV 1008).
    pub clients: u16,
    /// Whether a rate above the rule has a recorded reason.
    pub difficult: bool,
    /// Whether the debtor agreed to bear the fee of a payment agreement. None is charged by default.
    pub agreement: bool,
    /// Whether the creditor deducts input tax. If so, VAT is no loss and cannot be claimed.
    pub deducts_input_tax: bool,
    /// What the agency really charges its client, net: the debtor owes no more of it (§ 13e Abs. 1 RDG). None: as
    /// much as the law gives.
    pub charged: Option<Money>,
}

impl CostTerms {
    /// An uncontested claim of one client who deducts input tax, without agreement or lower charge.
    pub const fn uncontested(value: Money, ordered: NaiveDate, rate: FeeRate) -> Self {
        Self {
            value,
            ordered,
            rate,
            contested: false,
            clients: 1,
            difficult: false,
            agreement: false,
            deducts_input_tax: true,
            charged: None,
        }
    }

    /// Refuses what VV 2300 does not give.
    pub(super) fn check(&self) -> Result<(), LawError> {
        if !self.value.is_positive() {
            return Err(Refusal::NoMainClaim.into());
        }
        if self.rate < FeeRate::SIMPLE || self.rate > FeeRate::CONTESTED_CAP {
            return Err(Refusal::RateOutOfRange.into());
        }
        if !self.contested && self.rate > FeeRate::UNCONTESTED_CAP {
            return Err(Refusal::RateAboveCap.into());
        }
        let rule = if self.contested { FeeRate::UNCONTESTED_CAP } else { FeeRate::UNCONTESTED };
        if self.rate > rule && !self.difficult {
            return Err(Refusal::RateNeedsReason.into());
        }
        Ok(())
    }
}

/// `percent` hundredths of an amount that is not negative, rounded half up.
pub(super) fn round_percent(cents: i64, percent: i64) -> i64 {
    let wide = (2 * i128::from(cents) * i128::from(percent) + 100).div_euclid(200);
    i64::try_from(wide).unwrap_or(i64::MAX)
}
