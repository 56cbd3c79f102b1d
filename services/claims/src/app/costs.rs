//! Collection costs (§ 13e RDG): charged when an import is finished, because the values of a debtor's
//! claims in one order are added up (§ 22 Abs. 1 RVG) and each fee arises once (§ 15 Abs. 2 RVG).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_law::{AmountLine, CostTerms, FeeRate, collection_costs, share_by_weight};
use kulanz_store::{Due, DueItem, Store, Work};
use kulanz_types::{ImportId, Money};

use super::account::{Draft, book};
use super::change::{Cause, Why, follow};
use super::charged::{charged, sum};
use super::{creditors, today};
use crate::domain::account::{EntryKind, Subject};
use crate::domain::lifecycle::ClaimState;
use crate::domain::terms::CreditorTerms;
use crate::error::Error;
use crate::store::{claim, import};

/// Due work that charges the costs of an import, some debtors at a time.
pub const CHARGE_COSTS: &str = "charge_costs";

/// Debtors per transaction.
const DEBTORS: u64 = 50;

const WHY: Why<'static> = Why::new("service:claims", "COSTS_CHARGED");

/// Charges the next debtors of an import and schedules the rest.
pub async fn charge(store: &Store, item: &DueItem) -> Result<(), Error> {
    let work = store.begin(item.tenant).await?;
    item.complete(&work).await?;
    let import_id: ImportId = item.key.parse()?;
    let Some(import) = import::find(&work, import_id).await? else {
        return Ok(work.commit().await?);
    };
    let creditor = creditors::get(&work, import.creditor_id.parse()?).await?;
    let terms = creditors::terms(&creditor)?;
    let cursor = String::from_utf8_lossy(&item.payload).into_owned();
    let debtors = claim::debtors_of_import(&work, &import.import_id, &cursor, DEBTORS).await?;
    if !debtors.is_empty() {
        work.act_on_all(WHY.actor, "ChargeCosts", import_id);
    }
    for debtor in &debtors {
        let claims = claim::of_import(&work, &import.import_id, debtor).await?;
        charge_matter(&work, terms, claims).await?;
    }
    if let Some(last) = debtors.last() {
        let due = Due::new(CHARGE_COSTS, &item.key, item.due_at).payload(last.as_bytes().to_vec());
        work.schedule(due).await?;
    }
    Ok(work.commit().await?)
}

/// Charges the claims of one debtor in one order. Left out are claims that are silent or closed, and
/// those whose debtor was not in default when the order was given: costs are damage of default.
async fn charge_matter(
    work: &Work,
    terms: CreditorTerms,
    claims: Vec<claim::Model>,
) -> Result<(), Error> {
    let ordered = today(work);
    let mut matter = Vec::new();
    for claim in claims {
        let pursued = matches!(claim.state()?, ClaimState::Registered | ClaimState::Open);
        if pursued && claim.terms()?.in_default_on(ordered) {
            matter.push(claim);
        }
    }
    let Some(first) = matter.first().filter(|_| terms.charges_costs) else { return Ok(()) };
    let currency = first.currency()?;
    let values: Vec<Money> =
        matter.iter().map(|claim| Money::new(currency, claim.open_principal)).collect();
    let value = Money::sum(currency, values.iter().copied())?;
    let claims = i64::try_from(matter.len()).unwrap_or(i64::MAX);
    let lines = collection_costs(&order(terms, value, ordered, claims)?)?;
    let mut flat_sums = Vec::with_capacity(matter.len());
    for claim in &matter {
        let costs = charged(work, claim).await?;
        flat_sums.push(sum(currency, &costs, |subject| subject == Subject::FlatSum)?);
    }
    for line in &lines {
        let mut shares = share_by_weight(line.amount, &values)?;
        credit(&mut shares, &mut flat_sums)?;
        let subject = Subject::of(EntryKind::Cost, line.norm);
        let owners = matter.iter_mut().zip(&values);
        for ((claim, own), share) in owners.zip(shares).filter(|(_, share)| share.is_positive()) {
            let (formula, inputs) = working(line, *own, value, claims);
            let draft = Draft::new(EntryKind::Cost, subject, ordered, share, WHY.actor);
            let draft = draft.norm(line.norm).worked_out(&line.version, inputs, &formula);
            book(work, claim, draft).await?;
        }
    }
    for claim in matter {
        follow(work, claim, WHY, Some(Cause::Cost)).await?;
    }
    Ok(())
}

/// Credits flat sums that were charged before on the shares of a cost (§ 288 Abs. 5 S. 3 BGB).
fn credit(shares: &mut [Money], flat_sums: &mut [Money]) -> Result<(), Error> {
    for (share, flat) in shares.iter_mut().zip(flat_sums) {
        let taken = if share.minor_units() < flat.minor_units() { *share } else { *flat };
        *share = share.checked_sub(taken)?;
        *flat = flat.checked_sub(taken)?;
    }
    Ok(())
}

/// The simple case at 0.5 (VV 2300 note 2): what a claim that is paid on the first demand costs, and no more than the
/// agency charges for so many claims (§ 13e Abs. 1 RDG). More is not charged at once.
fn order(
    terms: CreditorTerms,
    value: Money,
    ordered: NaiveDate,
    claims: i64,
) -> Result<CostTerms, Error> {
    Ok(CostTerms {
        deducts_input_tax: terms.deducts_input_tax,
        charged: terms.charged_for_collecting(claims)?,
        ..CostTerms::uncontested(value, ordered, FeeRate::SIMPLE)
    })
}

/// How a claim's share of a cost was found: the whole, in proportion to its principal.
fn working(
    line: &AmountLine,
    own: Money,
    value: Money,
    claims: i64,
) -> (String, BTreeMap<&'static str, String>) {
    let mut inputs: BTreeMap<&'static str, String> =
        line.inputs.iter().map(|input| (input.name, input.value.clone())).collect();
    if own == value {
        return (line.formula.clone(), inputs);
    }
    let (own, value) = (own.to_decimal(), value.to_decimal());
    let formula = format!("{} × {own} / {value}", line.formula);
    let whole = line.amount.to_decimal();
    inputs.extend([("principal", own), ("whole", whole), ("claims", claims.to_string())]);
    (formula, inputs)
}
