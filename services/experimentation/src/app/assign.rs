//! Who is in which arm.

use std::collections::BTreeMap;

use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};
use serde::Deserialize;

use super::experiments::Experiment;
use super::roster::Roster;
use crate::domain::experiment::Exclusion;
use crate::error::Error;
use crate::store::{exposure, history};

/// Which arm a person is in.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// The arm's key; the control's for who is not taken in.
    pub arm_key: String,
    /// The place in [0, 1) that decided.
    pub bucket: f64,
    /// Why the person takes no part; `None` for who does.
    pub excluded_by: Option<Exclusion>,
}

/// Assigns a person, and notes who is given an arm for the first time.
pub async fn assign(
    store: &Store,
    roster: &Roster,
    tenant: TenantId,
    key: &str,
    person: DebtorId,
    attributes: &BTreeMap<String, String>,
) -> Result<Assigned, Error> {
    let roll = roster.roll(tenant).await?;
    let experiment = roll.by_key.get(key).ok_or_else(|| Error::NotFound(key.to_owned()))?;
    let (design, person_id) = (&experiment.design, person.to_string());
    let bucket = design.bucket(&person_id);
    let arm = match design.admits(experiment.state, &person_id, attributes) {
        Ok(()) => taken_in(store, tenant, experiment, person).await?,
        Err(why) => Err(why),
    };
    let (place, excluded_by) = match arm {
        Ok(place) => (place, None),
        Err(why) => (0, Some(why)),
    };
    Ok(Assigned { arm_key: design.arms[place].key.clone(), bucket, excluded_by })
}

/// The arm of a person who may take part: the one they have, else the one that is drawn.
async fn taken_in(
    store: &Store,
    tenant: TenantId,
    experiment: &Experiment,
    person: DebtorId,
) -> Result<Result<usize, Exclusion>, Error> {
    let design = &experiment.design;
    let drawn = design.arm_of(&person.to_string());
    // Until weights are changed, the draw says it all.
    if design.bucket_version() == 1 && drawn.is_none() {
        return Ok(Err(Exclusion::Coverage));
    }
    let work = store.begin(tenant).await?;
    // Weights may have been changed since, even where this process does not know of it yet.
    let (id, person_id) = (&experiment.row.experiment_id, person.to_string());
    let mut had = exposure::arm_of(&work, id, &person_id).await?;
    if had.is_none()
        && let Some(place) = drawn
    {
        if expose(&work, experiment, place, person).await? {
            work.commit().await?;
            return Ok(Ok(place));
        }
        had = exposure::arm_of(&work, id, &person_id).await?;
    }
    Ok(had.and_then(|key| design.arm_named(&key)).or(drawn).ok_or(Exclusion::Coverage))
}

/// Notes who is in for the first time; whether there was something to note. Of an erased person nothing is
/// noted any more.
async fn expose(
    work: &Work,
    experiment: &Experiment,
    place: usize,
    person: DebtorId,
) -> Result<bool, Error> {
    let (experiment_id, debtor_id) = (&experiment.row.experiment_id, person.to_string());
    let row = exposure::Model {
        tenant_id: work.tenant().to_string(),
        experiment_id: experiment_id.clone(),
        debtor_id: debtor_id.clone(),
        arm: experiment.design.arms[place].key.clone(),
        bucket_version: experiment.design.bucket_version(),
        exposed_at: work.now(),
        covariate: None,
        stale: true,
        matured: false,
        counted: None,
    };
    // The key before the exposure, as decisions do: else each of two might wait for the other.
    let erased = !work.hold_keys(&[person]).await?.is_empty();
    if erased || !exposure::note(work, row).await? {
        return Ok(false);
    }
    if let Some(predicted) = predicted(work, person).await? {
        exposure::foresee(work, (experiment_id, &debtor_id), predicted).await?;
    }
    Ok(true)
}

/// What is read of the log of what was known when deciding.
#[derive(Deserialize)]
struct Foreseen {
    #[serde(default)]
    payment_probability: f64,
    balance: Option<(String, i64)>,
}

/// The amount that was expected of the person at the last decision about them so far, in units of the
/// currency: balance times probability of payment.
async fn predicted(work: &Work, person: DebtorId) -> Result<Option<f64>, Error> {
    let Some((id, sealed)) = history::last_known(work, &person.to_string()).await? else {
        return Ok(None);
    };
    let opened = work.open_json(person, "decision.context", &id, &sealed).await?;
    Ok(opened.and_then(|foreseen: Foreseen| {
        let (_, minor_units) = foreseen.balance?;
        let known = foreseen.payment_probability > 0.0;
        known.then(|| foreseen.payment_probability * units(minor_units))
    }))
}

#[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
fn units(minor_units: i64) -> f64 {
    minor_units as f64 / 100.0
}
