//! Decides and logs: the answer and its log row come into being together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use kulanz_policy::{Masked, Scratch, decide as choose};
use kulanz_store::{Store, StoreError, Work};
use kulanz_types::{DecisionId, TenantId};

use super::ask::{Ask, Bounds, Logged};
use super::catalogue::Catalogue;
use super::desk::Desk;
use super::policies::{Ready, version};
use super::posed::Posed;
use super::record::{Kept, chain_hash, logged, row};
use super::steer::{Steered, Wheel, exposure_of};
use super::verdict::{Chosen, NOTHING_PERMITTED};
use super::version::Version;
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
    let before = head.length;
    let mut answers = answered(&work, asks).await?;
    let debtors: Vec<_> = asks.iter().map(|ask| ask.debtor_id).collect();
    work.prepare_keys(&debtors).await?;
    let mut policies: HashMap<&str, Arc<Ready>> = HashMap::new();
    let mut catalogues: BTreeMap<&str, &Catalogue> = BTreeMap::new();
    let (mut fresh, mut sides) = (Fresh::default(), Vec::new());
    for ask in asks {
        match answers.get(&ask.decision_id) {
            Some(known) if known.fingerprint != ask.fingerprint => {
                return Err(Error::DecisionIdReused);
            }
            Some(_) => continue,
            None => {}
        }
        if !policies.contains_key(ask.policy_key.as_str()) {
            policies.insert(&ask.policy_key, desk.ready(&work, &ask.policy_key).await?);
        }
        let ready = &policies[ask.policy_key.as_str()];
        catalogues.entry(&ask.catalogue.hash).or_insert(&ask.catalogue);
        let steered = wheel.steer(&work, ask, ready).await?;
        let logged = fresh.add(&work, (ask, ready, &steered), &mut head, scratch).await?;
        sides.extend(side(&work, ask, ready).filter(|_| steered.version.is_none()));
        sides.extend(steered.exposures);
        answers.insert(ask.decision_id, Answered { fingerprint: ask.fingerprint.clone(), logged });
    }
    desk.keep_spaces(&work, &catalogues).await?;
    fresh.log(&work, &head).await?;
    let sides = desk.newly_exposed(tenant, sides);
    let exposed = sides.iter().map(|it| (it.experiment_id.clone(), it.debtor_id.clone())).collect();
    exposure::note_all(&work, sides).await?;
    work.commit().await?;
    desk.exposed(tenant, exposed);
    desk.kept_spaces(tenant, catalogues.into_keys());
    if has_grown(before, head.length) {
        desk.know_sizes().await;
    }
    Ok(asks.iter().map(|ask| answers[&ask.decision_id].logged.clone()).collect())
}

/// Whether the log has become four times as long as when its size was told last.
fn has_grown(before: i64, after: i64) -> bool {
    const FIRST: u32 = 4;
    let fourfold = |length: i64| (i64::BITS - length.leading_zeros()) / 2;
    fourfold(after) >= FIRST && fourfold(after) > fourfold(before)
}

/// What a decision id stands for.
struct Answered {
    fingerprint: Vec<u8>,
    logged: Logged,
}

async fn answered(work: &Work, asks: &[&Ask]) -> Result<HashMap<DecisionId, Answered>, Error> {
    let ids: Vec<String> = asks.iter().map(|ask| ask.decision_id.to_string()).collect();
    let rows = decision::find_all(work, &ids).await?;
    let answered = |row: Model| {
        let id = row.decision_id.parse().map_err(StoreError::from)?;
        Ok((id, Answered { logged: logged(&row)?, fingerprint: row.fingerprint }))
    };
    rows.into_iter().map(answered).collect()
}

/// A question, what decides under its key, and what experiments made of it.
type Asked<'a> = (&'a Ask, &'a Ready, &'a Steered<'a>);

/// Decisions that are not written yet. Their rows are their events, too.
#[derive(Default)]
struct Fresh(Vec<Model>);

impl Fresh {
    async fn add(
        &mut self,
        work: &Work,
        asked: Asked<'_>,
        head: &mut Head,
        scratch: &mut Scratch,
    ) -> Result<Logged, Error> {
        let (ask, id) = (asked.0, asked.0.decision_id.to_string());
        let (version, chosen, terms) = chosen(asked, &id, scratch)?;
        let context = serde_json::to_string(&ask.known)?;
        let kept = Kept {
            tenant_id: work.tenant().to_string(),
            fingerprint: ask.fingerprint.clone(),
            context: work.seal(ask.debtor_id, "decision.context", &id, context.as_bytes()).await?,
            context_hash: work.blind_index("decision.context", &context),
            draw: chosen.draw,
        };
        let mut logged = entry(work, asked, version, chosen, terms);
        logged.sequence = head.length + 1;
        let mut row = row(&logged, kept)?;
        row.chain_hash = chain_hash(&head.hash, &row);
        logged.chain_hash.clone_from(&row.chain_hash);
        *head = Head { length: row.sequence, hash: row.chain_hash.clone() };
        self.0.push(row);
        Ok(logged)
    }

    async fn log(self, work: &Work, head: &Head) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        decision::append(work, self.0).await?;
        Ok(chain::put(work, head).await?)
    }
}

/// The answer of the version that decides for the person, and what it was decided for.
fn chosen<'a>(
    (ask, ready, steered): Asked<'a>,
    id: &str,
    scratch: &mut Scratch,
) -> Result<(&'a Version, Chosen, Terms), Error> {
    let version = steered.version(ready, ask);
    let terms = ready.goals.terms(&ask.objectives);
    let case = Case {
        id,
        catalogue: &ask.catalogue,
        masked: &steered.masked,
        all_excluded: !ask.bounds.all_excluded_rule_id.is_empty(),
        seen: &ask.known,
        terms,
    };
    let mut chosen = case.choose(version, scratch)?;
    if held_out(&ask.debtor_id.to_string()) && chosen.levels.is_some() {
        chosen.origin = "holdout";
    }
    Ok((version, chosen, terms))
}

/// A decision without its place in the chain.
fn entry(
    work: &Work,
    (ask, ready, steered): Asked<'_>,
    version: &Version,
    chosen: Chosen,
    terms: Terms,
) -> Logged {
    Logged {
        decision_id: ask.decision_id.to_string(),
        debtor_id: ask.debtor_id.to_string(),
        policy_key: ask.policy_key.clone(),
        policy_version: version.name.clone(),
        feature_version: version.features_named.clone(),
        null_reason: null_reason(&steered.bounds, &chosen),
        reconsider_at: match (&chosen.levels, chosen.origin) {
            (Some(_), _) => None,
            (None, NOTHING_PERMITTED) => Some(work.now() + FORCED_SILENCE),
            (None, _) => Some(work.now() + CHOSEN_SILENCE),
        },
        levels: chosen.levels,
        joint_propensity: chosen.joint,
        null_propensity: chosen.null,
        marginals: chosen.marginals,
        origin: chosen.origin.to_owned(),
        reasons: chosen.reasons,
        predicted: chosen.predicted,
        deviations: chosen.deviations,
        decided_at: work.now(),
        claim_ids: ask.claim_ids.clone(),
        bounds: steered.bounds.clone().into_owned(),
        terms: Some(terms),
        sequence: 0,
        chain_hash: String::new(),
        policy_share: ready.promoted.as_ref().map(|promoted| promoted.share),
        experiment_arm: steered.arms.clone(),
    }
}

/// The side on which a person is compared from the first decision of a step on.
fn side(work: &Work, ask: &Ask, ready: &Ready) -> Option<exposure::Model> {
    let (comparison, side) = ready.side(&ask.policy_key, &ask.debtor_id.to_string())?;
    Some(exposure::Model { arm: side.to_owned(), ..exposure_of(work, ask, comparison) })
}

/// Everything that a version needs to decide, or to decide again.
struct Case<'a> {
    id: &'a str,
    catalogue: &'a Catalogue,
    masked: &'a Masked,
    /// Whether a rule forbids everything.
    all_excluded: bool,
    seen: &'a Known,
    terms: Terms,
}

impl Case<'_> {
    fn choose(&self, version: &Version, scratch: &mut Scratch) -> Result<Chosen, Error> {
        if self.all_excluded {
            return Ok(Chosen::nothing());
        }
        let prepared = version.prepared(self.catalogue)?;
        let posed = Posed::new(version, prepared, self.masked, self.seen, &self.terms)?;
        let question = posed.question(self.id, self.seen.protected);
        let plan = &posed.prepared.plan;
        let verdict = choose(&version.policy, plan, &question, scratch).map_err(flaw)?;
        Ok(Chosen::of(&verdict, version, plan.space(), &self.seen.expectation()))
    }
}

fn flaw(flaw: kulanz_policy::SpaceError) -> Error {
    Error::field("mask", flaw.to_string())
}

/// `policy` for a chosen silence, else the rules that left nothing, each once.
fn null_reason(bounds: &Bounds, chosen: &Chosen) -> String {
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
    let catalogue = Catalogue::read(&kept.factors)?;
    let case = Case {
        id: decision_id,
        catalogue: &catalogue,
        masked: &Masked::new(&catalogue.space, &bounds.mask).map_err(flaw)?,
        all_excluded: !bounds.all_excluded_rule_id.is_empty(),
        seen: &seen,
        terms: serde_json::from_str(&row.terms)?,
    };
    let chosen = case.choose(&version, &mut Scratch::default())?;
    let levels = chosen.levels.as_ref().map(serde_json::to_string).transpose()?;
    let same = levels == row.levels
        && chosen.joint.to_bits() == row.joint_propensity.to_bits()
        && chosen.null.to_bits() == row.null_propensity.to_bits()
        && serde_json::to_string(&chosen.marginals)? == row.marginals;
    Ok(Some(same))
}

#[cfg(test)]
mod tests {
    use super::has_grown;

    #[test]
    fn the_size_of_the_log_is_told_whenever_it_has_become_four_times_as_long() {
        let told = |step: i64| {
            (0..20_000)
                .step_by(usize::try_from(step).unwrap())
                .filter(move |at| has_grown(*at, at + step))
        };
        assert_eq!(told(1).map(|at| at + 1).collect::<Vec<_>>(), [128, 512, 2_048, 8_192]);
        assert_eq!(told(1_000).count(), 3, "many at once are told once");
        assert!(!has_grown(700, 700));
    }
}
