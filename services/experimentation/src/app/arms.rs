//! What arms of experiments name: levels that are known, and versions of a policy that may decide.

use kulanz_chassis::Violation;
use kulanz_policy::{Doubt, Factor};
use kulanz_store::{Store, Work};
use kulanz_types::TenantId;

use super::evaluate::{self, Part, require_features};
use super::experiments::{self, Experiment};
use super::policies;
use super::standing::Standing;
use super::version::Version;
use crate::domain::effect;
use crate::domain::experiment::{Design, State};
use crate::error::Error;
use crate::store::policy::{self, HOLDOUT, LIVE, Model, STATIC};

/// Refuses levels that nobody ever decided over, and versions that do not exist or were taken out of use.
pub async fn check(work: &Work, design: &Design) -> Result<(), Error> {
    if !design.steers(&design.policy_key) {
        return Ok(());
    }
    policies::ready(work, &design.policy_key).await?;
    let known = known_factors(work).await?;
    let flaws = design.impossible(&known).into_iter();
    let mut wrong: Vec<Violation> =
        flaws.map(|(field, text)| Violation::new(format!("experiment.{field}"), text)).collect();
    for (place, version) in versions(design) {
        let row = policy::find_version(work, &design.policy_key, version).await?;
        let text = match row {
            None => "is no version of this policy",
            Some(row) if is_stopped(&row)? => "was taken out of use",
            Some(_) => continue,
        };
        wrong.push(Violation::new(format!("experiment.arms[{place}].policy_version"), text));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
}

/// The catalogue, and whatever else was ever decided over.
async fn known_factors(work: &Work) -> Result<Vec<Factor>, Error> {
    let schema = policies::schema(work).await?;
    Ok(schema.factors.into_iter().map(|known| known.factor).collect())
}

/// The versions that arms name, with the places of the arms.
fn versions(design: &Design) -> impl Iterator<Item = (usize, &str)> {
    let named = design.arms.iter().map(|arm| arm.effect.policy_version.as_deref()).enumerate();
    named.filter_map(|(place, name)| Some((place, name.filter(|name| *name != effect::STATIC)?)))
}

/// Whether a person or a rule took it out of use; that a later one followed it is no reason not to compare it.
pub fn is_stopped(row: &Model) -> Result<bool, Error> {
    Ok(Standing::read(row)?.is_some_and(|standing| !standing.stop_reason.is_empty()))
}

/// Whether an experiment names this version: it is kept then.
pub async fn name(work: &Work, key: &str, version: &str) -> Result<bool, Error> {
    let all = experiments::all(work).await?;
    let names = |it: &Experiment| {
        it.design.policy_key == key && versions(&it.design).any(|(_, name)| name == version)
    };
    Ok(all.values().any(names))
}

/// Nobody is decided about by a version that the gate would not let live: whatever the arms of a draft name and
/// does not decide yet passes it, or is refused.
pub async fn pass_gate(store: &Store, tenant: TenantId, experiment_id: &str) -> Result<(), Error> {
    let work = store.begin(tenant).await?;
    let experiment = experiments::find(&work, experiment_id).await?;
    if experiment.state != State::Draft {
        return Ok(());
    }
    check(&work, &experiment.design).await?;
    let mut open = Vec::new();
    for (_, version) in versions(&experiment.design) {
        let found = policy::find_version(&work, &experiment.design.policy_key, version).await?;
        let row = found.ok_or_else(|| Error::NotFound(version.to_owned()))?;
        if row.state != LIVE && row.kind != STATIC && row.kind != HOLDOUT {
            require_features(&row.policy_id, Version::read(&row)?.policy.schema())?;
            open.push(row.policy_id);
        }
    }
    drop(work);
    for policy_id in open {
        // An arm may be half of the people from its first day on, where a ramp begins with a twentieth.
        let doubt = Some(Doubt::Strict);
        let verdict = evaluate::evaluate(store, tenant, &policy_id, Part::default(), doubt).await?;
        if !verdict.failures.is_empty() {
            return Err(Error::GateNotPassed { policy_id, failures: verdict.failures });
        }
    }
    Ok(())
}
