//! The life of experiments.

use std::collections::HashMap;

use kulanz_chassis::Violation;
use kulanz_store::{Store, Work};
use kulanz_types::{ExperimentId, TenantId};

use super::arms;
use crate::domain::experiment::{Arm, Design, State, weights_add_up};
use crate::error::Error;
use crate::store::experiment::{self, Model};
use crate::store::sums;

/// An experiment with its definition read.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The row.
    pub row: Model,
    /// The definition.
    pub design: Design,
    /// Where it stands.
    pub state: State,
}

/// What is changed while it runs; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adjustment {
    /// The version that was read.
    pub etag: String,
    /// Share of persons taken in.
    pub coverage: Option<f64>,
    /// Shares of the arms.
    pub arms: Option<Vec<Arm>>,
}

fn read(row: Model) -> Result<Experiment, Error> {
    Ok(Experiment {
        design: serde_json::from_str(&row.design)?,
        state: serde_json::from_value(row.state.as_str().into())?,
        row,
    })
}

fn state_name(state: State) -> Result<String, Error> {
    Ok(serde_json::to_value(state)?.as_str().unwrap_or_default().to_owned())
}

/// Adds a draft.
pub async fn create(work: &Work, design: Design) -> Result<Experiment, Error> {
    sums::grow_stamp(work).await?;
    if experiment::find_by_key(work, &design.key).await?.is_some() {
        return Err(Error::KeyTaken(design.key));
    }
    arms::check(work, &design).await?;
    refuse_overlap(work, &design).await?;
    refuse_conflict(work, &design).await?;
    let row = Model {
        tenant_id: work.tenant().to_string(),
        experiment_id: ExperimentId::generate(work.seeds(), work.now()).to_string(),
        key: design.key.clone(),
        design: serde_json::to_string(&design)?,
        state: state_name(State::Draft)?,
        version: 1,
        created_at: work.now(),
        started_at: None,
        stopped_at: None,
        stop_reason: String::new(),
    };
    experiment::insert(work, row.clone()).await?;
    Ok(Experiment { row, design, state: State::Draft })
}

/// Two experiments that run, or are to run, never share a person of one namespace.
async fn refuse_overlap(work: &Work, design: &Design) -> Result<(), Error> {
    let Some(slice) = &design.namespace else { return Ok(()) };
    let overlaps = |other: &Experiment| {
        let theirs = other.design.namespace.as_ref();
        other.state != State::Stopped && theirs.is_some_and(|theirs| theirs.overlaps(slice))
    };
    match in_order(work).await?.into_iter().find(overlaps) {
        Some(other) => Err(Error::NamespaceOverlap {
            namespace: slice.name.clone(),
            key: design.key.clone(),
            other: other.row.key,
        }),
        None => Ok(()),
    }
}

/// Two experiments that run never steer the same for the same person. A draft keeps nobody from running: it may
/// never pass the gate.
async fn refuse_conflict(work: &Work, design: &Design) -> Result<(), Error> {
    let running = in_order(work).await?.into_iter().filter(|it| it.state == State::Running);
    for other in running {
        if let Some(about) = design.conflict(&other.design) {
            let (key, other) = (design.key.clone(), other.row.key);
            return Err(Error::ExperimentConflict { key, other, about });
        }
    }
    Ok(())
}

/// All experiments in the order of their ids.
async fn in_order(work: &Work) -> Result<Vec<Experiment>, Error> {
    let mut all: Vec<_> = all(work).await?.into_values().collect();
    all.sort_by(|a, b| a.row.experiment_id.cmp(&b.row.experiment_id));
    Ok(all)
}

/// Starts a draft whose plan is whole.
pub async fn start(work: &Work, experiment_id: &str) -> Result<Experiment, Error> {
    sums::grow_stamp(work).await?;
    let experiment = find(work, experiment_id).await?;
    require(&experiment, State::Draft, "must be a draft")?;
    refuse_conflict(work, &experiment.design).await?;
    let mut missing = experiment.design.missing_to_start();
    if missing.is_empty() && experiment.design.minimum_detectable_effect().is_none() {
        missing.push("planned_units");
    }
    if !missing.is_empty() {
        let experiment_id = experiment_id.to_owned();
        return Err(Error::PlanIncomplete { experiment_id, missing });
    }
    let row = Model { started_at: Some(work.now()), ..experiment.row.clone() };
    change(work, experiment, State::Running, row).await
}

/// Stops an experiment for good: one that runs, or a draft that is given up, whose slice of people is free
/// for another then.
pub async fn stop(work: &Work, experiment_id: &str, reason: String) -> Result<Experiment, Error> {
    sums::grow_stamp(work).await?;
    let experiment = find(work, experiment_id).await?;
    if experiment.state == State::Stopped {
        let experiment_id = experiment_id.to_owned();
        return Err(Error::ExperimentState { experiment_id, needed: "must not be stopped" });
    }
    let stopped_at = Some(work.now());
    let row = Model { stopped_at, stop_reason: reason, ..experiment.row.clone() };
    change(work, experiment, State::Stopped, row).await
}

/// Changes coverage or weights of a running experiment.
pub async fn adjust(
    work: &Work,
    experiment_id: &str,
    adjustment: Adjustment,
) -> Result<Experiment, Error> {
    sums::grow_stamp(work).await?;
    let experiment = find(work, experiment_id).await?;
    if adjustment.etag != experiment.row.version.to_string() {
        return Err(Error::EtagMismatch(experiment_id.to_owned()));
    }
    require(&experiment, State::Running, "must be running")?;
    let design = adjusted(&experiment.design, adjustment)?;
    let row = Model { design: serde_json::to_string(&design)?, ..experiment.row.clone() };
    change(work, experiment, State::Running, row).await
}

fn adjusted(design: &Design, adjustment: Adjustment) -> Result<Design, Error> {
    let mut wrong = Vec::new();
    let mut next = design.clone();
    if let Some(coverage) = adjustment.coverage {
        if !(design.coverage..=1.0).contains(&coverage) {
            let text = "a number, not below the present coverage and at most 1";
            wrong.push(Violation::new("coverage", text));
        }
        next.coverage = coverage;
    }
    if let Some(arms) = adjustment.arms {
        let keys = |arms: &[Arm]| arms.iter().map(|arm| arm.key.clone()).collect::<Vec<_>>();
        if keys(&arms) != keys(&design.arms) {
            wrong.push(Violation::new("arms.key", "all arms as they are, in their order"));
        }
        let said = |arm: &Arm| arm.effect.steers().then(|| arm.effect.clone());
        let changed = |(now, then): (&Arm, &Arm)| said(now).is_some_and(|it| it != then.effect);
        if arms.iter().zip(&design.arms).any(changed) {
            wrong.push(Violation::new("arms", "what an arm does cannot be changed"));
        }
        for (arm, sent) in next.arms.iter_mut().zip(&arms) {
            arm.weight = sent.weight;
        }
        if !weights_add_up(&next.weights()) {
            let text = "weights are not negative and sum to 1";
            wrong.push(Violation::new("arms.weight", text));
        }
    }
    if next.weights() != design.weights() {
        next.earlier_weights.push(design.weights());
    }
    if wrong.is_empty() { Ok(next) } else { Err(Error::Invalid(wrong)) }
}

fn require(experiment: &Experiment, state: State, needed: &'static str) -> Result<(), Error> {
    let experiment_id = experiment.row.experiment_id.clone();
    let refused = Error::ExperimentState { experiment_id, needed };
    if experiment.state == state { Ok(()) } else { Err(refused) }
}

async fn change(
    work: &Work,
    experiment: Experiment,
    to: State,
    row: Model,
) -> Result<Experiment, Error> {
    let read_version = experiment.row.version;
    let id = row.experiment_id.clone();
    let next = Model { state: state_name(to)?, version: read_version + 1, ..row };
    if !experiment::update(work, next.clone(), read_version).await? {
        return Err(Error::EtagMismatch(id));
    }
    read(next)
}

/// The experiment of this id.
pub async fn find(work: &Work, experiment_id: &str) -> Result<Experiment, Error> {
    let row = experiment::find(work, experiment_id).await?;
    read(row.ok_or_else(|| Error::NotFound(experiment_id.to_owned()))?)
}

/// The experiment of this id.
pub async fn get(store: &Store, tenant: TenantId, id: &str) -> Result<Experiment, Error> {
    find(&store.begin(tenant).await?, id).await
}

/// Experiments after `cursor`.
pub async fn list(
    store: &Store,
    tenant: TenantId,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Experiment>, Error> {
    let work = store.begin(tenant).await?;
    experiment::list(&work, cursor, limit).await?.into_iter().map(read).collect()
}

/// All of the tenant's experiments by their keys.
pub async fn all(work: &Work) -> Result<HashMap<String, Experiment>, Error> {
    let rows = experiment::list(work, None, u64::from(u32::MAX)).await?;
    rows.into_iter().map(|row| Ok((row.key.clone(), read(row)?))).collect()
}
