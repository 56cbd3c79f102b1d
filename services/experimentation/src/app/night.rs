//! What is looked after each night: the prices of bounds, and the policy that was promoted.

mod alarms;
mod meter;
mod prices;
mod ties;

use async_trait::async_trait;
use chrono::NaiveTime;
use kulanz_store::{Due, DueHandler, DueItem, Store, Work, WorkFailure};
use kulanz_types::TenantId;

use super::analysis;
use super::nightly;
use super::policies;
use super::standing::Standing;
use crate::domain::ramp::{HORIZON, Harmful, Move};
use crate::error::Error;
use crate::store::aim;
use crate::store::policy::{self, GIVEN, LEARNED, LIVE, Model, RETIRED};

/// Due work of the night watch.
pub const WATCH: &str = "watch_policy";

/// When it begins (Europe/Berlin): after the night's learning.
const AT: Option<NaiveTime> = NaiveTime::from_hms_opt(4, 0, 0);

/// Lets somebody look after a key from the coming night on.
pub async fn watch(work: &Work, key: &str) -> Result<(), Error> {
    let tonight = nightly::next_night(work.now(), AT.unwrap_or_default());
    Ok(work.schedule_by(Due::new(WATCH, key, tonight)).await?)
}

/// Runs [`WATCH`].
pub struct Watch {
    /// This service's database.
    pub store: Store,
}

#[async_trait]
impl DueHandler for Watch {
    fn kinds(&self) -> &'static [&'static str] {
        &[WATCH]
    }

    async fn run(&self, item: &DueItem) -> Result<(), WorkFailure> {
        let (store, tenant, key) = (&self.store, item.tenant, item.key.as_str());
        prices::move_on(store, tenant, key).await?;
        let alarms = alarms::raised(store, tenant, key).await?;
        look(store, tenant, key, alarms).await?;
        let work = store.begin(tenant).await?;
        // Whoever promotes a policy or sets a bound holds this lock: what they schedule is not lost.
        aim::stamp(&work, key).await?;
        let ready = policies::ready(&work, key).await?;
        let again = ready.promoted.is_some() || !ready.goals.caps.is_empty();
        nightly::end(item, work, again, AT.unwrap_or_default()).await
    }
}

/// Looks at the policy in use, and moves it on where the rules of its ramp say so.
async fn look(
    store: &Store,
    tenant: TenantId,
    key: &str,
    alarms: Vec<String>,
) -> Result<(), Error> {
    let Some((_, before)) = promoted(&store.begin(tenant).await?, key).await? else {
        return Ok(());
    };
    let mut steps = Vec::new();
    for comparison in before.ramp.comparisons() {
        steps.push(analysis::brought_up(store, tenant, &comparison, HORIZON).await?);
    }
    let seen = ties::evidence(store, tenant, key, &before.ramp, steps).await?.seen()?;
    let work = store.begin(tenant).await?;
    // Whoever stops or promotes meanwhile has the last word.
    aim::stamp(&work, key).await?;
    let Some((row, standing)) = promoted(&work, key).await? else { return Ok(()) };
    if standing.ramp != before.ramp {
        return Ok(());
    }
    report_new(&row, &standing, &alarms);
    let checked_at = Some(work.now());
    let standing = Standing { seen, alarms, checked_at, ..standing };
    let follows = standing.ramp.follows(&standing.seen, work.now());
    let (row, standing) = moved(row, standing, &follows, &work);
    policy::stand(&work, &Model { health: standing.write()?, ..row }).await?;
    work.commit().await?;
    Ok(())
}

fn moved(row: Model, standing: Standing, follows: &Move, work: &Work) -> (Model, Standing) {
    let (id, seen) = (row.policy_id.clone(), format!("{:?}", standing.seen));
    match follows {
        Move::Stay => (row, standing),
        Move::Advance => {
            let ramp = standing.ramp.advanced(work.now());
            tracing::info!(policy = %id, share = ramp.share(), seen, "policy decides for more people");
            (Model { share: ramp.share(), ..row }, Standing { ramp, ..standing })
        }
        Move::Kill(why) => {
            let (rule, why) = (rule(why), why.to_string());
            tracing::error!(policy = %id, share = row.share, rule, why, seen, "policy taken out of use");
            meter::stopped(&row.key, rule);
            let stop_reason = format!("{rule}: {why}");
            (Model { state: RETIRED.to_owned(), ..row }, Standing { stop_reason, ..standing })
        }
    }
}

const fn rule(why: &Harmful) -> &'static str {
    match why {
        Harmful::Loss(_) => "recovers_less",
        Harmful::Harm(_) => "more_harm",
    }
}

/// Alarms are told once, on the night they are first raised.
fn report_new(row: &Model, before: &Standing, alarms: &[String]) {
    for alarm in alarms.iter().filter(|alarm| !before.alarms.contains(alarm)) {
        tracing::warn!(policy = %row.policy_id, alarm, "policy drifts");
        meter::alarm(&row.key, alarm);
    }
}

/// What was promoted under a key and is in use.
async fn promoted(work: &Work, key: &str) -> Result<Option<(Model, Standing)>, Error> {
    let live = policy::in_state(work, key, LIVE).await?;
    let mut promoted = live.into_iter().filter(|row| row.kind == LEARNED || row.kind == GIVEN);
    let Some(row) = promoted.next() else { return Ok(None) };
    let standing = Standing::read(&row)?;
    Ok(standing.map(|standing| (row, standing)))
}
