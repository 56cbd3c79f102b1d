//! Calls scheduled messages back as soon as an event says that they have no reason any more. The
//! last word before each hand-over is claims' own; events only make silence earlier.

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::{ClaimId, DebtorId};

use super::DISPATCH;
use crate::domain::answer::CHALLENGE;
use crate::domain::compose::Topic;
use crate::domain::message::{MessageClass, MessageState, Step};
use crate::error::Error;
use crate::store::messages::{self, Message};

/// Cancels what is scheduled for a person about a claim, or about any. Answers that were made after
/// the event have their own reason and stay, and so does whatever answers a challenge: it is told because of
/// the silence.
pub async fn cancel_scheduled(
    work: &Work,
    debtor: DebtorId,
    claim: Option<ClaimId>,
    since: DateTime<Utc>,
    reason: &str,
) -> Result<usize, Error> {
    let cancelled = cancel(work, debtor, reason, |message| {
        let later_answer = message.class == MessageClass::Answer && message.created_at > since;
        let stays = later_answer || message.topic.is_some_and(Topic::is_about_a_challenge);
        claim.is_none_or(|claim| message.claims.contains(&claim)) && !stays
    });
    cancelled.await
}

/// Cancels what was decided and waits for its time; what is answered or ordered by hand stays.
pub async fn cancel_decided(work: &Work, debtor: DebtorId, reason: &str) -> Result<usize, Error> {
    cancel(work, debtor, reason, |message| message.decision.is_some()).await
}

/// Cancels planned first notices about claims of which one was ordered by hand: one is enough.
pub async fn cancel_planned_notices(
    work: &Work,
    debtor: DebtorId,
    claims: &[ClaimId],
) -> Result<usize, Error> {
    let planned = |message: &Message| {
        let decided = message.decision.is_some() && message.class == MessageClass::FirstNotice;
        decided && message.claims.iter().any(|claim| claims.contains(claim))
    };
    cancel(work, debtor, "ORDERED_BY_HAND", planned).await
}

/// Cancels the receipt of a challenge that was decided before it went out: the answer says it all.
pub async fn cancel_receipt(
    work: &Work,
    debtor: DebtorId,
    challenge_id: &str,
) -> Result<usize, Error> {
    let receipt = |message: &Message| {
        let about = message.facts.get(CHALLENGE).is_some_and(|id| id == challenge_id);
        message.topic == Some(Topic::ChallengeReceived) && about
    };
    cancel(work, debtor, "CHALLENGE_DECIDED", receipt).await
}

async fn cancel(
    work: &Work,
    debtor: DebtorId,
    reason: &str,
    concerned: impl Fn(&Message) -> bool + Send,
) -> Result<usize, Error> {
    let mut cancelled = 0;
    for mut message in messages::of_debtor(work, debtor, &[MessageState::Scheduled]).await? {
        let Some(state) = message.state.after(Step::Cancel) else { continue };
        if !concerned(&message) {
            continue;
        }
        message.state = state;
        reason.clone_into(&mut message.state_reason);
        messages::update(work, &mut message).await?;
        work.unschedule(DISPATCH, message.id).await?;
        cancelled += 1;
    }
    Ok(cancelled)
}
