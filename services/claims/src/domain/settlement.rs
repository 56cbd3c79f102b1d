//! An agreement for less: once what was agreed is paid, the rest is waived (§ 397 Abs. 1 BGB).

use chrono::NaiveDate;
use kulanz_law::{Accrual, LawError, Segment};
use kulanz_types::{Currency, Money};

use super::account::{Entry, EntryKind, Replay, replay};
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
///
/// # Errors
/// It is posted, so it is refused where it would rest on a base rate that is not announced yet.
pub fn rest_on(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    date: NaiveDate,
) -> Result<Money, LawError> {
    let mut rest = Money::zero(currency);
    for _ in 0..ROUNDS {
        let after = replayed_with(currency, terms, entries, (date, rest))?;
        let left = after.open.total()?.checked_sub(after.snapshot.overpaid)?;
        if left.is_zero() || rest.is_zero() && left.is_negative() {
            break;
        }
        require_final(after)?;
        rest = rest.checked_add(left)?;
    }
    Ok(rest)
}

fn replayed_with(
    currency: Currency,
    terms: &Terms,
    entries: &[Entry],
    (date, credit): (NaiveDate, Money),
) -> Result<Replay, LawError> {
    let mut all = entries.to_vec();
    let last = all.iter().map(|entry| entry.value_date).max().unwrap_or(date).max(date);
    if let Some(known) = entries.last().filter(|_| credit.is_positive()) {
        // The id orders entries of one day and kind only; there is no other credit to be told apart from.
        let id = known.id;
        all.push(Entry { id, kind: EntryKind::Credit, value_date: date, amount: credit });
    }
    replay(currency, terms, &all, last)
}

/// Days on which nothing was open to bear interest rest on no rate.
fn require_final(replayed: Replay) -> Result<(), LawError> {
    let bearing = |part: &Segment| part.principal.is_positive();
    let segments = replayed.segments.into_iter().filter(bearing).collect();
    Accrual { segments }.require_final().map(drop)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use kulanz_law::InterestRate;
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

    #[test]
    fn no_rest_is_posted_on_a_base_rate_that_is_not_announced() {
        let id = EntryId::generate(&Seeds::fixed(7), chrono::DateTime::UNIX_EPOCH);
        let debt = Entry {
            id,
            kind: EntryKind::Principal,
            value_date: day(10),
            amount: Money::eur(80_000),
        };
        let (known, later): (NaiveDate, NaiveDate) =
            ("2026-12-31".parse().unwrap(), "2027-01-01".parse().unwrap());
        let rest =
            |terms: &Terms, entries: &[Entry], date| rest_on(Currency::EUR, terms, entries, date);
        let terms = terms(false);
        assert!(rest(&terms, &[debt], known).unwrap().is_positive());
        let refused = rest(&terms, &[debt], later).unwrap_err();
        assert!(
            matches!(refused, LawError::Provisional { from, .. } if from == later),
            "{refused}"
        );
        // A rate that the contract fixes is known for good, and so is it that nothing is left.
        let fixed = Terms { rate: InterestRate::Fixed("4".parse().unwrap()), ..terms };
        assert!(rest(&fixed, &[debt], later).unwrap().is_positive());
        let payment = PaymentId::generate(&Seeds::fixed(8), chrono::DateTime::UNIX_EPOCH);
        let paid = Entry {
            kind: EntryKind::Payment(payment),
            value_date: later,
            amount: Money::eur(90_000),
            ..debt
        };
        assert!(rest(&terms, &[debt, paid], later).unwrap().is_zero());
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
