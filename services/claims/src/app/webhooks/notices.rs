//! What each type of message says. Ids and facts of the claim, nothing of the person.

use chrono::NaiveDate;
use kulanz_types::Money;
use serde_json::{Value, json};

use super::Notice;
use crate::app::change::Why;
use crate::domain::lifecycle::ClaimState;
use crate::domain::statement::Totals;
use crate::domain::webhook::WebhookType;
use crate::store::{challenge, claim, evidence, import, question};

/// What every message about a claim says of it.
fn of_claim(claim: &claim::Model, kind: WebhookType, mut data: Value) -> Notice<'_> {
    data["claim_id"] = json!(claim.claim_id);
    data["creditor_id"] = json!(claim.creditor_id);
    data["reference"] = json!(claim.reference);
    data["claim_version"] = json!(claim.version);
    Notice { kind, creditor_id: &claim.creditor_id, data }
}

fn money(money: Money) -> Value {
    json!({"currency_code": money.currency().code(), "minor_units": money.minor_units()})
}

/// A claim moved to another state.
pub fn state_changed<'a>(
    claim: &'a claim::Model,
    before: ClaimState,
    after: ClaimState,
    why: Why<'_>,
) -> Notice<'a> {
    let data = json!({
        "from_state": before.name(),
        "to_state": after.name(),
        "reason": why.reason,
    });
    of_claim(claim, WebhookType::ClaimStateChanged, data)
}

/// An entry changed what is open.
pub fn balance_changed<'a>(
    claim: &'a claim::Model,
    totals: &Totals,
    cause: &str,
    payment_id: &str,
) -> Notice<'a> {
    let data = json!({
        "cause": cause,
        "payment_id": payment_id,
        "balance": {
            "principal": money(totals.principal),
            "interest": money(totals.interest),
            "costs": money(totals.costs),
            "credits": money(totals.credits),
            "total": money(totals.total),
        },
    });
    of_claim(claim, WebhookType::ClaimBalanceChanged, data)
}

/// The end of the period of limitation comes near.
pub fn limitation_near(
    claim: &claim::Model,
    expires_on: NaiveDate,
    last_timely_filing: Option<NaiveDate>,
    months: u32,
) -> Notice<'_> {
    let data = json!({
        "expires_on": expires_on,
        "last_timely_filing": last_timely_filing,
        "months_left": months,
    });
    of_claim(claim, WebhookType::ClaimLimitationNear, data)
}

/// A challenge to a claim was opened or decided, or a file came for it. Words of the person stay here.
pub fn challenge<'a>(
    claim: &'a claim::Model,
    challenge: &challenge::Model,
    kind: WebhookType,
    file: Option<&evidence::Model>,
) -> Notice<'a> {
    let mut data = json!({
        "challenge_id": challenge.challenge_id,
        "kind": challenge.kind,
        "state": challenge.state,
        "answer_by": challenge.answer_by,
    });
    if let Some(file) = file {
        data["evidence_id"] = json!(file.evidence_id);
        data["media_type"] = json!(file.media_type);
    }
    of_claim(claim, kind, data)
}

/// The creditor is asked about a claim, has answered, or has let the day pass.
pub fn question<'a>(
    claim: &'a claim::Model,
    question: &question::Model,
    kind: WebhookType,
) -> Notice<'a> {
    let data = json!({
        "question_id": question.question_id,
        "challenge_id": question.challenge_id.as_deref().unwrap_or_default(),
        "answer_by": question.answer_by,
    });
    of_claim(claim, kind, data)
}

/// An import came to its end.
pub fn import_finished(import: &import::Model) -> Notice<'_> {
    let data = json!({
        "import_id": import.import_id,
        "creditor_id": import.creditor_id,
        "source_name": import.source_name,
        "dry_run": import.dry_run,
        "accepted_count": import.accepted,
        "unchanged_count": import.unchanged,
        "warned_count": import.warned,
        "rejected_count": import.rejected,
        "claim_count": import.claims,
    });
    Notice { kind: WebhookType::ImportFinished, creditor_id: &import.creditor_id, data }
}
