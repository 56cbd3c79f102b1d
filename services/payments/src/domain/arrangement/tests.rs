use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use kulanz_types::{InstalmentId, Money, Seeds};
use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn quote() -> Quote {
    Quote {
        options: vec!["a".to_owned(), "b".to_owned()],
        fixed_debt: Money::eur(50_000),
        credits: Money::eur(0),
        notice_hash: notice_hash("costs nothing"),
        valid_until: now() + Duration::days(14),
        notice_confirmed_at: None,
        accepted_at: None,
    }
}

const DEBT: (Money, Money) = (Money::eur(50_000), Money::eur(0));

fn arrangement(amounts: &[i64]) -> Arrangement {
    let seeds = Seeds::fixed(3);
    let first = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
    let instalment = |(index, cents): (usize, &i64)| Instalment {
        id: InstalmentId::generate(&seeds, now()),
        number: i32::try_from(index).unwrap() + 1,
        due_on: first + Days::new(30 * index as u64),
        amount: Money::eur(*cents),
        paid: Money::eur(0),
        state: InstalmentState::Open,
    };
    Arrangement {
        state: ArrangementState::Active,
        instalments: amounts.iter().enumerate().map(instalment).collect(),
    }
}

fn after_due(arrangement: &Arrangement, number: usize, days: u64) -> NaiveDate {
    arrangement.instalments[number - 1].due_on + Days::new(days)
}

#[test]
fn a_quote_is_not_accepted_before_its_own_notice_was_shown() {
    let mut quote = quote();
    assert_eq!(quote.accept("a", DEBT, now()), Err(QuoteRefusal::NoticeMissing));
    let other = notice_hash("costs something");
    assert_eq!(quote.confirm_notice(&other, now()), Err(QuoteRefusal::NoticeDiffers));
    assert_eq!(quote.accept("a", DEBT, now()), Err(QuoteRefusal::NoticeMissing));
    quote.confirm_notice(&notice_hash("costs nothing"), now()).unwrap();
    assert_eq!(quote.accept("a", DEBT, now()), Ok(()));
    assert_eq!(quote.accept("a", DEBT, now()), Err(QuoteRefusal::AlreadyAccepted));
}

#[test]
fn a_quote_lapses_at_its_last_instant() {
    let mut quote = quote();
    let end = quote.valid_until;
    quote.confirm_notice(&quote.notice_hash.clone(), end - Duration::seconds(1)).unwrap();
    assert_eq!(quote.accept("a", DEBT, end), Err(QuoteRefusal::Expired));
}

#[test]
fn a_payment_in_between_makes_a_quote_outdated() {
    let mut quote = quote();
    quote.confirm_notice(&quote.notice_hash.clone(), now()).unwrap();
    let paid = (Money::eur(40_000), Money::eur(10_000));
    assert_eq!(quote.accept("a", paid, now()), Err(QuoteRefusal::Outdated));
    assert_eq!(quote.accept("c", DEBT, now()), Err(QuoteRefusal::UnknownOption));
}

#[test]
fn a_payment_fills_instalments_in_order() {
    let mut plan = arrangement(&[5_000, 5_000, 5_000]);
    let applied = plan.apply_payment(Money::eur(7_000)).unwrap();
    assert_eq!(applied.filled, [1]);
    assert_eq!(plan.instalments[1].paid, Money::eur(2_000));
    let applied = plan.apply_payment(Money::eur(9_000)).unwrap();
    assert_eq!((applied.filled, applied.beyond), (vec![2, 3], Money::eur(1_000)));
    assert!(applied.completed);
    assert_eq!(plan.state, ArrangementState::Completed);
}

#[test]
fn a_returned_payment_opens_a_completed_arrangement_again() {
    let mut plan = arrangement(&[5_000, 5_000]);
    plan.apply_payment(Money::eur(10_000)).unwrap();
    plan.take_back(Money::eur(5_000)).unwrap();
    assert_eq!(plan.state, ArrangementState::Active);
    assert_eq!(plan.instalments[1].state, InstalmentState::Open);
    assert_eq!(plan.instalments[0].state, InstalmentState::Paid);
}

#[test]
fn one_missed_instalment_breaks_nothing_and_is_healed_by_paying() {
    let mut plan = arrangement(&[5_000, 5_000, 5_000]);
    let patience = Patience::default();
    assert_eq!(plan.look_at(1, after_due(&plan, 1, 5), patience), Overdue::Nothing);
    assert_eq!(plan.look_at(1, after_due(&plan, 1, 6), patience), Overdue::Missed);
    assert_eq!(plan.look_at(1, after_due(&plan, 1, 20), patience), Overdue::StillMissed);
    assert_eq!(plan.state, ArrangementState::Overdue);
    plan.apply_payment(Money::eur(5_000)).unwrap();
    assert_eq!(plan.state, ArrangementState::Active);
}

#[test]
fn a_second_missed_instalment_breaks_after_two_weeks() {
    let mut plan = arrangement(&[5_000, 5_000, 5_000]);
    let patience = Patience::default();
    plan.look_at(1, after_due(&plan, 1, 6), patience);
    assert_eq!(plan.look_at(2, after_due(&plan, 2, 6), patience), Overdue::Missed);
    assert_eq!(plan.look_at(2, after_due(&plan, 2, 15), patience), Overdue::Broken);
    let applied = plan.apply_payment(Money::eur(5_000)).unwrap();
    assert_eq!(applied.beyond, Money::eur(5_000));
}

#[test]
fn the_last_instalment_alone_breaks_after_two_weeks() {
    let mut plan = arrangement(&[5_000]);
    let patience = Patience::default();
    assert_eq!(plan.look_at(1, after_due(&plan, 1, 6), patience), Overdue::Missed);
    assert_eq!(plan.look_at(1, after_due(&plan, 1, 15), patience), Overdue::Broken);
}

proptest! {
    #[test]
    fn no_acceptance_without_the_notice_of_the_same_quote(
        steps in proptest::collection::vec((0..3_u8, 0..40_i64), 0..12),
    ) {
        let mut quote = quote();
        let mut shown_in_time = false;
        for (step, day) in steps {
            let at = now() + Duration::days(day);
            match step {
                0 => shown_in_time |= quote.confirm_notice(&notice_hash("costs nothing"), at).is_ok(),
                1 => prop_assert!(quote.confirm_notice(&notice_hash("other"), at).is_err()),
                _ => {
                    let accepted = quote.accept("b", DEBT, at).is_ok();
                    prop_assert!(!accepted || (shown_in_time && at < quote.valid_until));
                }
            }
        }
    }

    #[test]
    fn no_cent_is_lost_between_instalments(
        amounts in proptest::collection::vec(1..20_000_i64, 1..24),
        payments in proptest::collection::vec(1..30_000_i64, 0..30),
    ) {
        let mut plan = arrangement(&amounts);
        let (mut given, mut beyond) = (0, 0);
        for cents in payments {
            given += cents;
            beyond += plan.apply_payment(Money::eur(cents)).unwrap().beyond.minor_units();
        }
        let paid: i64 = plan.instalments.iter().map(|one| one.paid.minor_units()).sum();
        prop_assert_eq!(paid + beyond, given);
        prop_assert!(plan.instalments.iter().all(|one| one.paid.minor_units() <= one.amount.minor_units()));
        let first_open = plan.instalments.iter().position(|one| one.state != InstalmentState::Paid);
        if let Some(first_open) = first_open {
            prop_assert!(plan.instalments[first_open + 1..].iter().all(|one| one.paid.is_zero()));
        }
    }

    #[test]
    fn taking_a_payment_back_restores_what_was(
        amounts in proptest::collection::vec(1..20_000_i64, 1..12), before in 0..50_000_i64, cents in 1..50_000_i64,
    ) {
        let mut plan = arrangement(&amounts);
        plan.apply_payment(Money::eur(before)).unwrap();
        let earlier = plan.clone();
        let beyond = plan.apply_payment(Money::eur(cents)).unwrap().beyond.minor_units();
        plan.take_back(Money::eur(cents - beyond)).unwrap();
        prop_assert_eq!(plan, earlier);
    }
}
