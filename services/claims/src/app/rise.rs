//! The fee of collection rises where the first demand was not paid within two weeks (note 2 to Nr. 2300 VV RVG): by
//! itself where the creditor wants it and the first demand said so, or by a decision. What it adds is booked once.

mod standing;
mod undo;

use chrono::{NaiveDate, NaiveTime};
use kulanz_law::{FeeRate, Rule};
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::{ClaimId, Money, berlin_date, berlin_time};

use super::account::{Draft, book, entries};
use super::change::{Cause, Why, follow, locked_open};
use super::creditors;
use super::today;
use crate::domain::account::EntryKind;
use crate::domain::rise::{
    Facts, Further, Matter, Rise, UNPAID_UNTIL, Verdict, answered, demanded_on, first_look,
    further, may_rise, payable_until, verdict,
};
use crate::error::Error;
use crate::store::contact::Demand;
use crate::store::{claim, contact, entry};

use standing::{Standing, standing};

pub use standing::announced;
pub use undo::weigh;

/// Due work that looks whether the fee of a claim rises.
pub const RAISE_COSTS: &str = "raise_costs";

/// Why a fee does not rise.
const PAID: &str = "the first demand was paid";

const WHY: Why<'static> = Why::new("service:claims", "COSTS_RAISED");

/// A first demand as messaging told of it: what it was for the claim. Lets the claim be looked at once the two weeks
/// are over, where the demand said that its fee will rise.
pub async fn demanded(work: &Work, claim: &claim::Model, by_letter: bool) -> Result<Demand, Error> {
    let on = demanded_on(today(work), by_letter);
    let creditor = creditors::get(work, claim.creditor_id.parse()?).await?;
    let rises = creditors::terms(&creditor)?.raises_costs;
    if rises {
        look_on(work, &claim.claim_id, first_look(on)?).await?;
    }
    Ok(Demand { sent_on: today(work), on, rises })
}

/// Lets a claim that is owed again be looked at, if its first demand said that its fee will rise.
pub async fn look_again(work: &Work, claim: &claim::Model) -> Result<(), Error> {
    match contact::demand(work, &claim.claim_id).await? {
        Some(demand) if demand.rises => look_on(work, &claim.claim_id, today(work)).await,
        _ => Ok(()),
    }
}

async fn look_on(work: &Work, claim_id: &str, day: NaiveDate) -> Result<(), Error> {
    let at = berlin_time(day, NaiveTime::MIN).max(work.now());
    Ok(work.schedule_by(Due::new(RAISE_COSTS, claim_id, at)).await?)
}

/// Looks whether the fee of a claim rises; where it may later, again then.
pub async fn look(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    let Some(claim) = claim::find_locked(&work, item.key.parse()?).await? else {
        item.complete(&work).await?;
        return Ok(work.commit().await?);
    };
    let standing = standing(&work, &claim).await?;
    let mut found = verdict(&standing.facts, today(&work))?;
    if let Verdict::Rises { until } = found
        && was_paid(&work, &claim, &standing.facts, until).await?
    {
        found = Verdict::Never(PAID);
    }
    match found {
        Verdict::On(day) => {
            item.reschedule(&work, berlin_time(day, NaiveTime::MIN)).await?;
        }
        Verdict::Never(why) => {
            item.complete(&work).await?;
            if standing.facts.demanded_on.is_some() {
                work.act(WHY.actor, "RaiseCosts");
                work.about(&claim.claim_id);
                work.fact("costs_not_raised", why);
            }
        }
        Verdict::Rises { until } => {
            item.complete(&work).await?;
            by_itself(&work, claim, &standing, until).await?;
        }
    }
    Ok(work.commit().await?)
}

/// Whether the first demand was paid by the last day.
async fn was_paid(
    work: &Work,
    claim: &claim::Model,
    facts: &Facts,
    until: NaiveDate,
) -> Result<bool, Error> {
    let entries = entries(work, claim).await?;
    Ok(answered(claim.currency()?, &claim.terms()?, &entries, facts.sent_on, until)?)
}

async fn by_itself(
    work: &Work,
    mut claim: claim::Model,
    standing: &Standing,
    until: NaiveDate,
) -> Result<(), Error> {
    let costs = standing.charged();
    let Some(matter) = Matter::of(claim.currency()?, &costs) else { return Ok(()) };
    if matter.rate >= Rise::USUAL.rate {
        return Ok(());
    }
    let more = further(&matter, &costs, Rise::USUAL, &standing.creditor)?;
    if more.is_empty() {
        return Ok(());
    }
    work.act(WHY.actor, "RaiseCosts");
    let booking = Booking { until, value_date: today(work), actor: WHY.actor, words: None };
    let why = WHY.noting("Nr. 2300 VV RVG");
    book_all(work, &mut claim, more, booking).await?;
    record(work, &claim, Rise::USUAL.rate, until);
    follow(work, claim, why, Some(Cause::Cost)).await?;
    Ok(())
}

/// What the audit log keeps of a rise: to what, why, and by which norm.
fn record(work: &Work, claim: &claim::Model, rate: FeeRate, until: NaiveDate) {
    work.about(&claim.claim_id);
    work.fact("fee_rises_to", rate);
    work.fact("first_demand_unpaid_until", until);
    work.fact("norm", Rule::TwoWeeks.norm());
}

/// A rise that somebody decided.
pub struct Decided<'a> {
    /// To which rate.
    pub rate: FeeRate,
    /// When the first demand reached the debtor, where messaging did not send it.
    pub demanded_on: Option<NaiveDate>,
    /// From which day it counts; none for today.
    pub value_date: Option<NaiveDate>,
    /// Why, in words for the debtor.
    pub reason: &'a str,
}

/// The norm of the fee's rates.
const NORM: &str = "Nr. 2300 VV RVG";

/// Raises the fee of a claim by a decision: once the two weeks are over, while the claim is asked for and no
/// arrangement runs. The entries that it adds, the fee first.
pub async fn by_decision(
    work: &Work,
    id: ClaimId,
    decided: &Decided<'_>,
    actor: &str,
) -> Result<(Vec<entry::Model>, claim::Model), Error> {
    let mut claim = locked_open(work, id).await?;
    let state = claim.state()?;
    if !may_rise(state) {
        return Err(Error::ClaimState { claim_id: claim.claim_id, state });
    }
    let value_date = decided.value_date.unwrap_or(today(work));
    if value_date > today(work) {
        return Err(Error::field("value_date", "lies in the future"));
    }
    let mut standing = standing(work, &claim).await?;
    let until = over(work, &claim, (&mut standing.facts, decided), value_date)?;
    if was_paid(work, &claim, &standing.facts, until).await? {
        return Err(Error::Forbidden(PAID));
    }
    let more = decided_on(&claim, &standing, decided.rate)?;
    let booking = Booking { until, value_date, actor, words: Some(decided.reason) };
    let entries = book_all(work, &mut claim, more, booking).await?;
    record(work, &claim, decided.rate, until);
    let claim = follow(work, claim, Why::new(actor, "COST_BOOKED"), Some(Cause::Cost)).await?;
    Ok((entries, claim))
}

/// The last day on which the first demand could have been paid, if it lies before `value_date`.
fn over(
    work: &Work,
    claim: &claim::Model,
    (facts, decided): (&mut Facts, &Decided<'_>),
    value_date: NaiveDate,
) -> Result<NaiveDate, Error> {
    let field = "first_demand_received";
    if let Some(day) = decided.demanded_on {
        if day < berlin_date(claim.created_at) || day > today(work) {
            return Err(Error::field(field, "lies before the order to collect, or in the future"));
        }
        facts.demanded_on = Some(facts.demanded_on.map_or(day, |known| known.max(day)));
        facts.sent_on.get_or_insert(day);
    }
    let until = payable_until(facts)?;
    let until = until.ok_or_else(|| Error::field(field, "is required: no demand is known"))?;
    if until >= value_date {
        return Err(Error::Forbidden("the two weeks of the first demand are not over"));
    }
    Ok(until)
}

fn decided_on(
    claim: &claim::Model,
    standing: &Standing,
    rate: FeeRate,
) -> Result<Vec<Further>, Error> {
    let costs = standing.charged();
    let matter = Matter::of(claim.currency()?, &costs)
        .ok_or(Error::Forbidden("no fee of collection is charged that could rise"))?;
    let most = |permitted: FeeRate| Error::above_law("rate", permitted, NORM);
    if rate > FeeRate::UNCONTESTED_CAP {
        return Err(most(FeeRate::UNCONTESTED_CAP));
    }
    if rate <= matter.rate {
        return Err(Error::field("rate", format!("{} is charged already", matter.rate)));
    }
    let rise = Rise { rate, difficult: rate > FeeRate::UNCONTESTED };
    let more = further(&matter, &costs, rise, &standing.creditor)?;
    if more.is_empty() {
        return Err(most(matter.rate));
    }
    Ok(more)
}

struct Booking<'a> {
    until: NaiveDate,
    value_date: NaiveDate,
    actor: &'a str,
    words: Option<&'a str>,
}

async fn book_all(
    work: &Work,
    claim: &mut claim::Model,
    more: Vec<Further>,
    booking: Booking<'_>,
) -> Result<Vec<entry::Model>, Error> {
    if !claim.terms()?.in_default_on(booking.value_date) {
        return Err(Error::Forbidden("the debtor was not in default"));
    }
    let mut entries = Vec::with_capacity(more.len());
    let mut added = Money::zero(claim.currency()?);
    for Further { subject, amount, norm, version, mut inputs, formula } in more {
        inputs.insert(UNPAID_UNTIL, booking.until.to_string());
        added = added.checked_add(amount)?;
        let draft = Draft::new(EntryKind::Cost, subject, booking.value_date, amount, booking.actor);
        let draft = draft.norm(norm).worked_out(&version, inputs, &formula);
        let draft = match booking.words {
            Some(words) => draft.note(words),
            None => draft,
        };
        entries.push(book(work, claim, draft).await?);
    }
    work.fact("costs_added", added);
    Ok(entries)
}
