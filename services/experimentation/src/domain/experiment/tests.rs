use kulanz_policy::LevelName;
use proptest::prelude::*;

use super::*;
use crate::domain::targeting::Operator;

/// Two arms of equal weight, everyone taken in.
pub fn design() -> Design {
    let arm = |key: &str| Arm { key: key.to_owned(), weight: 0.5, effect: Effect::default() };
    Design {
        key: "tone-2026q3".to_owned(),
        hypothesis: "a warm tone leads to more kept plans".to_owned(),
        primary_metric: Measure::Paid,
        guardrails: vec![Bound { measure: Measure::Complaint, margin: 0.01 }],
        arms: vec![arm("plain"), arm("warm")],
        coverage: 1.0,
        namespace: None,
        targeting: Vec::new(),
        maturity_days: 30,
        baseline: Some(Baseline { mean: 0.06, deviation: None }),
        planned_units: 20_000,
        earlier_weights: Vec::new(),
        policy_key: DEFAULT_POLICY.to_owned(),
    }
}

fn admits(design: &Design, person: &str) -> Result<(), Exclusion> {
    design.admits(State::Running, person, &BTreeMap::new())
}

fn slice(start: f64, end: f64) -> NamespaceSlice {
    NamespaceSlice { name: "ns-contact".to_owned(), start, end }
}

#[test]
fn a_person_gets_the_arm_that_the_published_hash_gives() {
    let arm = |person: &str| design().arm_of(person);
    assert_eq!((arm("debtor-000001"), arm("debtor-000002")), (Some(0), Some(1)));
    assert!((design().bucket("debtor-000002") - 0.8069).abs() < f64::EPSILON);
}

#[test]
fn a_person_outside_the_namespace_slice_takes_no_part() {
    let outside = Design { namespace: Some(slice(0.0, 0.4)), ..design() };
    assert_eq!(admits(&outside, "debtor-000001"), Err(Exclusion::Namespace));
    let inside = Design { namespace: Some(slice(0.4, 1.0)), ..design() };
    assert_eq!(admits(&inside, "debtor-000001"), Ok(()));
    assert!(!slice(0.0, 0.4).overlaps(&slice(0.4, 1.0)));
    assert!(slice(0.0, 0.5).overlaps(&slice(0.4, 1.0)));
}

#[test]
fn the_hold_out_comes_before_every_other_reason() {
    let held = (0..1_000).map(|n| format!("debtor-{n}")).find(|id| held_out(id)).unwrap();
    for state in [State::Draft, State::Running, State::Stopped] {
        let admitted = design().admits(state, &held, &BTreeMap::new());
        assert_eq!(admitted, Err(Exclusion::Holdout));
    }
    let free = design().admits(State::Draft, "debtor-000001", &BTreeMap::new());
    assert_eq!(free, Err(Exclusion::NotRunning));
}

#[test]
fn who_does_not_meet_a_condition_takes_no_part() {
    let mut aimed = design();
    let values = vec!["5000".to_owned()];
    let attribute = "balance".to_owned();
    aimed.targeting = vec![Condition { attribute, operator: Operator::AtLeast, values }];
    let with = |balance: &str| {
        let known = [("balance".to_owned(), balance.to_owned())].into();
        aimed.admits(State::Running, "debtor-000001", &known)
    };
    assert_eq!((with("5000"), with("4999")), (Ok(()), Err(Exclusion::Targeting)));
    assert_eq!(admits(&aimed, "debtor-000001"), Err(Exclusion::Targeting));
}

#[test]
fn a_protected_person_takes_part_in_no_experiment() {
    let only = Condition {
        attribute: "protected".to_owned(),
        operator: Operator::In,
        values: vec!["true".to_owned()],
    };
    for targeting in [Vec::new(), vec![only]] {
        let design = Design { targeting, ..design() };
        for known in ["true", "1", "yes", ""] {
            let known = [("protected".to_owned(), known.to_owned())].into();
            let admitted = design.admits(State::Running, "debtor-000001", &known);
            assert_eq!(admitted, Err(Exclusion::Targeting));
        }
    }
    for known in ["false", "0"] {
        let known = [("protected".to_owned(), known.to_owned())].into();
        assert_eq!(design().admits(State::Running, "debtor-000001", &known), Ok(()));
    }
}

#[test]
fn every_flaw_of_a_design_is_named_at_once() {
    assert!(design().flaws().is_empty());
    let mut flawed = Design {
        hypothesis: String::new(),
        coverage: f64::NAN,
        namespace: Some(NamespaceSlice { name: "__holdout".to_owned(), start: 0.0, end: 0.05 }),
        maturity_days: 400,
        ..design()
    };
    flawed.arms[0].weight = 0.9;
    flawed.arms[1].key = "plain".to_owned();
    flawed.guardrails[0].margin = f64::NAN;
    flawed.targeting = vec![Condition {
        attribute: "balance".to_owned(),
        operator: Operator::Below,
        values: vec!["much".to_owned()],
    }];
    flawed.baseline = Some(Baseline { mean: 1.2, deviation: None });
    let fields: Vec<_> = flawed.flaws().into_iter().map(|flaw| flaw.0).collect();
    let expected = [
        "hypothesis",
        "arms.key",
        "arms.weight",
        "coverage",
        "maturity_days",
        "namespace",
        "targeting[0].values",
        "guardrails[0].margin",
        "baseline_mean",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn new_weights_split_those_who_come_later_exactly_by_them() {
    let mut changed = Design { coverage: 0.2, ..design() };
    let early = |person: &String| changed.arm_of(person).is_some();
    let people: Vec<String> = (0..40_000).map(|n| format!("debtor-{n}")).collect();
    let later: Vec<_> = people.into_iter().filter(|person| !early(person)).collect();
    changed.coverage = 1.0;
    changed.earlier_weights.push(changed.weights());
    (changed.arms[0].weight, changed.arms[1].weight) = (0.8, 0.2);
    let of_control = later.iter().filter(|p| changed.arm_of(p) == Some(0)).count();
    // 32,000 people at 0.8: a deviation of 1 % would be 4.5 standard errors.
    assert!((of_control * 100).abs_diff(later.len() * 80) < later.len(), "{of_control}");
    assert_eq!((changed.weights_of(1), changed.bucket_version()), (vec![0.5, 0.5], 2));
}

#[test]
fn whom_the_coverage_leaves_out_stays_out_however_often_weights_change() {
    let first = Design { coverage: 0.2, ..design() };
    let mut changed = first.clone();
    for weight in [0.8, 0.0, 0.5] {
        changed.earlier_weights.push(changed.weights());
        (changed.arms[0].weight, changed.arms[1].weight) = (weight, 1.0 - weight);
        for person in (0..4_000).map(|number| format!("debtor-{number}")) {
            assert_eq!(changed.arm_of(&person).is_some(), first.arm_of(&person).is_some());
        }
    }
}

#[test]
fn weights_add_up_to_1_and_not_nearly() {
    for weights in [&[0.1; 10][..], &[0.333_333; 3], &[0.166_667; 6], &[0.142_857; 7]] {
        assert!(weights_add_up(weights), "{weights:?}");
    }
    for weights in [&[0.95, 0.06][..], &[0.5, 0.495], &[1.5, -0.5], &[f64::NAN, 1.0], &[]] {
        assert!(!weights_add_up(weights), "{weights:?}");
    }
}

/// A design whose second arm fixes a level.
fn fixing(factor: &str) -> Design {
    let mut design = design();
    design.arms[1].effect.fixed = vec![LevelName::new(factor, "friendly")];
    design
}

#[test]
fn two_experiments_steer_the_same_only_where_they_name_one_factor_or_both_a_policy() {
    let conflict = |one: &Design, other: &Design| {
        assert_eq!(one.conflict(other), other.conflict(one));
        one.conflict(other)
    };
    assert_eq!(conflict(&fixing("tone"), &fixing("tone")), Some("tone".to_owned()));
    assert_eq!(conflict(&fixing("tone"), &fixing("channel")), None);
    assert_eq!(conflict(&fixing("tone"), &design()), None);
    let mut choosing = design();
    choosing.arms[0].effect.policy_version = Some("static".to_owned());
    assert_eq!(conflict(&choosing, &choosing.clone()), Some("policy_version".to_owned()));
    assert_eq!(conflict(&choosing, &fixing("tone")), None);
    let other_key = Design { policy_key: "field".to_owned(), ..fixing("tone") };
    assert_eq!(conflict(&other_key, &fixing("tone")), None);
    let of = |slice| Design { namespace: Some(slice), ..fixing("tone") };
    assert_eq!(conflict(&of(slice(0.0, 0.4)), &of(slice(0.4, 1.0))), None, "nobody is in both");
    let layer = NamespaceSlice { name: "other".to_owned(), ..slice(0.4, 1.0) };
    assert_eq!(conflict(&of(slice(0.0, 0.4)), &of(layer)), Some("tone".to_owned()));
}

#[test]
fn arms_that_steer_have_names_that_a_log_row_can_hold() {
    let mut odd = fixing("tone");
    odd.arms[1].key = "warm, mild/2".to_owned();
    assert_eq!(odd.flaws().into_iter().map(|flaw| flaw.0).collect::<Vec<_>>(), ["arms.key"]);
    odd.arms[1].effect = Effect::default();
    assert!(odd.flaws().is_empty(), "what the caller acts on may be called as one likes");
}

#[test]
fn a_design_from_before_arms_did_anything_is_read_as_one_that_does_nothing() {
    let mut stored = serde_json::to_value(design()).unwrap();
    stored.as_object_mut().unwrap().remove("policy_key");
    for arm in stored["arms"].as_array_mut().unwrap() {
        arm.as_object_mut().unwrap().remove("effect");
    }
    assert_eq!(serde_json::from_value::<Design>(stored).unwrap(), design());
}

proptest! {
    #[test]
    fn experiments_with_disjoint_slices_never_share_a_person(
        person in "debtor_[a-z0-9]{26}", cut in 0.05f64..0.95,
    ) {
        let of = |slice| Design { namespace: Some(slice), ..design() };
        let both = [of(slice(0.0, cut)), of(slice(cut, 1.0))];
        let admitted = both.iter().filter(|design| admits(design, &person).is_ok()).count();
        prop_assert_eq!(admitted, usize::from(!held_out(&person)));
    }

    #[test]
    fn a_ramp_throws_nobody_out_and_moves_nobody(
        person in "debtor_[a-z0-9]{26}", low in 0.0f64..1.0, more in 0.0f64..1.0,
    ) {
        let of = |coverage| Design { coverage, ..design() };
        let (before, after) = (of(low), of(low + (1.0 - low) * more));
        let arm = before.arm_of(&person);
        prop_assert!(arm.is_none() || arm == after.arm_of(&person));
    }
}
