//! The notice was shown; the debtor agrees.

use kulanz_bus::publish;
use kulanz_proto::events::v1::ArrangementAccepted;
use kulanz_proto::payments::v1::{ArrangementKind, ScheduledAmount};
use kulanz_store::{Begin, Work};
use kulanz_types::{ArrangementId, InstalmentId, Money, QuoteId};
use prost::Message;

use crate::app::claims::{Owed, owed};
use crate::app::promise::{self, Ending};
use crate::app::{Desk, Write, due, may_see};
use crate::domain::arrangement::{
    Arrangement, ArrangementState, Instalment, InstalmentState, QuoteRefusal,
};
use crate::domain::plan::Kind;
use crate::error::Error;
use crate::store::arrangement::{Model, Stored};
use crate::store::quote::{self, Model as QuoteRow, OfferedOption};
use crate::store::{arrangement, codes};

/// The debtor has seen the notice of that hash, on a page or a telephone call.
pub async fn confirm_notice<Request: Message, Reply: Message + Default>(
    desk: &Desk,
    write: Write<'_, Request>,
    id: QuoteId,
    (hash, shown_on): (&str, &str),
    reply: impl FnOnce(&QuoteRow) -> Result<Reply, Error>,
) -> Result<Reply, Error> {
    let work = match desk.begin(&write).await? {
        Begin::Replayed(earlier) => return Ok(earlier),
        Begin::Fresh(work) => work,
    };
    let row = quote::take(&work, id).await?.ok_or_else(|| Error::not_found(id))?;
    may_see(write.caller, &row.debtor_id, id)?;
    let mut quote = row.quote()?;
    quote.confirm_notice(hash, work.now()).map_err(|refusal| refused(id, refusal))?;
    let shown = quote.notice_confirmed_at;
    let row = quote::confirm(&work, &row, shown, (&write.caller.actor(), shown_on)).await?;
    Ok(work.finish(reply(&row)?).await?)
}

/// The debtor agrees to an option: the arrangement is in force with the answer to this call.
pub async fn accept<Request: Message, Reply: Message + Default>(
    desk: &Desk,
    write: Write<'_, Request>,
    id: QuoteId,
    option: &str,
    reply: impl FnOnce(&Stored) -> Result<Reply, Error>,
) -> Result<Reply, Error> {
    if let Some(earlier) = desk.earlier_answer(&write).await? {
        return Ok(earlier);
    }
    let known = super::find(desk, write.tenant, write.caller, id).await?;
    let owed = owed(&desk.clients, write.tenant, known.claim_id.parse()?).await?;
    owed.require_collectable()?;
    let work = match desk.begin(&write).await? {
        Begin::Replayed(earlier) => return Ok(earlier),
        Begin::Fresh(work) => work,
    };
    let stored = conclude(&work, id, option, &owed, &write.caller.actor()).await?;
    Ok(work.finish(reply(&stored)?).await?)
}

async fn conclude(
    work: &Work,
    id: QuoteId,
    option: &str,
    owed: &Owed,
    actor: &str,
) -> Result<Stored, Error> {
    let row = quote::take(work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let mut offer = row.quote()?;
    let debt = (owed.fixed_debt()?, owed.credits);
    offer.accept(option, debt, work.now()).map_err(|refusal| refused(id, refusal))?;
    let claim = owed.parties.claim;
    let arranged = || Error::ClaimArranged { claim_id: claim.to_string() };
    if arrangement::running(work, claim).await?.is_some() {
        return Err(arranged());
    }
    let chosen = row.offered()?.into_iter().find(|offered| offered.id == option);
    let chosen = chosen.ok_or(Error::Unexpected("an accepted option is not in its quote"))?;
    quote::accept(work, &row, offer.accepted_at).await?;
    let stored = stored(work, &row, &chosen, actor);
    // Two acceptances at once meet at the unique index of running arrangements.
    arrangement::insert(work, &stored)
        .await
        .map_err(|error| if error.is_unique_violation() { arranged() } else { error.into() })?;
    promise::end(work, claim, Ending::Superseded).await?;
    due::watch(work, &stored).await?;
    announce(work, &stored, &chosen).await?;
    Ok(stored)
}

fn stored(work: &Work, quote: &QuoteRow, chosen: &OfferedOption, actor: &str) -> Stored {
    let zero = Money::zero(chosen.total.currency());
    let instalment = |(due, number): (&quote::OfferedDue, i32)| Instalment {
        id: InstalmentId::generate(work.seeds(), work.now()),
        number,
        due_on: due.due_on,
        amount: due.amount,
        paid: zero,
        state: InstalmentState::Open,
    };
    let state = ArrangementState::Active;
    let instalments = chosen.dues.iter().zip(1..).map(instalment).collect();
    let row = Model {
        tenant_id: work.tenant().to_string(),
        arrangement_id: ArrangementId::generate(work.seeds(), work.now()).to_string(),
        claim_id: quote.claim_id.clone(),
        debtor_id: quote.debtor_id.clone(),
        creditor_id: quote.creditor_id.clone(),
        quote_id: quote.quote_id.clone(),
        kind: quote.kind.clone(),
        state: codes::arrangement_state(state).to_owned(),
        currency: quote.currency.clone(),
        total: chosen.total.minor_units(),
        arrangement_cost: 0,
        payment_reference: quote.payment_reference.clone(),
        accepted_at: work.now(),
        accepted_by: actor.to_owned(),
        version: 1,
    };
    Stored { row, arrangement: Arrangement { state, instalments } }
}

async fn announce(work: &Work, stored: &Stored, chosen: &OfferedOption) -> Result<(), Error> {
    let row = &stored.row;
    let day = |due: Option<&quote::OfferedDue>| due.map(|due| due.due_on.into());
    let dues = chosen.dues.iter().map(|due| ScheduledAmount {
        due_date: Some(due.due_on.into()),
        amount: Some(due.amount.into()),
    });
    let event = ArrangementAccepted {
        arrangement_id: row.arrangement_id.clone(),
        claim_id: row.claim_id.clone(),
        debtor_id: row.debtor_id.clone(),
        creditor_id: row.creditor_id.clone(),
        kind: wire_kind(codes::read_kind(&row.kind)?).into(),
        total: Some(chosen.total.into()),
        arrangement_cost: Some(Money::zero(chosen.total.currency()).into()),
        arrangement_cost_norm: String::new(),
        instalment_count: i32::try_from(chosen.dues.len()).unwrap_or(i32::MAX),
        first_due_date: day(chosen.dues.first()),
        last_due_date: day(chosen.dues.last()),
        dues: dues.collect(),
    };
    publish(work, &row.arrangement_id, &row.debtor_id, row.version, &event).await?;
    Ok(())
}

/// The contract's name of a kind.
pub const fn wire_kind(kind: Kind) -> ArrangementKind {
    match kind {
        Kind::Instalments => ArrangementKind::Instalments,
        Kind::Deferral => ArrangementKind::Deferral,
        Kind::DownPayment => ArrangementKind::DownPayment,
        Kind::Settlement => ArrangementKind::Settlement,
    }
}

fn refused(id: QuoteId, refusal: QuoteRefusal) -> Error {
    Error::Quote { quote_id: id.to_string(), refusal }
}
