use chrono::NaiveDate;
use kulanz_types::Money;

use super::{CostTerms, collection_costs};
use crate::{AmountLine, DefaultStart, LawError, Refusal};

/// The facts of a claim that decide whether its costs can be claimed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostClaim {
    /// When default began.
    pub default_start: Option<DefaultStart>,
    /// The main claim, to hold the value against.
    pub principal: Money,
    /// Whether the matter bore the flat sum for expenses already (VV 7002).
    pub expenses_charged: bool,
    /// Whether the creditor asks for VAT.
    pub asks_vat: bool,
}

/// The costs of a claim, refused where the law gives none: without default before the order (§§ 280 Abs. 2,
/// 286 BGB), a value with interest or costs, expenses a second time, VAT that is no loss.
pub fn claimable_costs(terms: &CostTerms, claim: &CostClaim) -> Result<Vec<AmountLine>, LawError> {
    if claim.default_start.is_none_or(|start| start.first_day > terms.ordered) {
        return Err(Refusal::CostsWithoutDefault.into());
    }
    if terms.value.checked_sub(claim.principal)?.is_positive() {
        return Err(Refusal::ValueWithSideClaims.into());
    }
    if claim.expenses_charged {
        return Err(Refusal::SecondExpenses.into());
    }
    if claim.asks_vat && terms.deducts_input_tax {
        return Err(Refusal::VatNotALoss.into());
    }
    collection_costs(terms)
}

/// An agency and a lawyer in one matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoublePursuit {
    /// When the agency was engaged.
    pub agency_ordered: NaiveDate,
    /// When the lawyer was.
    pub lawyer_ordered: NaiveDate,
    /// When the debtor first disputed the claim.
    pub first_disputed: Option<NaiveDate>,
}

/// Whether the debtor owes both: only if the first dispute came after the agency was engaged and so caused
/// the lawyer's engagement (§ 13f RDG).
pub fn agency_and_lawyer(facts: &DoublePursuit) -> Result<(), LawError> {
    let caused = facts
        .first_disputed
        .is_some_and(|day| day > facts.agency_ordered && day <= facts.lawyer_ordered);
    if caused { Ok(()) } else { Err(Refusal::AgencyAndLawyer.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DefaultReason, FeeRate};

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_the_law_does_not_give_is_refused() {
        let terms = CostTerms::uncontested(Money::eur(75_000), date("2026-03-02"), FeeRate::SIMPLE);
        let start = DefaultStart { first_day: date("2026-03-02"), reason: DefaultReason::Reminder };
        let claim = CostClaim {
            default_start: Some(start),
            principal: Money::eur(75_000),
            expenses_charged: false,
            asks_vat: false,
        };
        assert!(claimable_costs(&terms, &claim).is_ok());
        let refused = |claim: CostClaim| claimable_costs(&terms, &claim).unwrap_err();
        let late = DefaultStart { first_day: date("2026-03-03"), ..start };
        for default_start in [None, Some(late)] {
            let claim = CostClaim { default_start, ..claim };
            assert_eq!(refused(claim), Refusal::CostsWithoutDefault.into());
        }
        let small = CostClaim { principal: Money::eur(74_999), ..claim };
        assert_eq!(refused(small), Refusal::ValueWithSideClaims.into());
        let second = CostClaim { expenses_charged: true, ..claim };
        assert_eq!(refused(second), Refusal::SecondExpenses.into());
        assert_eq!(refused(CostClaim { asks_vat: true, ..claim }), Refusal::VatNotALoss.into());
    }

    #[test]
    fn agency_and_lawyer_count_twice_only_if_the_debtor_disputed_in_between() {
        let facts = |disputed: Option<&str>| DoublePursuit {
            agency_ordered: date("2026-03-02"),
            lawyer_ordered: date("2026-05-04"),
            first_disputed: disputed.map(date),
        };
        assert_eq!(agency_and_lawyer(&facts(Some("2026-04-01"))), Ok(()));
        for disputed in [None, Some("2026-03-02"), Some("2026-05-05")] {
            assert_eq!(agency_and_lawyer(&facts(disputed)), Err(Refusal::AgencyAndLawyer.into()));
        }
    }
}
