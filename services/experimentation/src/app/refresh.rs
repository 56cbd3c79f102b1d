//! The policy learns: each night everything that was carried out and what came of it make the next
//! version. It is counted anew from the log, so that a reversal or an erasure leaves what would have been
//! learned without the fact.

use async_trait::async_trait;
use chrono::NaiveTime;
use kulanz_policy::{Context, Dials, Edges, Learner, Policy};
use kulanz_store::{Due, DueHandler, DueItem, Store, Work, WorkFailure};
use kulanz_types::TenantId;

use super::ask::DEFAULT_POLICY;
use super::heard::{BATCH, Heard, heard, ids};
use super::nightly;
use super::policies::{self, succeed};
use super::recalled::{Memory, Recalled};
use super::teach::Course;
use crate::domain::portfolio::edges;
use crate::domain::usual::Usual;
use crate::error::Error;
use crate::store::policy::{self, CANDIDATE, LEARNED, LIVE};
use crate::store::usual;

/// Due work of learning.
pub const REFRESH: &str = "refresh_policy";

/// When the night's learning begins (Europe/Berlin): after the day's bank statements.
const AT: Option<NaiveTime> = NaiveTime::from_hms_opt(3, 0, 0);

/// Lets the policy learn in the coming night.
pub async fn soon(work: &Work) -> Result<(), Error> {
    let tonight = nightly::next_night(work.now(), AT.unwrap_or_default());
    Ok(work.schedule(Due::new(REFRESH, DEFAULT_POLICY, tonight)).await?)
}

/// Runs [`REFRESH`].
pub struct Refresh {
    /// This service's database.
    pub store: Store,
    /// What earlier nights read.
    pub memory: Memory,
}

#[async_trait]
impl DueHandler for Refresh {
    fn kinds(&self) -> &'static [&'static str] {
        &[REFRESH]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let (tenant, key) = (item.tenant, item.key.as_str());
        let mut recalled = self.memory.take(tenant, key);
        let waiting = refresh(&self.store, tenant, key, &mut recalled).await?;
        self.memory.keep(tenant, key, recalled);
        let work = self.store.begin(item.tenant).await?;
        // What is unpaid so far counts more with every night until its horizon is over.
        nightly::end(item, work, waiting, AT.unwrap_or_default()).await
    }
}

/// Makes the next version from the whole log, if it differs from the one before; whether anything still
/// waits for its horizon.
async fn refresh(
    store: &Store,
    tenant: TenantId,
    key: &str,
    recalled: &mut Recalled,
) -> Result<bool, Error> {
    let work = store.begin(tenant).await?;
    let settings = policies::ready(&work, key).await?.goals.settings();
    let Learned { mut learner, usual, contacts, waiting } = learn(&work, key, recalled).await?;
    usual::keep(&work, key, serde_json::to_string(&usual)?).await?;
    // The same outcomes make the same version.
    let dials = Dials { seed: contacts, settings, ..Dials::default() };
    let next = learner.refresh(&dials).map_err(|error| Error::Learning(error.to_string()))?;
    if contacts > 0 && !is_known(&work, key, next.version()).await? {
        tracing::info!(policy = key, contacts, "policy learned");
        succeed(&work, key, &next).await?;
    }
    work.commit().await?;
    Ok(waiting)
}

/// Whether what was learned last is of this content.
async fn is_known(work: &Work, key: &str, version: &str) -> Result<bool, Error> {
    let mut rows = policy::in_state(work, key, LIVE).await?;
    rows.extend(policy::in_state(work, key, CANDIDATE).await?);
    Ok(rows.iter().any(|row| row.kind == LEARNED && row.version.ends_with(version)))
}

/// What the log teaches.
struct Learned {
    learner: Learner,
    usual: Usual,
    contacts: u64,
    /// Whether any contact's horizon is not over yet.
    waiting: bool,
}

/// Where the buckets begin of what was learned last; of what cannot be read, nothing.
async fn last_edges(work: &Work, key: &str) -> Result<Option<Edges>, Error> {
    let row = policy::newest_learned(work, key).await?;
    let learned = row.and_then(|row| Policy::read_own(&row.content).ok());
    Ok(learned.map(|learned| learned.schema().edges))
}

async fn learn(work: &Work, key: &str, recalled: &mut Recalled) -> Result<Learned, Error> {
    let mut schema = policies::schema(work).await?;
    // Mostly those of the night before: then nothing is read twice.
    schema.edges = last_edges(work, key).await?.unwrap_or(schema.edges);
    recalled.begin(work, &schema).await?;
    let (heard, now) = (heard(work, key, recalled).await?, work.now());
    let debts: Vec<Context> = heard.iter().map(|contact| contact.context).collect();
    let edges = edges(&debts);
    if edges != schema.edges {
        schema.edges = edges;
        recalled.begin(work, &schema).await?;
    }
    let all: Vec<&Heard> = heard.iter().collect();
    let mut course = Course::new(schema, now, &all);
    for batch in all.chunks(BATCH) {
        let known = recalled.contacts(work, key, &ids(batch)).await?;
        course.teach(batch, known)?;
    }
    let waiting = heard.iter().any(|contact| !contact.story().is_over(now));
    let (learner, usual) = course.end()?;
    Ok(Learned { learner, usual, contacts: heard.len() as u64, waiting })
}
