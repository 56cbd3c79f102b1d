//! Money that came and stayed.

/// Money that came in, or went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Movement<'a, At> {
    /// When.
    pub at: At,
    /// The payment; empty where nothing says which.
    pub about: &'a str,
    /// Whether it came in.
    pub came: bool,
    /// Minor units, below zero where it went back.
    pub minor_units: i64,
}

/// A payment with what stayed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stayed<'a, At> {
    /// When it came.
    pub at: At,
    /// The payment; empty where nothing says which.
    pub about: &'a str,
    /// What of it has not gone back, in minor units.
    pub minor_units: i64,
}

/// Every payment, in order of time, with what stayed of it however late the rest went back, so that whoever
/// counts the payments of some days takes nothing off for others.
///
/// A return that names no payment is of the last ones before it that have no name either. One whose payment is
/// not known takes nothing from the others. The order of `movements` does not matter.
pub fn stayed<'a, At: Copy + Ord>(
    movements: impl IntoIterator<Item = Movement<'a, At>>,
) -> Vec<Stayed<'a, At>> {
    let (mut came, mut returned): (Vec<_>, Vec<_>) =
        movements.into_iter().partition(|movement| movement.came);
    came.sort_unstable();
    returned.sort_unstable();
    let mut payments: Vec<Stayed<'a, At>> = Vec::with_capacity(came.len());
    for Movement { at, about, minor_units, .. } in came {
        match named(&mut payments, about) {
            Some(known) => known.minor_units = known.minor_units.saturating_add(minor_units),
            None => payments.push(Stayed { at, about, minor_units }),
        }
    }
    for back in returned {
        if back.about.is_empty() {
            take_back(&mut payments, back);
        } else if let Some(known) = named(&mut payments, back.about) {
            known.minor_units = known.minor_units.saturating_add(back.minor_units);
        }
    }
    payments
}

fn named<'p, 'a, At>(
    payments: &'p mut [Stayed<'a, At>],
    about: &str,
) -> Option<&'p mut Stayed<'a, At>> {
    payments.iter_mut().find(|payment| !about.is_empty() && payment.about == about)
}

fn take_back<At: Copy + Ord>(payments: &mut [Stayed<'_, At>], back: Movement<'_, At>) {
    let mut left = back.minor_units.saturating_neg();
    let before = payments.iter_mut().filter(|it| it.about.is_empty() && it.at <= back.at);
    for payment in before.rev() {
        let part = payment.minor_units.min(left).max(0);
        payment.minor_units -= part;
        left -= part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn came(at: i32, about: &str, minor_units: i64) -> Movement<'_, i32> {
        Movement { at, about, came: true, minor_units }
    }

    fn back(at: i32, about: &str, minor_units: i64) -> Movement<'_, i32> {
        Movement { at, about, came: false, minor_units: -minor_units }
    }

    fn of(movements: &[Movement<'_, i32>]) -> Vec<(i32, i64)> {
        stayed(movements.iter().copied()).iter().map(|it| (it.at, it.minor_units)).collect()
    }

    #[test]
    fn what_goes_back_is_taken_from_its_own_payment() {
        let both = [came(10, "a", 50), came(40, "b", 50), back(45, "b", 50)];
        assert_eq!(of(&both), [(10, 50), (40, 0)]);
        assert_eq!(of(&[came(10, "a", 50), back(45, "unheard of", 50)]), [(10, 50)]);
        assert_eq!(of(&[came(10, "a", 50), came(11, "a", 20), back(12, "a", 60)]), [(10, 10)]);
    }

    #[test]
    fn a_return_without_a_name_is_of_the_last_payments_before_it_without_one() {
        let alone = [came(1, "", 50), came(2, "", 30), came(3, "named", 9), came(9, "", 7)];
        let after = |cents| of(&[&alone[..], &[back(8, "", cents)]].concat());
        assert_eq!(after(20), [(1, 50), (2, 10), (3, 9), (9, 7)]);
        assert_eq!(after(60), [(1, 20), (2, 0), (3, 9), (9, 7)]);
        assert_eq!(after(999), [(1, 0), (2, 0), (3, 9), (9, 7)]);
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter_and_a_payment_taken_back_takes_nothing_else_along(
            others in prop::collection::vec((0i32..50, "[abc]?", any::<bool>(), 1i64..900), 0..9).prop_shuffle(),
            (at, later, cents) in (0i32..50, 0i32..50, 1i64..900),
        ) {
            let movement = |(at, about, is_in, cents): &(i32, String, bool, i64)| {
                if *is_in { came(*at, about.clone().leak(), *cents) } else { back(*at, about.clone().leak(), *cents) }
            };
            let mut others: Vec<_> = others.iter().map(movement).collect();
            let given = of(&others);
            others.sort();
            prop_assert_eq!(&given, &of(&others));
            others.extend([came(at, "own", cents), back(at + later, "own", cents)]);
            let with: i64 = of(&others).iter().map(|(_, cents)| cents).sum();
            prop_assert_eq!(with, given.iter().map(|(_, cents)| cents).sum::<i64>());
        }
    }
}
