//! Nothing is promised about the order between producers, nor that an event comes once: every service
//! ends in the same state.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock, Mutex},
};

use async_trait::async_trait;
use kulanz_bus::{Envelope, EventHandler, HandlerError, admin};
use kulanz_chassis::{Definition, Module, ModuleContext};
use kulanz_proto::FILE_DESCRIPTOR_SET;
use kulanz_store::Work;
use kulanz_testkit::{Backend, House};
use kulanz_tests::{ERIKA, MAX, World, definitions};
use kulanz_types::EventId;
use prost_reflect::DescriptorPool;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::{tables, walk};

/// What tells the path and not the state: the queues' own tables, and histories.
const PATHS: [&str; 5] = ["outbox", "inbox", "due_work", "state_change", "audit"];

/// Ids that a handler draws differ with the order in which it draws them.
const DRAWN: [&str; 6] = ["assignment_", "contact_", "entry_", "ledger_", "outcome_", "work_"];

/// The chain over an account's entries covers their drawn ids.
const HASHES: [&str; 3] = ["hash", "previous_hash", "account_hash"];

/// What was told during the walk. It lasts longer than sent events are kept, so they are heard on their way.
static HEARD: Mutex<BTreeMap<EventId, Envelope>> = Mutex::new(BTreeMap::new());

/// Everything that may be told.
static KINDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let events = pool.all_messages().filter(|one| one.package_name() == "kulanz.events.v1");
    events.map(|one| &*String::leak(one.name().to_owned())).collect()
});

/// Hears everything that others tell, and lets its service hear what that wants.
struct Ear(Option<Arc<dyn EventHandler>>);

#[async_trait]
impl EventHandler for Ear {
    fn subscriptions(&self) -> &'static [&'static str] {
        &KINDS
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        HEARD.lock().unwrap().insert(envelope.id, envelope.clone());
        match &self.0 {
            Some(own) if own.subscriptions().contains(&envelope.kind.as_str()) => {
                own.handle(work, envelope).await
            }
            _ => Ok(()),
        }
    }
}

fn with_an_ear(module: Module) -> Module {
    Module { events: Some(Arc::new(Ear(module.events))), ..module }
}

fn personas(context: &ModuleContext) -> Module {
    with_an_ear((kulanz_personas::DEFINITION.module)(context))
}

fn experimentation(context: &ModuleContext) -> Module {
    with_an_ear((kulanz_experimentation::DEFINITION.module)(context))
}

/// All services; two of them have an ear, as none hears itself.
fn with_ears() -> Vec<Definition> {
    let listening = |one: Definition| match one.name {
        "personas" => Definition { module: personas, ..one },
        "experimentation" => Definition { module: experimentation, ..one },
        _ => one,
    };
    definitions().into_iter().map(listening).collect()
}

/// All events of a walk, in the order in which they happened.
async fn events_of_a_walk() -> Vec<Envelope> {
    let world = World::found(House::build(Backend::Embedded, &with_ears())).await;
    walk::walk(&world).await;
    let heard = HEARD.lock().unwrap().clone();
    for store in world.house.stores() {
        for kept in admin::events(store).await.unwrap() {
            assert_eq!(heard.get(&kept.id), Some(&kept), "it was not heard");
        }
    }
    let mut events: Vec<_> = heard.into_values().collect();
    events.sort_by_key(|event| (event.occurred_at, event.id));
    events
}

/// A constellation that has imported what the walk imports, and was then handed `events`.
async fn state_after(events: &[Envelope]) -> tables::Dump {
    let world = World::open(Backend::Embedded).await;
    world.import(vec![ERIKA.to_import(), MAX.to_import()]).await;
    let bus = world.house.constellation().bus().unwrap();
    for service in ["claims", "experimentation", "messaging", "payments", "personas"] {
        bus.deliver_to(service, events).await.unwrap();
    }
    let mut dump = tables::dump(&world.house).await;
    dump.retain(|table, _| !PATHS.iter().any(|path| table.ends_with(path)));
    for rows in dump.values_mut() {
        *rows = rows.iter().map(|row| without_path(row)).collect();
        rows.sort();
    }
    dump
}

/// The row without what only tells how it came about.
fn without_path(row: &str) -> String {
    let kept = row.split(" | ").filter(|cell| {
        let (name, value) = cell.split_once('=').unwrap();
        let is_drawn = DRAWN.iter().any(|drawn| value.starts_with(drawn));
        !name.contains("version") && !HASHES.contains(&name) && !is_drawn
    });
    kept.collect::<Vec<_>>().join(" | ")
}

fn shuffled_and_repeated(events: &[Envelope], seed: u64) -> Vec<Envelope> {
    let mut random = StdRng::seed_from_u64(seed);
    let again = events.iter().filter(|_| random.next_u32() % 3 == 0).cloned();
    let mut all: Vec<_> = events.iter().cloned().chain(again.collect::<Vec<_>>()).collect();
    all.shuffle(&mut random);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_ends_in_the_same_state_whatever_the_order_and_repetition_of_events() {
    let events = events_of_a_walk().await;
    let kinds: BTreeSet<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert!(kinds.len() >= 10, "only {kinds:?}");
    let expected = state_after(&events).await;
    for seed in 1..=3 {
        let found = state_after(&shuffled_and_repeated(&events, seed)).await;
        let mut differences = Vec::new();
        for (table, rows) in expected.iter().filter(|(table, rows)| found[*table] != **rows) {
            let missing = rows.iter().filter(|row| !found[table].contains(row));
            let extra = found[table].iter().filter(|row| !rows.contains(row));
            let (missing, extra): (Vec<_>, Vec<_>) = (missing.collect(), extra.collect());
            differences.push(format!("{table}, {seed}: {missing:#?} became {extra:#?}"));
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}
