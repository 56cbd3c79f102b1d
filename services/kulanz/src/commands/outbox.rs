//! `kulanz outbox`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use kulanz_bus::redis::{self, Queue};
use kulanz_bus::{Envelope, admin};
use kulanz_chassis::config::{DatabaseBackend, DatabaseSettings};
use kulanz_chassis::{MasterKey, Settings, constellation::store_config};
use kulanz_store::Store;
use kulanz_types::{Seeds, SystemClock};
use secrecy::ExposeSecret;

use crate::cli::OutboxCommand;
use crate::{house, terminal};

/// Shows and repeats what the bus carries, straight from the databases and the queue.
pub(super) async fn run(command: OutboxCommand, settings: &Settings) -> anyhow::Result<()> {
    let stores = stores(settings).await?;
    let queue = queue(settings)?;
    match command {
        OutboxCommand::List => list(&stores, queue.as_ref()).await,
        OutboxCommand::Show { event } => show(&stores, &event).await,
        OutboxCommand::Redrive { event } => {
            redrive(&stores, queue.as_ref(), event.as_deref()).await
        }
        OutboxCommand::Replay { since } => {
            for store in &stores {
                let count = admin::replay(store, since).await?;
                terminal::line(format!("{:<16} {count} events again", store.service()));
            }
            Ok(())
        }
    }
}

async fn stores(settings: &Settings) -> anyhow::Result<Vec<Store>> {
    let master = MasterKey::load(&settings.auth.keys).context("no master key")?;
    let mut stores = Vec::new();
    // A look must not take connections away from those who work.
    let database = DatabaseSettings { connections: 1, ..settings.database.clone() };
    for definition in house::definitions() {
        ensure_file(&database, definition.name)?;
        let config = store_config(&database, definition.name, &master);
        let clock = Arc::new(SystemClock);
        let store = Store::connect(definition.name, &config, clock, Seeds::from_os()).await;
        let store = store.with_context(|| format!("the database of {}", definition.name))?;
        store.read_events_from(definition.log);
        stores.push(store);
    }
    Ok(stores)
}

/// Connecting would make an empty file where there is none.
fn ensure_file(database: &DatabaseSettings, service: &str) -> anyhow::Result<()> {
    let file = Path::new(&database.folder).join(format!("{service}.db"));
    let exists = database.backend == DatabaseBackend::Postgres || file.exists();
    anyhow::ensure!(exists, "no data in {}; was it kept in memory?", file.display());
    Ok(())
}

fn queue(settings: &Settings) -> anyhow::Result<Option<Queue>> {
    let url = settings.redis.url.expose_secret();
    if url.is_empty() {
        return Ok(None);
    }
    Ok(Some(Queue::new(url, &settings.redis.prefix)?))
}

async fn list(stores: &[Store], queue: Option<&Queue>) -> anyhow::Result<()> {
    terminal::line("service            unsent     sent  waiting  dead work  dead letters");
    for store in stores {
        let standing = admin::standing(store).await?;
        terminal::line(format!(
            "{:<16} {:>8} {:>8} {:>8} {:>10} {:>13}",
            store.service(),
            standing.unsent,
            standing.sent,
            standing.waiting,
            standing.dead_work,
            standing.dead_letters
        ));
    }
    for store in stores {
        for letter in admin::dead_letters(store).await? {
            dead(store.service(), &letter);
        }
    }
    if let Some(queue) = queue {
        for (group, letter) in redis::list_dead(queue).await? {
            dead(&group, &letter);
        }
    }
    Ok(())
}

fn dead(group: &str, letter: &admin::DeadLetter) {
    let admin::DeadLetter { event_id, producer, kind, attempts, error, .. } = letter;
    terminal::line(format!(
        "dead letter {event_id}: {kind} of {producer} for {group}, {attempts} attempts: {error}"
    ));
}

async fn show(stores: &[Store], event: &str) -> anyhow::Result<()> {
    for store in stores {
        if let Some(envelope) = admin::show(store, event).await? {
            describe(&envelope);
            return Ok(());
        }
    }
    anyhow::bail!("no outbox holds the event {event}")
}

fn describe(event: &Envelope) {
    for (name, value) in [
        ("id", event.id.to_string()),
        ("kind", event.kind.clone()),
        ("producer", event.producer.clone()),
        ("tenant", event.tenant.to_string()),
        ("subject", event.subject.clone()),
        ("partition key", event.partition_key.clone()),
        ("version", event.aggregate_version.to_string()),
        ("occurred at", event.occurred_at.to_rfc3339()),
        ("traceparent", event.traceparent.clone()),
        ("payload bytes", event.payload.len().to_string()),
    ] {
        terminal::line(format!("{name:<14} {value}"));
    }
}

async fn redrive(
    stores: &[Store],
    queue: Option<&Queue>,
    event: Option<&str>,
) -> anyhow::Result<()> {
    let mut count = 0;
    if let Some(queue) = queue {
        for (_, letter) in redis::list_dead(queue).await? {
            if event.is_none_or(|wanted| wanted == letter.event_id) {
                count += usize::from(redis::redrive(queue, &letter.event_id).await?);
            }
        }
    }
    for store in stores {
        count += redrive_embedded(stores, store, event).await?;
        if event.is_none() {
            count += admin::revive_work(store).await?;
        }
    }
    terminal::line(format!("{} handed on once more", terminal::count(count as u64, "failure")));
    Ok(())
}

/// Where no queue server keeps dead letters, the producer sends the event again; everyone who has
/// handled it leaves it out.
async fn redrive_embedded(
    stores: &[Store],
    store: &Store,
    event: Option<&str>,
) -> anyhow::Result<usize> {
    let mut count = 0;
    for letter in admin::dead_letters(store).await? {
        if event.is_some_and(|wanted| wanted != letter.event_id) {
            continue;
        }
        if let Some(producer) = stores.iter().find(|other| other.service() == letter.producer) {
            admin::replay(producer, letter.envelope.occurred_at).await?;
            admin::forget(store, &letter.event_id).await?;
            count += 1;
        }
    }
    Ok(count)
}
