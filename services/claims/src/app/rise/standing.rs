use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{DisputeId, Money, berlin_date};

use crate::app::charged::{Cost, among};
use crate::app::creditors;
use crate::domain::rise::{
    Charged, Facts, Matter, RISES_TO, Rise, further, may_rise, payable_until,
};
use crate::domain::terms::CreditorTerms;
use crate::error::Error;
use crate::store::{claim, contact, entry, hold, restriction};

/// Everything that decides about a claim's fee.
pub struct Standing {
    /// What the creditor agreed on with the agency.
    pub creditor: CreditorTerms,
    /// What decides whether the fee rises.
    pub facts: Facts,
    costs: Vec<Cost>,
}

impl Standing {
    /// The costs that stand.
    pub fn charged(&self) -> Vec<Charged<'_>> {
        charged(&self.costs)
    }
}

fn charged(costs: &[Cost]) -> Vec<Charged<'_>> {
    let costs = costs.iter();
    costs
        .map(|Cost { subject, amount, inputs, .. }| Charged {
            subject: *subject,
            amount: *amount,
            inputs,
        })
        .collect()
}

/// Where the fee of a claim stands.
pub async fn standing(work: &Work, claim: &claim::Model) -> Result<Standing, Error> {
    let creditor = creditors::get(work, claim.creditor_id.parse()?).await?;
    let creditor = creditors::terms(&creditor)?;
    let rows = entry::told(work, &claim.claim_id).await?;
    let facts = facts(work, claim, &creditor, &rows).await?;
    Ok(Standing { creditor, facts, costs: among(claim.currency()?, &rows)? })
}

async fn facts(
    work: &Work,
    claim: &claim::Model,
    creditor: &CreditorTerms,
    rows: &[entry::Told],
) -> Result<Facts, Error> {
    let demand = contact::demand(work, &claim.claim_id).await?;
    let holds = hold::of_claim(work, &claim.claim_id).await?;
    let by_challenge = |hold: &hold::Model| {
        hold.cause.as_deref().is_some_and(|id| id.starts_with(DisputeId::PREFIX))
    };
    let ended = |hold: &hold::Model| {
        let expired = hold.expires_at.filter(|at| *at <= work.now());
        hold.released_at.or(expired).map(berlin_date)
    };
    let restricted = restriction::in_force(work, vec![claim.debtor_id.clone()]).await?;
    let rose = format!("\"{RISES_TO}\"");
    Ok(Facts {
        wanted: creditor.raises_costs && demand.is_none_or(|demand| demand.rises),
        state: claim.state()?,
        challenged: holds.iter().any(by_challenge),
        risen: rows.iter().any(|row| row.kind == "cost" && row.inputs.contains(&rose)),
        demanded_on: demand.map(|demand| demand.on),
        sent_on: demand.map(|demand| demand.sent_on),
        restricted: !restricted.is_empty(),
        free_since: holds.iter().filter_map(ended).max(),
    })
}

/// By how much the costs of a claim will rise, and after which day where the first demand is known; none where they
/// will not by themselves.
pub async fn announced(
    work: &Work,
    claim: &claim::Model,
    creditor: &CreditorTerms,
    rows: &[entry::Told],
) -> Result<Option<(Money, Option<NaiveDate>)>, Error> {
    if !creditor.raises_costs || !may_rise(claim.state()?) {
        return Ok(None);
    }
    let facts = facts(work, claim, creditor, rows).await?;
    let costs = among(claim.currency()?, rows)?;
    let costs = charged(&costs);
    let matter = Matter::of(claim.currency()?, &costs).filter(|it| it.rate < Rise::USUAL.rate);
    let Some(matter) = matter.filter(|_| facts.wanted && !facts.challenged && !facts.risen) else {
        return Ok(None);
    };
    let more = further(&matter, &costs, Rise::USUAL, creditor)?;
    let by = Money::sum(claim.currency()?, more.iter().map(|one| one.amount))?;
    Ok(Some((by, payable_until(&facts)?)).filter(|_| by.is_positive()))
}
