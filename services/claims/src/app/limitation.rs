//! Limitation over time: what a claim's facts make of its period, warnings ahead of the end, and the end.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use kulanz_law::limitation_of_interest;
use kulanz_law::{AllocationRule, InterestYear, LimitationFacts, LimitationTimeline};
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::{ClaimId, EventId, berlin_time};

use super::change::{Why, follow, locked_open};
use super::today;
use super::webhooks::{self, notices};
use crate::domain::limitation::{
    Fact, FactKind, Origin, expires_at_intake, facts, look_on, months_left, timeline,
};
use crate::error::Error;
use crate::store::{claim, entry, limitation_fact};

/// Due work that looks at the claims of a tenant whose day has come.
pub const WATCH_LIMITATION: &str = "watch_limitation";
/// Claims per transaction.
const CLAIMS: u64 = 100;
/// The tenant is looked at again after so many days at the latest: an import that commits at the very
/// moment of looking may not have been seen.
const AGAIN: Days = Days::new(7);

/// What is known about a claim's period.
pub struct Outcome {
    /// The claim.
    pub claim: claim::Model,
    /// Its own period.
    pub timeline: LimitationTimeline,
    /// The periods of its interest by year.
    pub interest: Vec<InterestYear>,
}

/// The period of a claim.
pub async fn get(work: &Work, id: ClaimId) -> Result<Outcome, Error> {
    let claim = claim::find(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    outcome(work, claim).await
}

async fn outcome(work: &Work, claim: claim::Model) -> Result<Outcome, Error> {
    let known = known(work, &claim).await?;
    let timeline = timeline(&known)?;
    let loan = claim.terms()?.allocation == AllocationRule::ConsumerLoan;
    let interest = match interest_years(&claim, today(work))? {
        Some(years) => limitation_of_interest(&known, years, loan)?,
        None => Vec::new(),
    };
    Ok(Outcome { claim, timeline, interest })
}

fn interest_years(
    claim: &claim::Model,
    today: NaiveDate,
) -> Result<Option<RangeInclusive<i32>>, Error> {
    let began = claim.terms()?.default_start.map(|start| start.first_day);
    Ok(began.filter(|first| *first <= today).map(|first| first.year()..=today.year()))
}

fn origin(claim: &claim::Model) -> Result<Origin, Error> {
    let terms = claim.terms()?;
    let loan = terms.allocation == AllocationRule::ConsumerLoan;
    let began = terms.default_start.map(|start| start.first_day);
    Ok(Origin { due: claim.due_date, loan_default: began.filter(|_| loan) })
}

async fn known(work: &Work, claim: &claim::Model) -> Result<LimitationFacts, Error> {
    let rows = limitation_fact::of_claim(work, &claim.claim_id).await?;
    let recorded = rows.iter().map(limitation_fact::Model::fact).collect::<Result<Vec<_>, _>>()?;
    let entries = entry::facts(work, vec![claim.claim_id.clone()]).await?;
    let went_back = |row: &entry::Fact| {
        entries.iter().any(|other| other.kind == "reversal" && other.cause_id == row.cause_id)
    };
    let stayed = entries.iter().filter(|row| row.kind == "payment" && !went_back(row));
    let payments: Vec<NaiveDate> = stayed.map(|row| row.value_date).collect();
    Ok(facts(origin(claim)?, &recorded, &payments))
}

/// Brings the end that a claim carries up to its facts. Whoever calls it writes the claim.
pub async fn refresh(work: &Work, claim: &mut claim::Model) -> Result<(), Error> {
    let expires_on = timeline(&known(work, claim).await?)?.expires_on;
    put(claim, expires_on, today(work));
    watch_from(work, claim.limitation_look_on).await
}

fn put(claim: &mut claim::Model, expires_on: Option<NaiveDate>, today: NaiveDate) {
    claim.limitation_expires_on = expires_on;
    // A warning whose day has passed is given at once.
    let reached = |end: NaiveDate| end < today || months_left(end, today).is_some();
    claim.limitation_look_on =
        expires_on.and_then(|end| if reached(end) { Some(today) } else { look_on(end, today) });
}

/// What a new claim carries, and with it the title that it came with.
pub fn at_intake(
    claim: &mut claim::Model,
    title_final_on: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(), Error> {
    let expires_on = expires_at_intake(origin(claim)?, title_final_on);
    put(claim, expires_on, today);
    // Taken in although it is barred: it is so from its first day here.
    claim.time_barred = expires_on.is_some_and(|end| end < today);
    claim.limitation_look_on = claim.limitation_look_on.filter(|_| !claim.time_barred);
    Ok(())
}

/// Lets the tenant's claims be looked at on this day at the latest.
pub async fn watch_from(work: &Work, day: Option<NaiveDate>) -> Result<(), Error> {
    if let Some(day) = day {
        let at = berlin_time(day, NaiveTime::MIN).max(work.now());
        work.schedule_by(Due::new(WATCH_LIMITATION, work.tenant(), at)).await?;
    }
    Ok(())
}

/// A fact as it is kept, under the id of what it came from.
pub fn row(
    work: &Work,
    claim_id: &str,
    fact_id: &str,
    fact: Fact,
    (evidence, actor): (&str, &str),
) -> limitation_fact::Model {
    limitation_fact::Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim_id.to_owned(),
        fact_id: fact_id.to_owned(),
        kind: fact.kind.name().to_owned(),
        from_date: fact.from,
        to_date: fact.to,
        served_date: fact.served,
        evidence: evidence.to_owned(),
        actor: actor.to_owned(),
        recorded_at: work.now(),
    }
}

/// Notes a fact about a claim that is not closed.
pub async fn record(
    work: &Work,
    id: ClaimId,
    fact: Fact,
    evidence: &str,
    actor: &str,
) -> Result<Outcome, Error> {
    let claim = locked_open(work, id).await?;
    if fact.from < arose(&claim) && !fact.kind.may_precede_the_claim() {
        return Err(Error::field("fact.from", "lies before the claim arose"));
    }
    let fact_id = EventId::generate(work.seeds(), work.now()).to_string();
    let kept = row(work, &claim.claim_id, &fact_id, fact, (evidence, actor));
    limitation_fact::note(work, kept).await?;
    let claim = renewed(work, claim).await?;
    outcome(work, claim).await
}

/// The first day on which there can have been a claim at all.
fn arose(claim: &claim::Model) -> NaiveDate {
    [claim.contract_date, claim.invoice_date]
        .into_iter()
        .flatten()
        .fold(claim.due_date, NaiveDate::min)
}

async fn renewed(work: &Work, mut claim: claim::Model) -> Result<claim::Model, Error> {
    refresh(work, &mut claim).await?;
    claim.version += 1;
    claim::update(work, &claim).await?;
    Ok(claim)
}

/// Notes a deferral that was agreed (§ 205 BGB), once however often it is told. A plan by instalments is
/// none by itself, and no acknowledgement.
pub async fn deferred(
    work: &Work,
    id: ClaimId,
    arrangement_id: &str,
    until: Option<NaiveDate>,
) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, id).await? else { return Ok(()) };
    let from = today(work);
    let fact =
        Fact { kind: FactKind::Deferral, from, to: until.map(|day| day.max(from)), served: None };
    let note = (arrangement_id, "service:payments");
    let kept = row(work, &claim.claim_id, arrangement_id, fact, note);
    limitation_fact::note(work, kept).await?;
    renewed(work, claim).await?;
    Ok(())
}

/// Ends a deferral that was not kept to its end; others are left as they are.
pub async fn deferral_ended(work: &Work, id: ClaimId, arrangement_id: &str) -> Result<(), Error> {
    let Some(claim) = claim::find_locked(work, id).await? else { return Ok(()) };
    if limitation_fact::end(work, &claim.claim_id, arrangement_id, today(work)).await? {
        renewed(work, claim).await?;
    }
    Ok(())
}

/// Looks at the claims of a tenant whose day has come.
pub async fn watch(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    let ids = claim::limitation_due(&work, today(&work), CLAIMS).await?;
    for id in &ids {
        if let Some(claim) = claim::find_locked(&work, id.parse()?).await? {
            look(&work, claim).await?;
        }
    }
    let next = match claim::next_limitation_look(&work).await? {
        Some(day) => berlin_time(day, NaiveTime::MIN),
        None => return done(work, item).await,
    };
    let latest = work.now() + AGAIN;
    item.reschedule(&work, next.clamp(work.now(), latest)).await?;
    Ok(work.commit().await?)
}

async fn done(work: Work, item: &DueItem) -> Result<(), Error> {
    item.complete(&work).await?;
    Ok(work.commit().await?)
}

async fn look(work: &Work, mut claim: claim::Model) -> Result<(), Error> {
    let today = today(work);
    let open = !claim.state()?.is_closed();
    let Some(end) = claim.limitation_expires_on.filter(|_| open) else {
        claim.limitation_look_on = None;
        return Ok(claim::update(work, &claim).await?);
    };
    if end < today {
        return bar(work, claim).await;
    }
    claim.limitation_look_on = look_on(end, today);
    claim::update(work, &claim).await?;
    if let Some(months) = months_left(end, today) {
        let timeline = timeline(&known(work, &claim).await?)?;
        let notice = notices::limitation_near(&claim, end, timeline.last_timely_filing, months);
        webhooks::tell(work, notice).await?;
    }
    Ok(())
}

/// The debtor may refuse (§ 214 Abs. 1 BGB): nobody is asked for it any more.
async fn bar(work: &Work, mut claim: claim::Model) -> Result<(), Error> {
    claim.limitation_look_on = None;
    claim.time_barred = true;
    let why = Why::new("service:claims", "TIME_BARRED").noting("§ 214 Abs. 1 BGB");
    follow(work, claim, why, None).await?;
    Ok(())
}
