//! The one way in which a claim changes: facts are noted first, then the claim follows from them.

use chrono::NaiveDate;
use kulanz_bus::publish;
use kulanz_proto::events::v1::{ClaimBalanceChanged, ClaimSettled, ClaimStateChanged};
use kulanz_store::Work;
use kulanz_types::{ClaimId, Money};

use super::limitation;
use super::webhooks::{self, notices};
use super::{account, retention, rise, today, told};
use crate::domain::lifecycle::{ClaimState, Facts, HoldKind, may_move, state};
use crate::error::Error;
use crate::store::{arrangement, claim, entry, hold, state_change};

/// Who changes a claim and why, as its history will tell.
#[derive(Debug, Clone, Copy)]
pub struct Why<'a> {
    /// `user:anna`, `debtor:debtor_…`, `service:payments`.
    pub actor: &'a str,
    /// A short code: `PAYMENT_RECEIVED`.
    pub reason: &'a str,
    /// Ids of what led to it: a challenge, a payment, an arrangement.
    pub context: &'a [&'a str],
    /// What the actor said about it, for staff; not personal.
    pub note: &'a str,
}

impl<'a> Why<'a> {
    /// Who, and the code of the reason.
    pub const fn new(actor: &'a str, reason: &'a str) -> Self {
        Self { actor, reason, context: &[], note: "" }
    }

    /// With the ids of what led to it.
    pub const fn by(self, context: &'a [&'a str]) -> Self {
        Self { context, ..self }
    }

    /// With what the actor said about it.
    pub const fn noting(self, note: &'a str) -> Self {
        Self { note, ..self }
    }
}

/// What changed the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause<'a> {
    /// A payment, with its id.
    Payment(&'a str),
    /// A returned payment, with its id.
    Reversal(&'a str),
    /// Costs.
    Cost,
    /// A credit.
    Credit,
    /// An earlier cost or credit was taken back.
    Correction,
}

impl Cause<'_> {
    const fn code(self) -> &'static str {
        match self {
            Self::Payment(_) => "PAYMENT",
            Self::Reversal(_) => "REVERSAL",
            Self::Cost => "COST",
            Self::Credit => "CREDIT",
            Self::Correction => "CORRECTION",
        }
    }
}

/// The claim of this id, locked, or the error that it is not there.
pub async fn locked(work: &Work, id: ClaimId) -> Result<claim::Model, Error> {
    claim::find_locked(work, id).await?.ok_or_else(|| Error::not_found(id))
}

/// The claim, locked and not closed.
pub async fn locked_open(work: &Work, id: ClaimId) -> Result<claim::Model, Error> {
    let claim = locked(work, id).await?;
    let state = claim.state()?;
    if state.is_closed() {
        return Err(Error::ClaimState { claim_id: claim.claim_id, state });
    }
    Ok(claim)
}

/// Brings a claim to what its facts say, tells its history and the world.
pub async fn follow(
    work: &Work,
    mut claim: claim::Model,
    why: Why<'_>,
    cause: Option<Cause<'_>>,
) -> Result<claim::Model, Error> {
    let before = claim.state()?;
    work.about_by(&claim.claim_id, why.actor, why.reason);
    let mut last_day = today(work);
    if cause.is_some() {
        last_day = account::follow(work, &mut claim, last_day).await?;
    }
    if matches!(cause, Some(Cause::Payment(_) | Cause::Reversal(_))) {
        limitation::refresh(work, &mut claim).await?;
    }
    let after = derive(work, &claim, last_day).await?;
    if before != after && !may_move(before, after) {
        return Err(Error::ClaimState { claim_id: claim.claim_id, state: before });
    }
    claim.version += 1;
    after.name().clone_into(&mut claim.state);
    if let Some(cause) = cause {
        tell_balance(work, &claim, last_day, cause).await?;
    }
    if before != after {
        tell_state(work, &claim, before, after, why).await?;
    }
    if before.is_closed() && !after.is_closed() {
        rise::look_again(work, &claim).await?;
    }
    claim::update(work, &claim).await?;
    Ok(claim)
}

async fn derive(
    work: &Work,
    claim: &claim::Model,
    last_day: NaiveDate,
) -> Result<ClaimState, Error> {
    let holds = hold::in_force(work, vec![claim.claim_id.clone()]).await?;
    let kinds = holds.iter().map(hold::Model::hold_kind).collect::<Result<Vec<HoldKind>, _>>()?;
    let facts = Facts {
        contacted: claim.contacted,
        agreement: arrangement::standing(work, &claim.claim_id).await?,
        settled: claim.settled,
        time_barred: claim.time_barred,
        paid: account::balance(claim, last_day)?.total.minor_units() <= 0,
        closure: claim.closure()?,
        holds: &kinds,
    };
    Ok(state(&facts))
}

async fn tell_balance(
    work: &Work,
    claim: &claim::Model,
    last_day: NaiveDate,
    cause: Cause<'_>,
) -> Result<(), Error> {
    let payment_id = match cause {
        Cause::Payment(id) | Cause::Reversal(id) => id.to_owned(),
        Cause::Cost | Cause::Credit | Cause::Correction => String::new(),
    };
    let totals = account::balance(claim, last_day)?;
    let event = ClaimBalanceChanged {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        balance: Some(told::balance(&totals)),
        cause: cause.code().to_owned(),
        payment_id: payment_id.clone(),
    };
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    let notice = notices::balance_changed(claim, &totals, cause.code(), &payment_id);
    webhooks::tell(work, notice).await?;
    Ok(())
}

async fn tell_state(
    work: &Work,
    claim: &claim::Model,
    before: ClaimState,
    after: ClaimState,
    why: Why<'_>,
) -> Result<(), Error> {
    let step = state_change::Model {
        tenant_id: work.tenant().to_string(),
        claim_id: claim.claim_id.clone(),
        version: claim.version,
        from_state: Some(before.name().to_owned()),
        to_state: after.name().to_owned(),
        changed_at: work.now(),
        actor: why.actor.to_owned(),
        reason: why.reason.to_owned(),
        context: serde_json::to_string(why.context)?,
        note: why.note.to_owned(),
    };
    state_change::insert_many(work, vec![step]).await?;
    let event = ClaimStateChanged {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        from_state: told::claim_state(before).into(),
        to_state: told::claim_state(after).into(),
        actor: why.actor.to_owned(),
        reason: why.reason.to_owned(),
        context: why.context.iter().map(ToString::to_string).collect(),
    };
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    work.fact("state", after.name());
    if after.is_closed() {
        retention::claim_closed(work, &claim.debtor_id).await?;
    }
    webhooks::tell(work, notices::state_changed(claim, before, after, why)).await?;
    if matches!(after, ClaimState::Paid | ClaimState::Settled) {
        tell_settled(work, claim).await?;
    }
    Ok(())
}

async fn tell_settled(work: &Work, claim: &claim::Model) -> Result<(), Error> {
    let rows = entry::facts(work, vec![claim.claim_id.clone()]).await?;
    let counts = |row: &&entry::Fact| row.kind == "payment" || row.kind == "credit";
    let settled_on = rows.iter().filter(counts).map(|row| row.value_date).max();
    let currency = claim.currency()?;
    let signed = |row: &entry::Fact| match row.kind.as_str() {
        "payment" => Some(Money::new(currency, row.amount)),
        "reversal" => Some(Money::new(currency, -row.amount)),
        _ => None,
    };
    let paid = Money::sum(currency, rows.iter().filter_map(signed))?;
    let event = ClaimSettled {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        creditor_id: claim.creditor_id.clone(),
        paid: Some(paid.into()),
        settled_on: Some(settled_on.unwrap_or(today(work)).into()),
    };
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    Ok(())
}
