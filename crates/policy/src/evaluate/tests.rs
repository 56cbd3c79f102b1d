mod gate;
mod world;

use proptest::prelude::*;

use super::*;
use world::{Target, World};

fn logged(reward: f64, propensity: f64, target: f64) -> LoggedAction {
    LoggedAction { reward, propensity, target, factors: vec![], predicted: None }
}

fn value(evaluation: &Evaluation, estimator: Estimator) -> f64 {
    evaluation.by(estimator).unwrap().value.value
}

fn is(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12
}

#[test]
fn estimators_agree_with_a_calculation_by_hand() {
    let mut log = vec![logged(1.0, 0.5, 1.0), logged(0.0, 0.25, 0.5), logged(2.0, 0.5, 0.25)];
    let model = [(0.5, 0.6), (0.5, 0.4), (1.0, 0.8)];
    for (row, (action, target)) in log.iter_mut().zip(model) {
        row.predicted = Some(Predicted { action, target });
        let level = |logged, target| FactorProbability { level: 0, logged, target };
        row.factors = vec![level(0.5, row.target), level(0.5, 0.5)];
    }
    let found = evaluate(&log).unwrap();
    // Weights 2, 2, 0.5; slate weights 2, 1, 0.5.
    assert!(is(value(&found, Estimator::Ips), 3.0 / 3.0));
    assert!(is(value(&found, Estimator::Snips), 3.0 / 4.5));
    assert!(is(value(&found, Estimator::Dr), (1.6 + (0.4 - 1.0) + (0.8 + 0.5)) / 3.0));
    assert!(is(value(&found, Estimator::Slate), 3.0 / 3.0));
    assert!(is(value(&found, Estimator::DrSlate), (1.6 + (0.4 - 0.5) + 1.3) / 3.0));
    assert!(is(value(&found, Estimator::Model), 0.6));
    let effective = |estimator| found.by(estimator).unwrap().effective;
    assert!(is(effective(Estimator::Ips), 4.5 * 4.5 / 8.25));
    assert!(is(effective(Estimator::Slate), 3.5 * 3.5 / 5.25));
    // IPS numbers 2, 0, 1: variance 1, standard error sqrt(1/3).
    assert!(is(found.by(Estimator::Ips).unwrap().value.standard_error, (1.0_f64 / 3.0).sqrt()));
    // SNIPS: 2/3 with parts 4/9, -8/9, 4/9 around it.
    assert!(is(found.by(Estimator::Snips).unwrap().value.standard_error, 4.0 / 9.0));
    assert!(is(found.incumbent.value, 1.0));
    let gap = found.disagreement.unwrap().difference;
    let missed = |it: &LoggedAction| it.reward - it.predicted.unwrap().action;
    let own = log.iter().map(missed).sum::<f64>() / 3.0;
    assert!(is(gap, value(&found, Estimator::DrSlate) - 0.6 - own));
}

prop_compose! {
    fn own_decision()(
        reward in -5.0..5.0_f64,
        factors in prop::collection::vec(0.05..1.0_f64, 3),
        expected in -1.0..1.0_f64,
    ) -> LoggedAction {
        let propensity = factors.iter().product();
        let level = |(level, p): (usize, &f64)| FactorProbability { level, logged: *p, target: *p };
        LoggedAction {
            reward,
            propensity,
            target: propensity,
            factors: factors.iter().enumerate().map(level).collect(),
            predicted: Some(Predicted { action: expected, target: expected }),
        }
    }
}

proptest! {
    #[test]
    fn the_logs_own_policy_is_worth_the_plain_mean_with_every_decision_counting(
        log in prop::collection::vec(own_decision(), 2..200)
    ) {
        let found = evaluate(&log).unwrap();
        let decisions: f64 = log.iter().map(|_| 1.0).sum();
        for valued in found.estimates.iter().filter(|known| known.estimator != Estimator::Model) {
            prop_assert!((valued.value.value - found.incumbent.value).abs() < 1e-9);
            prop_assert!((valued.effective / decisions - 1.0).abs() < 1e-6);
            prop_assert!(valued.difference.lower.abs() < 1e-9, "{valued:?}");
        }
        let case = Case { value: &found, harm: Some(&found), contacts: Some(&found), parity: &[] };
        let gate = Gate { least_effective: 2.0, least_share: 2.0, disagreement: 1e9, ..Gate::default() };
        prop_assert_eq!(gate.judge(&case), vec![]);
    }

    #[test]
    fn rewards_in_another_unit_give_the_same_in_that_unit(
        log in prop::collection::vec(own_decision(), 2..50), scale in 0.1..100.0_f64
    ) {
        let scaled: Vec<_> = log.iter().map(|row| LoggedAction {
            reward: row.reward * scale,
            predicted: row.predicted.map(|known| Predicted {
                action: known.action * scale,
                target: known.target * scale,
            }),
            ..row.clone()
        }).collect();
        let (plain, scaled) = (evaluate(&log).unwrap(), evaluate(&scaled).unwrap());
        for (plain, scaled) in plain.estimates.iter().zip(&scaled.estimates) {
            let wanted = plain.value.lower * scale;
            prop_assert!((scaled.value.lower - wanted).abs() < 1e-9 * (1.0 + wanted.abs()));
        }
    }
}

/// What each of many logs of one world says.
fn estimates(estimator: Estimator, target: Target, logs: u64, decisions: usize) -> Vec<Valued> {
    let world = World::additive();
    let one = |seed| *evaluate(&world.log(seed, decisions, target)).unwrap().by(estimator).unwrap();
    (0..logs).map(one).collect()
}

const UNBIASED: [Estimator; 5] =
    [Estimator::Ips, Estimator::Snips, Estimator::Dr, Estimator::Slate, Estimator::DrSlate];

#[test]
fn estimates_of_many_logs_scatter_around_the_true_value() {
    let truth = World::additive().truth(Target::Good);
    for estimator in UNBIASED {
        let values: Vec<f64> = estimates(estimator, Target::Good, 400, 1_000)
            .iter()
            .map(|found| found.value.value)
            .collect();
        let mean = Estimate::of(&values);
        let bias = (mean.value - truth).abs();
        assert!(bias < 4.0 * mean.standard_error, "{estimator:?}: {} for {truth}", mean.value);
        assert!(mean.standard_error < 0.006, "{estimator:?}: {mean:?}");
    }
    let model = estimates(Estimator::Model, Target::Good, 1, 1_000)[0].value.value;
    assert!((model - truth).abs() > 0.02, "the model of the world is meant to be wrong: {model}");
}

#[test]
fn intervals_hold_the_true_value_in_at_least_93_of_100_logs() {
    let truth = World::additive().truth(Target::Good);
    for estimator in UNBIASED {
        let found = estimates(estimator, Target::Good, 1_000, 2_000);
        let hit = |valued: &&Valued| valued.value.lower <= truth && truth <= valued.value.upper;
        let hits = found.iter().filter(hit).count();
        assert!((930..=975).contains(&hits), "{estimator:?}: {hits} of 1000");
    }
}

#[test]
fn factor_by_factor_is_known_more_exactly_than_jointly() {
    let error = |estimator| estimates(estimator, Target::Good, 1, 5_000)[0].value.standard_error;
    assert!(error(Estimator::Slate) < 0.7 * error(Estimator::Ips));
    assert!(error(Estimator::DrSlate) < error(Estimator::Slate));
}

#[test]
fn what_is_wrong_with_a_log_names_the_decision_and_the_number() {
    let level = FactorProbability { level: 0, logged: 0.5, target: 0.5 };
    let fine = LoggedAction { factors: vec![level], ..logged(1.0, 0.5, 0.5) };
    let factor = |logged, target| LoggedAction {
        factors: vec![FactorProbability { level: 0, logged, target }],
        ..fine.clone()
    };
    let predicted =
        LoggedAction { predicted: Some(Predicted { action: 0.1, target: 0.1 }), ..fine.clone() };
    let cases = [
        (LoggedAction { reward: f64::NAN, ..fine.clone() }, Cell::Reward, Problem::NotFinite),
        (
            LoggedAction { propensity: f64::NAN, ..fine.clone() },
            Cell::Propensity,
            Problem::NotFinite,
        ),
        (LoggedAction { propensity: 0.0, ..fine.clone() }, Cell::Propensity, Problem::NoPropensity),
        (LoggedAction { propensity: 1.5, ..fine.clone() }, Cell::Propensity, Problem::NoPropensity),
        (LoggedAction { target: -0.1, ..fine.clone() }, Cell::Target, Problem::NoProbability),
        (factor(0.0, 0.5), Cell::FactorPropensity(0), Problem::NoPropensity),
        (factor(0.5, 1.1), Cell::FactorTarget(0), Problem::NoProbability),
        (LoggedAction { factors: vec![], ..fine.clone() }, Cell::Factors, Problem::Uneven),
        (predicted, Cell::Predicted, Problem::Uneven),
    ];
    for (wrong, cell, problem) in cases {
        let found = evaluate(&[fine.clone(), fine.clone(), wrong]);
        assert_eq!(found, Err(LogError::Decision { row: 2, cell, problem }));
    }
    assert_eq!(evaluate(&[]), Err(LogError::TooFew));
    assert_eq!(evaluate(std::slice::from_ref(&fine)), Err(LogError::TooFew));
}
