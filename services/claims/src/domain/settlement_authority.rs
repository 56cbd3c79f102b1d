//! How far below the full amount the agency may go without asking the creditor.

use chrono::NaiveDate;
use kulanz_law::Percent;
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

/// A whole in the unit of [`Percent::millionths`].
const WHOLE: i128 = 1_000_000;

/// What a creditor allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementAuthority {
    /// Most that may be waived of the open total.
    pub max_discount: Percent,
    /// Only for claims whose due date is at least this many days past.
    pub min_days_overdue: i32,
    /// Largest open total for which it holds, none for any.
    pub max_open_total: Option<Money>,
    /// Last day on which it may be used.
    pub valid_until: Option<NaiveDate>,
}

/// What stands against a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementRule {
    /// The creditor allows none.
    NoAuthority,
    /// More would be waived than the creditor allows.
    Discount,
    /// The claim is not overdue long enough.
    TooYoung,
    /// More is open than the creditor allows to settle.
    TooLarge,
    /// The authority has run out.
    Expired,
    /// The claim is closed.
    Closed,
    /// The debtor objects: first that has to be answered.
    Disputed,
}

impl SettlementRule {
    /// The rule's id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NoAuthority => "claims.settlement.no_authority",
            Self::Discount => "claims.settlement.discount",
            Self::TooYoung => "claims.settlement.too_young",
            Self::TooLarge => "claims.settlement.too_large",
            Self::Expired => "claims.settlement.expired",
            Self::Closed => "claims.settlement.closed",
            Self::Disputed => "claims.settlement.disputed",
        }
    }
}

/// A settlement that someone proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// What would be paid, in the currency of the claim.
    pub amount: Money,
    /// What is open on the day by which it would be paid.
    pub open_total: Money,
    /// When the claim fell due.
    pub due: NaiveDate,
    /// Today.
    pub today: NaiveDate,
    /// The claim is closed.
    pub closed: bool,
    /// The debtor objects.
    pub disputed: bool,
}

/// What the creditor says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What stands against it.
    pub rule: Option<SettlementRule>,
    /// The least that may be agreed; none where nothing below the full amount may.
    pub floor: Option<Money>,
}

/// Whether a proposal is within the authority. Whoever pays in full needs none.
pub fn check(authority: Option<&SettlementAuthority>, proposal: &Proposal) -> Verdict {
    if let Err(rule) = standing(proposal) {
        return Verdict { rule: Some(rule), floor: None };
    }
    let in_full = proposal.amount.minor_units() >= proposal.open_total.minor_units();
    match authority.ok_or(SettlementRule::NoAuthority).and_then(|a| a.floor(proposal)) {
        Ok(floor) => {
            let enough = proposal.amount.minor_units() >= floor.minor_units();
            let rule = (!enough).then_some(SettlementRule::Discount);
            Verdict { rule, floor: Some(floor) }
        }
        Err(rule) => Verdict { rule: (!in_full).then_some(rule), floor: None },
    }
}

fn standing(proposal: &Proposal) -> Result<(), SettlementRule> {
    if proposal.closed {
        return Err(SettlementRule::Closed);
    }
    if proposal.disputed { Err(SettlementRule::Disputed) } else { Ok(()) }
}

impl SettlementAuthority {
    /// The least that may be agreed, rounded up to the cent in the creditor's favour.
    fn floor(&self, proposal: &Proposal) -> Result<Money, SettlementRule> {
        let open = proposal.open_total;
        if self.valid_until.is_some_and(|last| proposal.today > last) {
            return Err(SettlementRule::Expired);
        }
        if (proposal.today - proposal.due).num_days() < i64::from(self.min_days_overdue) {
            return Err(SettlementRule::TooYoung);
        }
        let too_large = |most: Money| {
            most.currency() != open.currency() || open.minor_units() > most.minor_units()
        };
        if self.max_open_total.is_some_and(too_large) {
            return Err(SettlementRule::TooLarge);
        }
        let kept = WHOLE - i128::from(self.max_discount.millionths());
        let least = (i128::from(open.minor_units()) * kept + WHOLE - 1).div_euclid(WHOLE);
        let least = i64::try_from(least).unwrap_or(open.minor_units());
        Ok(Money::new(open.currency(), least))
    }
}

#[cfg(test)]
mod tests {
    use kulanz_types::Currency;
    use proptest::prelude::*;

    use super::*;

    fn euros(cents: i64) -> Money {
        Money::new(Currency::EUR, cents)
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn authority() -> SettlementAuthority {
        SettlementAuthority {
            max_discount: Percent::whole(30),
            min_days_overdue: 90,
            max_open_total: Some(euros(100_000)),
            valid_until: Some(date("2026-12-31")),
        }
    }

    fn proposal(cents: i64) -> Proposal {
        Proposal {
            amount: euros(cents),
            open_total: euros(10_001),
            due: date("2026-05-01"),
            today: date("2026-11-16"),
            closed: false,
            disputed: false,
        }
    }

    #[test]
    fn the_floor_is_rounded_up() {
        // 70 % of 100.01 is 70.007.
        let verdict = check(Some(&authority()), &proposal(7_001));
        assert_eq!(verdict, Verdict { rule: None, floor: Some(euros(7_001)) });
        let below = check(Some(&authority()), &proposal(7_000));
        assert_eq!(below.rule, Some(SettlementRule::Discount));
    }

    #[test]
    fn each_guard_stands_by_itself() {
        let rule = |authority, proposal| check(Some(&authority), &proposal).rule.unwrap();
        let good = proposal(8_000);
        let late = SettlementAuthority { valid_until: Some(date("2026-11-15")), ..authority() };
        assert_eq!(rule(late, good), SettlementRule::Expired);
        let young = Proposal { due: date("2026-08-19"), ..good };
        assert_eq!(rule(authority(), young), SettlementRule::TooYoung);
        let small = SettlementAuthority { max_open_total: Some(euros(10_000)), ..authority() };
        assert_eq!(rule(small, good), SettlementRule::TooLarge);
        assert_eq!(rule(authority(), Proposal { closed: true, ..good }), SettlementRule::Closed);
        assert_eq!(
            rule(authority(), Proposal { disputed: true, ..good }),
            SettlementRule::Disputed
        );
        assert_eq!(check(None, &good).rule, Some(SettlementRule::NoAuthority));
        assert_eq!(check(None, &proposal(10_001)).rule, None);
    }

    #[test]
    fn each_guard_holds_from_the_next_cent_or_day_on() {
        let allowed = |authority| check(Some(&authority), &proposal(8_000)).rule;
        let last_day = SettlementAuthority { valid_until: Some(date("2026-11-16")), ..authority() };
        assert_eq!(allowed(last_day), None);
        let as_large = SettlementAuthority { max_open_total: Some(euros(10_001)), ..authority() };
        assert_eq!(allowed(as_large), None);
        // From 1 May to 16 November there are 199 days.
        let as_old = SettlementAuthority { min_days_overdue: 199, ..authority() };
        assert_eq!(allowed(as_old), None);
        let older = SettlementAuthority { min_days_overdue: 200, ..authority() };
        assert_eq!(allowed(older), Some(SettlementRule::TooYoung));
    }

    proptest! {
        #[test]
        fn never_more_is_waived_than_allowed(
            open in 1i64..1_000_000_000_000, discount in 0i32..=10_000, paid in 1i64..1_000_000_000_000,
        ) {
            let max_discount = Percent::basis_points(discount);
            let authority = SettlementAuthority { max_discount, max_open_total: None, ..authority() };
            let asked = Proposal { amount: euros(paid), open_total: euros(open), ..proposal(1) };
            let verdict = check(Some(&authority), &asked);
            let waived = i128::from((open - paid).max(0));
            let within = waived * 10_000 <= i128::from(open) * i128::from(discount);
            prop_assert_eq!(verdict.rule.is_none(), within);
        }
    }
}
