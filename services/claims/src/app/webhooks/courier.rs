use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kulanz_store::{DueItem, Store, Work};
use kulanz_types::{Clock as _, SystemClock, WebhookEndpointId};

use super::GONE;
use super::post::{Post, PostError};
use crate::domain::webhook::{OVERLAP, WebhookKey, next_attempt};
use crate::error::Error;
use crate::store::webhook_delivery::{self, Attempted, DEAD, DELIVERED, PENDING};
use crate::store::webhook_endpoint;

/// Due work that sends what waits for an endpoint: one piece per endpoint, so that a slow one is spoken
/// to by one worker at a time and the others by the rest.
pub const SEND_WEBHOOKS: &str = "send_webhooks";

/// Messages that one run takes in hand.
const BATCH: u64 = 50;
/// Messages to one endpoint that are on their way at once.
const AT_ONCE: usize = 4;
/// After so long a run begins no more attempts: with one more timeout it still ends within its lease.
const BUDGET: Duration = Duration::from_secs(20);
/// How long what was accepted can be sent again.
const KEEP: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Brings messages to endpoints: at least once, under the same id however often.
pub struct Courier {
    /// Where they wait.
    pub store: Store,
    /// Signs them.
    pub key: WebhookKey,
    /// Carries them.
    pub post: Post,
}

struct Outcome {
    message: webhook_delivery::Model,
    answer: Result<(), PostError>,
}

impl Outcome {
    fn is_gone(&self) -> bool {
        matches!(self.answer, Err(PostError::Status(StatusCode::GONE, _)))
    }
}

impl Courier {
    /// Sends what is due to one endpoint. What a run that was cut off had sent is sent again.
    pub async fn send(&self, item: &DueItem) -> Result<(), Error> {
        let id: WebhookEndpointId = item.key.parse()?;
        if let Some((endpoint, messages)) = self.waiting(item).await? {
            let began = Instant::now();
            let outcomes: Vec<Option<Outcome>> = stream::iter(messages)
                .map(|message| self.attempt(&endpoint, message, began))
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            self.note(item, id, outcomes.into_iter().flatten().collect()).await?;
        }
        self.finish(item, id).await
    }

    async fn waiting(
        &self,
        item: &DueItem,
    ) -> Result<Option<(webhook_endpoint::Model, Vec<webhook_delivery::Model>)>, Error> {
        let work = self.store.begin(item.tenant).await?;
        let endpoint = webhook_endpoint::find(&work, &item.key).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| !endpoint.paused) else { return Ok(None) };
        let messages = webhook_delivery::due(&work, &item.key, BATCH).await?;
        Ok(Some((endpoint, messages)))
    }

    async fn attempt(
        &self,
        endpoint: &webhook_endpoint::Model,
        message: webhook_delivery::Model,
        began: Instant,
    ) -> Option<Outcome> {
        if began.elapsed() > BUDGET {
            return None;
        }
        let answer = match self.headers(endpoint, &message) {
            Some(headers) => self.post.put(&endpoint.url, headers, message.body.clone()).await,
            None => Err(PostError::Url),
        };
        Some(Outcome { message, answer })
    }

    /// The receiver compares the instant with its own clock: it is the machine's, as all deadlines are.
    fn headers(
        &self,
        endpoint: &webhook_endpoint::Model,
        message: &webhook_delivery::Model,
    ) -> Option<HeaderMap> {
        let (id, now) = (message.webhook_delivery_id.as_str(), SystemClock.now().timestamp());
        let sign = |generation| {
            self.key.secret(&endpoint.webhook_endpoint_id, generation).sign(id, now, &message.body)
        };
        let mut signatures = sign(endpoint.generation);
        let business = self.store.clock().now();
        if endpoint.rotated_at.is_some_and(|at| business < at + OVERLAP) {
            signatures = format!("{signatures} {}", sign(endpoint.generation - 1));
        }
        let values = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", now.to_string()),
            ("webhook-signature", signatures),
        ];
        let header = |(name, value): (&'static str, String)| {
            Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))
        };
        values.into_iter().map(header).collect()
    }

    async fn note(
        &self,
        item: &DueItem,
        id: WebhookEndpointId,
        outcomes: Vec<Outcome>,
    ) -> Result<(), Error> {
        let work = self.store.begin(item.tenant).await?;
        if outcomes.iter().any(Outcome::is_gone) {
            give_up(&work, id).await?;
        }
        for outcome in outcomes {
            webhook_delivery::note(&work, attempted(&work, outcome)).await?;
        }
        Ok(work.commit().await?)
    }

    /// Under the endpoint's lock nobody adds messages: either they are seen here, or they schedule anew.
    async fn finish(&self, item: &DueItem, id: WebhookEndpointId) -> Result<(), Error> {
        let work = self.store.begin(item.tenant).await?;
        let endpoint = webhook_endpoint::find_locked(&work, id).await?;
        let next = match endpoint {
            Some(endpoint) if !endpoint.paused => {
                webhook_delivery::delete_delivered(&work, &item.key, work.now() - KEEP).await?;
                webhook_delivery::next_due(&work, &item.key).await?
            }
            _ => None,
        };
        match next {
            Some(instant) => item.reschedule(&work, instant).await?,
            None => item.complete(&work).await?,
        }
        Ok(work.commit().await?)
    }
}

/// An endpoint that says it is gone is left alone until someone resumes it.
async fn give_up(work: &Work, id: WebhookEndpointId) -> Result<(), Error> {
    let Some(mut endpoint) = webhook_endpoint::find_locked(work, id).await? else { return Ok(()) };
    endpoint.paused = true;
    GONE.clone_into(&mut endpoint.paused_reason);
    Ok(webhook_endpoint::update(work, &endpoint).await?)
}

fn attempted(work: &Work, outcome: Outcome) -> Attempted {
    let before = outcome.message.attempts;
    let (state, error, next) = match outcome.answer {
        Ok(()) => (DELIVERED, String::new(), None),
        Err(error) => {
            let asked = match error {
                PostError::Status(_, asked) => asked,
                _ => None,
            };
            let next = next_attempt(before + 1, work.now(), asked);
            (if next.is_some() { PENDING } else { DEAD }, error.to_string(), next)
        }
    };
    Attempted {
        webhook_delivery_id: outcome.message.webhook_delivery_id,
        before,
        state,
        last_error: error,
        next_attempt_at: next,
    }
}
