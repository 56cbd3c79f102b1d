//! Versions of policies: those in use, who gets which, and the next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use kulanz_policy::{Dials, Learner, LevelName, Policy, Schema, Settings};
use kulanz_store::{Store, Work};
use kulanz_types::{PolicyId, TenantId};

use super::arms;
use super::ask::DEFAULT_POLICY;
use super::catalogue::Catalogue;
use super::standing::Standing;
use super::version::Version;
use crate::domain::goals::Goals;
use crate::domain::hash::{HashVersion, hash_to_unit};
use crate::domain::holdout::held_out;
use crate::domain::ramp;
use crate::error::Error;
use crate::store::policy::{self, CANDIDATE, GIVEN, HOLDOUT, LEARNED, LIVE, Model, STATIC};
use crate::store::{aim, space};

/// Everything that decides under one key.
pub struct Ready {
    /// The stamp under which it was read.
    pub stamp: i64,
    /// What counts.
    pub goals: Goals,
    /// The yardstick.
    pub fixed: Version,
    /// The same for the hold-out.
    pub holdout: Version,
    /// What was promoted.
    pub promoted: Option<Promoted>,
    /// Versions that arms of experiments name; `None` for one that must not decide.
    named: Mutex<HashMap<String, Option<Arc<Version>>>>,
}

/// A promoted policy in a step of its ramp.
pub struct Promoted {
    /// The version.
    pub version: Version,
    /// The share of persons that it decides for.
    pub share: f64,
    /// Names the comparison with the static policy.
    pub comparison: String,
}

impl Promoted {
    fn read(row: &Model) -> Result<Self, Error> {
        let standing = Standing::read(row)?;
        let comparison = standing.map(|standing| standing.ramp.comparison()).unwrap_or_default();
        Ok(Self { version: Version::read(row)?, share: row.share, comparison })
    }

    /// Whether it decides for a person who is not held out.
    fn decides_for(&self, key: &str, debtor_id: &str) -> bool {
        place(key, debtor_id) < self.share
    }
}

impl Ready {
    /// The version that decides for a person, always the same while nothing changes.
    pub fn for_person(&self, key: &str, debtor_id: &str) -> &Version {
        if held_out(debtor_id) {
            return &self.holdout;
        }
        match &self.promoted {
            Some(promoted) if promoted.decides_for(key, debtor_id) => &promoted.version,
            _ => &self.fixed,
        }
    }

    /// A version that an arm names, while nobody took it out of use. It is read once under a stamp.
    pub async fn named(
        &self,
        work: &Work,
        key: &str,
        version: &str,
    ) -> Result<Option<Arc<Version>>, Error> {
        let known = |named: &HashMap<_, Option<Arc<Version>>>| named.get(version).cloned();
        if let Some(known) = known(&self.named.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let read = match policy::find_version(work, key, version).await? {
            Some(row) if !arms::is_stopped(&row)? => Some(Arc::new(Version::read(&row)?)),
            _ => None,
        };
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.insert(version.to_owned(), read.clone());
        Ok(read)
    }

    /// The comparison that a person takes part in, and on which side; nobody who is held out.
    pub fn side(&self, key: &str, debtor_id: &str) -> Option<(&str, &'static str)> {
        let promoted = self.promoted.as_ref().filter(|_| !held_out(debtor_id))?;
        let decides = promoted.decides_for(key, debtor_id);
        let side = if decides { ramp::POLICY } else { ramp::STATIC };
        Some((promoted.comparison.as_str(), side))
    }
}

/// Where a person stands in the ramp of a key, in [0, 1).
pub fn place(key: &str, debtor_id: &str) -> f64 {
    hash_to_unit(HashVersion::V2, &format!("policy:{key}"), debtor_id)
}

/// Reads everything that decides under a key. A tenant starts with the static policy.
pub async fn ready(work: &Work, key: &str) -> Result<Ready, Error> {
    let missing = || Error::NotFound(key.to_owned());
    // Before the versions: where they change in between, the stamp is older than they are, and they are read again.
    let mut aim = aim::find(work, key).await?;
    if aim.is_none() {
        if key != DEFAULT_POLICY {
            return Err(missing());
        }
        found(work, key).await?;
        aim = aim::find(work, key).await?;
    }
    let aim = aim.ok_or_else(missing)?;
    let rows = policy::in_state(work, key, LIVE).await?;
    let of = |kind: &str| rows.iter().find(|row| row.kind == kind).ok_or_else(missing);
    let promoted = rows.iter().find(|row| row.kind == LEARNED || row.kind == GIVEN);
    let promoted = promoted.map(Promoted::read).transpose()?;
    Ok(Ready {
        stamp: aim.stamp,
        goals: serde_json::from_str(&aim.goals)?,
        fixed: Version::read(of(STATIC)?)?,
        holdout: Version::read(of(HOLDOUT)?)?,
        promoted,
        named: Mutex::default(),
    })
}

/// The static policy, and the same without trying anything out.
static STARTING: LazyLock<Result<(Policy, Policy), String>> = LazyLock::new(|| {
    let fixed = starting().map_err(|error| error.to_string())?;
    let still = Settings { epsilon: 0.0, null_share: 0.0, ..Settings::default() };
    let holdout = fixed.clone().with_settings(still);
    Ok((fixed, holdout))
});

/// What a careful agency would do without any data, in sizes of what the factor may do: by e-mail before
/// letter before SMS, in plain words, every way to settle named.
const PREFERRED: [(&str, &str, f64); 8] = [
    ("channel", "email", 1.5),
    ("channel", "letter", 1.0),
    ("channel", "sms", 0.5),
    ("tone", "plain", 2.0),
    ("tone", "friendly", 1.0),
    ("motive", "plain", 2.0),
    ("offer", "choice", 1.0),
    ("salutation", "sie", 5.0),
];

/// What experience suggests for the personas of the shipped typology: a hypothesis that evidence moves.
const PREFERRED_FOR: [(&str, &str, &str); 16] = [
    ("oversight", "tone", "friendly"),
    ("oversight", "offer", "pay_now"),
    ("clarifier", "motive", "clarity"),
    ("clarifier", "offer", "conversation"),
    ("busy", "channel", "sms"),
    ("busy", "tone", "businesslike"),
    ("planner", "offer", "instalments"),
    ("planner", "tone", "encouraging"),
    ("waiter", "motive", "closure"),
    ("waiter", "offer", "promise"),
    ("squeezed", "tone", "empathic"),
    ("squeezed", "offer", "deferral"),
    ("withdrawn", "channel", "letter"),
    ("withdrawn", "motive", "help_offer"),
    ("business", "tone", "formal"),
    ("business", "offer", "pay_now"),
];

/// How strong that is: enough to be chosen where a person surely is of the persona.
const SUGGESTED: f64 = 3.0;

/// How far the static policy's draws scatter: next to nothing, so that it decides alike for like people.
const STILL: f64 = 1e-3;

/// A learner that prefers what the static policy does, until evidence says otherwise.
pub fn learner(schema: Schema) -> Learner {
    let mut learner = Learner::new(schema);
    for (factor, level, strength) in PREFERRED {
        learner.prefer([&LevelName::new(factor, level)], strength);
    }
    for (persona, factor, level) in PREFERRED_FOR {
        learner.prefer_for(persona, &LevelName::new(factor, level), SUGGESTED);
    }
    learner
}

fn starting() -> Result<Policy, kulanz_policy::RefreshError> {
    learner(Schema::default()).refresh(&Dials { seed: 0, alpha: STILL, ..Dials::default() })
}

async fn found(work: &Work, key: &str) -> Result<(), Error> {
    let (fixed, holdout) = STARTING.as_ref().map_err(|why| Error::Starting(why.clone()))?;
    let add = |number, kind, share| New { number, kind, state: LIVE, share, ..New::default() };
    policy::insert_once(work, row(work, key, add(1, STATIC, 0.95), fixed)).await?;
    policy::insert_once(work, row(work, key, add(2, HOLDOUT, 0.05), holdout)).await?;
    Ok(aim::found(work, key, &serde_json::to_string(&Goals::default())?).await?)
}

/// A version to be added.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// Counts versions of the key.
    pub number: i64,
    /// Where it comes from.
    pub kind: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// Share of persons that it decides for.
    pub share: f64,
    /// How it does, as JSON; empty where nobody looked.
    pub health: String,
    /// In words; empty for the usual ones of its kind.
    pub description: String,
}

/// Adds a version; whoever calls this holds the stamp of the key, under which its number was read.
pub async fn insert(work: &Work, key: &str, new: New, content: &Policy) -> Result<Model, Error> {
    let row = row(work, key, new, content);
    work.insert(row.clone()).await?;
    Ok(row)
}

fn row(work: &Work, key: &str, new: New, content: &Policy) -> Model {
    let description =
        if new.description.is_empty() { described(new.kind).to_owned() } else { new.description };
    Model {
        tenant_id: work.tenant().to_string(),
        policy_id: PolicyId::generate(work.seeds(), work.now()).to_string(),
        key: key.to_owned(),
        number: new.number,
        version: format!("{}-{}", new.number, content.version()),
        kind: new.kind.to_owned(),
        state: new.state.to_owned(),
        description,
        feature_version: content.schema().version(),
        share: new.share,
        health: new.health,
        content: content.write(),
        created_at: work.now(),
    }
}

/// Puts the static policy with the share that the goals want tried out in the place of the one in use, if that tries
/// out another; whether it did. Whoever calls this holds the stamp of the key.
pub async fn explore(work: &Work, key: &str, goals: &Goals) -> Result<bool, Error> {
    let live = policy::in_state(work, key, LIVE).await?;
    let before = live.into_iter().find(|row| row.kind == STATIC);
    let before = before.ok_or_else(|| Error::NotFound(key.to_owned()))?;
    let fixed = Policy::read_own(&before.content)?;
    if *fixed.settings() == goals.settings() {
        return Ok(false);
    }
    let next = fixed.with_settings(goals.settings());
    policy::move_to(work, &before.policy_id, policy::RETIRED).await?;
    let number = policy::last_number(work, key).await? + 1;
    let new = New { number, kind: STATIC, state: LIVE, share: before.share, ..New::default() };
    insert(work, key, new, &next).await?;
    Ok(true)
}

fn described(kind: &str) -> &'static str {
    match kind {
        STATIC => "fixed preferences, with an even slice tried out: the yardstick",
        HOLDOUT => "fixed preferences, nothing tried out: for the hold-out",
        _ => "factored Bayesian logistic model, the best action of one of 64 posterior draws",
    }
}

/// Puts what was learned in the place of what was learned before: of the version in use where one was
/// promoted, else of the candidate.
pub async fn succeed(work: &Work, key: &str, next: &Policy) -> Result<(), Error> {
    // First of all: whoever stops the version in use waits, or has stopped it.
    aim::stamp(work, key).await?;
    let live = policy::in_state(work, key, LIVE).await?;
    let number = policy::last_number(work, key).await? + 1;
    let new = New { number, kind: LEARNED, ..New::default() };
    let new = if let Some(before) = live.into_iter().find(|row| row.kind == LEARNED) {
        policy::move_to(work, &before.policy_id, policy::RETIRED).await?;
        New { state: LIVE, share: before.share, health: before.health, ..new }
    } else {
        discard_candidate(work, key).await?;
        New { state: CANDIDATE, ..new }
    };
    insert(work, key, new, next).await?;
    Ok(())
}

async fn discard_candidate(work: &Work, key: &str) -> Result<(), Error> {
    let candidates = policy::in_state(work, key, CANDIDATE).await?;
    for row in candidates.iter().filter(|row| row.kind == LEARNED) {
        if arms::name(work, key, &row.version).await? {
            policy::move_to(work, &row.policy_id, policy::RETIRED).await?;
        } else {
            policy::discard(work, &row.policy_id).await?;
        }
    }
    Ok(())
}

/// Changes with whatever can be changed of a version.
pub fn etag(row: &Model) -> String {
    format!("{}-{}", row.version, row.state)
}

/// A version that decided once, in use or not.
pub async fn version(work: &Work, key: &str, version: &str) -> Result<Version, Error> {
    let row = policy::find_version(work, key, version).await?;
    Version::read(&row.ok_or_else(|| Error::NotFound(version.to_owned()))?)
}

/// The version of this id; nobody else changes what decides under its key until this transaction ends.
pub async fn take(work: &Work, policy_id: &str) -> Result<Model, Error> {
    let missing = || Error::NotFound(policy_id.to_owned());
    let key = policy::find(work, policy_id).await?.ok_or_else(missing)?.key;
    aim::stamp(work, &key).await?;
    policy::find(work, policy_id).await?.ok_or_else(missing)
}

/// The version of this id.
pub async fn get(store: &Store, tenant: TenantId, policy_id: &str) -> Result<Model, Error> {
    let work = store.begin(tenant).await?;
    policy::find(&work, policy_id).await?.ok_or_else(|| Error::NotFound(policy_id.to_owned()))
}

/// Versions after `cursor`, of this state or of all, without their contents; the starting versions exist from the first
/// look on.
pub async fn list(
    store: &Store,
    tenant: TenantId,
    state: Option<&str>,
    cursor: Option<&str>,
    limit: u64,
) -> Result<Vec<Model>, Error> {
    let work = store.begin(tenant).await?;
    ready(&work, DEFAULT_POLICY).await?;
    let rows = policy::list(&work, state, cursor, limit).await?;
    work.commit().await?;
    Ok(rows)
}

/// Every space that was ever decided over, by its hash.
pub async fn catalogues(work: &Work) -> Result<BTreeMap<String, Catalogue>, Error> {
    let rows = space::all(work).await?;
    rows.into_iter().map(|row| Ok((row.space_hash, Catalogue::read(&row.factors)?))).collect()
}

/// The shipped features, and those of whatever else was ever decided over.
pub async fn schema(work: &Work) -> Result<Schema, Error> {
    let known = catalogues(work).await?;
    let extend = |schema: Schema, known: &Catalogue| schema.extended(&known.space);
    Ok(known.values().fold(Schema::default(), extend))
}
