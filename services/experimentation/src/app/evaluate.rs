//! How a candidate would have done: the log is read page by page, and of each decision only its numbers stay.

mod question;

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{Doubt, HORIZON_DAYS, LogError, Schema, Scratch};
use kulanz_statistics::Interval;
use kulanz_store::Store;
use kulanz_types::TenantId;

use super::policies;
use super::story::{told, usual};
use super::twins::twins;
use super::version::Version;
use crate::domain::evaluation::{Evaluated, Failure, Log, judge};
use crate::error::Error;
use crate::store::decision::{self, Filter};
use crate::store::policy::{self, LEARNED, Model};
use question::{Candidate, Judged};

/// Decisions read at a time.
const PAGE: u64 = 500;

/// Which part of the log; `None` is without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// Decisions from here.
    pub from: Option<DateTime<Utc>>,
    /// Decisions before.
    pub until: Option<DateTime<Utc>>,
}

/// What the log says.
#[derive(Debug)]
pub struct Verdict {
    /// Decisions that count.
    pub decisions: usize,
    /// Value, harm, contacts.
    pub evaluated: Evaluated,
    /// What stands against the candidate.
    pub failures: Vec<Failure>,
    /// Value, relative to what the log earned.
    pub gain: Option<Interval>,
}

/// Evaluates a policy on the decisions under its key; the gate tolerates as much doubt as the tenant said, or as `doubt`
/// says.
pub async fn evaluate(
    store: &Store,
    tenant: TenantId,
    policy_id: &str,
    part: Part,
    doubt: Option<Doubt>,
) -> Result<Verdict, Error> {
    let found = policy::find(&store.begin(tenant).await?, policy_id).await?;
    let row = found.ok_or_else(|| Error::NotFound(policy_id.to_owned()))?;
    let candidate = candidate(store, tenant, &row).await?;
    let doubt = doubt.unwrap_or(candidate.doubt);
    let log = read(store, tenant, &row.key, part, candidate).await?;
    let refused = |why: LogError| match why {
        LogError::TooFew => Error::NoMaturedOutcome(policy_id.to_owned()),
        LogError::Decision { .. } => Error::Learning(why.to_string()),
    };
    let evaluated = log.evaluated().map_err(refused)?;
    let gate = doubt.gate(evaluated.value.incumbent.value);
    let failures = judge(&log, &evaluated, &gate).map_err(refused)?;
    let gain = evaluated.value.gain(gate.least_effective);
    Ok(Verdict { decisions: log.decisions(), evaluated, failures, gain })
}

/// The policy, if it decides on today's features. A learned one knows the people of this log: its twins stand for
/// it. Twins are the model of what came of decisions, too: those of the version that was learned last, where the
/// policy came from elsewhere.
async fn candidate(store: &Store, tenant: TenantId, row: &Model) -> Result<Candidate, Error> {
    let work = store.begin(tenant).await?;
    let policy = Version::read(row)?;
    require_features(&row.policy_id, policy.policy.schema())?;
    let goals = policies::ready(&work, &row.key).await?.goals;
    let (counts, doubt) = (goals.terms(&[]), goals.doubt);
    let usual = usual(&work, &row.key).await?;
    drop(work);
    let judged = if row.kind == LEARNED {
        Judged::ByTwins(twins(store, tenant, row).await?)
    } else {
        let newest = policy::newest_learned(&store.begin(tenant).await?, &row.key).await?;
        let model = match newest {
            Some(newest) => Some(twins(store, tenant, &newest).await?),
            None => None,
        };
        Judged::AsItIs { policy: Box::new(policy), model }
    };
    Ok(Candidate { judged, counts, doubt, usual })
}

/// Refuses what does not serve where today's features hold.
pub fn require_features(policy_id: &str, schema: &Schema) -> Result<(), Error> {
    if schema.serves(&Schema::default()) {
        Ok(())
    } else {
        Err(Error::FeatureVersion { policy_id: policy_id.to_owned(), version: schema.version() })
    }
}

/// A decision is left out while its outcome is open, of a person who was erased, and where nothing else could
/// have been done: for the hold-out, for protected people, where a rule left nothing.
async fn read(
    store: &Store,
    tenant: TenantId,
    key: &str,
    part: Part,
    candidate: Candidate,
) -> Result<Log, Error> {
    let mut log = Log::default();
    let mut scratch = Scratch::default();
    let mut cursor = String::new();
    // A space that is new meanwhile is of decisions whose outcome is open.
    let catalogues = policies::catalogues(&store.begin(tenant).await?).await?;
    loop {
        let work = store.begin(tenant).await?;
        let filter = filter(key, part, work.now());
        let rows = decision::list(&work, &filter, Some(&cursor), PAGE).await?;
        let Some(last) = rows.last() else { return Ok(log) };
        cursor.clone_from(&last.decision_id);
        for told in told(&work, rows).await? {
            if let Some(known) = candidate.known(&told, &catalogues, work.now(), &mut scratch)? {
                log.push(known);
            }
        }
    }
}

fn filter(key: &str, part: Part, now: DateTime<Utc>) -> Filter {
    let horizon = TimeDelta::days(i64::try_from(HORIZON_DAYS).unwrap_or(0));
    let matured = now - horizon;
    Filter {
        policy_key: Some(key.to_owned()),
        from: part.from,
        until: Some(part.until.map_or(matured, |until| until.min(matured))),
        ..Filter::default()
    }
}
