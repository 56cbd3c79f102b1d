//! The bus within one process: the same outbox feeds the same handlers, on one task and in one order, so
//! that a run repeats exactly.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kulanz_store::{DueRunner, Store, StoreError};
use kulanz_types::{Clock, VirtualClock};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    Envelope, EventHandler, HandlerError, admin, deliver,
    outbox::{self, Pending},
};

const ROUND: i64 = 500;
const BATCH: usize = 100;
/// In one process a second try only helps against a passing failure, so few are made.
const ATTEMPTS: i64 = 3;

/// A service as the bus sees it.
#[derive(Clone)]
pub struct Member {
    /// Its database: outbox, inbox and due work.
    pub store: Store,
    /// What it does with others' events.
    pub handler: Option<Arc<dyn EventHandler>>,
    /// What it does when business time comes.
    pub due: DueRunner,
}

/// Why the bus stopped.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// A service's database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A dead letter could not be put away.
    #[error("an event could neither be handled nor put away: {0}")]
    Handler(#[from] HandlerError),
}

/// The bus of a constellation in one process.
#[derive(Clone)]
pub struct LocalBus {
    members: Arc<[Member]>,
    /// One round at a time, whoever asks for it.
    turn: Arc<Mutex<()>>,
}

impl LocalBus {
    /// A bus between `members`, in their order of names.
    pub fn new(mut members: Vec<Member>) -> Self {
        members.sort_by_key(|member| member.store.service());
        Self { members: members.into(), turn: Arc::default() }
    }

    /// Delivers every event and does every piece of work that is due now, and what follows from them,
    /// until nothing is left.
    pub async fn run_until_idle(&self) -> Result<(), BusError> {
        let _turn = self.turn.lock().await;
        self.settle().await
    }

    /// Moves `clock` to `target` and stops on the way wherever work falls due.
    pub async fn advance(
        &self,
        clock: &VirtualClock,
        target: DateTime<Utc>,
    ) -> Result<(), BusError> {
        let _turn = self.turn.lock().await;
        self.settle().await?;
        while let Some(next) = self.next_due(clock.now()).await?.filter(|next| *next <= target) {
            clock.set(next);
            self.settle().await?;
        }
        clock.set(target);
        self.settle().await
    }

    /// Hands `events` to one service, in this order: what a stream does whose entries come late or again.
    pub async fn deliver_to(&self, service: &str, events: &[Envelope]) -> Result<(), BusError> {
        let _turn = self.turn.lock().await;
        let member = self.members.iter().find(|member| member.store.service() == service);
        if let Some((member, handler)) = member.and_then(|one| Some((one, one.handler.as_ref()?))) {
            deliver_all(&member.store, handler.as_ref(), events).await?;
        }
        Ok(())
    }

    /// Hands a dead letter of `store` to its service once more; a letter that is handled is forgotten,
    /// one that fails again stays. Whether there was one.
    pub async fn redrive(&self, store: &Store, event_id: &str) -> Result<bool, BusError> {
        let _turn = self.turn.lock().await;
        let letters = admin::dead_letters(store).await?;
        let Some(letter) = letters.into_iter().find(|letter| letter.event_id == event_id) else {
            return Ok(false);
        };
        let service = store.service();
        let handler = self
            .members
            .iter()
            .find(|member| member.store.service() == service)
            .and_then(|member| member.handler.clone());
        if let Some(handler) = handler {
            admin::forget(store, event_id).await?;
            deliver_alone(store, handler.as_ref(), &letter.envelope).await?;
        }
        Ok(true)
    }

    /// Keeps the constellation idle until `stop`: whenever a service commits something, what follows
    /// from it is done.
    pub async fn run(self, stop: CancellationToken) {
        for member in self.members.iter() {
            if let Err(error) = member.due.take_back().await {
                tracing::error!(service = member.store.service(), %error, "take leased work back");
            }
        }
        while !stop.is_cancelled() {
            if let Err(error) = self.run_until_idle().await {
                tracing::error!(%error, "run the bus");
            }
            let rung = self.members.iter().map(|member| Box::pin(member.store.signal().notified()));
            tokio::select! {
                () = stop.cancelled() => {}
                _ = futures::future::select_all(rung) => {}
                () = tokio::time::sleep(std::time::Duration::from_millis(250)) => {}
            }
        }
    }

    async fn settle(&self) -> Result<(), BusError> {
        loop {
            if self.deliver_round().await? || self.run_next_due().await? {
                continue;
            }
            for member in self.members.iter() {
                member.due.tidy().await?;
            }
            return Ok(());
        }
    }

    async fn run_next_due(&self) -> Result<bool, BusError> {
        for member in self.members.iter() {
            if member.due.run_next().await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, BusError> {
        let mut next: Option<DateTime<Utc>> = None;
        for member in self.members.iter() {
            let due = member.due.next_due_after(now).await?;
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// One round: all that is unsent now, in the order of business time, producer and sequence.
    async fn deliver_round(&self) -> Result<bool, BusError> {
        let mut round = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            let db = member.store.system();
            let unsent = outbox::unsent(db, member.store.service(), None, ROUND).await?;
            round.extend(unsent.into_iter().map(|pending| (index, pending)));
        }
        if round.is_empty() {
            return Ok(false);
        }
        round.sort_by_key(|(index, pending)| {
            (pending.envelope.occurred_at, *index, pending.sequence)
        });
        let envelopes: Vec<_> = round.iter().map(|(_, pending)| pending.envelope.clone()).collect();
        for member in self.members.iter() {
            if let Some(handler) = &member.handler {
                deliver_all(&member.store, handler.as_ref(), &envelopes).await?;
            }
        }
        self.mark_sent(&round).await?;
        Ok(true)
    }

    async fn mark_sent(&self, round: &[(usize, Pending)]) -> Result<(), BusError> {
        for (index, member) in self.members.iter().enumerate() {
            let of_member = round.iter().filter(|(owner, _)| *owner == index);
            let sequences: Vec<_> = of_member.map(|(_, pending)| pending.sequence).collect();
            outbox::mark_sent(member.store.system(), &member.store, &sequences).await?;
        }
        Ok(())
    }
}

async fn deliver_all(
    store: &Store,
    handler: &dyn EventHandler,
    envelopes: &[Envelope],
) -> Result<(), BusError> {
    let own = store.service();
    let foreign: Vec<_> = envelopes.iter().filter(|event| event.producer != own).cloned().collect();
    for batch in foreign.chunks(BATCH) {
        if deliver(store, handler, batch).await.is_err() {
            // One of them fails: each alone, so that the others are not held up by it.
            for event in batch {
                deliver_alone(store, handler, event).await?;
            }
        }
    }
    Ok(())
}

async fn deliver_alone(
    store: &Store,
    handler: &dyn EventHandler,
    event: &Envelope,
) -> Result<(), BusError> {
    let mut attempt = 1;
    while let Err(failure) = deliver(store, handler, std::slice::from_ref(event)).await {
        if attempt >= ATTEMPTS {
            let (service, kind) = (store.service(), &event.kind);
            tracing::error!(service, kind, event = %event.id, error = %failure.error, "event died");
            admin::bury(store, event, attempt, &failure.error).await?;
            break;
        }
        attempt += 1;
    }
    Ok(())
}
