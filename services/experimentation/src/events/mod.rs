//! What others did, as outcomes of decisions; and decisions as others hear of them.

mod told;

use async_trait::async_trait;
use chrono::NaiveDate;
use kulanz_bus::{Envelope, EventHandler, HandlerError};
use kulanz_proto::claims::v1::HoldKind;
use kulanz_proto::events::v1 as event;
use kulanz_proto::types::v1::{Date, Money};
use kulanz_store::Work;

use crate::app::attribute::{Happened, happened, sent};
use crate::domain::agreement::AgreedDue;
use crate::domain::attribution::payment_instant;
use crate::domain::outcome::OutcomeKind;
use crate::error::Error;
use crate::store::contact;

pub use told::DECISIONS;

/// Books outcomes.
pub struct Events;

#[async_trait]
impl EventHandler for Events {
    fn subscriptions(&self) -> &'static [&'static str] {
        &[
            "MessageSent",
            "MessageDelivered",
            "MessageFailed",
            "LinkFollowed",
            "PaymentReceived",
            "PaymentReversed",
            "ClaimSettled",
            "ArrangementAccepted",
            "InstalmentMissed",
            "ArrangementCompleted",
            "ArrangementBroken",
            "ArrangementEnded",
            "PromiseMade",
            "PromiseKept",
            "PromiseBroken",
            "PromiseEnded",
            "HoldPlaced",
            "ContactPreferenceChanged",
            "InboundReceived",
        ]
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        if envelope.kind == "MessageSent" {
            return message_sent(work, envelope).await;
        }
        let Some(fact) = fact(envelope)? else { return Ok(()) };
        happened(work, fact).await.map_err(failure)
    }
}

fn failure(error: Error) -> HandlerError {
    match error {
        Error::Store(error) => HandlerError::Store(error),
        other => HandlerError::refused(other),
    }
}

/// A message led to by a decision; answers and messages sent by hand cause nothing that a policy
/// could learn from.
async fn message_sent(work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
    let message: event::MessageSent = envelope.decode()?;
    if message.decision_id.is_empty() {
        return Ok(());
    }
    let told = message.sent_at.as_ref().and_then(|at| kulanz_proto::convert::instant(at).ok());
    let sent_at = told.map_or(envelope.occurred_at, kulanz_types::to_micros);
    let fact = Happened {
        source: format!("sent:{}", message.message_id),
        about: String::new(),
        toward: String::new(),
        dues: Vec::new(),
        debtor_id: message.debtor_id.clone(),
        claim_id: String::new(),
        decision_id: Some(message.decision_id.clone()),
        kind: OutcomeKind::Sent,
        amount: None,
        occurred_at: sent_at,
    };
    let row = contact::Model {
        tenant_id: work.tenant().to_string(),
        message_id: message.message_id,
        decision_id: message.decision_id,
        debtor_id: message.debtor_id,
        sent_at,
    };
    sent(work, row, fact).await.map_err(failure)
}

fn fact(envelope: &Envelope) -> Result<Option<Happened>, HandlerError> {
    let fact = match envelope.kind.as_str() {
        "MessageDelivered" => {
            let e: event::MessageDelivered = envelope.decode()?;
            of_message(envelope, OutcomeKind::Delivered, &e.message_id, e.debtor_id, e.decision_id)
        }
        "MessageFailed" => {
            let e: event::MessageFailed = envelope.decode()?;
            of_message(envelope, OutcomeKind::Bounced, &e.message_id, e.debtor_id, e.decision_id)
        }
        "LinkFollowed" => {
            let e: event::LinkFollowed = envelope.decode()?;
            of_message(
                envelope,
                OutcomeKind::LinkFollowed,
                &e.message_id,
                e.debtor_id,
                e.decision_id,
            )
        }
        "PaymentReceived" => {
            let e: event::PaymentReceived = envelope.decode()?;
            let fact = plain(envelope, OutcomeKind::Payment, e.payment_id, e.debtor_id, e.claim_id);
            let occurred_at = payment_instant(envelope.occurred_at, day(e.value_date));
            let toward = if e.arrangement_id.is_empty() { e.promise_id } else { e.arrangement_id };
            Some(Happened { amount: e.amount.map(|m| amount(m, 1)), occurred_at, toward, ..fact })
        }
        "PaymentReversed" => {
            let e: event::PaymentReversed = envelope.decode()?;
            let fact =
                plain(envelope, OutcomeKind::Reversal, e.payment_id, e.debtor_id, e.claim_id);
            Some(Happened { amount: e.amount.map(|m| amount(m, -1)), ..fact })
        }
        "ClaimSettled" => {
            let e: event::ClaimSettled = envelope.decode()?;
            let fact =
                plain(envelope, OutcomeKind::Settled, String::new(), e.debtor_id, e.claim_id);
            let occurred_at = payment_instant(envelope.occurred_at, day(e.settled_on));
            Some(Happened { occurred_at, ..fact })
        }
        "ArrangementAccepted" | "PromiseMade" => Some(agreed(envelope)?),
        "HoldPlaced" => held(envelope)?,
        "ContactPreferenceChanged" | "InboundReceived" => silence(envelope)?,
        _ => Some(of_agreement(envelope)?),
    };
    Ok(fact)
}

/// Something was agreed: how much, and when it is due.
fn agreed(envelope: &Envelope) -> Result<Happened, HandlerError> {
    if envelope.kind == "PromiseMade" {
        let e: event::PromiseMade = envelope.decode()?;
        let fact = plain(envelope, OutcomeKind::Promise, e.promise_id, e.debtor_id, e.claim_id);
        let dues = due(e.promised_date, e.amount.as_ref()).into_iter().collect();
        return Ok(Happened { amount: e.amount.map(|m| amount(m, 1)), dues, ..fact });
    }
    let e: event::ArrangementAccepted = envelope.decode()?;
    let fact = plain(envelope, OutcomeKind::Arrangement, e.arrangement_id, e.debtor_id, e.claim_id);
    let dues = e.dues.iter().filter_map(|one| due(one.due_date, one.amount.as_ref())).collect();
    Ok(Happened { amount: e.total.map(|m| amount(m, 1)), dues, ..fact })
}

fn due(on: Option<Date>, amount: Option<&Money>) -> Option<AgreedDue> {
    Some(AgreedDue { on: day(on)?, minor_units: amount?.minor_units })
}

fn of_agreement(envelope: &Envelope) -> Result<Happened, HandlerError> {
    let (kind, about, debtor_id, claim_id) = match envelope.kind.as_str() {
        "InstalmentMissed" => {
            let e: event::InstalmentMissed = envelope.decode()?;
            (OutcomeKind::Missed, e.arrangement_id, e.debtor_id, e.claim_id)
        }
        "ArrangementCompleted" => {
            let e: event::ArrangementCompleted = envelope.decode()?;
            (OutcomeKind::Kept, e.arrangement_id, e.debtor_id, e.claim_id)
        }
        "ArrangementBroken" => {
            let e: event::ArrangementBroken = envelope.decode()?;
            (OutcomeKind::Broken, e.arrangement_id, e.debtor_id, e.claim_id)
        }
        "ArrangementEnded" => {
            let e: event::ArrangementEnded = envelope.decode()?;
            (OutcomeKind::Ended, e.arrangement_id, e.debtor_id, e.claim_id)
        }
        "PromiseKept" => {
            let e: event::PromiseKept = envelope.decode()?;
            (OutcomeKind::Kept, e.promise_id, e.debtor_id, e.claim_id)
        }
        "PromiseBroken" => {
            let e: event::PromiseBroken = envelope.decode()?;
            (OutcomeKind::Broken, e.promise_id, e.debtor_id, e.claim_id)
        }
        "PromiseEnded" => {
            let e: event::PromiseEnded = envelope.decode()?;
            (OutcomeKind::Ended, e.promise_id, e.debtor_id, e.claim_id)
        }
        other => return Err(HandlerError::refused(format!("`{other}` was not asked for"))),
    };
    Ok(plain(envelope, kind, about, debtor_id, claim_id))
}

/// A dispute or a wrong person; other holds say nothing about what was sent.
fn held(envelope: &Envelope) -> Result<Option<Happened>, HandlerError> {
    let hold: event::HoldPlaced = envelope.decode()?;
    let kind = match hold.kind() {
        HoldKind::Dispute => OutcomeKind::Dispute,
        HoldKind::WrongPerson | HoldKind::IdentityTheft => OutcomeKind::WrongPerson,
        _ => return Ok(None),
    };
    let fact = plain(envelope, kind, String::new(), hold.debtor_id, hold.claim_id);
    Ok(Some(Happened { source: format!("held:{}", hold.hold_id), ..fact }))
}

/// A way that is refused, a pause, or a word to stop: the person had enough. A wish that refuses nothing more is none,
/// nor is what the agency decides by itself.
fn silence(envelope: &Envelope) -> Result<Option<Happened>, HandlerError> {
    let (debtor_id, asked) = if envelope.kind == "InboundReceived" {
        let e: event::InboundReceived = envelope.decode()?;
        (e.debtor_id, e.intent == "STOP")
    } else {
        let e: event::ContactPreferenceChanged = envelope.decode()?;
        (e.debtor_id, e.refuses_more)
    };
    let (about, claim_id) = (String::new(), String::new());
    let fact = plain(envelope, OutcomeKind::Complaint, about, debtor_id, claim_id);
    Ok(asked.then_some(fact))
}

fn of_message(
    envelope: &Envelope,
    kind: OutcomeKind,
    message_id: &str,
    debtor_id: String,
    decision_id: String,
) -> Option<Happened> {
    let source = format!("{}:{message_id}", envelope.kind);
    let fact = plain(envelope, kind, String::new(), debtor_id, String::new());
    let named = !decision_id.is_empty();
    named.then_some(Happened { source, decision_id: Some(decision_id), ..fact })
}

fn plain(
    envelope: &Envelope,
    kind: OutcomeKind,
    about: String,
    debtor_id: String,
    claim_id: String,
) -> Happened {
    Happened {
        source: format!("{}:{}", envelope.kind, envelope.id),
        about,
        toward: String::new(),
        dues: Vec::new(),
        debtor_id,
        claim_id,
        decision_id: None,
        kind,
        amount: None,
        occurred_at: envelope.occurred_at,
    }
}

fn day(date: Option<Date>) -> Option<NaiveDate> {
    date.and_then(|date| NaiveDate::try_from(date).ok())
}

fn amount(money: Money, sign: i64) -> (String, i64) {
    (money.currency_code, money.minor_units.saturating_mul(sign))
}
