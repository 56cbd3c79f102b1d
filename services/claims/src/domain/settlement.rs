//! An agreement for less: once what was agreed is paid, the rest is waived (§ 397 Abs. 1 BGB).

use chrono::NaiveDate;
use kulanz_law::LawError;
use kulanz_types::{Currency, Money};

use super::account::{Entry, EntryKind, replay};
use super::terms::Terms;

/// What came in and stayed.
pub fn paid(currency: Currency, entries: &[Entry]) -> Result<Money, LawError> {
    let mut paid = Money::zero(currency);
    for entry in entries {
        paid = match entry.kind {
            EntryKind::Payment(_) => paid.checked_add(entry.amount)?,
            EntryKind::Reversal(_) => paid.checked_sub(entry.amount)?,
            _ => paid,
        };
    }
    Ok(paid)
}

/// Rounds of the search below; the second is the last unless a payment of the same day bears interest.
const ROUNDS: usize = 4;

/// The credit of `date` that leaves nothing open at the end of that day, and nothing overpaid. The
/// interest of the day itself depends on the credit, so it is searched for.
pub fn rest_on(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    date: NaiveDate,
) -> Result<Money, LawError> {
    let mut rest = Money::zero(currency);
    for _ in 0..ROUNDS {
        let left = left_after(currency, terms, entries, (date, rest))?;
        if left.is_zero() {
            break;
        }
        rest = rest.checked_add(left)?;
    }
    Ok(rest)
}

fn left_after(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    (date, credit): (NaiveDate, Money),
) -> Result<Money, LawError> {
    let mut all = entries.to_vec();
    let last = all.iter().map(|entry| entry.value_date).max().unwrap_or(date).max(date);
    if let Some(known) = entries.last().filter(|_| credit.is_positive()) {
        // The id orders entries of one day and kind only; there is no other credit to be told apart from.
        let id = known.id;
        all.push(Entry { id, kind: EntryKind::Credit, value_date: date, amount: credit });
    }
    let replayed = replay(currency, terms, &all, last)?;
    Ok(replayed.open.total()?.checked_sub(replayed.snapshot.overpaid)?)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use kulanz_types::{EntryId, PaymentId, Seeds};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::terms::{ClaimFacts, CreditorTerms};

    fn day(offset: u64) -> NaiveDate {
        "2026-01-05".parse::<NaiveDate>().unwrap() + Days::new(offset)
    }

    fn terms(payment_day_counts: bool) -> Terms {
        let creditor = CreditorTerms { payment_day_counts, ..CreditorTerms::default() };
        let facts = ClaimFacts {
            arose: day(0),
            invoiced: None,
            due: day(10),
            reminder: Some(day(20)),
            consumer: true,
            consumer_loan: false,
        };
        Terms::of(creditor, &facts)
    }

    proptest! {
        #[test]
        fn the_waiver_leaves_nothing_open_and_nothing_overpaid(
            principal in 5_000i64..2_000_000,
            costs in 0i64..20_000,
            paid_part in 1i64..90,
            paid_on in 30u64..150,
            wait in 0u64..60,
            payment_day_counts in any::<bool>(),
        ) {
            let seeds = Seeds::fixed(7);
            let id = || EntryId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
            let payment = PaymentId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
            let make = |kind, value_date, cents| Entry { id: id(), kind, value_date, amount: Money::eur(cents) };
            let mut entries = vec![
                make(EntryKind::Principal, day(10), principal),
                make(EntryKind::Payment(payment), day(paid_on), principal * paid_part / 100),
            ];
            if costs > 0 {
                entries.push(make(EntryKind::Cost, day(25), costs));
            }
            let (terms, date) = (terms(payment_day_counts), day(paid_on + wait));
            let rest = rest_on(Currency::EUR, &terms, &entries, date).unwrap();
            prop_assert!(rest.is_positive());
            entries.push(make(EntryKind::Credit, date, rest.minor_units()));
            let after = replay(Currency::EUR, &terms, &entries, date).unwrap();
            prop_assert_eq!(after.open.total().unwrap(), Money::eur(0));
            prop_assert_eq!(after.snapshot.overpaid, Money::eur(0));
            // Nothing accrues on what was waived.
            let later = replay(Currency::EUR, &terms, &entries, day(300)).unwrap();
            prop_assert_eq!(later.open.total().unwrap(), Money::eur(0));
        }
    }
}
