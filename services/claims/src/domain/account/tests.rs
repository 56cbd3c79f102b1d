use chrono::NaiveDate;
use kulanz_law::{AllocationRule, DayCount, DefaultReason, DefaultStart, InterestRate};
use kulanz_types::{Currency, EntryId, Money, PaymentId, Seeds};

use super::*;
use crate::domain::terms::Terms;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn terms() -> Terms {
    Terms {
        consumer: true,
        rate: InterestRate::CONSUMER,
        day_count: DayCount::Act365,
        payment_day_counts: false,
        allocation: AllocationRule::CostsInterestPrincipal,
        default_start: Some(DefaultStart {
            first_day: date("2026-03-17"),
            reason: DefaultReason::Reminder,
        }),
    }
}

struct Book {
    seeds: Seeds,
    entries: Vec<Entry>,
}

impl Book {
    fn new(principal: i64) -> Self {
        let mut book = Self { seeds: Seeds::fixed(7), entries: Vec::new() };
        book.add(EntryKind::Principal, "2026-03-02", principal);
        book
    }

    fn add(&mut self, kind: EntryKind, day: &str, cents: i64) {
        let now = date("2026-01-01").and_time(chrono::NaiveTime::MIN).and_utc();
        self.entries.push(Entry {
            id: EntryId::generate(&self.seeds, now),
            kind,
            value_date: date(day),
            amount: Money::eur(cents),
        });
    }

    fn payment(&self) -> PaymentId {
        PaymentId::generate(&self.seeds, chrono::DateTime::UNIX_EPOCH)
    }

    fn on(&self, day: &str) -> Replay {
        replay(Currency::EUR, &terms(), &self.entries, date(day)).unwrap()
    }
}

fn open(replay: &Replay) -> (i64, i64, i64) {
    let parts = replay.open;
    (parts.costs.minor_units(), parts.interest.minor_units(), parts.principal.minor_units())
}

#[test]
fn a_balance_includes_the_interest_of_its_day() {
    let book = Book::new(75_000);
    assert_eq!(open(&book.on("2026-03-16")), (0, 0, 75_000));
    // 750.00 x (6.27 x 106 + 6.52 x 144) / 36,500
    assert_eq!(open(&book.on("2026-11-21")), (0, 3_295, 75_000));
}

#[test]
fn a_payment_covers_costs_then_interest_then_principal() {
    let mut book = Book::new(75_000);
    book.add(EntryKind::Cost, "2026-11-16", 10_044);
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-22", 20_000);
    let (_, allocation) = book.on("2026-11-22").allocations[0];
    assert_eq!(allocation.allocated.interest, Money::eur(3_295));
    assert_eq!(open(&book.on("2026-11-22")), (0, 12, 68_339));
}

#[test]
fn interest_after_a_payment_runs_on_the_principal_left() {
    let mut book = Book::new(75_000);
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-22", 40_000);
    let replay = book.on("2026-12-02");
    let last = replay.segments.last().unwrap();
    assert_eq!((last.from, last.days), (date("2026-11-22"), 11));
    assert_eq!(last.principal, replay.open.principal);
}

#[test]
fn a_returned_payment_leaves_the_account_as_if_it_had_never_come() {
    let mut book = Book::new(75_000);
    let before = open(&book.on("2026-12-24"));
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-20", 40_000);
    book.add(EntryKind::Reversal(payment), "2026-11-27", 40_000);
    assert_eq!(open(&book.on("2026-12-24")), before);
}

#[test]
fn a_back_dated_payment_saves_the_interest_of_the_days_it_was_there() {
    let mut late = Book::new(75_000);
    let payment = late.payment();
    late.add(EntryKind::Cost, "2026-11-16", 5_000);
    late.add(EntryKind::Payment(payment), "2026-10-01", 10_000);
    let mut early = Book::new(75_000);
    let payment = early.payment();
    early.add(EntryKind::Payment(payment), "2026-10-01", 10_000);
    early.add(EntryKind::Cost, "2026-11-16", 5_000);
    assert_eq!(open(&late.on("2026-11-22")), open(&early.on("2026-11-22")));
}

#[test]
fn a_claim_without_default_bears_no_interest() {
    let book = Book::new(75_000);
    let calm = Terms { default_start: None, ..terms() };
    let replay = replay(Currency::EUR, &calm, &book.entries, date("2026-11-22")).unwrap();
    assert_eq!(open(&replay), (0, 0, 75_000));
}

#[test]
fn what_is_paid_beyond_the_debt_stays_visible() {
    let mut book = Book::new(10_000);
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-03-10", 12_500);
    let replay = book.on("2026-11-22");
    assert_eq!(open(&replay), (0, 0, 0));
    assert_eq!(replay.snapshot.overpaid, Money::eur(2_500));
}

#[test]
fn a_stated_amount_settles_even_if_it_travels_over_a_weekend() {
    for (credited, settled) in [("2026-11-21", true), ("2026-11-25", true), ("2026-12-04", false)] {
        let mut book = Book::new(75_000);
        let payment = book.payment();
        // The statement of Friday, 20 November named 750.00 and 32.81 of interest.
        book.add(EntryKind::Payment(payment), credited, 78_281);
        let replay = book.on("2026-12-31");
        assert_eq!(replay.open.total().unwrap().is_zero(), settled, "{credited}");
        assert!(replay.snapshot.overpaid.is_zero());
    }
}

#[test]
fn a_payment_one_cent_short_of_every_statement_does_not_settle() {
    let mut book = Book::new(75_000);
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-21", 78_200);
    assert!(book.on("2026-11-21").open.principal.is_positive());
}

#[test]
fn a_credit_takes_its_interest_with_it() {
    let mut book = Book::new(75_000);
    book.add(EntryKind::Credit, "2026-03-02", 25_000);
    let lower = Book::new(50_000);
    assert_eq!(open(&book.on("2026-11-21")), open(&lower.on("2026-11-21")));
}

#[test]
fn a_cost_that_is_taken_back_leaves_its_payment_to_the_rest() {
    let mut book = Book::new(75_000);
    book.add(EntryKind::Cost, "2026-11-16", 10_044);
    let cost = book.entries[1].id;
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-22", 20_000);
    book.add(EntryKind::Correction(cost), "2026-11-16", 10_044);
    // 200.00 on 32.95 of interest, 167.05 on the principal.
    assert_eq!(open(&book.on("2026-11-22")), (0, 10, 58_295));
    assert_eq!(book.on("2026-11-22").credited, Money::eur(20_000));
}

#[test]
fn two_payments_of_one_day_settle_what_they_come_to_together() {
    // The statement of Friday, 20 November named 750.00 and 32.81 of interest.
    let settled = |cents: [i64; 2]| {
        let mut book = Book::new(75_000);
        for cents in cents {
            let payment = book.payment();
            book.add(EntryKind::Payment(payment), "2026-11-25", cents);
        }
        let replay = book.on("2026-12-31");
        (open(&replay), replay.snapshot.overpaid, replay.snapshot.waived)
    };
    assert_eq!(settled([78_000, 281]), settled([281, 78_000]));
    assert_eq!(settled([78_000, 281]).0, (0, 0, 0));
    // What is there in full is not waived, whatever came first.
    assert_eq!(settled([78_290, 500]), settled([500, 78_290]));
    assert!(settled([78_290, 500]).2.is_zero());
}

#[test]
fn a_consumer_loan_covers_the_amount_owed_before_the_interest() {
    let mut book = Book::new(75_000);
    book.add(EntryKind::Cost, "2026-11-16", 10_044);
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-22", 20_000);
    let loan = Terms { allocation: AllocationRule::ConsumerLoan, ..terms() };
    let replay = replay(Currency::EUR, &loan, &book.entries, date("2026-11-21")).unwrap();
    assert_eq!(open(&replay), (10_044, 3_295, 75_000));
    let replay = super::replay(Currency::EUR, &loan, &book.entries, date("2026-11-22")).unwrap();
    // 99.56 go to the amount owed (§ 497 Abs. 3 S. 1 BGB); a day on 650.44 is 0.1162, in all 33.0648.
    assert_eq!(open(&replay), (0, 3_306, 65_044));
}

#[test]
fn a_return_of_more_than_was_paid_takes_back_the_payment_and_no_more() {
    let mut book = Book::new(75_000);
    let before = open(&book.on("2026-12-24"));
    let payment = book.payment();
    book.add(EntryKind::Payment(payment), "2026-11-20", 40_000);
    book.add(EntryKind::Reversal(payment), "2026-11-27", 40_300);
    assert_eq!(open(&book.on("2026-12-24")), before);
}

#[test]
fn what_a_statement_named_settles_the_claim_if_it_comes_within_the_days_of_a_transfer() {
    // Interest grows by 13 cents a day: what was named on one day is not what was named on another.
    let named = |day: &str| Book::new(75_000).on(day).open.total().unwrap().minor_units();
    let left = |cents: i64, paid: &str| {
        let mut book = Book::new(75_000);
        let payment = book.payment();
        book.add(EntryKind::Payment(payment), paid, cents);
        book.on(paid).open.principal.minor_units()
    };
    assert_eq!(left(named("2026-11-19"), "2026-11-25"), 0);
    assert!(left(named("2026-11-18"), "2026-11-25") > 0);
    assert!(left(named("2026-11-19") - 1, "2026-11-25") > 0);
    assert!(left(named("2026-11-19"), "2026-11-26") > 0);
}

#[test]
fn the_day_of_a_credit_bears_interest_on_what_is_left_whatever_the_day_of_a_payment_does() {
    let mut book = Book::new(75_000);
    book.add(EntryKind::Credit, "2026-03-27", 75_000);
    let counting = Terms { payment_day_counts: true, ..terms() };
    let replayed = replay(Currency::EUR, &counting, &book.entries, date("2026-04-30")).unwrap();
    // 750.00 x 6.27 x 10 / 36,500 = 1.288
    assert_eq!(open(&replayed), (0, 129, 0));
}
