//! How a policy that passed the gate comes to decide for ever more people: step by step, each by what could be lost
//! there and not by what is proven. What is known of a policy that does far better needs tens of thousands of people;
//! what may be lost at a twentieth of them is little whatever it does.

use kulanz_statistics::Interval;

/// Shares of the people that a new policy decides for. A tenth stays with the one before for good: beside them it is
/// seen what the new one is worth.
pub const SHARES: [f64; 4] = [0.05, 0.2, 0.5, 0.9];

/// Least days of a step.
pub const STEP_DAYS: u32 = 7;

/// Most that the whole portfolio may lose at a step by what is not excluded, as a share of what it recovers.
const RISK: f64 = 0.04;

/// How much less than the one before a policy may recover, as a share of it.
pub const LOSS: f64 = -0.02;

/// Whether a policy is shown to recover less than it may, so that it must not go on. `own` is what it recovers more
/// than the one before, as a share of that, by an interval that holds at every look.
pub fn is_shown_to_lose(own: Interval) -> bool {
    own.upper < LOSS
}

/// Whether a policy may decide for the next share of the people. `own` is as in [`is_shown_to_lose`], `gate` what the
/// gate found of the same; whichever excludes more, counts. Where neither says anything, it stays where it is.
pub fn may_go_on(share: f64, own: Option<Interval>, gate: Option<Interval>) -> bool {
    let lowers = [own, gate].into_iter().flatten().map(|known| known.lower);
    let lower = lowers.fold(f64::NEG_INFINITY, f64::max);
    let seems_harmless = own.is_none_or(|own| own.middle() > LOSS);
    seems_harmless && lower * share > -RISK
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn from(lower: f64, upper: f64) -> Interval {
        Interval { lower, upper }
    }

    #[test]
    fn a_step_is_taken_where_the_portfolio_cannot_lose_more_than_a_twenty_fifth() {
        let may = |gate| SHARES.map(|share| may_go_on(share, None, gate));
        assert_eq!(may(Some(from(-0.15, 0.3))), [true, true, false, false]);
        assert_eq!(may(Some(from(-0.07, 0.3))), [true, true, true, false]);
        assert_eq!(may(Some(from(0.0, 0.1))), [true; 4]);
        assert_eq!(may(None), [false; 4], "nothing is known");
    }

    #[test]
    fn what_excludes_more_counts() {
        let (wide, narrow) = (Some(from(-0.3, 0.5)), Some(from(-0.05, 0.4)));
        assert!(!may_go_on(0.5, None, wide) && !may_go_on(0.5, wide, None));
        assert!(may_go_on(0.5, narrow, wide) && may_go_on(0.5, wide, narrow));
    }

    #[test]
    fn what_seems_to_lose_goes_no_further_whatever_the_gate_found() {
        let gate = Some(from(0.1, 0.2));
        assert!(!may_go_on(0.2, Some(from(-0.1, 0.05)), gate));
        assert!(may_go_on(0.2, Some(from(-0.1, 0.07)), gate));
    }

    proptest! {
        #[test]
        fn nothing_goes_on_that_is_shown_to_lose(
            lower in -1.0..1.0_f64, width in 0.0..1.0_f64, gate in -1.0..1.0_f64,
        ) {
            let own = from(lower, lower + width);
            for share in SHARES {
                let goes_on = may_go_on(share, Some(own), Some(from(gate, gate + width)));
                prop_assert!(!(goes_on && is_shown_to_lose(own)));
            }
        }
    }
}
