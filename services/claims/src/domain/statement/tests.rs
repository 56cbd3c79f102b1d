use kulanz_law::{AllocationRule, DayCount, DefaultReason, DefaultStart, InterestRate};
use kulanz_types::{PaymentId, Seeds};
use proptest::prelude::*;

use super::*;
use crate::domain::account::EntryKind;

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
            first_day: date("2025-11-18"),
            reason: DefaultReason::Reminder,
        }),
    }
}

fn explained(seeds: &Seeds, kind: EntryKind, day: &str, cents: i64) -> Explained {
    Explained {
        entry: Entry {
            id: EntryId::generate(seeds, chrono::DateTime::UNIX_EPOCH),
            kind,
            value_date: date(day),
            amount: Money::eur(cents),
        },
        subject: Subject::of(kind, "norm"),
        norm: "norm".into(),
        rule_version: String::new(),
        inputs: BTreeMap::new(),
        formula: String::new(),
        note: String::new(),
    }
}

fn sum(statement: &Statement) -> Money {
    Money::sum(Currency::EUR, statement.lines.iter().map(|line| line.amount)).unwrap()
}

#[test]
fn a_statement_shows_every_rate_with_its_days() {
    let seeds = Seeds::fixed(1);
    let entries = vec![explained(&seeds, EntryKind::Principal, "2025-10-01", 120_000)];
    let found = statement(Currency::EUR, &terms(), entries, date("2026-11-23")).unwrap();
    let rates: Vec<(String, i64)> = found
        .lines
        .iter()
        .filter(|line| line.kind == LineKind::Interest)
        .map(|line| (line.rate.clone(), line.days))
        .collect();
    assert_eq!(rates, [("6.27".into(), 44), ("6.27".into(), 181), ("6.52".into(), 146)]);
    assert_eq!(sum(&found), found.totals.total);
    // 1,200.00 x 6.52 / 36,500 = 0.2144 a day
    assert_eq!(found.interest_per_day, Money::eur(21));
    assert_eq!(found.provisional_from, None);
}

#[test]
fn a_projection_beyond_the_base_rates_names_its_first_assumed_day() {
    let seeds = Seeds::fixed(1);
    let entries = vec![explained(&seeds, EntryKind::Principal, "2025-10-01", 120_000)];
    let found = statement(Currency::EUR, &terms(), entries, date("2027-02-01")).unwrap();
    assert_eq!(found.provisional_from, Some(date("2027-01-01")));
}

proptest! {
    #[test]
    fn the_lines_add_up_to_the_total(
        history in prop::collection::vec((0u8..5, 0u64..300, 1i64..50_000), 0..20),
    ) {
        let seeds = Seeds::fixed(5);
        let mut entries = vec![explained(&seeds, EntryKind::Principal, "2025-10-01", 80_000)];
        let mut open: Vec<(PaymentId, i64)> = Vec::new();
        for (kind, offset, cents) in history {
            let day = (date("2025-10-01") + chrono::Days::new(offset)).to_string();
            let payment = PaymentId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
            let (kind, cents) = match (kind, open.pop()) {
                (0, kept) => { open.extend(kept); (EntryKind::Cost, cents) }
                (1, kept) => { open.extend(kept); (EntryKind::Credit, cents) }
                (2, Some((returned, paid))) => (EntryKind::Reversal(returned), paid),
                (_, kept) => {
                    open.extend(kept);
                    open.push((payment, cents));
                    (EntryKind::Payment(payment), cents)
                }
            };
            entries.push(explained(&seeds, kind, &day, cents));
        }
        let found = statement(Currency::EUR, &terms(), entries, date("2026-11-23")).unwrap();
        prop_assert_eq!(sum(&found), found.totals.total);
    }
}
