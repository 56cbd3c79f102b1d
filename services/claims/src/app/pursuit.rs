//! Costs of courts, bailiffs and enforcement: held to the dated tables of the law where there is one, else taken as
//! told with what shows them.

use chrono::NaiveDate;
use kulanz_law::{
    AmountLine, DunningTerms, EnforcementTerms, LawError, Refusal, bailiff_fee, court_fee,
    dunning_costs, enforcement_costs, enforcement_order_costs, suit_fee,
};
use kulanz_store::Work;
use kulanz_types::{Money, MoneyError};

use super::account::{Draft, book};
use super::charged::{Cost, charged, sum};
use super::cost_limit::{Limit, open_on};
use super::creditors;
use crate::domain::account::Subject;
use crate::domain::terms::CreditorTerms;
use crate::error::Error;
use crate::store::{claim, entry};

/// Books a cost that no other use case takes, from `value_date` on. `number` is that of a bailiff's fee in the
/// schedule of the `GvKostG`, empty for none.
pub async fn book_cost(
    work: &Work,
    claim: &mut claim::Model,
    draft: Draft<'_>,
    (subject, value_date): (Subject, NaiveDate),
    number: &str,
) -> Result<entry::Model, Error> {
    let limit = match subject {
        Subject::Bailiff if number.is_empty() => None,
        Subject::Bailiff => Some(fixed(number, value_date)?),
        held => limit(work, claim, held, value_date).await?,
    };
    match limit {
        Some(limit) => limit.book(work, claim, draft).await,
        None => book(work, claim, draft).await,
    }
}

fn fixed(number: &str, ordered: NaiveDate) -> Result<Limit, Error> {
    let line = bailiff_fee(number, ordered).map_err(|error| match error {
        LawError::Refused(Refusal::NoFixedFee) => {
            Error::field("schedule_number", "the schedule has no fixed fee of this number")
        }
        other => other.into(),
    })?;
    Ok(Limit::of(line.amount, vec![line])?)
}

/// Whether a table holds a cost.
const fn is_held(subject: Subject) -> bool {
    use Subject::{
        AssetDisclosure, CourtDunning, CourtFee, Enforcement, EnforcementOrder, SuitFee,
    };
    matches!(
        subject,
        CourtFee | SuitFee | CourtDunning | EnforcementOrder | Enforcement | AssetDisclosure
    )
}

/// The most that the law gives for a cost that counts from a day; none where no table holds it.
async fn limit(
    work: &Work,
    claim: &claim::Model,
    subject: Subject,
    on: NaiveDate,
) -> Result<Option<Limit>, Error> {
    if !is_held(subject) {
        return Ok(None);
    }
    let facts = Facts::of(work, claim, on).await?;
    let once = match subject {
        Subject::CourtFee => Limit::of(facts.principal, vec![court_fee(facts.principal, on)?])?,
        Subject::SuitFee => {
            let order = facts.charged(Subject::CourtFee)?;
            Limit::of(facts.principal, vec![suit_fee(facts.principal, on, order)?])?
        }
        Subject::CourtDunning => {
            let charged = facts.creditor.charges.court_dunning;
            Limit::of(facts.principal, dunning_costs(&facts.dunning(charged)?)?)?
        }
        Subject::EnforcementOrder => {
            Limit::of(facts.principal, enforcement_order_costs(&facts.dunning(facts.left()?)?)?)?
        }
        Subject::Enforcement | Subject::AssetDisclosure => {
            return Ok(Some(Limit::of(facts.total, facts.enforcement(subject)?)?));
        }
        _ => return Ok(None),
    };
    Ok(Some(once.less(facts.charged(subject)?)?))
}

/// What the fees of a claim are found from.
struct Facts {
    creditor: CreditorTerms,
    on: NaiveDate,
    principal: Money,
    total: Money,
    costs: Vec<Cost>,
}

impl Facts {
    async fn of(work: &Work, claim: &claim::Model, on: NaiveDate) -> Result<Self, Error> {
        let creditor = creditors::get(work, claim.creditor_id.parse()?).await?;
        let open = open_on(work, claim, on).await?;
        Ok(Self {
            creditor: creditors::terms(&creditor)?,
            on,
            principal: open.principal,
            total: open.total()?,
            costs: charged(work, claim).await?,
        })
    }

    fn charged(&self, subject: Subject) -> Result<Money, MoneyError> {
        sum(self.principal.currency(), &self.costs, |other| other == subject)
    }

    fn dunning(&self, charged: Option<Money>) -> Result<DunningTerms, MoneyError> {
        let business_fee = self.charged(Subject::BusinessFee)?;
        Ok(DunningTerms {
            value: self.principal,
            ordered: self.on,
            business_fee: Some(business_fee).filter(|fee| fee.is_positive()),
            deducts_input_tax: self.creditor.deducts_input_tax,
            charged,
        })
    }

    /// What is left of the client's charge for both orders, once the order for payment is charged.
    fn left(&self) -> Result<Option<Money>, Error> {
        let Some(both) = self.creditor.charges.court_dunning else { return Ok(None) };
        let left = both.checked_sub(self.charged(Subject::CourtDunning)?)?;
        Ok(Some(Money::new(both.currency(), left.minor_units().max(0))))
    }

    fn enforcement(&self, subject: Subject) -> Result<Vec<AmountLine>, LawError> {
        enforcement_costs(&EnforcementTerms {
            value: self.total,
            ordered: self.on,
            asset_disclosure: subject == Subject::AssetDisclosure,
            deducts_input_tax: self.creditor.deducts_input_tax,
            charged: self.creditor.charges.enforcement,
        })
    }
}
