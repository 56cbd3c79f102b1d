//! From the commit of an event to its being handled, inbox included, beside the bare queue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use chrono::DateTime;
use kulanz_bus::{
    Envelope, EventHandler, HandlerError, publish,
    redis::{Consumer, Queue, Relay},
};
use kulanz_proto::events::v1::ClaimSettled;
use kulanz_store::{Store, Work};
use kulanz_testkit::{Backend, Stores, servers, until};
use kulanz_types::{Seeds, TenantId, VirtualClock};
use redis::{aio::MultiplexedConnection, streams::StreamReadReply};
use tokio_util::sync::CancellationToken;

use crate::pair::Pair;

const EVENTS: usize = 20_000;
const BATCH: usize = 100;
const ROUNDS: usize = 3;

struct Counting(AtomicUsize);

#[async_trait]
impl EventHandler for Counting {
    fn subscriptions(&self) -> &'static [&'static str] {
        &["ClaimSettled"]
    }

    async fn handle(&self, _: &Work, _: &Envelope) -> Result<(), HandlerError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

pub async fn run() -> Pair {
    let mut pair = Pair::default();
    for _ in 0..ROUNDS {
        pair.round(ours().await, bare().await);
    }
    pair
}

async fn ours() -> f64 {
    let stores = Stores::new(Backend::Server, VirtualClock::new(DateTime::UNIX_EPOCH));
    let producer = stores.connect("claims", &[]).await;
    let consumer = stores.connect("messaging", &[]).await;
    fill(&producer).await;
    let queue = Queue::new(&servers().1.url(), &stores.prefix()).unwrap();
    let handler = Arc::new(Counting(AtomicUsize::new(0)));
    let stop = CancellationToken::new();
    let start = Instant::now();
    let relay = tokio::spawn(Relay::new(producer, queue.clone()).run(stop.clone()));
    let reader = Consumer::new(consumer, handler.clone(), queue, "bench-0");
    let reader = tokio::spawn(reader.run(stop.clone()));
    until("all events to be handled", async || {
        (handler.0.load(Ordering::Relaxed) == EVENTS).then_some(())
    })
    .await;
    let rate = EVENTS as f64 / start.elapsed().as_secs_f64();
    stop.cancel();
    let _ = (relay.await, reader.await);
    rate
}

fn event(number: usize) -> ClaimSettled {
    ClaimSettled {
        claim_id: format!("claim_{number:026}"),
        debtor_id: format!("debtor_{number:026}"),
        ..ClaimSettled::default()
    }
}

async fn fill(producer: &Store) {
    let tenant = TenantId::generate(&Seeds::fixed(1), DateTime::UNIX_EPOCH);
    for chunk in 0..EVENTS / BATCH {
        let work = producer.begin(tenant).await.unwrap();
        for number in 0..BATCH {
            let event = event(chunk * BATCH + number);
            publish(&work, &event.claim_id, &event.debtor_id, 1, &event).await.unwrap();
        }
        work.commit().await.unwrap();
    }
}

/// The same bytes through a stream and a group, a hundred at a time.
async fn bare() -> f64 {
    let client = redis::Client::open(servers().1.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let _: () = redis::cmd("DEL").arg("bare").query_async(&mut connection).await.unwrap();
    let mut create = redis::cmd("XGROUP");
    create.arg("CREATE").arg("bare").arg("group").arg("0").arg("MKSTREAM");
    let _: () = create.query_async(&mut connection).await.unwrap();
    let start = Instant::now();
    for chunk in 0..EVENTS / BATCH {
        batch(&mut connection, chunk * BATCH).await;
    }
    EVENTS as f64 / start.elapsed().as_secs_f64()
}

async fn batch(connection: &mut MultiplexedConnection, first: usize) {
    use prost::Message as _;
    let mut pipeline = redis::pipe();
    for number in first..first + BATCH {
        let event = event(number);
        let add = pipeline.cmd("XADD").arg("bare").arg("*");
        add.arg("specversion").arg("1.0").arg("id").arg(&event.claim_id);
        add.arg("source")
            .arg("//claims.kulanz.dev")
            .arg("type")
            .arg("kulanz.events.v1.ClaimSettled");
        add.arg("subject").arg(&event.claim_id).arg("time").arg("1970-01-01T00:00:00+00:00");
        add.arg("datacontenttype").arg("application/protobuf");
        add.arg("partitionkey").arg(&event.debtor_id).arg("traceparent").arg("");
        add.arg("tenant").arg("tenant_00000000000000000000000000").arg("aggregateversion").arg("1");
        add.arg("data").arg(event.encode_to_vec()).ignore();
    }
    let _: () = pipeline.query_async(connection).await.unwrap();
    let mut read = redis::cmd("XREADGROUP");
    read.arg("GROUP").arg("group").arg("consumer").arg("COUNT").arg(BATCH);
    let reply: StreamReadReply =
        read.arg("STREAMS").arg("bare").arg(">").query_async(connection).await.unwrap();
    let mut acknowledge = redis::cmd("XACK");
    acknowledge.arg("bare").arg("group");
    for entry in &reply.keys[0].ids {
        acknowledge.arg(&entry.id);
    }
    let _: () = acknowledge.query_async(connection).await.unwrap();
}
