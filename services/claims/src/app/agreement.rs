//! What an arrangement costs the debtor, whoever says so: checked against the law before it is booked.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{AmountLine, CostTerms, FeeRate, LawError, Refusal, agreement_costs, total_of};
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money, berlin_date};

use super::account::{Draft, book};
use super::change::{Cause, Why, follow};
use super::corrections::charged;
use super::creditors;
use crate::domain::account::{Entry, EntryKind, Subject, replay};
use crate::error::Error;
use crate::store::{claim, entry};

const ABOVE: &str = "the fee is above what the law allows";

/// The most that the law gives for one arrangement, and how it is found.
struct Limit {
    amount: Money,
    value: Money,
    lines: Vec<AmountLine>,
}

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
    let (lawful, inputs, formula) = limit.cap(draft.amount());
    if lawful != draft.amount() {
        return Err(Error::Forbidden(ABOVE));
    }
    book(work, claim, draft.worked_out(limit.version(), inputs, &formula)).await
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
/// (Nr. 1000 Nr. 2 VV RVG, § 31b RVG), what is left of the flat sum for expenses (VV 7002), and VAT where it is
/// the creditor's loss. More is not owed, whatever was agreed (§ 13e Abs. 1 RDG).
async fn limit(work: &Work, claim: &claim::Model, agreed_on: NaiveDate) -> Result<Limit, Error> {
    let ordered = berlin_date(claim.created_at);
    if charged(work, claim, |subject| subject == Subject::ArrangementFee).await?.is_positive() {
        return Err(Error::Forbidden("the fee of an arrangement is owed once"));
    }
    let fees = charged(work, claim, |subject| subject == Subject::BusinessFee).await?;
    let flat_sum = charged(work, claim, |subject| subject == Subject::Expenses).await?;
    let creditor = creditors::get(work, claim.creditor_id.parse()?).await?;
    let value = open_principal(work, claim, agreed_on).await?;
    let terms = CostTerms {
        deducts_input_tax: creditors::terms(&creditor)?.deducts_input_tax,
        ..CostTerms::uncontested(value, ordered, FeeRate::SIMPLE)
    };
    let lines = agreement_costs(&terms, fees, flat_sum)?;
    Ok(Limit { amount: total_of(value, &lines)?, value, lines })
}

impl Limit {
    /// As much of a cost as the law gives, from what and how it is found. Where less was asked for there is
    /// nothing to work out: how much the law would give stands beside it.
    fn cap(&self, cost: Money) -> (Money, BTreeMap<&'static str, String>, String) {
        let (value, lawful) = (self.value.to_decimal(), self.amount.to_decimal());
        let mut inputs = BTreeMap::from([("value", value), ("lawful", lawful)]);
        match cost.minor_units().cmp(&self.amount.minor_units()) {
            Ordering::Less => (cost, inputs, String::new()),
            Ordering::Equal => (cost, inputs, self.formula()),
            Ordering::Greater => {
                let formula = format!("min({}, {})", cost.to_decimal(), self.formula());
                inputs.insert("agreed", cost.to_decimal());
                (self.amount, inputs, formula)
            }
        }
    }

    fn formula(&self) -> String {
        let formulas: Vec<&str> = self.lines.iter().map(|line| line.formula.as_str()).collect();
        formulas.join(" + ")
    }

    fn version(&self) -> &str {
        self.lines.first().map_or("", |line| line.version.as_str())
    }
}

/// The principal that was open on a day.
async fn open_principal(
    work: &Work,
    claim: &claim::Model,
    date: NaiveDate,
) -> Result<Money, Error> {
    let currency = claim.currency()?;
    let facts = entry::facts(work, vec![claim.claim_id.clone()]).await?;
    let entries =
        facts.iter().map(|fact| fact.entry(currency)).collect::<Result<Vec<Entry>, _>>()?;
    Ok(replay(currency, &claim.terms()?, &entries, date)?.open.principal)
}
