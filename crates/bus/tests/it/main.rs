//! The contract of the bus: the same on both transports.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::DateTime;
use kulanz_bus::{
    Envelope, EventHandler, HandlerError, LocalBus, Member, admin, publish,
    redis::{self, Consumer, Queue, Relay},
};
use kulanz_proto::events::v1::ClaimSettled;
use kulanz_store::{DueRunner, Migration, Store, Work};
use kulanz_testkit::{Backend, RedisServer, Stores, on_both_backends, servers, until};
use kulanz_types::{Seeds, TenantId, VirtualClock};
use sea_orm::{ConnectionTrait, Statement};
use tokio_util::sync::CancellationToken;

const SEEN: &[Migration] = &[Migration {
    name: "0001_seen",
    sql: "CREATE TABLE seen (\n tenant_id TEXT NOT NULL,\n claim_id TEXT NOT NULL\n);",
}];

/// Writes each event's claim into a table without any key: an effect that happened twice shows.
#[derive(Default)]
struct Recorder {
    refuse: AtomicBool,
    order: Mutex<Vec<String>>,
}

#[async_trait]
impl EventHandler for Recorder {
    fn subscriptions(&self) -> &'static [&'static str] {
        &["ClaimSettled"]
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        let event: ClaimSettled = envelope.decode()?;
        if event.claim_id == "poison" && self.refuse.load(Ordering::Relaxed) {
            return Err(HandlerError::refused("poison"));
        }
        let sql = "INSERT INTO seen (tenant_id, claim_id) VALUES ($1, $2)";
        let values = [work.tenant().to_string().into(), event.claim_id.clone().into()];
        let backend = work.db().get_database_backend();
        work.db().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        self.order.lock().unwrap().push(event.claim_id);
        Ok(())
    }
}

struct Road {
    producer: Store,
    consumer: Store,
    handler: Arc<Recorder>,
    tenant: TenantId,
    transport: Transport,
}

enum Transport {
    Local(LocalBus),
    Redis { queue: Queue, stop: CancellationToken },
}

async fn road(backend: Backend) -> Road {
    let queue = (backend == Backend::Server).then(|| servers().1.url());
    road_over(backend, queue).await
}

async fn road_over(backend: Backend, redis_url: Option<String>) -> Road {
    let stores = Stores::new(backend, VirtualClock::new(DateTime::UNIX_EPOCH));
    let producer = stores.connect("claims", &[]).await;
    let consumer = stores.connect("messaging", SEEN).await;
    let handler = Arc::new(Recorder::default());
    let transport = match redis_url {
        None => {
            let member = |store: &Store, handler: Option<Arc<dyn EventHandler>>| Member {
                store: store.clone(),
                handler,
                due: DueRunner::new(store.clone(), &[], "test-0"),
            };
            let members = vec![member(&producer, None), member(&consumer, Some(handler.clone()))];
            Transport::Local(LocalBus::new(members))
        }
        Some(url) => {
            let queue = Queue::new(&url, &stores.prefix()).unwrap();
            let stop = CancellationToken::new();
            tokio::spawn(Relay::new(producer.clone(), queue.clone()).run(stop.clone()));
            let reader =
                Consumer::new(consumer.clone(), handler.clone(), queue.clone(), "messaging-0");
            tokio::spawn(reader.run(stop.clone()));
            Transport::Redis { queue, stop }
        }
    };
    let tenant = TenantId::generate(&Seeds::fixed(5), DateTime::UNIX_EPOCH);
    Road { producer, consumer, handler, tenant, transport }
}

impl Road {
    async fn publish(&self, claims: &[&str]) {
        let work = self.producer.begin(self.tenant).await.unwrap();
        for claim in claims {
            let event = ClaimSettled { claim_id: (*claim).into(), ..Default::default() };
            publish(&work, claim, "one debtor", 1, &event).await.unwrap();
        }
        work.commit().await.unwrap();
    }

    async fn settle(&self) {
        match &self.transport {
            Transport::Local(bus) => bus.run_until_idle().await.unwrap(),
            Transport::Redis { queue, .. } => {
                until("the road to be empty", async || {
                    let standing = admin::standing(&self.producer).await.unwrap();
                    let drained = queue.is_drained(&["messaging"]).await.unwrap_or(false);
                    (standing.unsent == 0 && drained).then_some(())
                })
                .await;
            }
        }
    }

    async fn seen(&self) -> Vec<String> {
        let work = self.consumer.begin(self.tenant).await.unwrap();
        let sql = "SELECT claim_id FROM seen ORDER BY claim_id";
        let statement = Statement::from_string(work.db().get_database_backend(), sql);
        let rows = work.db().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get("", "claim_id").unwrap()).collect()
    }

    async fn dead_letters(&self) -> usize {
        match &self.transport {
            Transport::Local(_) => admin::dead_letters(&self.consumer).await.unwrap().len(),
            Transport::Redis { queue, .. } => redis::list_dead(queue).await.unwrap().len(),
        }
    }
}

impl Drop for Road {
    fn drop(&mut self) {
        if let Transport::Redis { stop, .. } = &self.transport {
            stop.cancel();
        }
    }
}

on_both_backends! {
    async fn an_event_is_handled_if_and_only_if_its_transaction_commits(backend: Backend) {
        let road = road(backend).await;
        let work = road.producer.begin(road.tenant).await.unwrap();
        let event = ClaimSettled { claim_id: "rolled back".into(), ..Default::default() };
        publish(&work, "x", "x", 1, &event).await.unwrap();
        drop(work);
        road.publish(&["a", "b"]).await;
        road.settle().await;
        assert_eq!(road.seen().await, ["a", "b"]);
    }

    async fn events_of_one_key_arrive_in_the_order_they_were_written(backend: Backend) {
        let road = road(backend).await;
        let claims: Vec<_> = (0..250).map(|number| format!("{number:03}")).collect();
        let names: Vec<_> = claims.iter().map(String::as_str).collect();
        road.publish(&names).await;
        road.settle().await;
        assert_eq!(*road.handler.order.lock().unwrap(), claims);
    }

    async fn an_event_that_comes_again_has_no_second_effect(backend: Backend) {
        let road = road(backend).await;
        road.publish(&["a", "b"]).await;
        road.settle().await;
        assert_eq!(admin::replay(&road.producer, DateTime::UNIX_EPOCH).await.unwrap(), 2);
        road.settle().await;
        assert_eq!(road.seen().await, ["a", "b"]);
    }

    async fn an_event_nobody_can_handle_dies_alone_and_can_be_redriven(backend: Backend) {
        let road = road(backend).await;
        road.handler.refuse.store(true, Ordering::Relaxed);
        road.publish(&["a", "poison", "z"]).await;
        road.settle().await;
        assert_eq!(road.seen().await, ["a", "z"]);
        assert_eq!(road.dead_letters().await, 1);

        road.handler.refuse.store(false, Ordering::Relaxed);
        match &road.transport {
            Transport::Local(bus) => {
                let dead = admin::dead_letters(&road.consumer).await.unwrap();
                bus.redrive(&road.consumer, &dead[0].event_id).await.unwrap();
            }
            Transport::Redis { queue, .. } => {
                let (_, dead) = redis::list_dead(queue).await.unwrap().remove(0);
                assert!(redis::redrive(queue, &dead.event_id).await.unwrap());
            }
        }
        road.settle().await;
        assert_eq!(road.seen().await, ["a", "poison", "z"]);
        assert_eq!(road.dead_letters().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_in_the_outbox_while_redis_is_away() {
    let server = RedisServer::start();
    let road = road_over(Backend::Server, Some(server.url())).await;
    road.publish(&["before"]).await;
    road.settle().await;
    let handle = tokio::runtime::Handle::current();
    let _server = tokio::task::block_in_place(|| {
        server.restart(|| handle.block_on(road.publish(&["while it is away"])))
    });
    road.settle().await;
    assert_eq!(road.seen().await, ["before", "while it is away"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_consumer_had_in_hand_is_handled_by_the_next() {
    let road = road_over(Backend::Server, Some(servers().1.url())).await;
    road.publish(&["a"]).await;
    road.settle().await;
    let Transport::Redis { queue, stop } = &road.transport else { panic!("it runs on Redis") };
    stop.cancel();
    // A reader that took an entry and died before it handled it.
    let prefix = queue.clone();
    road.publish(&["b"]).await;
    let stop = CancellationToken::new();
    let relay = tokio::spawn(Relay::new(road.producer.clone(), prefix.clone()).run(stop.clone()));
    until("the entry to be on the stream", async || {
        (admin::standing(&road.producer).await.unwrap().unsent == 0).then_some(())
    })
    .await;
    queue.take_and_drop("claims", "messaging", "messaging-9").await.unwrap();
    let reader =
        Consumer::new(road.consumer.clone(), road.handler.clone(), queue.clone(), "messaging-0");
    let reader = tokio::spawn(reader.run(stop.clone()));
    until("both to be seen", async || (road.seen().await.len() == 2).then_some(())).await;
    assert_eq!(road.seen().await, ["a", "b"]);
    stop.cancel();
    let _ =
        tokio::time::timeout(Duration::from_secs(10), async { (relay.await, reader.await) }).await;
}
