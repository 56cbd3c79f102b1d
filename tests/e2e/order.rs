//! Nothing is promised about the order between producers, nor that an event comes once: every service
//! ends in the same state.

use std::collections::BTreeSet;

use kulanz_bus::{Envelope, admin};
use kulanz_testkit::Backend;
use kulanz_tests::{ERIKA, MAX, World};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::{tables, walk};

/// What tells the path and not the state: the queues' own tables, and histories.
const PATHS: [&str; 4] = ["outbox", "inbox", "due_work", "state_change"];

/// Ids that a handler draws differ with the order in which it draws them.
const DRAWN: [&str; 6] = ["assignment_", "contact_", "entry_", "ledger_", "outcome_", "work_"];

/// All events of a walk, in the order in which they happened.
async fn events_of_a_walk() -> Vec<Envelope> {
    let world = World::open(Backend::Embedded).await;
    walk::walk(&world).await;
    let mut events = Vec::new();
    for store in world.house.stores() {
        events.extend(admin::events(store).await.unwrap());
    }
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
        !name.contains("version") && !DRAWN.iter().any(|drawn| value.starts_with(drawn))
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

#[ignore = "the walk is longer than events are kept: it has to collect them on its way"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_ends_in_the_same_state_whatever_the_order_and_repetition_of_events() {
    let events = events_of_a_walk().await;
    let kinds: BTreeSet<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert!(kinds.len() >= 10, "only {kinds:?}");
    let expected = state_after(&events).await;
    for seed in 1..=3 {
        let found = state_after(&shuffled_and_repeated(&events, seed)).await;
        for (table, rows) in &expected {
            let missing: Vec<_> = rows.iter().filter(|row| !found[table].contains(row)).collect();
            let extra: Vec<_> = found[table].iter().filter(|row| !rows.contains(row)).collect();
            assert!(rows == &found[table], "{table}, {seed}: {missing:#?} became {extra:#?}");
        }
    }
}
