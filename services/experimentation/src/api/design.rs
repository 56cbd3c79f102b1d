//! Definitions of experiments, from the contract and back.

use kulanz_chassis::Violations;
use kulanz_policy::LevelName;
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::ConditionOperator as Wire;

use super::read::policy_key;
use crate::app::experiments::{Adjustment, Experiment};
use crate::domain::decimal::decimal;
use crate::domain::effect::Effect;
use crate::domain::experiment::{Arm, Baseline, Bound, Design, NamespaceSlice, State};
use crate::domain::measure::{Measure, UNOBSERVED};
use crate::domain::targeting::{Condition, Operator};
use crate::error::Error;

/// Days after which an outcome counts as known when nothing is said.
const MATURITY_DAYS: u32 = 30;

/// A definition as sent, or every field of it that is wrong.
pub fn design(sent: pb::Experiment) -> Result<Design, Error> {
    let mut wrong = Violations::default();
    wrong.require(key_is_sound(&sent.key), "experiment.key", "a-z, 0-9 and inner -, 1 to 63");
    let planned_units = u64::try_from(sent.planned_units).ok();
    wrong.require(planned_units.is_some(), "experiment.planned_units", "must not be below 0");
    let primary = measure(&sent.primary_metric, "experiment.primary_metric", &mut wrong);
    let maturity_days = match sent.maturity_days {
        0 => MATURITY_DAYS,
        // What is below 0 is refused with what is above 365.
        days => u32::try_from(days).unwrap_or(u32::MAX),
    };
    let design = Design {
        primary_metric: primary.unwrap_or(Measure::Paid),
        guardrails: bounds(&sent, &mut wrong),
        namespace: slice(&sent),
        targeting: targeting(&sent, &mut wrong),
        maturity_days,
        // Without its measure a baseline cannot be judged.
        baseline: primary.and_then(|_| baseline(&sent)),
        planned_units: planned_units.unwrap_or_default(),
        earlier_weights: Vec::new(),
        policy_key: policy_key(&sent.policy_key),
        coverage: number(&sent.coverage),
        arms: sent.arms.into_iter().map(arm).collect(),
        hypothesis: sent.hypothesis,
        key: sent.key,
    };
    for (field, description) in design.flaws() {
        wrong.add(format!("experiment.{field}"), description);
    }
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(design)
}

/// The number, or one that every check refuses.
pub fn number(text: &str) -> f64 {
    decimal(text).unwrap_or(f64::NAN)
}

/// An arm as sent.
pub fn arm(arm: pb::Arm) -> Arm {
    let name = |level: pb::ArmLevel| LevelName { factor: level.factor, level: level.level };
    let effect = Effect {
        policy_version: (!arm.policy_version.is_empty()).then_some(arm.policy_version),
        fixed: arm.fixed_levels.into_iter().map(name).collect(),
        excluded: arm.excluded_levels.into_iter().map(name).collect(),
    };
    Arm { weight: number(&arm.weight), key: arm.key, effect }
}

/// The measure of a name, or a violation of `field`.
pub fn measure(name: &str, field: &str, wrong: &mut Violations) -> Option<Measure> {
    let found = Measure::named(name);
    wrong.require(found.is_some(), field, UNOBSERVED);
    found
}

/// Measures of names; `field` is that of the list.
pub fn measures(names: &[String], field: &str, wrong: &mut Violations) -> Vec<Measure> {
    let mut found = Vec::new();
    for (place, name) in names.iter().enumerate() {
        found.extend(measure(name, &format!("{field}[{place}]"), wrong));
    }
    found
}

fn bounds(sent: &pb::Experiment, wrong: &mut Violations) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for (place, guardrail) in sent.guardrails.iter().enumerate() {
        let field = |name: &str| format!("experiment.guardrails[{place}].{name}");
        let margin = number(&guardrail.margin);
        wrong.require(margin > 0.0, &field("margin"), "must be a number above 0");
        let measure = measure(&guardrail.metric, &field("metric"), wrong);
        bounds.extend(measure.filter(|_| margin > 0.0).map(|measure| Bound { measure, margin }));
    }
    let plain = measures(&sent.guardrail_metrics, "experiment.guardrail_metrics", wrong);
    bounds.extend(plain.into_iter().map(|measure| Bound { measure, margin: 0.0 }));
    bounds
}

fn slice(sent: &pb::Experiment) -> Option<NamespaceSlice> {
    let whole = [&sent.namespace, &sent.namespace_start, &sent.namespace_end];
    if whole.into_iter().all(String::is_empty) {
        return None;
    }
    let bound = |text: &str, empty| if text.is_empty() { empty } else { number(text) };
    Some(NamespaceSlice {
        name: sent.namespace.clone(),
        start: bound(&sent.namespace_start, 0.0),
        end: bound(&sent.namespace_end, 1.0),
    })
}

fn baseline(sent: &pb::Experiment) -> Option<Baseline> {
    let deviation = (!sent.baseline_deviation.is_empty()).then(|| number(&sent.baseline_deviation));
    let mean = number(&sent.baseline_mean);
    (!sent.baseline_mean.is_empty() || deviation.is_some()).then_some(Baseline { mean, deviation })
}

fn targeting(sent: &pb::Experiment, wrong: &mut Violations) -> Vec<Condition> {
    let mut conditions = Vec::new();
    for (place, condition) in sent.targeting.iter().enumerate() {
        let Some(operator) = operator(condition.operator()) else {
            wrong.add(format!("experiment.targeting[{place}].operator"), "must be stated");
            continue;
        };
        let (attribute, values) = (condition.attribute.clone(), condition.values.clone());
        conditions.push(Condition { attribute, operator, values });
    }
    conditions
}

fn operator(wire: Wire) -> Option<Operator> {
    match wire {
        Wire::Unspecified => None,
        Wire::In => Some(Operator::In),
        Wire::NotIn => Some(Operator::NotIn),
        Wire::AtLeast => Some(Operator::AtLeast),
        Wire::Below => Some(Operator::Below),
    }
}

fn key_is_sound(key: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    key.len() <= 63
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && !key.ends_with('-')
        && key.chars().all(inner)
}

/// What is wanted of a running experiment; fields that are empty change nothing.
pub fn adjustment(request: pb::AdjustExperimentRequest) -> Result<Adjustment, Error> {
    let coverage = (!request.coverage.is_empty()).then(|| number(&request.coverage));
    if coverage.is_some_and(f64::is_nan) {
        return Err(Error::field("coverage", "must be a decimal number"));
    }
    let arms: Vec<Arm> = request.arms.into_iter().map(arm).collect();
    let arms = (!arms.is_empty()).then_some(arms);
    Ok(Adjustment { etag: request.etag, coverage, arms })
}

/// An experiment as the contract says it.
pub fn written(found: Experiment) -> pb::Experiment {
    let Experiment { row, design, state } = found;
    let state = match state {
        State::Draft => pb::ExperimentState::Draft,
        State::Running => pb::ExperimentState::Running,
        State::Stopped => pb::ExperimentState::Stopped,
    };
    let effect = design.minimum_detectable_effect();
    let text = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
    let namespace = design.namespace.as_ref();
    let (plain, bounded): (Vec<Bound>, Vec<Bound>) =
        design.guardrails.iter().partition(|bound| bound.margin <= 0.0);
    pb::Experiment {
        experiment_id: row.experiment_id,
        state: state.into(),
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.created_at)),
        start_time: row.started_at.map(timestamp),
        stop_time: row.stopped_at.map(timestamp),
        stop_reason: row.stop_reason,
        coverage: design.coverage.to_string(),
        primary_metric: design.primary_metric.name().to_owned(),
        guardrail_metrics: plain.iter().map(|it| it.measure.name().to_owned()).collect(),
        guardrails: bounded.into_iter().map(guardrail).collect(),
        namespace: namespace.map(|it| it.name.clone()).unwrap_or_default(),
        namespace_start: text(namespace.map(|it| it.start)),
        namespace_end: text(namespace.map(|it| it.end)),
        targeting: design.targeting.iter().map(condition).collect(),
        maturity_days: i32::try_from(design.maturity_days).unwrap_or_default(),
        baseline_mean: text(design.baseline.map(|it| it.mean)),
        baseline_deviation: text(design.baseline.and_then(|it| it.deviation)),
        planned_units: i64::try_from(design.planned_units).unwrap_or_default(),
        minimum_detectable_effect: text(effect),
        bucket_version: i32::try_from(design.bucket_version()).unwrap_or(i32::MAX),
        arms: design.arms.into_iter().map(wire_arm).collect(),
        key: design.key,
        hypothesis: design.hypothesis,
        policy_key: design.policy_key,
    }
}

fn wire_arm(arm: Arm) -> pb::Arm {
    let level = |name: LevelName| pb::ArmLevel { factor: name.factor, level: name.level };
    pb::Arm {
        key: arm.key,
        weight: arm.weight.to_string(),
        policy_version: arm.effect.policy_version.unwrap_or_default(),
        fixed_levels: arm.effect.fixed.into_iter().map(level).collect(),
        excluded_levels: arm.effect.excluded.into_iter().map(level).collect(),
    }
}

fn guardrail(bound: Bound) -> pb::Guardrail {
    pb::Guardrail { metric: bound.measure.name().to_owned(), margin: bound.margin.to_string() }
}

fn condition(condition: &Condition) -> pb::Condition {
    let operator = match condition.operator {
        Operator::In => Wire::In,
        Operator::NotIn => Wire::NotIn,
        Operator::AtLeast => Wire::AtLeast,
        Operator::Below => Wire::Below,
    };
    pb::Condition {
        attribute: condition.attribute.clone(),
        operator: operator.into(),
        values: condition.values.clone(),
    }
}
