//! Work that is due at an instant of business time.

use async_trait::async_trait;
use chrono::TimeDelta;
use kulanz_chassis::may_pass;
use kulanz_store::{DueHandler, DueItem, WorkFailure};

use crate::app::{
    ANSWER_CHALLENGE, CONFIRM_CHALLENGE, DISPATCH, Messaging, PLAN_OUTREACH, REFRESH_CONTACTS,
    RESOLVE_ATTEMPT,
};
use crate::error::Error;

/// After so many quick tries an unreachable neighbour is left alone for a while.
const QUICK_TRIES: i64 = 5;
/// How long, in business time.
const PAUSE: TimeDelta = TimeDelta::minutes(15);

/// Does all due work of messaging.
pub struct DueWork(pub Messaging);

#[async_trait]
impl DueHandler for DueWork {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            REFRESH_CONTACTS,
            PLAN_OUTREACH,
            DISPATCH,
            RESOLVE_ATTEMPT,
            CONFIRM_CHALLENGE,
            ANSWER_CHALLENGE,
        ]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let service = &self.0;
        let done = match item.kind.as_str() {
            REFRESH_CONTACTS => service.refresh_contacts(item).await,
            PLAN_OUTREACH => service.plan_outreach(item).await,
            DISPATCH => service.dispatch(item).await,
            RESOLVE_ATTEMPT => service.resolve_attempt(item).await,
            CONFIRM_CHALLENGE | ANSWER_CHALLENGE => service.answer_challenge(item).await,
            _ => return Err(WorkFailure::new("no handler for this kind")),
        };
        match done {
            Err(Error::Upstream(_, status))
                if may_pass(status.code()) && item.attempts > QUICK_TRIES =>
            {
                let work = service.store.begin(item.tenant).await?;
                item.reschedule(&work, work.now() + PAUSE).await?;
                Ok(work.commit().await?)
            }
            other => Ok(other?),
        }
    }
}
