//! Makes a binding offer out of today's debt and the debtor's wish.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use kulanz_chassis::Caller;
use kulanz_store::{Begin, StoreError, Work};
use kulanz_types::{ClaimId, QuoteId, TenantId, berlin_time};
use prost::Message;

use super::settlement::{self, Terms};
use crate::app::claims::{Owed, owed};
use crate::app::options::payment_reference;
use crate::app::{Desk, Write, may_see};
use crate::domain::arrangement::notice_hash;
use crate::domain::plan::{
    Language, Offer, OfferedPlan, Policy, Wish, cost_notice, counterfactual, offer, reasons,
    refusal,
};
use crate::error::Error;
use crate::store::quote::{Model, OfferedDue, OfferedOption};
use crate::store::{self, codes};

/// Days that an offer binds, unless its first due date comes earlier.
const VALID_DAYS: u64 = 7;

/// What is asked for.
pub struct QuoteWish {
    /// The claim.
    pub claim: ClaimId,
    /// The debtor's wish.
    pub wish: Wish,
    /// Language of the texts.
    pub language: Language,
}

/// Answers with an offer; `reply` makes the answer of its row.
pub async fn quote<Request: Message, Reply: Message + Default>(
    desk: &Desk,
    write: Write<'_, Request>,
    wish: QuoteWish,
    reply: impl FnOnce(&Model) -> Result<Reply, Error>,
) -> Result<Reply, Error> {
    if let Some(earlier) = desk.earlier_answer(&write).await? {
        return Ok(earlier);
    }
    let owed = owed(&desk.clients, write.tenant, wish.claim).await?;
    may_see(write.caller, &owed.parties.debtor.to_string(), wish.claim)?;
    owed.require_collectable()?;
    let settlement = settlement::terms(desk, write.tenant, &owed, &wish).await?;
    let work = match desk.begin(&write).await? {
        Begin::Replayed(earlier) => return Ok(earlier),
        Begin::Fresh(work) => work,
    };
    if store::arrangement::running(&work, wish.claim).await?.is_some() {
        return Err(Error::ClaimArranged { claim_id: wish.claim.to_string() });
    }
    let terms = match settlement {
        Some(terms) => terms,
        None => plan_terms(&owed, &wish)?,
    };
    let row = make(&work, &owed, &wish, terms)?;
    store::quote::insert(&work, row.clone()).await?;
    Ok(work.finish(reply(&row)?).await?)
}

/// An offer as it was made.
pub async fn find(
    desk: &Desk,
    tenant: TenantId,
    caller: &Caller,
    quote: QuoteId,
) -> Result<Model, Error> {
    let work = desk.read(tenant).await?;
    let row = store::quote::find(&work, quote).await?.ok_or_else(|| Error::not_found(quote))?;
    may_see(caller, &row.debtor_id, quote)?;
    Ok(row)
}

/// The terms of instalments or a deferral.
fn plan_terms(owed: &Owed, wish: &QuoteWish) -> Result<Terms, Error> {
    let language = wish.language;
    let offer = offer(&owed.debt, &wish.wish, &Policy::default())?;
    let plans = offer.plans.iter().zip('a'..);
    let options: Vec<OfferedOption> =
        plans.map(|(plan, id)| option(plan, id, &offer, language)).collect();
    if options.is_empty() {
        let refusal = refusal(&owed.debt, language)?;
        return Ok(Terms { options, cost_notice: String::new(), refusal });
    }
    let cost_notice = cost_notice(&owed.debt, &offer.plans, language)?;
    Ok(Terms { options, cost_notice, refusal: String::new() })
}

fn make(work: &Work, owed: &Owed, wish: &QuoteWish, terms: Terms) -> Result<Model, Error> {
    let Terms { options, cost_notice, refusal } = terms;
    Ok(Model {
        tenant_id: work.tenant().to_string(),
        quote_id: QuoteId::generate(work.seeds(), work.now()).to_string(),
        claim_id: owed.parties.claim.to_string(),
        debtor_id: owed.parties.debtor.to_string(),
        creditor_id: owed.parties.creditor.to_string(),
        kind: codes::kind(wish.wish.kind).to_owned(),
        currency: owed.parties.currency.code().to_owned(),
        valid_until: valid_until(work.now(), &options),
        options: serde_json::to_string(&options)
            .map_err(|_| StoreError::Unreadable { what: "quote.options" })?,
        fixed_debt: owed.fixed_debt()?.minor_units(),
        credits: owed.credits.minor_units(),
        payment_reference: payment_reference(&owed.case_reference)?.to_string(),
        cost_notice_hash: notice_hash(&cost_notice),
        cost_notice,
        refusal,
        created_at: work.now(),
        notice_confirmed_at: None,
        notice_confirmed_by: None,
        notice_shown_on: None,
        accepted_at: None,
    })
}

fn option(offered: &OfferedPlan, id: char, offer: &Offer, language: Language) -> OfferedOption {
    let plan = &offered.plan;
    let dues = plan.dues.iter().map(|due| OfferedDue { due_on: due.due_on, amount: due.amount });
    OfferedOption {
        id: id.to_string(),
        dues: dues.collect(),
        instalment: offered.instalment,
        total: plan.total,
        added_interest: plan.added_interest,
        reasons: reasons(plan, language),
        counterfactual: counterfactual(offer, language),
    }
}

/// The end of the offer: a week, but not beyond the morning of its earliest due date.
fn valid_until(now: DateTime<Utc>, options: &[OfferedOption]) -> DateTime<Utc> {
    let week = now.checked_add_days(Days::new(VALID_DAYS)).unwrap_or(now);
    let first: Option<NaiveDate> =
        options.iter().filter_map(|option| option.dues.first()).map(|due| due.due_on).min();
    first.map_or(week, |day| berlin_time(day, NaiveTime::MIN).min(week))
}
