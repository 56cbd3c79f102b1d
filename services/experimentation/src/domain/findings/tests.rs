use super::*;
use crate::domain::experiment::Bound;
use crate::domain::experiment::tests::design;
use crate::domain::measure::Values;
use crate::domain::totals::Counted;

/// So many people of an arm, of whom so many paid and complained.
struct People {
    bucket_version: i64,
    arm: usize,
    units: u32,
    paid: u32,
    complained: u32,
}

fn totals(of: &[People]) -> Totals {
    let mut totals = Totals::default();
    for people in of {
        for place in 0..people.units {
            let flag = |count: u32| f64::from(u8::from(place < count));
            let values =
                [(Measure::Paid, flag(people.paid)), (Measure::Complaint, flag(people.complained))];
            let counted = Counted {
                arm: design().arms[people.arm].key.clone(),
                bucket_version: people.bucket_version,
                exposed_on: 0,
                covariate: None,
                matured: true,
                values: values.into(),
            };
            totals.add(&counted).unwrap();
        }
    }
    totals
}

fn people(arm: usize, units: u32, paid: u32, complained: u32) -> People {
    People { bucket_version: 1, arm, units, paid, complained }
}

/// The same people after new weights.
fn later(people: People) -> People {
    People { bucket_version: 2, ..people }
}

/// 3,000 in each arm, then 300 of the control and 5,700 of the treatment, of whom so many paid.
fn after_new_weights(paid: [u32; 4]) -> Findings {
    let of = [
        people(0, 3_000, paid[0], 0),
        people(1, 3_000, paid[1], 0),
        later(people(0, 300, paid[2], 0)),
        later(people(1, 5_700, paid[3], 0)),
    ];
    let mut changed = Design { planned_units: 12_000, ..design() };
    changed.earlier_weights.push(changed.weights());
    (changed.arms[0].weight, changed.arms[1].weight) = (0.05, 0.95);
    analyse(&changed, &totals(&of), &[], false).unwrap()
}

fn counted(arm: &str, matured: bool, values: Values) -> Counted {
    let (arm, bucket_version, exposed_on, covariate) = (arm.to_owned(), 1, 0, None);
    Counted { arm, bucket_version, exposed_on, covariate, matured, values }
}

fn analysed(of: &[People]) -> Findings {
    analyse(&Design { planned_units: 5_000, ..design() }, &totals(of), &[], false).unwrap()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn figures_are_those_of_the_reference_engine() {
    let found = analysed(&[people(0, 10_000, 600, 60), people(1, 10_100, 690, 60)]);
    let paid = &found.findings[1];
    assert_eq!((paid.arm, paid.measure, paid.units), (1, Measure::Paid, 10_100));
    let effect = paid.effect.clone().unwrap();
    close(effect.difference, 0.008_316_831_683_168_317);
    close(effect.always.lower, -0.002_491_508_38);
    close(effect.always.upper, 0.019_125_171_75);
    close(effect.p_value, 0.346_013_848_5);
    close(effect.fixed.lower, 0.001_543_351_85);
    close(effect.fixed.upper, 0.015_090_311_52);
    close(effect.relative.unwrap(), 0.138_613_861_386);
    assert!(!paid.discovery && !paid.adjusted);
    let control = &found.findings[0];
    assert_eq!(control.effect, Err(String::new()));
    close(control.mean, 0.06);
}

#[test]
fn what_was_predicted_sharpens_the_interval_by_the_formula() {
    let mut totals = Totals::default();
    for (arm, paid) in [("plain", 100), ("warm", 140)] {
        for place in 0..1_000 {
            let outcome = f64::from(u8::from(place < paid));
            let covariate = Some(f64::from(u8::from((50..150).contains(&place))));
            let values = [(Measure::Paid, outcome), (Measure::Complaint, 0.0)].into();
            totals.add(&Counted { covariate, ..counted(arm, true, values) }).unwrap();
        }
    }
    let found = analyse(&design(), &totals, &[], false).unwrap();
    let treated = &found.findings[1];
    assert!(treated.adjusted);
    // Both arms have the same mean of x, so the difference stays 0.04 and only its variance shrinks:
    // Sxy = 50 + 90, Sx = 200, Sy = 240, n = 2,000: theta = (140 - 24)/(200 - 20).
    let effect = treated.effect.clone().unwrap();
    close(effect.difference, 0.04);
    let theta: f64 = 116.0 / 180.0;
    let var_x = 90.0 / 999.0;
    let cov = [(50.0 - 10.0) / 999.0, (90.0 - 14.0) / 999.0];
    let var_y = [0.1 * 0.9, 0.14 * 0.86];
    let variance: f64 = (0..2)
        .map(|arm| (var_y[arm] + theta * theta * var_x - 2.0 * theta * cov[arm]) / 1_000.0)
        .sum();
    let half = (effect.fixed.upper - effect.fixed.lower) / 2.0;
    // Welch's t at about 1,000 degrees of freedom, 1.9623.
    assert!((half / variance.sqrt() - 1.9623).abs() < 2e-3, "{half}");
}

#[test]
fn below_fifty_conversions_nothing_is_said_and_why() {
    let found = analysed(&[people(0, 500, 60, 0), people(1, 500, 49, 0)]);
    let why = found.findings[1].effect.clone().unwrap_err();
    assert!(why.contains("49 of 50"), "{why}");
    assert_eq!(found.verdicts[0].standing, Standing::Open);
    assert_eq!(found.advice, Advice::Wait);
}

#[test]
fn harm_is_stopped_although_the_control_has_hardly_any() {
    let found = analysed(&[people(0, 2_000, 200, 6), people(1, 2_000, 200, 500)]);
    let complaints = &found.findings[3];
    assert_eq!((complaints.arm, complaints.measure), (1, Measure::Complaint));
    let why = complaints.effect.clone().unwrap_err();
    assert!(why.contains("6 of 50") && !complaints.discovery, "{why}");
    assert_eq!(
        (found.advice, found.verdicts[0].standing),
        (Advice::StopForHarm, Standing::Harmful)
    );
    assert!(found.verdicts[0].worse_by.lower > 0.2);
}

#[test]
fn people_whose_days_are_not_over_tell_of_harm_and_of_nothing_else() {
    let mut totals = totals(&[people(0, 2_000, 200, 6), people(1, 2_000, 200, 6)]);
    for (arm, complained) in [("plain", 0.0), ("warm", 1.0)] {
        for _ in 0..300 {
            let values = [(Measure::Paid, complained), (Measure::Complaint, complained)].into();
            totals.add(&counted(arm, false, values)).unwrap();
        }
    }
    let found = analyse(&design(), &totals, &[], false).unwrap();
    assert_eq!(found.verdicts[0].standing, Standing::Harmful);
    assert_eq!((found.findings[1].units, found.findings[1].discovery), (2_000, false));
}

#[test]
fn few_signs_of_harm_and_few_payments_decide_nothing() {
    let nineteen = analysed(&[people(0, 2_000, 200, 0), people(1, 2_000, 200, 19)]);
    assert_eq!(nineteen.verdicts[0].standing, Standing::Open);
    // As many on either side promise no safety yet.
    let even = analysed(&[people(0, 20_000, 200, 30), people(1, 20_000, 200, 30)]);
    assert_eq!((even.verdicts[0].standing, even.advice), (Standing::Open, Advice::NoDifference));
    assert!(even.verdicts[0].worse_by.upper < 0.01);
    let bounded =
        Design { guardrails: vec![Bound { measure: Measure::Paid, margin: 0.0 }], ..design() };
    let of = [people(0, 2_000, 500, 0), people(1, 2_000, 6, 0)];
    let found = analyse(&bounded, &totals(&of), &[], false).unwrap();
    assert_eq!(found.verdicts[0].standing, Standing::Open);
}

#[test]
fn an_empty_experiment_waits() {
    let found = analysed(&[]);
    assert_eq!(found.advice, Advice::Wait);
    close(found.split.p_value, 1.0);
    close(found.split.e_value, 1.0);
    assert!(found.findings.iter().all(|it| it.units == 0 && it.effect.is_err()));
}

#[test]
fn a_clear_gain_with_safe_guardrails_is_shipped_and_with_open_ones_is_not() {
    let of = |complained| [people(0, 20_000, 1_200, 400), people(1, 20_000, 2_000, complained)];
    let shipped = analysed(&of(400));
    assert_eq!((shipped.advice, shipped.verdicts[0].standing), (Advice::Ship, Standing::Safe));
    assert!(shipped.findings[1].discovery);
    let tight = Design {
        guardrails: vec![Bound { measure: Measure::Complaint, margin: 0.0001 }],
        ..design()
    };
    let open = analyse(&tight, &totals(&of(400)), &[], false).unwrap();
    assert_eq!((open.advice, open.verdicts[0].standing), (Advice::Wait, Standing::Open));
}

#[test]
fn certain_harm_stops_whatever_is_gained() {
    let found = analysed(&[people(0, 20_000, 1_200, 400), people(1, 20_000, 2_000, 800)]);
    assert_eq!(
        (found.advice, found.verdicts[0].standing),
        (Advice::StopForHarm, Standing::Harmful)
    );
    assert!(found.verdicts[0].worse_by.lower > 0.0);
    let loses = analysed(&[people(0, 20_000, 2_000, 400), people(1, 20_000, 1_200, 400)]);
    assert_eq!(loses.advice, Advice::StopForHarm);
}

#[test]
fn as_many_as_planned_without_a_difference_end_it() {
    let found = analysed(&[people(0, 5_000, 300, 90), people(1, 5_000, 305, 90)]);
    assert_eq!(found.advice, Advice::NoDifference);
}

#[test]
fn a_worse_season_under_new_weights_is_no_harm() {
    // 10 % pay, then 5 %, whichever arm they are in; thrown together, 9.5 % against 6.7 %.
    let found = after_new_weights([300, 300, 15, 285]);
    let paid = &found.findings[1];
    let effect = paid.effect.clone().unwrap();
    close(effect.difference, 0.0);
    assert!(effect.always.contains(0.0) && !paid.discovery);
    assert_eq!(found.advice, Advice::NoDifference);
    // n0 n1/(n0 + n1) of the versions: 1,500 and 285.
    let mixed = (1_500.0 * 0.1 + 285.0 * 0.05) / 1_785.0;
    close(paid.mean, mixed);
    close(paid.control_mean.unwrap(), mixed);
    let control = &found.findings[0];
    assert_eq!((control.units, paid.units), (3_300, 8_700));
    close(control.mean, 315.0 / 3_300.0);
}

#[test]
fn what_helps_under_old_and_new_weights_is_found() {
    let found = after_new_weights([300, 450, 15, 570]);
    let paid = &found.findings[1];
    let effect = paid.effect.clone().unwrap();
    close(effect.difference, 0.05);
    close(effect.relative.unwrap(), 0.05 / paid.control_mean.unwrap());
    assert!(effect.always.lower > 0.0 && paid.discovery);
}

/// Whoever pays pays 40; whoever is of an even number gets one message more.
fn contacted(totals: &mut Totals, arm: &str, paid: u32, messages: f64) {
    for place in 0..1_000_u32 {
        let recovered = if place < paid { 40.0 } else { 0.0 };
        let contacts = messages + f64::from(u8::from(place % 2 == 0));
        let values = [
            (Measure::Paid, recovered / 40.0),
            (Measure::RecoveredAmount, recovered),
            (Measure::Contacts, contacts),
        ];
        totals.add(&counted(arm, true, values.into())).unwrap();
    }
}

#[test]
fn a_ratio_is_of_sums_and_its_variance_that_of_the_delta_method() {
    let mut totals = Totals::default();
    contacted(&mut totals, "plain", 100, 3.0);
    contacted(&mut totals, "warm", 100, 1.0);
    let measure = Measure::RecoveredPerContact;
    let found = analyse(&design(), &totals, &[measure], false).unwrap();
    let ratio = found.findings.iter().rfind(|it| it.measure == measure).unwrap();
    let effect = ratio.effect.clone().unwrap();
    let (of_control, of_treatment) = (4_000.0 / 3_500.0, 4_000.0 / 1_500.0);
    close(ratio.mean, of_treatment);
    close(ratio.control_mean.unwrap(), of_control);
    close(effect.difference, of_treatment - of_control);
    // Money 4 with s2 = 144 * 1,000/999, messages 3.5 or 1.5 with s2 = 0.25 * 1,000/999, independent: half of
    // either paid.
    let variance =
        |ratio: f64, messages: f64| (144.0 + ratio * ratio * 0.25) / (messages * messages) / 999.0;
    let error = (variance(of_control, 3.5) + variance(of_treatment, 1.5)).sqrt();
    let half = (effect.fixed.upper - effect.fixed.lower) / 2.0;
    // Student's t at 1,350 degrees of freedom, 1.9617.
    assert!((half / error - 1.9617).abs() < 1e-3, "{half} {error}");
    let nothing_sent = analyse(&design(), &Totals::default(), &[measure], false).unwrap();
    assert!(nothing_sent.findings.iter().all(|it| it.effect.is_err() && it.mean == 0.0));
}

#[test]
fn an_arm_to_whom_nothing_was_sent_has_no_ratio_and_disturbs_nothing_else() {
    let mut totals = Totals::default();
    contacted(&mut totals, "plain", 100, 3.0);
    for _ in 0..60 {
        let values =
            [(Measure::Paid, 1.0), (Measure::RecoveredAmount, 40.0), (Measure::Contacts, 0.0)];
        totals.add(&counted("warm", true, values.into())).unwrap();
    }
    let measure = Measure::RecoveredPerContact;
    let found = analyse(&design(), &totals, &[measure], false).unwrap();
    let of = |measure| found.findings.iter().rfind(|it| it.measure == measure).unwrap();
    assert!(of(measure).effect.clone().unwrap_err().contains("sum to 0"));
    close(of(Measure::Paid).mean, 1.0);
}

#[test]
fn a_split_that_is_not_as_planned_makes_everything_else_void() {
    let found = analysed(&[people(0, 10_000, 1_000, 0), people(1, 9_000, 1_500, 0)]);
    assert!(found.split.is_broken() && found.split.p_value < 1e-9);
    assert_eq!(found.advice, Advice::BrokenSplit);
}
