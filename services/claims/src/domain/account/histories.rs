//! What holds for every history of an account: payments, back-dated ones, returns, rate changes, fees and
//! their corrections, credits, disputes.

use chrono::{Days, NaiveDate};
use kulanz_law::{AllocationRule, DayCount, DefaultReason, DefaultStart, InterestRate, Percent};
use kulanz_types::{Currency, EntryId, Money, PaymentId, Seeds};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::domain::terms::Terms;

/// The first day of every history: the base rate changes four times before its last one.
const FIRST: &str = "2024-11-04";
const DAYS: u64 = 700;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn last_day() -> NaiveDate {
    date(FIRST) + Days::new(DAYS)
}

prop_compose! {
    fn terms()(
        consumer: bool, year in 0u8..3, payment_day_counts: bool, loan: bool, fixed: bool,
        default_after in prop::option::weighted(0.9, 0u64..400),
    ) -> Terms {
        let statutory = if consumer { InterestRate::CONSUMER } else { InterestRate::BUSINESS };
        Terms {
            consumer,
            rate: if fixed { InterestRate::Fixed(Percent::whole(11)) } else { statutory },
            // 30/360 is for contractual rates only.
            day_count: match year {
                0 => DayCount::ActAct,
                1 if fixed => DayCount::Thirty360,
                _ => DayCount::Act365,
            },
            payment_day_counts,
            allocation: if loan { AllocationRule::ConsumerLoan } else { AllocationRule::default() },
            default_start: default_after.map(|days| DefaultStart {
                first_day: date(FIRST) + Days::new(days),
                reason: DefaultReason::Reminder,
            }),
        }
    }
}

/// What may happen to an account; days count from the first, so that each may be known late.
#[derive(Debug, Clone, Copy)]
enum Event {
    Cost(u64, i64),
    Credit(u64, i64),
    /// A dispute is upheld in part, as of the due date.
    Objection(i64),
    Payment(u64, i64),
    /// The oldest payment that is still there goes back.
    Return(u64),
    /// The oldest cost or credit that still counts is taken back.
    TakeBack,
}

fn event() -> impl Strategy<Value = Event> {
    let day = || 0u64..DAYS;
    prop_oneof![
        2 => (day(), 1i64..20_000).prop_map(|(day, cents)| Event::Cost(day, cents)),
        1 => (day(), 1i64..30_000).prop_map(|(day, cents)| Event::Credit(day, cents)),
        1 => (1i64..30_000).prop_map(Event::Objection),
        // Few days, so that several payments meet on one.
        4 => (0u64..20, 1i64..40_000).prop_map(|(day, cents)| Event::Payment(day * 35, cents)),
        2 => day().prop_map(Event::Return),
        1 => Just(Event::TakeBack),
    ]
}

fn history() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..30)
}

struct Book {
    seeds: Seeds,
    entries: Vec<Entry>,
}

impl Book {
    fn of(history: &[Event]) -> Self {
        let mut book = Self { seeds: Seeds::fixed(7), entries: Vec::new() };
        book.add(EntryKind::Principal, date(FIRST), 60_000);
        for event in history {
            book.happen(*event);
        }
        book
    }

    fn add(&mut self, kind: EntryKind, value_date: NaiveDate, cents: i64) {
        let id = EntryId::generate(&self.seeds, chrono::DateTime::UNIX_EPOCH);
        self.entries.push(Entry { id, kind, value_date, amount: Money::eur(cents) });
    }

    fn happen(&mut self, event: Event) {
        let day = |days| date(FIRST) + Days::new(days);
        match event {
            Event::Cost(days, cents) => self.add(EntryKind::Cost, day(days), cents),
            Event::Credit(days, cents) => self.add(EntryKind::Credit, day(days), cents),
            Event::Objection(cents) => self.add(EntryKind::Credit, date(FIRST), cents),
            Event::Payment(days, cents) => {
                let payment = PaymentId::generate(&self.seeds, chrono::DateTime::UNIX_EPOCH);
                self.add(EntryKind::Payment(payment), day(days), cents);
            }
            Event::Return(days) => {
                let paid = self.entries.iter().find_map(|entry| match entry.kind {
                    EntryKind::Payment(payment) if !self.has(EntryKind::Reversal(payment)) => {
                        Some((payment, entry.amount.minor_units()))
                    }
                    _ => None,
                });
                if let Some((payment, cents)) = paid {
                    self.add(EntryKind::Reversal(payment), day(days), cents);
                }
            }
            Event::TakeBack => {
                let counts = |entry: &&Entry| {
                    matches!(entry.kind, EntryKind::Cost | EntryKind::Credit)
                        && !self.has(EntryKind::Correction(entry.id))
                };
                if let Some(entry) = self.entries.iter().find(counts).copied() {
                    let cents = entry.amount.minor_units();
                    self.add(EntryKind::Correction(entry.id), entry.value_date, cents);
                }
            }
        }
    }

    fn has(&self, kind: EntryKind) -> bool {
        self.entries.iter().any(|entry| entry.kind == kind)
    }

    /// What counts of the entries by the last day, with the sign it has for the debtor.
    fn sum(&self, charged: bool) -> i64 {
        let taken_back = |entry: &Entry| self.has(EntryKind::Correction(entry.id));
        let came_back = |payment| self.has(EntryKind::Reversal(payment));
        let counts = |entry: &&Entry| match entry.kind {
            EntryKind::Principal => charged,
            EntryKind::Cost => charged && !taken_back(entry),
            EntryKind::Credit => !charged && !taken_back(entry),
            EntryKind::Payment(payment) => !charged && !came_back(payment),
            EntryKind::Reversal(_) | EntryKind::Correction(_) => false,
        };
        self.entries.iter().filter(counts).map(|entry| entry.amount.minor_units()).sum()
    }
}

fn replayed(terms: &Terms, entries: &[Entry], day: NaiveDate) -> Replay {
    replay(Currency::EUR, terms, entries, day).unwrap()
}

/// A replay without what names single entries.
fn standing(replay: Replay) -> Replay {
    Replay { allocations: Vec::new(), ..replay }
}

/// The histories are no poorer than they are said to be: among a few hundred, each of these happens in at
/// least a tenth.
#[test]
fn the_histories_hold_everything_that_can_happen_to_an_account() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = [0; 9];
    for _ in 0..300 {
        let history = history().new_tree(&mut runner).unwrap().current();
        let terms = terms().new_tree(&mut runner).unwrap().current();
        let book = Book::of(&history);
        let paid: Vec<&Entry> = book
            .entries
            .iter()
            .filter(|entry| matches!(entry.kind, EntryKind::Payment(_)))
            .collect();
        let of = |wanted: fn(&Event) -> bool| history.iter().any(wanted);
        let corrects = |entry: &Entry| matches!(entry.kind, EntryKind::Correction(_));
        let goes_back = |entry: &Entry| matches!(entry.kind, EntryKind::Reversal(_));
        let rates = replayed(&terms, &book.entries, last_day()).segments;
        let happened = [
            !paid.is_empty(),
            paid.windows(2).any(|pair| pair[1].value_date < pair[0].value_date),
            paid.windows(2).any(|pair| pair[1].value_date == pair[0].value_date),
            book.entries.iter().any(goes_back),
            of(|event| matches!(event, Event::Cost(..))),
            book.entries.iter().any(corrects),
            of(|event| matches!(event, Event::Credit(..))),
            of(|event| matches!(event, Event::Objection(_))),
            rates.windows(2).any(|pair| pair[1].rate != pair[0].rate),
        ];
        for (count, happened) in seen.iter_mut().zip(happened) {
            *count += i32::from(happened);
        }
    }
    assert!(seen.iter().all(|count| *count >= 30), "{seen:?}");
}

proptest! {
    #[test]
    fn no_history_loses_or_invents_a_cent(history in history(), terms in terms()) {
        let book = Book::of(&history);
        let replay = replayed(&terms, &book.entries, last_day());
        let charged = book.sum(true) + replay.interest.minor_units();
        let left = replay.open.total().unwrap().minor_units();
        let beyond = replay.snapshot.overpaid.minor_units() - replay.snapshot.waived.minor_units();
        prop_assert_eq!(charged - book.sum(false), left - beyond);
        let credited = replay.credited.minor_units() - replay.snapshot.waived.minor_units();
        prop_assert_eq!(credited, book.sum(false));
        prop_assert!(![replay.open.costs, replay.open.interest, replay.open.principal]
            .iter().any(|part| part.is_negative()));
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        history in history(), terms in terms(), seed in any::<u64>(),
    ) {
        let book = Book::of(&history);
        let mut shuffled = book.entries.clone();
        let length = shuffled.len() as u64;
        for index in 0..shuffled.len() {
            let mixed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(index as u64) >> 3;
            shuffled.swap(index, usize::try_from(mixed % length).unwrap());
        }
        let again = replayed(&terms, &shuffled, last_day());
        prop_assert_eq!(again, replayed(&terms, &book.entries, last_day()));
    }

    #[test]
    fn the_order_of_payments_of_one_day_does_not_matter(history in history(), terms in terms()) {
        let book = Book::of(&history);
        let mut turned = book.entries.clone();
        let payments: Vec<usize> = (0..turned.len())
            .filter(|index| matches!(turned[*index].kind, EntryKind::Payment(_)))
            .collect();
        // The ids, which order the facts of one day, the other way round.
        for (index, other) in payments.iter().zip(payments.iter().rev()) {
            turned[*index].id = book.entries[*other].id;
        }
        let again = standing(replayed(&terms, &turned, last_day()));
        prop_assert_eq!(again, standing(replayed(&terms, &book.entries, last_day())));
    }

    #[test]
    fn what_is_taken_back_leaves_the_account_as_if_it_had_never_been(
        history in history(), terms in terms(), event in event(), more in history(),
    ) {
        let mut plain = Book::of(&history);
        let mut undone = Book::of(&history);
        undone.happen(event);
        if let Some(added) = undone.entries.get(plain.entries.len()).copied() {
            let back = match added.kind {
                EntryKind::Cost | EntryKind::Credit => EntryKind::Correction(added.id),
                EntryKind::Payment(payment) => EntryKind::Reversal(payment),
                _ => return Ok(()),
            };
            undone.add(back, added.value_date, added.amount.minor_units());
            for event in more.iter().filter(|event| matches!(event, Event::Cost(..) | Event::Payment(..))) {
                plain.happen(*event);
                undone.happen(*event);
            }
            let again = standing(replayed(&terms, &undone.entries, last_day()));
            prop_assert_eq!(again, standing(replayed(&terms, &plain.entries, last_day())));
        }
    }

    #[test]
    fn a_snapshot_knows_every_later_balance(
        history in history(), terms in terms(), later in 0u64..60,
    ) {
        let book = Book::of(&history);
        let day = last_day() + Days::new(later);
        let replayed = replayed(&terms, &book.entries, day);
        prop_assert_eq!(replayed.snapshot.open_at_end_of(&terms, day).unwrap(), replayed.open);
    }
}
