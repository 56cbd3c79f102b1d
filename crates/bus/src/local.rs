//! The bus within one process: the same outbox feeds the same handlers, on one task and in one order, so
//! that a run repeats exactly.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kulanz_store::{DueRunner, Store, StoreError};
use kulanz_types::{Clock, VirtualClock};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::{
    Envelope, EventHandler, HandlerError, admin, deliver, log,
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

/// Up to which commit a member was asked, and what it then knew: before its next one it need not be asked
/// again. Kept for one advance of the clock, so that what another process commits is seen at the next.
#[derive(Debug, Clone, Default)]
struct Idle {
    /// Nothing was left to be sent.
    sent: Option<u64>,
    /// Nothing was left to be done at this instant.
    done: Option<u64>,
    /// Everything was tidied.
    tidy: Option<u64>,
    /// When the next piece of work falls due.
    next: Option<(u64, Option<DateTime<Utc>>)>,
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
        self.settle(&mut self.ask_all()).await
    }

    /// Moves `clock` to `target` and stops on the way wherever work falls due.
    pub async fn advance(
        &self,
        clock: &VirtualClock,
        target: DateTime<Utc>,
    ) -> Result<(), BusError> {
        let _turn = self.turn.lock().await;
        let mut idle = self.ask_all();
        self.settle(&mut idle).await?;
        while let Some(next) =
            self.next_due(clock.now(), &mut idle).await?.filter(|next| *next <= target)
        {
            clock.set(next);
            self.settle(&mut idle).await?;
        }
        clock.set(target);
        self.settle(&mut idle).await
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

    fn ask_all(&self) -> Vec<Idle> {
        vec![Idle::default(); self.members.len()]
    }

    async fn settle(&self, idle: &mut [Idle]) -> Result<(), BusError> {
        for one in &mut *idle {
            // The clock may have moved.
            one.done = None;
        }
        while self.deliver_round(idle).await? || self.run_next_due(idle).await? {}
        for (member, idle) in self.members.iter().zip(idle) {
            let commits = member.store.commits();
            if idle.tidy != Some(commits) {
                let tidied = member.due.tidy().await?;
                idle.tidy = (!tidied).then_some(commits);
            }
        }
        Ok(())
    }

    async fn run_next_due(&self, idle: &mut [Idle]) -> Result<bool, BusError> {
        for (member, idle) in self.members.iter().zip(idle) {
            let commits = member.store.commits();
            if idle.done == Some(commits) {
                continue;
            }
            if member.due.run_next().await? {
                return Ok(true);
            }
            idle.done = Some(commits);
        }
        Ok(false)
    }

    async fn next_due(
        &self,
        now: DateTime<Utc>,
        idle: &mut [Idle],
    ) -> Result<Option<DateTime<Utc>>, BusError> {
        let mut next: Option<DateTime<Utc>> = None;
        for (member, idle) in self.members.iter().zip(idle) {
            let commits = member.store.commits();
            let known = idle
                .next
                .filter(|(asked, due)| *asked == commits && due.is_none_or(|due| due > now));
            let due = match known {
                Some((_, due)) => due,
                None => member.due.next_due_after(now).await?,
            };
            idle.next = Some((commits, due));
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// One round: all that is unsent now.
    async fn deliver_round(&self, idle: &mut [Idle]) -> Result<bool, BusError> {
        let (mut round, mut logged) = (Vec::new(), Vec::new());
        for ((index, member), idle) in self.members.iter().enumerate().zip(idle) {
            let commits = member.store.commits();
            if idle.sent == Some(commits) {
                continue;
            }
            let db = member.store.system();
            let unsent = outbox::unsent(db, member.store.service(), None, ROUND).await?;
            let told = log::unsent(db, &member.store, ROUND).await?;
            idle.sent = (unsent.is_empty() && told.is_empty()).then_some(commits);
            round.extend(unsent.into_iter().map(|pending| (index, pending)));
            logged.extend(told.into_iter().map(|event| (index, event)));
        }
        if round.is_empty() && logged.is_empty() {
            return Ok(false);
        }
        let envelopes = in_order(&round, &logged);
        for member in self.members.iter() {
            if let Some(handler) = &member.handler {
                deliver_all(&member.store, handler.as_ref(), &envelopes).await?;
            }
        }
        self.mark_sent(&round).await?;
        self.mark_carried(logged).await?;
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

    async fn mark_carried(&self, logged: Vec<(usize, Envelope)>) -> Result<(), BusError> {
        let mut by_member: Vec<Vec<Envelope>> = vec![Vec::new(); self.members.len()];
        for (owner, event) in logged {
            by_member[owner].push(event);
        }
        for (member, events) in self.members.iter().zip(by_member) {
            log::mark_carried(member.store.system(), &member.store, &events).await?;
        }
        Ok(())
    }
}

/// The events of a round in the order of business time, producer and sequence; what a log tells comes
/// after what its service published at the same instant.
fn in_order(round: &[(usize, Pending)], logged: &[(usize, Envelope)]) -> Vec<Envelope> {
    let published = round.iter().map(|(index, pending)| {
        ((pending.envelope.occurred_at, *index, 0, pending.sequence), &pending.envelope)
    });
    let told = logged
        .iter()
        .map(|(index, event)| ((event.occurred_at, *index, 1, event.aggregate_version), event));
    let mut all: Vec<_> = published.chain(told).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, envelope)| envelope.clone()).collect()
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
