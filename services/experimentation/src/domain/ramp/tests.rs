use kulanz_policy::DecisionStream;
use kulanz_statistics::Refusal;
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
    Seen { units: 200, static_units: 200, value, harm }
}

fn evidence(steps: &[Totals]) -> Result<Seen, Refusal> {
    Evidence::of(steps).seen()
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
                exposed_on: 0,
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
fn a_step_ends_when_it_has_lasted_a_week_and_the_next_puts_little_at_risk() {
    let ramp = Ramp::begin("policy_1", None, at(0));
    // A fifth of the people may be 19 % worse off: less than 4 % of all.
    let good = seen([-0.19, 0.3], None);
    assert_eq!(ramp.follows(&good, at(7)), Move::Advance);
    assert_eq!(ramp.follows(&good, at(6)), Move::Stay, "too soon");
    assert_eq!(ramp.follows(&seen([-0.21, 0.3], None), at(90)), Move::Stay, "may lose");
    assert_eq!(ramp.follows(&seen([-0.19, 0.14], None), at(90)), Move::Stay, "seems to lose");
    assert_eq!(ramp.follows(&seen(None, None), at(90)), Move::Stay, "nothing known");
    assert_eq!(ramp.follows(&seen([-0.19, 0.3], [-0.01, 0.015]), at(90)), Move::Stay, "annoys");
    assert_eq!(ramp.follows(&seen([-0.19, 0.3], [-0.01, 0.013]), at(90)), Move::Advance);
    let last = Ramp { step: 3, ..ramp };
    assert_eq!(last.follows(&good, at(90)), Move::Stay, "no further step");
}

#[test]
fn a_week_is_seven_nights_however_soon_each_of_them_begins_and_whatever_the_clock_does() {
    let good = seen([0.0, 0.1], None);
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let ramp = Ramp::begin("policy_1", None, at("2026-03-25T03:00:30Z"));
    assert_eq!(ramp.follows(&good, at("2026-03-31T02:00:10Z")), Move::Stay);
    // Summer time began on the 29th: the night comes an hour sooner.
    assert_eq!(ramp.follows(&good, at("2026-04-01T02:00:10Z")), Move::Advance);
}

#[test]
fn what_the_gate_found_lets_people_in_until_the_ramp_knows_more() {
    let gate = Some(Interval { lower: -0.1, upper: 0.4 });
    let ramp = Ramp::begin("policy_1", gate, at(0));
    assert_eq!(ramp.follows(&seen(None, None), at(7)), Move::Advance);
    let second = ramp.advanced(at(7));
    assert_eq!(second.follows(&seen(None, None), at(90)), Move::Stay, "half of them: too much");
    assert_eq!(second.follows(&seen([-0.07, 0.2], None), at(90)), Move::Advance);
    assert_eq!(ramp.follows(&seen([-0.3, 0.2], None), at(90)), Move::Stay, "seems to lose");
}

#[test]
fn shares_grow_from_5_to_90_of_a_hundred() {
    let mut ramp = Ramp::begin("policy_1", None, at(0));
    let mut shares = vec![ramp.share()];
    let week = TimeDelta::days(7);
    while ramp.follows(&seen([0.0, 0.1], None), ramp.since + week) == Move::Advance {
        ramp = ramp.advanced(ramp.since + week);
        shares.push(ramp.share());
    }
    assert_eq!(shares, [0.05, 0.2, 0.5, 0.9]);
    assert_eq!(ramp.since, at(21));
    assert_eq!(ramp.comparisons().len(), 4);
}

#[test]
fn the_standing_of_a_policy_that_was_promoted_before_gates_were_noted_is_read() {
    let noted = r#"{"line":"policy_1","promoted_at":"1970-01-01T00:00:00Z","step":1,"since":"1970-01-08T00:00:00Z"}"#;
    let ramp: Ramp = serde_json::from_str(noted).unwrap();
    assert_eq!((ramp.gate, ramp.share()), (None, 0.2));
    let seen: Seen = serde_json::from_str(
        r#"{"units":200,"static_units":200,"step_units":9,"value":null,"harm":null}"#,
    )
    .unwrap();
    assert_eq!(seen.units, 200);
}

#[test]
fn what_surely_loses_or_surely_harms_ends_at_any_time() {
    let ramp = Ramp::begin("policy_1", None, at(0));
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
    assert_eq!((both.units, both.static_units), (400, 400));
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
fn a_small_side_that_happens_to_have_no_complaint_ends_nothing() {
    // Four were to be expected: none comes about once in seventy, and each night looks again.
    let lucky = step([(POLICY, 5_700, 2_000, 85), (STATIC, 300, 100, 0)]);
    assert!(evidence(&[lucky]).unwrap().harm.unwrap().lower < 0.0);
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

/// The people of a world with whom it is the same in each step: who pays much pays much again. The policy changes
/// nothing.
fn faithful(seed: u64, people: usize) -> Vec<(f64, f64)> {
    let mut stream = DecisionStream::new(seed.wrapping_mul(0x9E37_79B9) + 11);
    let pays = |unit: f64| if unit < 0.3 { 0.0 } else { 100.0 * unit };
    (0..people).map(|_| (stream.unit(), pays(stream.unit()))).collect()
}

/// A whole ramp over these people, each of whom stands at a place and pays so much in every step, but for a little
/// luck.
fn ramp_over(world: &[(f64, f64)], seed: u64) -> Evidence {
    let mut luck = DecisionStream::new(seed.wrapping_mul(0x85EB_CA6B) + 7);
    let mut met = Vec::new();
    let mut steps = Vec::new();
    for (step, share) in SHARES.into_iter().enumerate() {
        let mut totals = Totals::default();
        for (number, (place, pays)) in world.iter().enumerate() {
            let money = if *pays > 0.0 { pays + 10.0 * luck.unit() } else { 0.0 };
            let paid = f64::from(u8::from(money > 0.0));
            let person = Counted {
                arm: if *place < share { POLICY } else { STATIC }.to_owned(),
                bucket_version: 1,
                exposed_on: 0,
                covariate: None,
                matured: true,
                values: [(Measure::RecoveredAmount, money), (Measure::Paid, paid)].into(),
            };
            totals.add(&person).unwrap();
            met.push((step, format!("debtor_{number}"), person));
        }
        steps.push(totals);
    }
    let mut evidence = Evidence::of(&steps);
    for (step, debtor_id, person) in &met {
        evidence.meets(*step, debtor_id, person);
    }
    evidence
}

#[test]
fn the_interval_holds_where_the_same_people_are_in_every_step() {
    let found: Vec<_> = (0..400)
        .map(|seed| ramp_over(&faithful(seed, 500), seed).money().expect("a difference"))
        .collect();
    let held = found.iter().filter(|it| it.effect.abs() <= 1.96 * it.variance.sqrt()).count();
    assert!((368..=396).contains(&held), "{held} of 400");
    // Neither is it wider than it must be.
    let scatter = found.iter().map(|it| it.effect * it.effect).sum::<f64>();
    let said = found.iter().map(|it| it.variance).sum::<f64>();
    assert!((0.8..1.25).contains(&(said / scatter)), "{} of what is", said / scatter);
}

#[test]
fn whoever_is_in_one_step_alone_ties_nothing_and_nobody_makes_it_surer() {
    let people = |arm: &str, from: usize, often: usize| -> Vec<(String, Counted)> {
        let person = |number: usize| {
            let share = f64::from(u8::from(number.is_multiple_of(often)));
            let values = [(Measure::RecoveredAmount, 50.0 * share), (Measure::Paid, share)];
            let (arm, values) = (arm.to_owned(), values.into());
            let known = Counted {
                arm,
                bucket_version: 1,
                exposed_on: 0,
                covariate: None,
                matured: true,
                values,
            };
            (format!("debtor_{}", from + number), known)
        };
        (0..300).map(person).collect()
    };
    let variance = |first: &[(String, Counted)], second: &[(String, Counted)]| {
        let totals = |people: &[(String, Counted)]| {
            let mut totals = Totals::default();
            for (_, person) in people {
                totals.add(person).unwrap();
            }
            totals
        };
        let mut evidence = Evidence::of(&[totals(first), totals(second)]);
        for (step, people) in [first, second].into_iter().enumerate() {
            for (id, person) in people {
                evidence.meets(step, id, person);
            }
        }
        evidence.money().unwrap().variance
    };
    let step = |policy: usize, others: usize| {
        [people(POLICY, policy, 2), people(STATIC, others, 3)].concat()
    };
    let apart = variance(&step(0, 1_000), &step(2_000, 3_000));
    let again = variance(&step(0, 1_000), &step(0, 1_000));
    assert!(
        (again / apart - 2.0).abs() < 0.02,
        "who comes again tells nothing new: {again} {apart}"
    );
    // Everybody changes sides.
    let swapped = variance(&step(0, 1_000), &step(1_000, 0));
    assert!((swapped - apart).abs() < 1e-12, "{swapped} {apart}");
}

proptest! {
    #[test]
    fn nobody_advances_who_could_be_killed(
        lower in -1.0..1.0_f64, width in 0.0..1.0_f64, harm in -0.1..0.1_f64, gate in -1.0..1.0_f64, day in 0i64..100,
    ) {
        let gate = Some(Interval { lower: gate, upper: gate + width });
        let ramp = Ramp::begin("policy_1", gate, at(0));
        let seen = seen([lower, lower + width], [harm, harm + width]);
        if ramp.follows(&seen, at(day)) == Move::Advance {
            let known = lower.max(gate.map_or(f64::NEG_INFINITY, |gate| gate.lower));
            prop_assert!(lower + width / 2.0 > -0.02 && known * 0.2 > -0.04);
            prop_assert!(harm + width / 2.0 <= HARM_CAP && day >= 7);
        }
    }
}
