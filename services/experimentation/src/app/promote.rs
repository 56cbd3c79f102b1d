//! A policy goes live: through the gate, into the first step of its ramp.

use kulanz_policy::Policy;
use kulanz_statistics::Interval;
use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::ask::DEFAULT_POLICY;
use super::standing::Standing;
use super::{evaluate, given, night, policies};
use crate::domain::ramp::Ramp;
use crate::error::Error;
use crate::store::policy::{self, CANDIDATE, GIVEN, LEARNED, LIVE, Model};

/// The candidate, as it was read by whoever promotes it, and nothing else live under its key.
pub async fn promotable(work: &Work, policy_id: &str, etag: &str) -> Result<Model, Error> {
    let row = policies::take(work, policy_id).await?;
    let state = |needed| Error::PolicyState { policy_id: policy_id.to_owned(), needed };
    if policies::etag(&row) != etag {
        return Err(Error::EtagMismatch(policy_id.to_owned()));
    }
    if row.state != CANDIDATE {
        return Err(state("must be a candidate"));
    }
    let live = policy::in_state(work, &row.key, LIVE).await?;
    if live.iter().any(|live| live.kind == LEARNED || live.kind == GIVEN) {
        return Err(state("no other policy may be live under its key: stop that one first"));
    }
    evaluate::require_features(policy_id, Policy::read_own(&row.content)?.schema())?;
    Ok(row)
}

/// Puts a candidate that passed the gate, which found that it earns so much more, into the first step of its ramp.
pub async fn promote(
    work: &Work,
    policy_id: &str,
    etag: &str,
    gain: Option<Interval>,
) -> Result<Model, Error> {
    let row = promotable(work, policy_id, etag).await?;
    let ramp = Ramp::begin(policy_id, gain, work.now());
    let share = ramp.share();
    let health = Standing::begin(ramp).write()?;
    let row = Model { state: LIVE.to_owned(), share, health, ..row };
    policy::stand(work, &row).await?;
    night::watch(work, &row.key).await?;
    Ok(row)
}

/// Puts a policy file to use for everybody but the hold-out, past gate and ramp: for a rehearsal, in which nobody
/// comes to harm. What is learned meanwhile waits as a candidate.
///
/// # Errors
/// As `CreatePolicy`.
pub async fn rehearse(store: &Store, tenant: TenantId, content: &[u8]) -> Result<(), Error> {
    let work = store.begin(tenant).await?;
    let row = given::create(&work, DEFAULT_POLICY, "rehearsed".to_owned(), content).await?;
    let health = Standing::begin(Ramp::begin(&row.policy_id, None, work.now())).write()?;
    let row = Model { state: LIVE.to_owned(), share: 1.0, health, ..row };
    policy::stand(&work, &row).await?;
    Ok(work.commit().await?)
}
