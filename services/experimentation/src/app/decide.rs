//! Decides and logs: the answer and its log row come into being together.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use kulanz_bus::publish;
use kulanz_proto::events::v1::DecisionMade;
use kulanz_store::{Store, StoreError, Work};
use kulanz_types::TenantId;
use sha2::{Digest, Sha256};

use super::ask::{Ask, Context, Grid, Logged};
use super::explain;
use super::policies::{Live, live, version};
use crate::domain::decide::{Origin, Question, Verdict, decide as choose};
use crate::domain::space::MaskedSpace;
use crate::error::Error;
use crate::store::chain::{self, Head};
use crate::store::decision::{self, Model};

/// Silence that was drawn is looked at again after this.
const DRAWN_SILENCE: TimeDelta = TimeDelta::days(3);
/// Silence because nothing was permitted is looked at again after this.
const FORCED_SILENCE: TimeDelta = TimeDelta::days(1);

/// Decides every question in the order asked, all in one transaction. A question asked before gets
/// the answer it got then.
pub async fn decide(store: &Store, tenant: TenantId, asks: &[Ask]) -> Result<Vec<Logged>, Error> {
    let work = store.begin(tenant).await?;
    let mut head = chain::take(&work).await?;
    let mut known = known(&work, asks).await?;
    let debtors: Vec<_> = asks.iter().map(|ask| ask.debtor_id).collect();
    work.prepare_keys(&debtors).await?;
    let mut policies: HashMap<&str, Live> = HashMap::new();
    let mut fresh = Vec::new();
    for ask in asks {
        let id = ask.decision_id.to_string();
        match known.get(&id) {
            Some(row) if row.fingerprint != ask.fingerprint => return Err(Error::DecisionIdReused),
            Some(_) => continue,
            None => {}
        }
        if !policies.contains_key(ask.policy_key.as_str()) {
            policies.insert(&ask.policy_key, live(&work, &ask.policy_key).await?);
        }
        let row = decide_one(&work, ask, &policies[ask.policy_key.as_str()], &mut head).await?;
        fresh.push(row.clone());
        known.insert(id, row);
    }
    log(&work, fresh, &head).await?;
    work.commit().await?;
    asks.iter().map(|ask| logged(&known[&ask.decision_id.to_string()])).collect()
}

async fn known(work: &Work, asks: &[Ask]) -> Result<BTreeMap<String, Model>, Error> {
    let ids: Vec<String> = asks.iter().map(|ask| ask.decision_id.to_string()).collect();
    let rows = decision::find_all(work, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.decision_id.clone(), row)).collect())
}

async fn log(work: &Work, rows: Vec<Model>, head: &Head) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    for row in &rows {
        let event = event(row)?;
        publish(work, &row.decision_id, &row.debtor_id, row.sequence, &event).await?;
    }
    decision::append(work, rows).await?;
    chain::put(work, head).await?;
    Ok(())
}

fn event(row: &Model) -> Result<DecisionMade, Error> {
    let logged = logged(row)?;
    Ok(DecisionMade {
        decision_id: logged.decision_id,
        debtor_id: logged.debtor_id,
        policy_key: logged.policy_key,
        policy_version: logged.policy_version,
        null_action: logged.levels.is_none(),
        levels: logged.levels.unwrap_or_default(),
        joint_propensity: logged.joint_propensity,
        claim_ids: logged.claim_ids,
    })
}

async fn decide_one(work: &Work, ask: &Ask, live: &Live, head: &mut Head) -> Result<Model, Error> {
    let id = ask.decision_id.to_string();
    let space = space(&ask.grid)?;
    let context = serde_json::to_string(&ask.context)?;
    // What is decided on is what can be read from the log again, to the last bit.
    let seen: Context = serde_json::from_str(&context)?;
    let question = Question {
        decision_id: &id,
        space: &space,
        segments: &seen.personas,
        protected: seen.protected,
    };
    let verdict = verdict(&ask.grid, live, &question)?;
    let sealed = work.seal(ask.debtor_id, "decision.context", &id, context.as_bytes()).await?;
    let means = live.policy.means(&space, question.segments);
    let reconsider = match verdict.origin {
        Origin::Silence => Some(work.now() + DRAWN_SILENCE),
        Origin::NothingPermitted => Some(work.now() + FORCED_SILENCE),
        _ => None,
    };
    let base = live.policy.base_reward();
    let mut row = Model {
        tenant_id: work.tenant().to_string(),
        sequence: head.length + 1,
        debtor_id: ask.debtor_id.to_string(),
        policy_key: ask.policy_key.clone(),
        policy_version: live.version.clone(),
        fingerprint: ask.fingerprint.clone(),
        context: sealed,
        context_hash: work.blind_index("decision.context", &context),
        grid: serde_json::to_string(&ask.grid)?,
        origin: verdict.origin.name().to_owned(),
        levels: levels(&space, &verdict)
            .map(|levels| serde_json::to_string(&levels))
            .transpose()?,
        joint_propensity: verdict.propensities.joint,
        null_propensity: verdict.propensities.null,
        marginals: serde_json::to_string(&marginals(&space, &verdict))?,
        predicted: serde_json::to_string(&explain::predicted(base, &means, &verdict))?,
        reasons: serde_json::to_string(&explain::reasons(&space, &means, &verdict))?,
        null_reason: null_reason(ask, &verdict),
        reconsider_at: reconsider,
        claim_ids: serde_json::to_string(&ask.claim_ids)?,
        decided_at: work.now(),
        chain_hash: String::new(),
        decision_id: id,
    };
    row.chain_hash = chain_hash(&head.hash, &row);
    *head = Head { length: row.sequence, hash: row.chain_hash.clone() };
    Ok(row)
}

/// The space of a question; its flaws are those of the request.
fn space(grid: &Grid) -> Result<MaskedSpace, Error> {
    MaskedSpace::new(grid.factors.clone(), &grid.mask)
        .map_err(|flaw| Error::field("space", flaw.to_string()))
}

fn verdict(grid: &Grid, live: &Live, question: &Question<'_>) -> Result<Verdict, Error> {
    if !grid.all_excluded_rule_id.is_empty() {
        return Ok(Verdict::nothing_permitted());
    }
    choose(&live.policy, &live.version, question)
        .map_err(|flaw| Error::field("mask", flaw.to_string()))
}

fn levels(space: &MaskedSpace, verdict: &Verdict) -> Option<BTreeMap<String, String>> {
    let chosen = |(factor, level): (&crate::domain::space::Factor, &usize)| {
        (factor.name.clone(), factor.levels[*level].clone())
    };
    verdict.action.as_ref().map(|action| space.factors.iter().zip(action).map(chosen).collect())
}

fn marginals(space: &MaskedSpace, verdict: &Verdict) -> BTreeMap<String, f64> {
    let names = space.factors.iter().map(|factor| factor.name.clone());
    names.zip(verdict.propensities.marginals.iter().copied()).collect()
}

/// `policy` for a drawn silence, else the rules that left nothing, each once.
fn null_reason(ask: &Ask, verdict: &Verdict) -> String {
    match verdict.origin {
        Origin::Silence => "policy".to_owned(),
        Origin::NothingPermitted if !ask.grid.all_excluded_rule_id.is_empty() => {
            ask.grid.all_excluded_rule_id.clone()
        }
        Origin::NothingPermitted => {
            let mask = &ask.grid.mask;
            let levels = mask.levels.iter().map(|exclusion| exclusion.rule_id.as_str());
            let pairs = mask.pairs.iter().map(|exclusion| exclusion.rule_id.as_str());
            let rules: std::collections::BTreeSet<&str> = levels.chain(pairs).collect();
            rules.into_iter().collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// SHA-256 over the hash before and what was decided; the context enters by its keyed hash, so that
/// the chain still verifies after a person was erased.
fn chain_hash(previous: &str, row: &Model) -> String {
    let joint = row.joint_propensity.to_bits().to_string();
    let sequence = row.sequence.to_string();
    let decided = row.decided_at.timestamp_micros().to_string();
    let parts = [
        previous,
        &sequence,
        &row.decision_id,
        &row.debtor_id,
        &row.policy_version,
        &row.context_hash,
        &row.grid,
        &row.origin,
        row.levels.as_deref().unwrap_or_default(),
        &joint,
        &row.marginals,
        &decided,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize())
}

/// A log row with its structures read.
pub fn logged(row: &Model) -> Result<Logged, Error> {
    Ok(Logged {
        decision_id: row.decision_id.clone(),
        debtor_id: row.debtor_id.clone(),
        policy_key: row.policy_key.clone(),
        policy_version: row.policy_version.clone(),
        levels: row.levels.as_deref().map(serde_json::from_str).transpose()?,
        joint_propensity: row.joint_propensity,
        marginals: serde_json::from_str(&row.marginals)?,
        explored: row.origin == Origin::Explored.name(),
        reasons: serde_json::from_str(&row.reasons)?,
        predicted: serde_json::from_str(&row.predicted)?,
        null_reason: row.null_reason.clone(),
        reconsider_at: row.reconsider_at,
        decided_at: row.decided_at,
        claim_ids: serde_json::from_str(&row.claim_ids)?,
    })
}

/// Whether the log row of a decision is what its policy version answers to what the log says was
/// asked, to the last bit. `None` where it cannot be told any more: the person was erased.
pub async fn replays(
    store: &Store,
    tenant: TenantId,
    decision_id: &str,
) -> Result<Option<bool>, Error> {
    let work = store.begin(tenant).await?;
    let unknown = || Error::NotFound(decision_id.to_owned());
    let row = decision::find(&work, decision_id).await?.ok_or_else(unknown)?;
    let live = version(&work, &row.policy_key, &row.policy_version).await?;
    let debtor = row.debtor_id.parse().map_err(StoreError::from)?;
    let seen = work.open_json(debtor, "decision.context", decision_id, &row.context).await?;
    let Some(seen): Option<Context> = seen else { return Ok(None) };
    let grid: Grid = serde_json::from_str(&row.grid)?;
    let space = space(&grid)?;
    let (segments, protected) = (&seen.personas, seen.protected);
    let question = Question { decision_id, space: &space, segments, protected };
    let verdict = verdict(&grid, &live, &question)?;
    let chosen =
        levels(&space, &verdict).map(|levels| serde_json::to_string(&levels)).transpose()?;
    let same = chosen == row.levels
        && verdict.propensities.joint.to_bits() == row.joint_propensity.to_bits()
        && serde_json::to_string(&marginals(&space, &verdict))? == row.marginals;
    Ok(Some(same))
}
