//! Who hears of a challenge: the other services, and the systems of the creditors whose claims it is about.

use kulanz_bus::publish;
use kulanz_proto::events::v1::{ChallengeOpened, ChallengeResolved};
use kulanz_store::Work;

use crate::app::holds::claims_of;
use crate::app::told;
use crate::app::webhooks::{self, notices};
use crate::domain::webhook::WebhookType;
use crate::error::Error;
use crate::store::{challenge, claim, evidence};

/// Tells of a new challenge, once its holds are placed.
pub async fn tell(work: &Work, row: &challenge::Model) -> Result<(), Error> {
    let claim_ids = claim_ids(work, row).await?;
    let event = ChallengeOpened {
        challenge_id: row.challenge_id.clone(),
        debtor_id: row.debtor_id.clone(),
        claim_ids: claim_ids.clone(),
        kind: told::challenge_kind(row.kind()?).into(),
        answer_by: Some(row.answer_by.into()),
        stated_at_intake: false,
    };
    publish(work, &row.challenge_id, &row.debtor_id, row.version, &event).await?;
    creditors(work, row, claim_ids, WebhookType::ChallengeOpened, None).await
}

/// Tells of a file that came for a challenge.
pub async fn tell_evidence(
    work: &Work,
    row: &challenge::Model,
    file: &evidence::Model,
) -> Result<(), Error> {
    let claim_ids = claim_ids(work, row).await?;
    creditors(work, row, claim_ids, WebhookType::ChallengeEvidenceAdded, Some(file)).await
}

/// Tells the other services how a challenge was decided.
pub(super) async fn publish_resolved(work: &Work, row: &challenge::Model) -> Result<(), Error> {
    let event = ChallengeResolved {
        challenge_id: row.challenge_id.clone(),
        debtor_id: row.debtor_id.clone(),
        claim_ids: claim_ids(work, row).await?,
        kind: told::challenge_kind(row.kind()?).into(),
        outcome: told::challenge_state(row.state()?).into(),
    };
    publish(work, &row.challenge_id, &row.debtor_id, row.version, &event).await?;
    Ok(())
}

/// Tells the creditors how a challenge was decided, once their claims have followed.
pub(super) async fn tell_creditors(work: &Work, row: &challenge::Model) -> Result<(), Error> {
    let claim_ids = claim_ids(work, row).await?;
    creditors(work, row, claim_ids, WebhookType::ChallengeResolved, None).await
}

async fn claim_ids(work: &Work, row: &challenge::Model) -> Result<Vec<String>, Error> {
    let claims = claims_of(work, &row.challenge_id).await?;
    Ok(claims.iter().map(ToString::to_string).collect())
}

/// Tells each creditor of its own claims.
async fn creditors(
    work: &Work,
    row: &challenge::Model,
    claim_ids: Vec<String>,
    kind: WebhookType,
    file: Option<&evidence::Model>,
) -> Result<(), Error> {
    let mut claims = claim::find_many(work, claim_ids).await?;
    claims.sort_unstable_by(|one, other| one.claim_id.cmp(&other.claim_id));
    for claim in &claims {
        webhooks::tell(work, notices::challenge(claim, row, kind, file)).await?;
    }
    Ok(())
}
