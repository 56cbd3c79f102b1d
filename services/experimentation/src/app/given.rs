//! Policies that come from elsewhere, and the end of one in use.

use kulanz_policy::{Policy, Schema};
use kulanz_store::Work;

use super::policies::{self, New};
use super::standing::Standing;
use crate::error::Error;
use crate::store::aim;
use crate::store::policy::{self, CANDIDATE, GIVEN, HOLDOUT, LIVE, Model, RETIRED, STATIC};

/// Takes a policy file over today's features as a candidate.
pub async fn create(
    work: &Work,
    key: &str,
    description: String,
    content: &[u8],
) -> Result<Model, Error> {
    policies::ready(work, key).await?;
    let given = Policy::read(content, &Schema::default())?;
    // Its number is read under the stamp, as all are.
    aim::stamp(work, key).await?;
    let number = policy::last_number(work, key).await? + 1;
    let new = New { number, kind: GIVEN, state: CANDIDATE, description, ..New::default() };
    policies::insert(work, key, new, &given).await
}

/// Takes a promoted policy out of use: from the next question on everybody gets the static one.
pub async fn stop(work: &Work, policy_id: &str, reason: &str) -> Result<Model, Error> {
    let row = policies::take(work, policy_id).await?;
    if row.state != LIVE || row.kind == STATIC || row.kind == HOLDOUT {
        let needed = "must be live, and not the static policy";
        return Err(Error::PolicyState { policy_id: policy_id.to_owned(), needed });
    }
    let standing = Standing::read(&row)?;
    let told = |standing| Standing { stop_reason: reason.to_owned(), ..standing };
    let health = standing.map(|standing| told(standing).write()).transpose()?.unwrap_or_default();
    let row = Model { state: RETIRED.to_owned(), health, ..row };
    policy::stand(work, &row).await?;
    Ok(row)
}
