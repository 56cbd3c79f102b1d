//! Policies that come from elsewhere, and the end of one in use.

use kulanz_policy::{Policy, Schema};
use kulanz_store::Work;

use super::policies::{self, New};
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
    let number = policy::last_number(work, key).await? + 1;
    let new = New { number, kind: GIVEN, state: CANDIDATE, description, ..New::default() };
    policies::insert(work, key, new, &given).await
}

/// Takes a promoted policy out of use: from the next question on everybody gets the static one.
pub async fn stop(work: &Work, policy_id: &str) -> Result<Model, Error> {
    let found = policy::find(work, policy_id).await?;
    let row = found.ok_or_else(|| Error::NotFound(policy_id.to_owned()))?;
    if row.state != LIVE || row.kind == STATIC || row.kind == HOLDOUT {
        let needed = "must be live, and not the static policy";
        return Err(Error::PolicyState { policy_id: policy_id.to_owned(), needed });
    }
    policy::move_to(work, policy_id, RETIRED).await?;
    aim::stamp(work, &row.key).await?;
    Ok(Model { state: RETIRED.to_owned(), ..row })
}
