//! Objections that a creditor passes on with its claims: disputes like any other, with a clock and an answer
//! to come, kept many at once.

use chrono::NaiveDate;
use kulanz_bus::Outgoing;
use kulanz_proto::events::v1::ChallengeOpened;
use kulanz_store::{DueItem, Store, Work};
use kulanz_types::DisputeId;

use super::{answer_by, late};
use crate::app::told;
use crate::domain::challenge::{ChallengeKind, ChallengeState};
use crate::error::Error;
use crate::store::{challenge, challenge_step, claim};

/// Due work that notes which answers are late once a promised day has passed.
pub const STATED_LATE: &str = "stated_challenges_late";

/// `DISPUTE_REASON_OTHER` of the contract: the creditor says that there is an objection, not which.
const OTHER: i64 = 8;

/// The disputes of one chunk of rows.
#[derive(Default)]
pub struct Stated {
    challenges: Vec<challenge::Model>,
    steps: Vec<challenge_step::Model>,
}

impl Stated {
    /// Opens a dispute of a new claim: its id, and the event that tells of it. The creditor's own system
    /// is not told what it said.
    pub fn open(&mut self, work: &Work, claim: &claim::Model, actor: &str) -> (String, Outgoing) {
        let row = dispute(work, claim, actor);
        self.steps.push(challenge_step::Model {
            tenant_id: row.tenant_id.clone(),
            challenge_id: row.challenge_id.clone(),
            version: row.version,
            from_state: None,
            to_state: row.state.clone(),
            changed_at: row.opened_at,
            actor: actor.to_owned(),
            reason: "STATED_AT_INTAKE".to_owned(),
        });
        let event = ChallengeOpened {
            challenge_id: row.challenge_id.clone(),
            debtor_id: row.debtor_id.clone(),
            claim_ids: vec![claim.claim_id.clone()],
            kind: told::challenge_kind(ChallengeKind::Dispute).into(),
            answer_by: Some(row.answer_by.into()),
        };
        let told = Outgoing::new(&row.challenge_id, &row.debtor_id, row.version, &event);
        let id = row.challenge_id.clone();
        self.challenges.push(row);
        (id, told)
    }

    /// Keeps them, and sets one clock for all that were promised an answer by the same day.
    pub async fn write(self, work: &Work) -> Result<(), Error> {
        let Some(promised) = self.challenges.first().map(|row| row.answer_by) else {
            return Ok(());
        };
        challenge::insert_many(work, self.challenges).await?;
        challenge_step::insert_many(work, self.steps).await?;
        work.schedule_by(late(STATED_LATE, &promised.to_string(), promised)).await?;
        Ok(())
    }
}

fn dispute(work: &Work, claim: &claim::Model, actor: &str) -> challenge::Model {
    challenge::Model {
        tenant_id: claim.tenant_id.clone(),
        challenge_id: DisputeId::generate(work.seeds(), work.now()).to_string(),
        debtor_id: claim.debtor_id.clone(),
        claim_id: Some(claim.claim_id.clone()),
        kind: ChallengeKind::Dispute.name().to_owned(),
        reason: OTHER,
        explanation: None,
        details: None,
        disputed_amount: None,
        state: ChallengeState::Received.name().to_owned(),
        version: 1,
        opened_at: work.now(),
        opened_by: actor.to_owned(),
        answer_by: answer_by(work),
        overdue: false,
        resolution: None,
        decided_at: None,
        decided_by: None,
        decision_reason: None,
    }
}

/// Notes for every challenge that was promised an answer by the day that it is late. The claims stay silent.
pub async fn note_all_late(store: &Store, item: &DueItem) -> Result<(), Error> {
    let promised: NaiveDate = item.key.parse().unwrap_or_default();
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    challenge::note_late(&work, promised).await?;
    Ok(work.commit().await?)
}
