//! Objections that a creditor passes on with its claims: disputes like any other, with a clock and an answer
//! to come, kept many at once.

use chrono::NaiveDate;
use kulanz_bus::Outgoing;
use kulanz_proto::events::v1::ChallengeOpened;
use kulanz_store::{DueItem, Store, Work};

use super::{OTHER, late, received, step};
use crate::app::told;
use crate::domain::challenge::ChallengeKind;
use crate::error::Error;
use crate::store::{challenge, challenge_step, claim};

/// Due work that notes which answers are late once a promised day has passed.
pub const STATED_LATE: &str = "stated_challenges_late";

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
        let about = (claim.debtor_id.clone(), Some(claim.claim_id.clone()));
        let row = received(work, ChallengeKind::Dispute, about, OTHER, actor);
        self.steps.push(step(work, &row, None, actor, "STATED_AT_INTAKE"));
        let event = ChallengeOpened {
            challenge_id: row.challenge_id.clone(),
            debtor_id: row.debtor_id.clone(),
            claim_ids: vec![claim.claim_id.clone()],
            kind: told::challenge_kind(ChallengeKind::Dispute).into(),
            answer_by: Some(row.answer_by.into()),
            stated_at_intake: true,
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

/// Notes for every challenge that was promised an answer by the day that it is late. The claims stay silent.
pub async fn note_all_late(store: &Store, item: &DueItem) -> Result<(), Error> {
    let promised: NaiveDate = item.key.parse().unwrap_or_default();
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    challenge::note_late(&work, promised).await?;
    Ok(work.commit().await?)
}
