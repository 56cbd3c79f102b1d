use proptest::prelude::*;

use super::*;
use crate::domain::measure::Measure;
use crate::domain::totals::{Counted, Totals};

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(day)
}

fn seen(value: impl Into<Option<[f64; 2]>>, harm: impl Into<Option<[f64; 2]>>) -> Seen {
    let interval = |ends: [f64; 2]| Interval { lower: ends[0], upper: ends[1] };
    let (value, harm) = (value.into().map(interval), harm.into().map(interval));
    Seen { units: 200, static_units: 200, step_units: 200, value, harm }
}

/// A step in which each arm has so many persons, of whom so many paid 50 euros and so many complained.
fn step(arms: [(&str, u32, u32, u32); 2]) -> Totals {
    let mut totals = Totals::default();
    for (arm, persons, paid, complained) in arms {
        for number in 0..persons {
            let share = f64::from(u8::from(number < paid));
            let complaint = f64::from(u8::from(number < complained));
            let values = [
                (Measure::RecoveredAmount, 50.0 * share),
                (Measure::Paid, share),
                (Measure::Complaint, complaint),
            ];
            let person = Counted {
                arm: arm.to_owned(),
                bucket_version: 1,
                covariate: None,
                matured: true,
                values: values.into(),
            };
            totals.add(&person).unwrap();
        }
    }
    totals
}

#[test]
fn a_step_ends_when_it_has_lasted_and_is_known_to_lose_nothing() {
    let ramp = Ramp::begin("policy_1", at(0));
    let good = seen([-0.019, 0.3], None);
    assert_eq!(ramp.follows(&good, at(35)), Move::Advance);
    assert_eq!(ramp.follows(&good, at(34)), Move::Stay, "too soon");
    let few = Seen { step_units: 99, ..good.clone() };
    assert_eq!(ramp.follows(&few, at(90)), Move::Stay, "too few");
    assert_eq!(ramp.follows(&seen([-0.021, 0.3], None), at(90)), Move::Stay, "may lose");
    assert_eq!(ramp.follows(&seen(None, None), at(90)), Move::Stay, "nothing known");
    let last = Ramp { step: 3, ..ramp };
    assert_eq!(last.follows(&good, at(90)), Move::Stay, "no further step");
}

#[test]
fn shares_grow_from_5_to_90_of_a_hundred() {
    let mut ramp = Ramp::begin("policy_1", at(0));
    let mut shares = vec![ramp.share()];
    while ramp.follows(&seen([0.0, 0.1], None), ramp.since + LEAST) == Move::Advance {
        ramp = ramp.advanced(ramp.since + LEAST);
        shares.push(ramp.share());
    }
    assert_eq!(shares, [0.05, 0.2, 0.5, 0.9]);
    assert_eq!(ramp.since, at(105));
    assert_eq!(ramp.comparisons().len(), 4);
}

#[test]
fn what_surely_loses_or_surely_harms_ends_at_any_time() {
    let ramp = Ramp::begin("policy_1", at(0));
    let loss = ramp.follows(&seen([-0.5, -0.021], None), at(1));
    assert!(matches!(loss, Move::Kill(Harmful::Loss(_))));
    assert_eq!(ramp.follows(&seen([-0.5, -0.019], None), at(1)), Move::Stay);
    let harm = ramp.follows(&seen([0.1, 0.2], [0.003, 0.1]), at(90));
    assert!(matches!(harm, Move::Kill(Harmful::Harm(_))));
    let Move::Kill(why) = loss else { panic!("killed") };
    assert!(why.to_string().contains("upper bound -0.0210, -0.02 allowed"), "{why}");
}

#[test]
fn nothing_is_said_before_fifty_paid_on_either_side_in_all_steps_together() {
    let one = || step([(POLICY, 200, 30, 0), (STATIC, 200, 30, 0)]);
    assert_eq!(evidence(&[one()]).unwrap().value, None);
    let both = evidence(&[one(), one()]).unwrap();
    assert!(both.value.is_some_and(|value| value.contains(0.0)));
    assert_eq!((both.units, both.static_units, both.step_units), (400, 400, 200));
    assert_eq!(both.harm, None);
}

#[test]
fn what_pays_far_less_or_annoys_far_more_is_known_to() {
    let worse = step([(POLICY, 400, 60, 0), (STATIC, 400, 240, 0)]);
    assert!(evidence(&[worse]).unwrap().value.unwrap().upper < -0.02);
    let annoying = step([(POLICY, 400, 240, 80), (STATIC, 400, 240, 4)]);
    assert!(evidence(&[annoying]).unwrap().harm.unwrap().lower > HARM_CAP);
}

#[test]
fn two_steps_of_different_shares_are_not_thrown_together() {
    // The same effect of nothing in a good and in a bad season, at shares of a tenth and of a half: thrown
    // together, the policy would seem to lose.
    let good = step([(POLICY, 100, 80, 0), (STATIC, 900, 720, 0)]);
    let bad = step([(POLICY, 500, 100, 0), (STATIC, 500, 100, 0)]);
    let value = evidence(&[good, bad]).unwrap().value.unwrap();
    assert!((value.lower + value.upper).abs() < 1e-9, "{value:?}");
}

proptest! {
    #[test]
    fn nobody_advances_who_could_be_killed(
        lower in -1.0..1.0_f64, width in 0.0..1.0_f64, harm in -0.1..0.1_f64, day in 0i64..100,
    ) {
        let ramp = Ramp::begin("policy_1", at(0));
        let seen = seen([lower, lower + width], [harm, harm + width]);
        if ramp.follows(&seen, at(day)) == Move::Advance {
            prop_assert!(lower > -0.02 && harm <= HARM_CAP && day >= 35);
        }
    }
}
