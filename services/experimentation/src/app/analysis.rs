//! What experiments show. The sums over people are brought up to date by a look, from the people to whom
//! something happened since the look before.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_store::{Store, StoreError, Work};
use kulanz_types::TenantId;

use super::attribute::kind_of;
use super::experiments::{Experiment, find, get};
use crate::domain::contact_cost::cost_of;
use crate::domain::delays::{Delay, read};
use crate::domain::findings::{Findings, analyse};
use crate::domain::measure::{Happening, Measure, Values, Window, measured};
use crate::domain::totals::{Counted, Totals};
use crate::error::Error;
use crate::store::history::{self, Decided};
use crate::store::{exposure, outcome, sums};

/// People counted in one transaction.
const BATCH: u64 = 500;

/// What is seen of an experiment.
pub struct Look {
    /// The experiment.
    pub experiment: Experiment,
    /// How its arms differ.
    pub findings: Findings,
    /// How soon people pay.
    pub delays: Vec<Delay>,
}

/// Looks at an experiment.
pub async fn look(
    store: &Store,
    tenant: TenantId,
    experiment_id: &str,
    further: &[Measure],
    include_open: bool,
) -> Result<Look, Error> {
    let experiment = get(store, tenant, experiment_id).await?;
    let totals = brought_up(store, tenant, experiment_id, experiment.design.horizon()).await?;
    // Read again: weights may have changed while people were counted.
    let work = store.begin(tenant).await?;
    let experiment = find(&work, experiment_id).await?;
    let findings = analyse(&experiment.design, &totals, further, include_open)?;
    let delays = read(&experiment.design, &totals, date(work.now()));
    Ok(Look { experiment, findings, delays })
}

/// The sums of a comparison with everything that has happened to its people so far.
pub async fn brought_up(
    store: &Store,
    tenant: TenantId,
    comparison: &str,
    horizon: TimeDelta,
) -> Result<Totals, Error> {
    loop {
        let work = store.begin(tenant).await?;
        let Some(counted) = count(&work, comparison, horizon).await? else {
            drop(work);
            empty(store, tenant, comparison).await?;
            continue;
        };
        if counted.people == 0 {
            return Ok(counted.totals);
        }
        work.commit().await?;
    }
}

/// Throws away sums of another layout: everybody is counted again. People are locked before the sums, as by
/// whoever erases one of them.
async fn empty(store: &Store, tenant: TenantId, comparison: &str) -> Result<(), Error> {
    let work = store.begin(tenant).await?;
    exposure::discount(&work, comparison).await?;
    // Unless another look did so meanwhile, and counts already.
    if taken(&work, comparison).await?.is_none() {
        sums::put(&work, comparison, String::new()).await?;
        work.commit().await?;
    }
    Ok(())
}

struct Count {
    totals: Totals,
    /// How many were not in it as they are.
    people: usize,
}

/// Brings the sums up to date for some people; `None` where they are of another layout.
async fn count(work: &Work, id: &str, horizon: TimeDelta) -> Result<Option<Count>, Error> {
    let Some(mut totals) = taken(work, id).await? else { return Ok(None) };
    let rows = exposure::take_uncounted(work, id, work.now() - horizon, BATCH).await?;
    let people = rows.len();
    if people == 0 {
        return Ok(Some(Count { totals, people }));
    }
    let histories = histories(work, &rows).await?;
    let mut counted = Vec::with_capacity(people);
    for row in rows {
        let window = Window { exposed_at: row.exposed_at, horizon };
        let history = histories.get(&row.debtor_id).map_or(&[][..], Vec::as_slice);
        let values = measured(history, window);
        if let Some(before) = as_counted(&row)? {
            totals.remove(&before)?;
        }
        let matured = window.end() <= work.now();
        let counted_now = Some(serde_json::to_string(&values)?);
        let row = exposure::Model { stale: false, matured, counted: counted_now, ..row };
        totals.add(&person(&row, values))?;
        counted.push(row);
    }
    exposure::note_counted(work, counted).await?;
    sums::put(work, id, serde_json::to_string(&totals)?).await?;
    Ok(Some(Count { totals, people }))
}

/// Takes an erased person out of every experiment, as if they had never been in.
pub async fn forget(work: &Work, debtor_id: &str) -> Result<(), Error> {
    // Locks the person's rows as an event does; whoever counts passes over them meanwhile.
    exposure::outdate(work, debtor_id).await?;
    for row in exposure::of_debtor(work, debtor_id).await? {
        if let Some(counted) = as_counted(&row)? {
            // Sums of another layout are thrown away whole.
            if let Some(mut totals) = taken(work, &row.experiment_id).await? {
                totals.remove(&counted)?;
                sums::put(work, &row.experiment_id, serde_json::to_string(&totals)?).await?;
            }
        }
        exposure::delete(work, &row.experiment_id, debtor_id).await?;
    }
    Ok(())
}

async fn taken(work: &Work, experiment_id: &str) -> Result<Option<Totals>, Error> {
    Ok(Totals::stored(&sums::take(work, experiment_id).await?)?)
}

/// The person as the sums hold them; `None` who is not in them yet.
pub fn as_counted(row: &exposure::Model) -> Result<Option<Counted>, Error> {
    let values: Option<Values> = row.counted.as_deref().map(serde_json::from_str).transpose()?;
    Ok(values.map(|values| person(row, values)))
}

fn person(row: &exposure::Model, values: Values) -> Counted {
    Counted {
        arm: row.arm.clone(),
        bucket_version: row.bucket_version,
        exposed_on: date(row.exposed_at),
        covariate: row.covariate,
        matured: row.matured,
        values,
    }
}

/// Days since 1970.
fn date(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(86_400)
}

async fn histories(
    work: &Work,
    rows: &[exposure::Model],
) -> Result<HashMap<String, Vec<Happening>>, Error> {
    let people: Vec<String> = rows.iter().map(|row| row.debtor_id.clone()).collect();
    let outcomes = history::outcomes_of(work, &people).await?;
    let costs = costs(work, &outcomes).await?;
    let mut histories: HashMap<String, Vec<Happening>> = HashMap::new();
    for row in outcomes {
        let cost = row.decision_id.as_ref().and_then(|id| costs.get(id)).copied().unwrap_or(0.0);
        let happening = Happening {
            kind: kind_of(&row.kind)?,
            at: row.occurred_at,
            about: row.about,
            claim_id: row.claim_id,
            minor_units: row.minor_units,
            cost,
        };
        histories.entry(row.debtor_id).or_default().push(happening);
    }
    Ok(histories)
}

/// What a contact cost, by the decision that it carried out.
async fn costs(work: &Work, outcomes: &[outcome::Model]) -> Result<HashMap<String, f64>, Error> {
    let mut decisions: Vec<String> =
        outcomes.iter().filter_map(|row| row.decision_id.clone()).collect();
    decisions.sort_unstable();
    decisions.dedup();
    let decided = history::decided(work, &decisions).await?;
    let cost = |(id, decided): (String, Decided)| {
        let levels: BTreeMap<String, String> =
            decided.levels.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
        Ok((id, levels.get("channel").map_or(0.0, |channel| cost_of(channel))))
    };
    let costs: Result<_, serde_json::Error> = decided.into_iter().map(cost).collect();
    Ok(costs.map_err(|_| StoreError::Unreadable { what: "decision.levels" })?)
}
