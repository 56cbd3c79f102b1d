//! Decides and logs: the answer and its log row come into being together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use kulanz_bus::{Outgoing, publish_all};
use kulanz_policy::{Factor, Scratch, decide as choose};
use kulanz_proto::events::v1::DecisionMade;
use kulanz_store::{Store, StoreError, Work};
use kulanz_types::TenantId;

use super::ask::{Ask, Bounds, Logged, space_hash};
use super::desk::Desk;
use super::policies::{Ready, Version, version};
use super::posed::Posed;
use super::record::{chain_hash, logged};
use super::steer::{Steered, Wheel, exposure_of};
use super::verdict::{Chosen, NOTHING_PERMITTED};
use crate::domain::goals::Terms;
use crate::domain::holdout::held_out;
use crate::domain::known::Known;
use crate::error::Error;
use crate::store::chain::{self, Head};
use crate::store::decision::{self, Model};
use crate::store::{exposure, space};

/// Silence that was chosen is looked at again after this.
const CHOSEN_SILENCE: TimeDelta = TimeDelta::days(3);
/// Silence because nothing was permitted is looked at again after this.
const FORCED_SILENCE: TimeDelta = TimeDelta::days(1);

/// Decides every question in the order asked, all in one transaction. A question asked before gets
/// the answer it got then.
pub async fn decide(
    desk: &Desk,
    tenant: TenantId,
    asks: &[&Ask],
    scratch: &mut Scratch,
) -> Result<Vec<Logged>, Error> {
    let steering = desk.steering(tenant).await?;
    let work = desk.store().begin(tenant).await?;
    let wheel = Wheel::new(&work, steering, asks).await?;
    let mut head = chain::take(&work).await?;
    let mut known = known(&work, asks).await?;
    let debtors: Vec<_> = asks.iter().map(|ask| ask.debtor_id).collect();
    work.prepare_keys(&debtors).await?;
    let mut policies: HashMap<&str, Arc<Ready>> = HashMap::new();
    let mut spaces: BTreeMap<String, &[Factor]> = BTreeMap::new();
    let (mut fresh, mut sides) = (Vec::new(), Vec::new());
    for ask in asks {
        let id = ask.decision_id.to_string();
        match known.get(&id) {
            Some(row) if row.fingerprint != ask.fingerprint => return Err(Error::DecisionIdReused),
            Some(_) => continue,
            None => {}
        }
        if !policies.contains_key(ask.policy_key.as_str()) {
            policies.insert(&ask.policy_key, desk.ready(&work, &ask.policy_key).await?);
        }
        let ready = &policies[ask.policy_key.as_str()];
        spaces.entry(ask.bounds.space.clone()).or_insert(&ask.factors);
        let steered = wheel.steer(&work, ask, ready).await?;
        let row = decide_one(&work, ask, ready, &steered, &mut head, scratch).await?;
        sides.extend(side(&work, ask, ready).filter(|_| steered.version.is_none()));
        sides.extend(steered.exposures);
        fresh.push(row.clone());
        known.insert(id, row);
    }
    desk.keep_spaces(&work, &spaces).await?;
    log(&work, fresh, &head).await?;
    let sides = desk.newly_exposed(tenant, sides);
    let exposed = sides.iter().map(|it| (it.experiment_id.clone(), it.debtor_id.clone())).collect();
    exposure::note_all(&work, sides).await?;
    work.commit().await?;
    desk.exposed(tenant, exposed);
    desk.kept_spaces(tenant, spaces.into_keys());
    asks.iter().map(|ask| logged(&known[&ask.decision_id.to_string()])).collect()
}

async fn known(work: &Work, asks: &[&Ask]) -> Result<BTreeMap<String, Model>, Error> {
    let ids: Vec<String> = asks.iter().map(|ask| ask.decision_id.to_string()).collect();
    let rows = decision::find_all(work, &ids).await?;
    Ok(rows.into_iter().map(|row| (row.decision_id.clone(), row)).collect())
}

async fn log(work: &Work, rows: Vec<Model>, head: &Head) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let event = |row: &Model| {
        let event = event(row)?;
        Ok::<_, Error>(Outgoing::new(&row.decision_id, &row.debtor_id, row.sequence, &event))
    };
    publish_all(work, rows.iter().map(event).collect::<Result<_, _>>()?).await?;
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
        levels: logged.levels.unwrap_or_default().into_iter().collect(),
        joint_propensity: logged.joint_propensity,
        claim_ids: logged.claim_ids,
    })
}

async fn decide_one(
    work: &Work,
    ask: &Ask,
    ready: &Ready,
    steered: &Steered<'_>,
    head: &mut Head,
    scratch: &mut Scratch,
) -> Result<Model, Error> {
    let id = ask.decision_id.to_string();
    let debtor = ask.debtor_id.to_string();
    let context = serde_json::to_string(&ask.known)?;
    // What is decided on is what can be read from the log again, to the last bit.
    let seen: Known = serde_json::from_str(&context)?;
    let (version, bounds) = (steered.version(ready, ask), steered.bounds.as_ref());
    let terms = ready.goals.terms(&ask.objectives);
    let case = Case { id: &id, factors: &ask.factors, bounds, seen: &seen, terms };
    let mut chosen = case.choose(version, scratch)?;
    if held_out(&debtor) && chosen.levels.is_some() {
        chosen.origin = "holdout";
    }
    let reconsider = match (&chosen.levels, chosen.origin) {
        (Some(_), _) => None,
        (None, NOTHING_PERMITTED) => Some(work.now() + FORCED_SILENCE),
        (None, _) => Some(work.now() + CHOSEN_SILENCE),
    };
    let mut row = Model {
        tenant_id: work.tenant().to_string(),
        sequence: head.length + 1,
        debtor_id: debtor,
        policy_key: ask.policy_key.clone(),
        policy_version: version.name.clone(),
        fingerprint: ask.fingerprint.clone(),
        context: work.seal(ask.debtor_id, "decision.context", &id, context.as_bytes()).await?,
        context_hash: work.blind_index("decision.context", &context),
        grid: serde_json::to_string(bounds)?,
        origin: chosen.origin.to_owned(),
        levels: chosen.levels.as_ref().map(serde_json::to_string).transpose()?,
        joint_propensity: chosen.joint,
        null_propensity: chosen.null,
        marginals: serde_json::to_string(&chosen.marginals)?,
        predicted: serde_json::to_string(&chosen.predicted)?,
        reasons: serde_json::to_string(&chosen.reasons)?,
        null_reason: null_reason(ask, &chosen),
        reconsider_at: reconsider,
        claim_ids: serde_json::to_string(&ask.claim_ids)?,
        decided_at: work.now(),
        chain_hash: String::new(),
        terms: serde_json::to_string(&terms)?,
        feature_version: version.features_named.clone(),
        draw: chosen.draw.map(i32::from),
        deviations: serde_json::to_string(&chosen.deviations)?,
        policy_share: ready.promoted.as_ref().map(|promoted| promoted.share),
        experiment_arm: steered.arms.clone(),
        decision_id: id,
    };
    row.chain_hash = chain_hash(&head.hash, &row);
    *head = Head { length: row.sequence, hash: row.chain_hash.clone() };
    Ok(row)
}

/// The side on which a person is compared from the first decision of a step on.
fn side(work: &Work, ask: &Ask, ready: &Ready) -> Option<exposure::Model> {
    let (comparison, side) = ready.side(&ask.policy_key, &ask.debtor_id.to_string())?;
    Some(exposure::Model { arm: side.to_owned(), ..exposure_of(work, ask, comparison) })
}

/// Everything that a version needs to decide, or to decide again.
struct Case<'a> {
    id: &'a str,
    factors: &'a [Factor],
    bounds: &'a Bounds,
    seen: &'a Known,
    terms: Terms,
}

impl Case<'_> {
    fn choose(&self, version: &Version, scratch: &mut Scratch) -> Result<Chosen, Error> {
        let plan = version.plan(self.factors)?;
        let flaw = |flaw: kulanz_policy::SpaceError| Error::field("mask", flaw.to_string());
        let mask = plan.mask(&self.bounds.mask).map_err(flaw)?;
        if !self.bounds.all_excluded_rule_id.is_empty() {
            return Ok(Chosen::nothing());
        }
        let posed = Posed::new(version, plan, mask, self.seen, &self.terms)?;
        let question = posed.question(self.id, self.seen.protected);
        let verdict = choose(&version.policy, &posed.plan, &question, scratch).map_err(flaw)?;
        Ok(Chosen::of(&verdict, version, posed.plan.space(), &self.seen.expectation()))
    }
}

/// `policy` for a chosen silence, else the rules that left nothing, each once.
fn null_reason(ask: &Ask, chosen: &Chosen) -> String {
    let bounds = &ask.bounds;
    if chosen.levels.is_some() {
        String::new()
    } else if chosen.origin != NOTHING_PERMITTED {
        "policy".to_owned()
    } else if !bounds.all_excluded_rule_id.is_empty() {
        bounds.all_excluded_rule_id.clone()
    } else {
        let levels = bounds.mask.levels.iter().map(|exclusion| exclusion.rule_id.as_str());
        let pairs = bounds.mask.pairs.iter().map(|exclusion| exclusion.rule_id.as_str());
        let rules: std::collections::BTreeSet<&str> = levels.chain(pairs).collect();
        rules.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// The bounds of a question over its space.
pub fn bounds(
    factors: &[Factor],
    mask: kulanz_policy::Mask,
    rule: String,
) -> Result<Bounds, Error> {
    Ok(Bounds { space: space_hash(factors)?, mask, all_excluded_rule_id: rule })
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
    let version = version(&work, &row.policy_key, &row.policy_version).await?;
    let debtor = row.debtor_id.parse().map_err(StoreError::from)?;
    let seen = work.open_json(debtor, "decision.context", decision_id, &row.context).await?;
    let Some(seen): Option<Known> = seen else { return Ok(None) };
    let bounds: Bounds = serde_json::from_str(&row.grid)?;
    let spaces = space::all(&work).await?;
    let kept = spaces.iter().find(|space| space.space_hash == bounds.space).ok_or_else(unknown)?;
    let factors: Vec<Factor> = serde_json::from_str(&kept.factors)?;
    let terms: Terms = serde_json::from_str(&row.terms)?;
    let case = Case { id: decision_id, factors: &factors, bounds: &bounds, seen: &seen, terms };
    let chosen = case.choose(&version, &mut Scratch::default())?;
    let levels = chosen.levels.as_ref().map(serde_json::to_string).transpose()?;
    let same = levels == row.levels
        && chosen.joint.to_bits() == row.joint_propensity.to_bits()
        && chosen.null.to_bits() == row.null_propensity.to_bits()
        && serde_json::to_string(&chosen.marginals)? == row.marginals;
    Ok(Some(same))
}
