//! What an arrangement costs the debtor, whoever says so: checked against the law before it is booked.

use chrono::NaiveDate;
use kulanz_law::{CostTerms, FeeRate, LawError, Refusal, Rule, agreement_costs};
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money, berlin_date};

use super::account::{Draft, book};
use super::change::{Cause, Why, follow};
use super::charged::{charged, sum};
use super::cost_limit::{Limit, open_on};
use super::creditors;
use crate::domain::account::{EntryKind, Subject};
use crate::error::Error;
use crate::store::{claim, entry};

const ABOVE: &str = "the fee is above what the law allows";

/// What payments says that a debtor agreed to bear.
#[derive(Debug, Clone, Copy)]
pub struct Agreed<'a> {
    /// The arrangement.
    pub arrangement_id: &'a str,
    /// What it is to cost.
    pub cost: Money,
    /// The day on which it was agreed.
    pub on: NaiveDate,
}

/// Books the fee of an arrangement that was made outside of the payments service; more than the law gives is
/// refused.
pub async fn book_fee(
    work: &Work,
    claim: &mut claim::Model,
    draft: Draft<'_>,
    agreed_on: NaiveDate,
) -> Result<entry::Model, Error> {
    if agreed_on < berlin_date(claim.created_at) {
        return Err(Error::field("value_date", "lies before there was an order to collect"));
    }
    let limit = limit(work, claim, agreed_on).await?;
    limit.book(work, claim, draft).await
}

/// Books the cost of an arrangement that is in force already, up to what the law gives. What goes beyond is
/// not owed, whatever was agreed (§ 13e Abs. 1 RDG): it is not booked, the arrangement stands without it, and
/// the audit log keeps what was agreed, what was booked and why.
pub async fn charge_agreed(
    work: &Work,
    claim_id: ClaimId,
    agreed: Agreed<'_>,
) -> Result<(), Error> {
    let Some(mut claim) = claim::find_locked(work, claim_id).await? else { return Ok(()) };
    if entry::is_booked(work, &claim.claim_id, "cost", Some(agreed.arrangement_id)).await? {
        return Ok(());
    }
    work.about(&claim.claim_id);
    work.fact("arrangement_cost_agreed", agreed.cost);
    let limit = match lawful(work, &claim, agreed).await {
        Ok(limit) => limit,
        Err(refused @ (Error::Law(_) | Error::Forbidden(_) | Error::ClaimState { .. })) => {
            work.fact("arrangement_cost_booked", Money::zero(agreed.cost.currency()));
            work.fact("arrangement_cost_refused", refused);
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    let (booked, inputs, formula) = limit.cap(agreed.cost);
    work.fact("arrangement_cost_booked", booked);
    if booked != agreed.cost {
        work.fact("arrangement_cost_refused", ABOVE);
    }
    let why = Why::new("service:payments", "ARRANGEMENT_ACCEPTED");
    let draft = Draft::new(EntryKind::Cost, Subject::ArrangementFee, agreed.on, booked, why.actor)
        .caused_by(agreed.arrangement_id)
        .norm(limit.norm(Subject::ArrangementFee.norm()))
        .worked_out(limit.version(), inputs, &formula);
    book(work, &mut claim, draft).await?;
    follow(work, claim, why.by(&[agreed.arrangement_id]), Some(Cause::Cost)).await?;
    Ok(())
}

/// [`limit`], where the claim can bear a cost of that day at all.
async fn lawful(work: &Work, claim: &claim::Model, agreed: Agreed<'_>) -> Result<Limit, Error> {
    let state = claim.state()?;
    if state.is_closed() {
        return Err(Error::ClaimState { claim_id: claim.claim_id.clone(), state });
    }
    if agreed.cost.currency() != claim.currency()? {
        return Err(LawError::from(Refusal::ChargeInvalid).into());
    }
    let early = agreed.on < berlin_date(claim.created_at);
    if early || !claim.terms()?.in_default_on(agreed.on) {
        return Err(LawError::from(Refusal::CostsWithoutDefault).into());
    }
    limit(work, claim, agreed.on).await
}

/// What the law gives for an arrangement, once: 0.7 on half of the principal that was open when it was made
/// (Nr. 1000 Nr. 2 VV RVG, § 31b RVG), what is left of the flat sum for expenses (VV 7002), together no more than the
/// agency charges for it, and VAT where it is the creditor's loss. More is not owed, whatever was agreed (§ 13e Abs. 1
/// RDG).
async fn limit(work: &Work, claim: &claim::Model, agreed_on: NaiveDate) -> Result<Limit, Error> {
    let ordered = berlin_date(claim.created_at);
    let (currency, costs) = (claim.currency()?, charged(work, claim).await?);
    let of = |wanted| sum(currency, &costs, |subject| subject == wanted);
    if of(Subject::ArrangementFee)?.is_positive() {
        return Err(Error::Forbidden("the fee of an arrangement is owed once"));
    }
    let (fees, flat_sum) = (of(Subject::BusinessFee)?, of(Subject::Expenses)?);
    let creditor = creditors::get(work, claim.creditor_id.parse()?).await?;
    let creditor = creditors::terms(&creditor)?;
    let value = open_on(work, claim, agreed_on).await?.principal;
    let terms = CostTerms {
        deducts_input_tax: creditor.deducts_input_tax,
        charged: creditor.charges.arrangement,
        ..CostTerms::uncontested(value, ordered, FeeRate::SIMPLE)
    };
    let lines = agreement_costs(&terms, fees, flat_sum)?;
    let expenses = lines.iter().find(|line| line.rule == Rule::Expenses).map(|line| line.amount);
    let limit = Limit::of(value, lines)?;
    // A fee that rises later leaves the one flat sum of the matter to what took it up (VV 7002).
    Ok(limit.input("expenses", expenses.unwrap_or(Money::zero(value.currency()))))
}
