//! What a claim bears: fixed when it is opened, from the creditor's terms and the facts of the row.

use chrono::NaiveDate;
use kulanz_law::{
    AllocationRule, DayCount, DefaultFacts, DefaultStart, InterestRate, start_of_default,
};
use kulanz_types::calendar::State;
use kulanz_types::{Money, MoneyError};
use serde::{Deserialize, Serialize};

use super::agency::AgencyCharges;

/// A creditor's standing terms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own norm")]
pub struct CreditorTerms {
    /// Contract or law fix the due date by the calendar (§ 286 Abs. 2 Nr. 1 BGB).
    pub due_by_calendar: bool,
    /// Invoices warn consumers of default after thirty days (§ 286 Abs. 3 S. 1 BGB).
    pub invoice_warns: bool,
    /// The creditor deducts input tax, so that VAT on costs is not its loss.
    pub deducts_input_tax: bool,
    /// Collection costs are claimed from debtors in default (§ 13e RDG).
    pub charges_costs: bool,
    /// The day of payment bears interest. No court has settled it; the default favours the debtor.
    pub payment_day_counts: bool,
    /// How many days make a year.
    pub day_count: DayCount,
    /// The rate that the creditor's contracts fix (§ 288 Abs. 3 BGB), none for the statutory one.
    pub contractual_rate: Option<InterestRate>,
    /// What the agency charges the creditor.
    pub charges: AgencyCharges,
    /// The fee of collection rises by itself where the first demand was not paid (VV 2300 note 2).
    pub raises_costs: bool,
}

impl CreditorTerms {
    /// What the creditor is charged for collecting so many claims out of court; none for as much as the law gives.
    pub fn charged_for_collecting(&self, claims: i64) -> Result<Option<Money>, MoneyError> {
        let times = |one: Money| {
            let cents = one.minor_units().checked_mul(claims).ok_or(MoneyError::Overflow)?;
            Ok(Money::new(one.currency(), cents))
        };
        self.charges.collection.map(times).transpose()
    }
}

/// The terms of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The debtor is a consumer (§ 13 BGB).
    pub consumer: bool,
    /// The interest in default.
    pub rate: InterestRate,
    /// How many days make a year.
    pub day_count: DayCount,
    /// The day of payment bears interest.
    pub payment_day_counts: bool,
    /// In which order a payment covers costs, interest and principal.
    pub allocation: AllocationRule,
    /// When default began, none while nothing has put the debtor there: then no interest, no costs.
    pub default_start: Option<DefaultStart>,
}

/// The facts of one claim that decide its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClaimFacts {
    /// When the obligation arose: the contract, else the invoice, else the due date.
    pub arose: NaiveDate,
    /// When the invoice reached the debtor, if it is known.
    pub invoiced: Option<NaiveDate>,
    /// When the debt fell due.
    pub due: NaiveDate,
    /// When the creditor's reminder reached the debtor.
    pub reminder: Option<NaiveDate>,
    /// The debtor is a consumer.
    pub consumer: bool,
    /// The claim is from a consumer loan (§ 497 BGB).
    pub consumer_loan: bool,
}

impl Terms {
    /// The terms of a claim with these facts.
    pub fn of(creditor: CreditorTerms, facts: &ClaimFacts) -> Self {
        let default_start = start_of_default(&DefaultFacts {
            due: facts.due,
            due_by_calendar: creditor.due_by_calendar,
            reminder: facts.reminder,
            reminder_deadline: None,
            refusal: None,
            served: None,
            invoice_received: facts.invoiced,
            consumer: facts.consumer,
            warned: creditor.invoice_warns,
            state: State::Nationwide,
        });
        Self {
            consumer: facts.consumer,
            rate: creditor
                .contractual_rate
                .unwrap_or_else(|| InterestRate::statutory(facts.consumer, facts.arose)),
            day_count: creditor.day_count,
            payment_day_counts: creditor.payment_day_counts,
            allocation: if facts.consumer_loan {
                AllocationRule::ConsumerLoan
            } else {
                AllocationRule::CostsInterestPrincipal
            },
            default_start,
        }
    }

    /// Whether the debtor is in default on `date`.
    pub fn in_default_on(&self, date: NaiveDate) -> bool {
        self.default_start.is_some_and(|start| start.first_day <= date)
    }
}

#[cfg(test)]
mod tests {
    use kulanz_law::DefaultReason;

    use super::*;

    fn facts(consumer: bool) -> ClaimFacts {
        let date = |text: &str| text.parse().unwrap();
        ClaimFacts {
            arose: date("2026-01-02"),
            invoiced: Some(date("2026-01-05")),
            due: date("2026-02-04"),
            reminder: None,
            consumer,
            consumer_loan: false,
        }
    }

    #[test]
    fn a_business_pays_nine_points_once_thirty_days_have_passed() {
        let terms = Terms::of(CreditorTerms::default(), &facts(false));
        assert_eq!(terms.rate, InterestRate::BUSINESS);
        let start = terms.default_start.unwrap();
        assert_eq!(start.reason, DefaultReason::ThirtyDays);
        assert!(terms.in_default_on(start.first_day));
        assert!(!terms.in_default_on(start.first_day.pred_opt().unwrap()));
    }

    #[test]
    fn an_unreminded_consumer_owes_no_interest() {
        let terms = Terms::of(CreditorTerms::default(), &facts(true));
        assert_eq!(terms.default_start, None);
        assert!(!terms.in_default_on("2026-11-23".parse().unwrap()));
    }

    #[test]
    fn terms_survive_being_kept_as_text() {
        let terms = Terms::of(CreditorTerms::default(), &facts(false));
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), terms);
    }
}
