//! Where the buckets of balance and age begin for the people of a log.
//!
//! They follow from the log alone, as all that is learned does. Each other beginning lets everything be learned anew
//! from the whole log, so that they are to move seldom: they are those of the people who came first, twice as many each
//! time, and of amounts and days with two digits.

use kulanz_policy::{Context, Edges};

/// People from whom on a portfolio is told from the usual one.
const FEWEST: usize = 200;

/// Thirds of a portfolio, given in the order in which people came; the usual edges while there are few.
pub fn edges(people: &[Context]) -> Edges {
    let Some(doublings) = (people.len() / FEWEST).checked_ilog2() else { return Edges::default() };
    let first = &people[..FEWEST << doublings];
    let rounded: Vec<Context> = first.iter().map(rounded).collect();
    Edges::of_portfolio(&rounded)
}

fn rounded(known: &Context) -> Context {
    Context { balance: two_digits(known.balance), age_days: two_digits(known.age_days), ..*known }
}

/// A number rounded down to two digits: whatever lies at or above a bucket's beginning before, does so after.
fn two_digits(value: f64) -> f64 {
    let mut unit = 1.0;
    while value.is_finite() && value / unit >= 100.0 {
        unit *= 10.0;
    }
    (value / unit).floor() * unit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owing(balance: f64) -> Context {
        Context { balance, age_days: 30.0, contacts: 0.0, open_claims: 1.0 }
    }

    #[test]
    fn a_portfolio_of_large_debts_has_thirds_of_its_own_once_there_are_enough() {
        let people: Vec<Context> = (0..400).map(|n| owing(1_000.0 + 10.0 * f64::from(n))).collect();
        assert_eq!(edges(&people[..199]), Edges::default());
        let of_200 = edges(&people[..200]);
        assert_eq!(of_200, Edges { balance: [1_700.0, 2_300.0], ..Edges::default() });
        assert_eq!(edges(&people[..399]), of_200, "they move when people have doubled");
        assert_eq!(edges(&people), Edges { balance: [2_300.0, 3_700.0], ..Edges::default() });
    }

    #[test]
    fn numbers_are_rounded_down_to_two_digits() {
        let rounded =
            [(9.9, 9.0), (10.0, 10.0), (99.9, 99.0), (2_643.0, 2_600.0), (999_999.0, 990_000.0)];
        for (value, expected) in rounded {
            assert!((two_digits(value) - expected).abs() < 1e-9, "{value}");
        }
    }

    proptest! {
        #[test]
        fn one_person_less_never_moves_them_far(
            debts in prop::collection::vec(200.0..5_000.0_f64, 200..420), gone in 0usize..200,
        ) {
            let people: Vec<Context> = debts.iter().copied().map(owing).collect();
            let mut fewer = people.clone();
            fewer.remove(gone);
            prop_assume!(!people.len().is_multiple_of(FEWEST));
            let (before, after) = (edges(&people).balance, edges(&fewer).balance);
            for (before, after) in before.iter().zip(after) {
                let near = |share: f64| debts.iter().filter(|debt| **debt < share).count();
                prop_assert!(near(*before).abs_diff(near(after)) <= debts.len() / 10, "{before} {after}");
            }
        }
    }
}
