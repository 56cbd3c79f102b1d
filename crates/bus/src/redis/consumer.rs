use std::{pin::Pin, sync::Arc, time::Duration};

use kulanz_store::Store;
use redis::{
    aio::MultiplexedConnection,
    streams::{StreamAutoClaimReply, StreamId, StreamReadReply},
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Queue, QueueError, dead, stream::SERVICES};
use crate::{EventHandler, HandlerError, deliver, outbox::PARTITIONS, trace};

const BATCH: usize = 100;
const BLOCK: Duration = Duration::from_secs(2);
/// Longer than a blocking read and any batch of handlers; a holder that is silent for so long is gone.
const LEASE: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 5;
const FIRST_BACK_OFF: Duration = Duration::from_millis(50);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(2);
const RECONNECT: Duration = Duration::from_millis(500);

/// Takes the lease or renews one's own; a restarted process finds its own name and goes on at once.
const HOLD: &str = "local holder = redis.call('GET', KEYS[1]) \
    if not holder or holder == ARGV[1] then \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1 end return 0";
const LET_GO: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

/// Reads every other service's streams for one service.
pub struct Consumer {
    store: Store,
    handler: Arc<dyn EventHandler>,
    queue: Queue,
    name: String,
}

/// One partition of one producer, as one group reads it.
struct Partition {
    store: Store,
    handler: Arc<dyn EventHandler>,
    name: String,
    group: &'static str,
    stream: String,
    dead_letters: String,
    lease: String,
}

impl Consumer {
    /// A consumer called `name`, which is the pod's and the same after a restart.
    pub fn new(store: Store, handler: Arc<dyn EventHandler>, queue: Queue, name: &str) -> Self {
        Self { store, handler, queue, name: name.to_owned() }
    }

    /// Consumes until `stop`; entries in hand are finished, others stay with the group.
    pub async fn run(self, stop: CancellationToken) {
        let group = self.store.service();
        let mut tasks = JoinSet::new();
        for producer in SERVICES.into_iter().filter(|producer| *producer != group) {
            for number in 0..PARTITIONS {
                let partition = Partition {
                    store: self.store.clone(),
                    handler: Arc::clone(&self.handler),
                    name: self.name.clone(),
                    group,
                    stream: self.queue.stream(producer, number),
                    dead_letters: self.queue.dead_letters(producer, number),
                    lease: self.queue.lease(producer, number, group),
                };
                tasks.spawn(partition.run(self.queue.clone(), stop.clone()));
            }
        }
        while tasks.join_next().await.is_some() {}
    }
}

impl Partition {
    async fn run(self, queue: Queue, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.consume(&queue, &stop).await {
                tracing::warn!(stream = self.stream, group = self.group, %error, "consume");
                pause(&stop, RECONNECT).await;
            }
        }
    }

    async fn consume(&self, queue: &Queue, stop: &CancellationToken) -> Result<(), QueueError> {
        let mut connection = queue.connect(BLOCK * 2).await?;
        let id = redis::cmd("CLIENT").arg("ID").query_async::<i64>(&mut connection).await;
        let client = id.ok();
        self.make_group(&mut connection).await?;
        let mut recovered = false;
        while !stop.is_cancelled() {
            if !self.hold(&mut connection).await? {
                recovered = false;
                pause(stop, LEASE / 5).await;
                continue;
            }
            let entries = if recovered {
                let reading = std::pin::pin!(self.read(&mut connection, ">"));
                until_stop(reading, queue, client, stop).await?
            } else {
                let left = self.left_behind(&mut connection).await?;
                recovered = left.is_empty();
                left
            };
            self.handle_all(&mut connection, &entries, stop).await?;
        }
        let script = redis::Script::new(LET_GO);
        script.key(&self.lease).arg(&self.name).invoke_async::<i64>(&mut connection).await?;
        Ok(())
    }

    async fn make_group(&self, connection: &mut MultiplexedConnection) -> Result<(), QueueError> {
        let mut command = redis::cmd("XGROUP");
        command.arg("CREATE").arg(&self.stream).arg(self.group).arg("0").arg("MKSTREAM");
        match command.query_async::<()>(connection).await {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            other => Ok(other?),
        }
    }

    async fn hold(&self, connection: &mut MultiplexedConnection) -> Result<bool, QueueError> {
        let millis = u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX);
        let script = redis::Script::new(HOLD);
        let held: i64 =
            script.key(&self.lease).arg(&self.name).arg(millis).invoke_async(connection).await?;
        Ok(held == 1)
    }

    /// What this consumer had in hand when it stopped, then what others had: whoever holds the lease is
    /// the only reader, and the inbox absorbs a former one that is only slow.
    async fn left_behind(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> Result<Vec<StreamId>, QueueError> {
        let own = self.read(connection, "0").await?;
        if !own.is_empty() {
            return Ok(own);
        }
        let mut command = redis::cmd("XAUTOCLAIM");
        command.arg(&self.stream).arg(self.group).arg(&self.name);
        command.arg(0).arg("0");
        let reply: StreamAutoClaimReply =
            command.arg("COUNT").arg(BATCH).query_async(connection).await?;
        if !reply.deleted_ids.is_empty() {
            let lost = reply.deleted_ids.len();
            tracing::error!(
                stream = self.stream,
                group = self.group,
                lost,
                "entries were trimmed unread"
            );
        }
        Ok(reply.claimed)
    }

    async fn read(
        &self,
        connection: &mut MultiplexedConnection,
        from: &str,
    ) -> Result<Vec<StreamId>, QueueError> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(self.group).arg(&self.name).arg("COUNT").arg(BATCH);
        if from == ">" {
            command.arg("BLOCK").arg(u64::try_from(BLOCK.as_millis()).unwrap_or(0));
        }
        command.arg("STREAMS").arg(&self.stream).arg(from);
        let reply: Option<StreamReadReply> = command.query_async(connection).await?;
        Ok(reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids).collect())
    }

    async fn handle_all(
        &self,
        connection: &mut MultiplexedConnection,
        entries: &[StreamId],
        stop: &CancellationToken,
    ) -> Result<(), QueueError> {
        if entries.is_empty() {
            return Ok(());
        }
        let envelopes: Option<Vec<_>> = entries.iter().map(dead::envelope).collect();
        if let Some(envelopes) = envelopes {
            let span = tracing::info_span!("process", stream = self.stream, group = self.group);
            for envelope in &envelopes {
                trace::link(&span, &envelope.traceparent);
            }
            let done = deliver(&self.store, self.handler.as_ref(), &envelopes).instrument(span);
            if done.await.is_ok() {
                return self.acknowledge(connection, entries).await;
            }
        }
        // One of them fails: each alone, so that only that one is tried again.
        for entry in entries {
            self.handle_alone(connection, entry, stop).await?;
        }
        Ok(())
    }

    /// Tries one entry until it is handled or dead; its partition waits, which keeps the order.
    async fn handle_alone(
        &self,
        connection: &mut MultiplexedConnection,
        entry: &StreamId,
        stop: &CancellationToken,
    ) -> Result<(), QueueError> {
        let mut back_off = FIRST_BACK_OFF;
        let mut attempt = 0;
        while !stop.is_cancelled() {
            let error = match dead::envelope(entry) {
                Some(event) => match deliver(&self.store, self.handler.as_ref(), &[event]).await {
                    Ok(()) => {
                        return self.acknowledge(connection, std::slice::from_ref(entry)).await;
                    }
                    Err(failure) => failure.error,
                },
                None => HandlerError::refused("not an event of this system"),
            };
            // A database that is away is no reason to give an event up.
            attempt += usize::from(!error.is_passing());
            if attempt >= ATTEMPTS {
                tracing::error!(stream = self.stream, group = self.group, %error, "event died");
                let streams = (self.stream.as_str(), self.dead_letters.as_str());
                return dead::bury(connection, streams, self.group, entry, (attempt, &error)).await;
            }
            pause(stop, back_off).await;
            back_off = (back_off * 2).min(LONGEST_BACK_OFF);
        }
        Ok(())
    }

    async fn acknowledge(
        &self,
        connection: &mut MultiplexedConnection,
        entries: &[StreamId],
    ) -> Result<(), QueueError> {
        let mut command = redis::cmd("XACK");
        command.arg(&self.stream).arg(self.group);
        for entry in entries {
            command.arg(&entry.id);
        }
        Ok(command.query_async::<()>(connection).await?)
    }
}

/// A blocking read, ended early when `stop` comes. It is not given up: Redis would hand entries to a reader that is
/// gone. Where its user may not ask who it is, or unblock others, the read ends by itself.
async fn until_stop<T>(
    mut reading: Pin<&mut impl Future<Output = Result<T, QueueError>>>,
    queue: &Queue,
    client: Option<i64>,
    stop: &CancellationToken,
) -> Result<T, QueueError> {
    tokio::select! {
        read = &mut reading => return read,
        () = stop.cancelled() => {}
    }
    let Some(client) = client else { return reading.await };
    let Ok(mut other) = queue.connect(BLOCK).await else { return reading.await };
    loop {
        let mut unblock = redis::cmd("CLIENT");
        unblock.arg("UNBLOCK").arg(client);
        if unblock.query_async::<i64>(&mut other).await.is_err() {
            return reading.await;
        }
        // It was not blocking yet, where it still reads after that.
        tokio::select! {
            read = &mut reading => return read,
            () = tokio::time::sleep(FIRST_BACK_OFF) => {}
        }
    }
}

async fn pause(stop: &CancellationToken, span: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(span) => {}
    }
}
