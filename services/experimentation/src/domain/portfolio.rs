//! Where the buckets of balance and age begin for the contacts of a log.
//!
//! They follow from the log alone, as all that is learned does. Other beginnings let everything be learned anew from the
//! whole log, so that they are to move seldom: they are those of the contacts that were decided first, twice as many
//! each time, and of amounts and days with two digits.

use kulanz_policy::{Context, Edges};

/// Contacts from which on a log has beginnings of its own.
const FEWEST: usize = 200;

/// Thirds of the debts as they were at each contact, in the order of the decisions; the usual edges while there are few.
/// Ages grow from contact to contact: thirds of the people at their first would put most contacts into the last bucket.
pub fn edges(debts: &[Context]) -> Edges {
    let Some(doublings) = (debts.len() / FEWEST).checked_ilog2() else { return Edges::default() };
    let first = &debts[..FEWEST << doublings];
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

    #[test]
    fn one_contact_less_of_many_seldom_moves_them() {
        // Evenly spread in the logarithm from 100 to 10,000 EUR, in no order.
        let debt = |place: u32| 100.0 * 100.0_f64.powf(f64::from(place * 37 % 3_301) / 3_301.0);
        let debts: Vec<Context> = (0..3_300).map(|place| owing(debt(place))).collect();
        let differs = |gone: &usize| {
            let mut fewer = debts.clone();
            fewer.remove(*gone);
            edges(&fewer) != edges(&debts)
        };
        let moved = (0..3_300).step_by(33).filter(differs).count();
        assert!(moved <= 10, "{moved} of 100");
    }
}
