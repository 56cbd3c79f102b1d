//! Decides: the answer and its log row come into being together.

use chrono::TimeDelta;
use kulanz_policy::{Masked, Scratch, decide as choose};
use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::ask::{Ask, Bounds, Logged};
use super::catalogue::Catalogue;
use super::policies::{Ready, version};
use super::posed::Posed;
use super::record::{Kept, logged, row};
use super::sealed::{self, CONTEXT, Grounds, Opened};
use super::steer::Steered;
use super::verdict::{Chosen, NOTHING_PERMITTED};
use super::version::Version;
use crate::domain::goals::Terms;
use crate::domain::holdout::held_out;
use crate::domain::known::Known;
use crate::error::Error;
use crate::store::decision::{self, Model};
use crate::store::space;

/// Silence that was chosen is looked at again after this.
const CHOSEN_SILENCE: TimeDelta = TimeDelta::days(3);
/// Silence because nothing was permitted is looked at again after this.
const FORCED_SILENCE: TimeDelta = TimeDelta::days(1);

/// A question, what decides under its key, and what experiments made of it.
pub type Asked<'a> = (&'a Ask, &'a Ready, &'a Steered<'a>);

/// The fingerprint of a question as it is kept: keyed, so that nobody can try out what was known of a person who was
/// erased.
pub fn keyed(work: &Work, ask: &Ask) -> Vec<u8> {
    let plain = data_encoding::HEXLOWER.encode(&ask.fingerprint);
    work.blind_index("decision.fingerprint", &plain).into_bytes()
}

/// What a question is answered, and its log row; neither has its place in the chain yet.
pub async fn draft(
    work: &Work,
    asked: Asked<'_>,
    scratch: &mut Scratch,
) -> Result<(Logged, Model), Error> {
    let (ask, id) = (asked.0, asked.0.decision_id.to_string());
    let (version, chosen, terms) = chosen(asked, &id, scratch)?;
    let draw = chosen.draw;
    let logged = entry(work, asked, version, chosen, terms);
    let context = sealed::document(&ask.known, Grounds::of(&logged, draw))?;
    let kept = Kept {
        tenant_id: work.tenant().to_string(),
        fingerprint: keyed(work, ask),
        context: work.seal(ask.debtor_id, CONTEXT, &id, context.as_bytes()).await?,
        context_hash: work.blind_index(CONTEXT, &context),
    };
    let row = row(&logged, kept)?;
    Ok((logged, row))
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
    let Some(opened) = sealed::open::<Opened>(&work, &row).await? else { return Ok(None) };
    let (seen, grounds) = opened.parts(&row)?;
    let bounds = logged(&row, grounds)?.bounds;
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
