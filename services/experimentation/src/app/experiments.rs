//! The life of experiments, and who is in which arm.

use kulanz_chassis::Violation;
use kulanz_store::{Store, Work};
use kulanz_types::{ExperimentId, TenantId};

use crate::domain::experiment::{Design, State};
use crate::domain::hash::{HashVersion, hash_to_unit};
use crate::error::Error;
use crate::store::experiment::{self, Model};

/// An experiment with its definition read.
pub struct Experiment {
    /// The row.
    pub row: Model,
    /// The definition.
    pub design: Design,
    /// Where it stands.
    pub state: State,
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
    let violations: Vec<Violation> = design
        .flaws()
        .into_iter()
        .map(|(field, description)| Violation::new(format!("experiment.{field}"), description))
        .collect();
    if !violations.is_empty() {
        return Err(Error::Invalid(violations));
    }
    if experiment::find_by_key(work, &design.key).await?.is_some() {
        return Err(Error::KeyTaken(design.key));
    }
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
    };
    experiment::insert(work, row.clone()).await?;
    Ok(Experiment { row, design, state: State::Draft })
}

/// Starts a draft.
pub async fn start(work: &Work, experiment_id: &str) -> Result<Experiment, Error> {
    let experiment = find(work, experiment_id).await?;
    let needed = "must be a draft";
    let row = Model { started_at: Some(work.now()), ..experiment.row.clone() };
    change(work, experiment, (State::Draft, State::Running), row, needed).await
}

/// Stops a running experiment for good.
pub async fn stop(work: &Work, experiment_id: &str) -> Result<Experiment, Error> {
    let experiment = find(work, experiment_id).await?;
    let needed = "must be running";
    let row = Model { stopped_at: Some(work.now()), ..experiment.row.clone() };
    change(work, experiment, (State::Running, State::Stopped), row, needed).await
}

async fn change(
    work: &Work,
    experiment: Experiment,
    (from, to): (State, State),
    row: Model,
    needed: &'static str,
) -> Result<Experiment, Error> {
    let read_version = experiment.row.version;
    let refused = || Error::ExperimentState { experiment_id: row.experiment_id.clone(), needed };
    if experiment.state != from {
        return Err(refused());
    }
    let next = Model { state: state_name(to)?, version: read_version + 1, ..row.clone() };
    if !experiment::update(work, next.clone(), read_version).await? {
        return Err(refused());
    }
    read(next)
}

async fn find(work: &Work, experiment_id: &str) -> Result<Experiment, Error> {
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

/// Which arm a person is in.
pub struct Assigned {
    /// The arm's key; the control's for who is not taken in.
    pub arm_key: String,
    /// Whether the person takes part.
    pub in_experiment: bool,
    /// The place in [0, 1) that decided.
    pub bucket: f64,
}

/// Assigns a person. Nobody takes part in an experiment that does not run.
pub async fn assign(
    store: &Store,
    tenant: TenantId,
    key: &str,
    person: &str,
) -> Result<Assigned, Error> {
    let work = store.begin(tenant).await?;
    let row = experiment::find_by_key(&work, key).await?;
    let experiment = read(row.ok_or_else(|| Error::NotFound(key.to_owned()))?)?;
    let design = &experiment.design;
    let arm = (experiment.state == State::Running).then(|| design.assign(person)).flatten();
    Ok(Assigned {
        arm_key: design.arms[arm.unwrap_or(0)].key.clone(),
        in_experiment: arm.is_some(),
        bucket: hash_to_unit(HashVersion::V2, &design.key, person),
    })
}
