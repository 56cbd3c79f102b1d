use chrono::NaiveDate;
use kulanz_types::MoneyError;

/// Why the calculator refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    /// The day lies outside the dated table that the rule needs.
    #[error("no {table} in force on {date}")]
    NoTable {
        /// The table asked for, such as `base rate § 247 BGB`.
        table: &'static str,
        /// The day that no row covers.
        date: NaiveDate,
    },
    /// A posting needs final values, and this one would rest on a value not yet announced.
    #[error("provisional from {from}: the {table} is not announced yet")]
    Provisional {
        /// The table whose last value would stand in.
        table: &'static str,
        /// The first day whose value is not final.
        from: NaiveDate,
    },
    /// The input contradicts the rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An amount left the range or the currency of the calculation.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// What the law does not allow, or what no calculation could be right for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An amount below zero where none can be.
    #[error("the calculation needs amounts that are not negative")]
    NegativeAmount,
    /// A result beyond 64 bits of minor units.
    #[error("the amount leaves the range of the calculation")]
    AmountOutOfRange,
    /// A date beyond the calendar.
    #[error("the date leaves the calendar")]
    DateOutOfRange,
    /// A period whose end lies before its beginning.
    #[error("the period ends before it begins")]
    PeriodReversed,
    /// Nine or eight points with a consumer on a side.
    #[error(
        "nine points need a payment claim without a consumer on either side (§ 288 Abs. 2 BGB)"
    )]
    BusinessRateWithConsumer,
    /// Default interest on default interest.
    #[error("default interest bears no default interest (§ 289 BGB)")]
    InterestOnInterest,
    /// Interest for days before the computed first one.
    #[error("interest is asked for days before default began (§ 286 BGB)")]
    StartBeforeDefault,
    /// More than the statutory rate without a recorded reason.
    #[error("a rate above the statutory one needs a reason (§ 288 Abs. 3, 4 BGB)")]
    RateAboveStatutory,
    /// Months of thirty days for anything but a contract's own rate.
    #[error("30/360 is for interest at a rate that the contract fixes")]
    ThirtyDayMonths,
    /// Costs without a main claim.
    #[error("costs need a main claim")]
    NoMainClaim,
    /// More than the cap of an uncontested claim.
    #[error("an uncontested claim bears at most 1.3 (VV 2300 note 2)")]
    RateAboveCap,
    /// More than the rule without a recorded reason.
    #[error("the rate needs a reason: the case was especially extensive or difficult (VV 2300)")]
    RateNeedsReason,
    /// Outside 0.5 to 2.5.
    #[error("the rate lies outside 0.5 to 2.5 (VV 2300)")]
    RateOutOfRange,
    /// Costs although the debtor was not in default when the agency was engaged.
    #[error("costs are damage of default and need one before the order (§§ 280 Abs. 2, 286 BGB)")]
    CostsWithoutDefault,
    /// The flat sum for expenses a second time in one matter.
    #[error("the flat sum for expenses arises once per matter (VV 7002)")]
    SecondExpenses,
    /// VAT although the creditor deducts it.
    #[error("a creditor who deducts input tax loses none and cannot claim it (VV 7008)")]
    VatNotALoss,
    /// A value with interest or costs in it.
    #[error("the value is the main claim without interest and costs (§ 43 Abs. 1 GKG)")]
    ValueWithSideClaims,
    /// Agency and lawyer, both at the debtor's expense.
    #[error("agency and lawyer count once unless the debtor disputed in between (§ 13f RDG)")]
    AgencyAndLawyer,
    /// What the client was charged is no amount of the claim's currency.
    #[error("the agency's charge is no amount in the claim's currency")]
    ChargeInvalid,
    /// A number under which the schedule of the `GvKostG` has no fixed fee.
    #[error("the schedule of the GvKostG has no fixed fee of this number")]
    NoFixedFee,
    /// An amount in another currency than the one the law names it in.
    #[error("the rule is in euro and the claim is not")]
    NotEuro,
    /// The flat sum from a consumer.
    #[error("a consumer owes no flat sum (§ 288 Abs. 5 BGB)")]
    FlatSumFromConsumer,
    /// Claims of several creditors in one pool.
    #[error("a payment is never divided over claims of several creditors (§ 366 BGB)")]
    SeveralCreditors,
    /// One claim twice.
    #[error("a claim is given twice")]
    DuplicateClaim,
    /// A designation that names no open claim.
    #[error("the payment is designated to a claim that is not among the open ones")]
    UnknownDesignation,
    /// Another order inside a consumer loan.
    #[error("the order of § 497 Abs. 3 BGB is mandatory")]
    MandatoryOrder,
    /// An instalment that never ends the debt.
    #[error("the instalment never ends the debt")]
    InstalmentInsufficient,
}
