//! What an arrangement costs that was made outside of the payments service, checked against the law.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{CostTerms, FeeRate, agreement_costs, total_of};
use kulanz_store::Work;
use kulanz_types::{Money, berlin_date};

use super::account::{Draft, book};
use super::corrections::charged;
use super::creditors;
use crate::domain::account::{Entry, Subject, replay};
use crate::error::Error;
use crate::store::{claim, entry};

/// Books the fee of an arrangement, once and up to what the law gives: 0.7 on half of the principal that was
/// open when it was made (Nr. 1000 Nr. 2 VV RVG, § 31b RVG), what is left of the flat sum for expenses (VV
/// 7002), and VAT where it is the creditor's loss. More is not owed, whatever was agreed (§ 13e Abs. 1 RDG).
pub async fn book_fee(
    work: &Work,
    claim: &mut claim::Model,
    draft: Draft<'_>,
    agreed_on: NaiveDate,
) -> Result<entry::Model, Error> {
    let ordered = berlin_date(claim.created_at);
    if agreed_on < ordered {
        return Err(Error::field("value_date", "lies before there was an order to collect"));
    }
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
    let lawful = total_of(value, &lines)?;
    if draft.amount().minor_units() > lawful.minor_units() {
        return Err(Error::Forbidden("the fee is above what the law allows"));
    }
    let formulas: Vec<&str> = lines.iter().map(|line| line.formula.as_str()).collect();
    let formula = formulas.join(" + ");
    let version = lines.first().map(|line| line.version.clone()).unwrap_or_default();
    let inputs = BTreeMap::from([("value", value.to_decimal()), ("lawful", lawful.to_decimal())]);
    // Less was agreed: how much the law would give stands beside it.
    let shown = if draft.amount() == lawful { formula.as_str() } else { "" };
    book(work, claim, draft.worked_out(&version, inputs, shown)).await
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
