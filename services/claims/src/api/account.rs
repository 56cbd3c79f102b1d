//! Calls about the account of a claim: its entries, corrections, and what a payment would cover.

use std::collections::HashSet;

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_law::{ClaimShare, FeeRate, Rule};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{instant, optional, required, timestamp};
use kulanz_proto::types::v1::{Date, Money as WireMoney};
use kulanz_store::{Begin, Work};
use kulanz_types::{ClaimId, Money};
use prost::Message;

use super::claims::{claim_id, shown as shown_claim};
use super::who::Who;
use super::{Api, begin, id};
use crate::app::allocation::{Payment, preview};
use crate::app::corrections::{self, Booked, New, Shown};
use crate::app::entries::{self, View};
use crate::app::rise::{self, Decided};
use crate::domain::account::{EntryKind, Subject};
use crate::error::Error;
use crate::store::{claim, entry};

/// Longest reason that staff may give.
const LONGEST_REASON: usize = 500;

/// Lists the entries of a claim.
pub async fn list(
    api: &Api,
    who: Who,
    request: wire::ListEntriesRequest,
) -> Result<wire::ListEntriesResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let known_at = request.known_at.as_ref().map(instant).transpose();
    let known_at = known_at.map_err(|error| Error::field("known_at", error.to_string()))?;
    let query =
        wire::ListEntriesRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let page = api
        .page_key
        .request(
            who.tenant,
            "ListEntries",
            query.encode_to_vec(),
            request.page_size,
            &request.page_token,
        )
        .map_err(Error::Page)?;
    let after = page.cursor().and_then(|cursor| cursor.parse().ok()).unwrap_or_default();
    let work = api.store.begin(who.tenant).await?;
    let (claim, rows) = entries::list(&work, claim_id, known_at, after, page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.sequence.to_string());
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.push(message(&work, &claim, row).await?);
    }
    Ok(wire::ListEntriesResponse { entries, next_page_token })
}

/// Charges costs to a claim.
pub async fn book_cost(
    api: &Api,
    who: Who,
    request: wire::BookCostRequest,
) -> Result<wire::BookCostResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    let subject = wire::CostKind::try_from(request.kind).ok().and_then(subject);
    violations.require(subject.is_some(), "kind", "is required");
    if subject == Some(Subject::BusinessFee) {
        return raise(api, who, (claim_id, request), violations).await;
    }
    let (amount, value_date) = booking(&mut violations, request.amount.clone(), request.value_date);
    reason(&mut violations, &request.reason);
    shown(&mut violations, &request, subject);
    violations.into_result()?;
    let (Some(subject), Some(amount)) = (subject, amount) else {
        return Err(Error::field("kind", "is required"));
    };
    let begun = begin(api, &who, "BookCost", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let shown = Shown {
        evidence: request.evidence.trim(),
        schedule_number: request.schedule_number.trim(),
    };
    let new = New { subject, amount, value_date, reason: &request.reason, shown };
    let booked = corrections::book_cost(&work, claim_id, new, &who.actor).await?;
    let (entry, claim) = answered(&work, booked).await?;
    Ok(work.finish(wire::BookCostResponse { entry, claim, further_entries: Vec::new() }).await?)
}

/// What shows a cost, and what belongs to a fee that rises alone.
fn shown(violations: &mut Violations, request: &wire::BookCostRequest, subject: Option<Subject>) {
    let raises = "is for COST_KIND_BUSINESS_FEE";
    violations.require(request.rate.is_empty(), "rate", raises);
    violations.require(request.first_demand_received.is_none(), "first_demand_received", raises);
    let evidence = request.evidence.trim();
    let told = matches!(subject, Some(Subject::CourtOutlays | Subject::Bailiff));
    violations.require(!told || !evidence.is_empty(), "evidence", "is required");
    violations.require(evidence.chars().count() <= LONGEST_REASON, "evidence", "is too long");
    let numbered = request.schedule_number.is_empty() || subject == Some(Subject::Bailiff);
    violations.require(numbered, "schedule_number", "is for COST_KIND_BAILIFF");
}

/// Raises the fee of collection: how much that adds is computed.
async fn raise(
    api: &Api,
    who: Who,
    (claim_id, request): (ClaimId, wire::BookCostRequest),
    mut violations: Violations,
) -> Result<wire::BookCostResponse, Error> {
    violations.require(request.amount.is_none(), "amount", "is computed from `rate`");
    let rate: Option<FeeRate> = violations.parse("rate", request.rate.parse());
    let value_date = violations.parse("value_date", optional(request.value_date)).flatten();
    let demanded_on = optional(request.first_demand_received);
    let demanded_on = violations.parse("first_demand_received", demanded_on).flatten();
    reason(&mut violations, &request.reason);
    violations.require(request.evidence.is_empty(), "evidence", "is not for a fee that rises");
    let numbered = request.schedule_number.is_empty();
    violations.require(numbered, "schedule_number", "is for COST_KIND_BAILIFF");
    violations.into_result()?;
    let Some(rate) = rate else { return Err(Error::field("rate", "is required")) };
    let begun = begin(api, &who, "BookCost", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let decided = Decided { rate, demanded_on, value_date, reason: &request.reason };
    let (rows, claim) = rise::by_decision(&work, claim_id, &decided, &who.actor).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.push(message(&work, &claim, row).await?);
    }
    let mut entries = entries.into_iter();
    let (entry, claim) = (entries.next(), Some(shown_claim(&work, claim).await?));
    let further_entries = entries.collect();
    Ok(work.finish(wire::BookCostResponse { entry, claim, further_entries }).await?)
}

/// Credits a claim with something that is no payment.
pub async fn book_credit(
    api: &Api,
    who: Who,
    request: wire::BookCreditRequest,
) -> Result<wire::BookCreditResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    let (amount, value_date) = booking(&mut violations, request.amount.clone(), request.value_date);
    reason(&mut violations, &request.reason);
    violations.into_result()?;
    let Some(amount) = amount else { return Err(Error::field("amount", "is required")) };
    let begun = begin(api, &who, "BookCredit", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let shown = Shown::default();
    let new =
        New { subject: Subject::Goodwill, amount, value_date, reason: &request.reason, shown };
    let booked = corrections::book_credit(&work, claim_id, new, &who.actor).await?;
    let (entry, claim) = answered(&work, booked).await?;
    Ok(work.finish(wire::BookCreditResponse { entry, claim }).await?)
}

/// Takes an earlier cost or credit back.
pub async fn reverse(
    api: &Api,
    who: Who,
    request: wire::ReverseEntryRequest,
) -> Result<wire::ReverseEntryResponse, Error> {
    let claim_id = claim_id(&request.claim_id)?;
    let mut violations = Violations::default();
    reason(&mut violations, &request.reason);
    violations.into_result()?;
    let begun = begin(api, &who, "ReverseEntry", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let (entry_id, why) = (&request.entry_id, &request.reason);
    let booked = corrections::reverse(&work, claim_id, entry_id, why, &who.actor).await?;
    let (entry, claim) = answered(&work, booked).await?;
    Ok(work.finish(wire::ReverseEntryResponse { entry, claim }).await?)
}

/// Which claims of a debtor a payment would cover.
pub async fn preview_allocation(
    api: &Api,
    who: Who,
    request: wire::PreviewAllocationRequest,
) -> Result<wire::PreviewAllocationResponse, Error> {
    let (debtor, creditor) = (id(&request.debtor_id)?, id(&request.creditor_id)?);
    let mut violations = Violations::default();
    let amount = amount(&mut violations, request.amount);
    let value_date = violations.parse("value_date", required(request.value_date));
    let named = request.designated_claim_ids.iter().map(|claim| claim.parse());
    let named =
        violations.parse("designated_claim_ids", named.collect::<Result<Vec<ClaimId>, _>>());
    let designated = named.unwrap_or_default();
    let distinct: HashSet<&ClaimId> = designated.iter().collect();
    let twice = distinct.len() < designated.len();
    violations.require(!twice, "designated_claim_ids", "names a claim twice");
    violations.into_result()?;
    let (Some(amount), Some(value_date)) = (amount, value_date) else {
        return Err(Error::field("amount", "is required"));
    };
    let work = api.store.begin(who.tenant).await?;
    let payment = Payment { debtor, creditor, amount, value_date, designated };
    let division = preview(&work, &payment).await?;
    Ok(wire::PreviewAllocationResponse {
        shares: division.shares.iter().map(share).collect::<Result<_, _>>()?,
        overpayment: Some(division.overpayment.into()),
    })
}

fn share(share: &ClaimShare<ClaimId>) -> Result<wire::ClaimShare, Error> {
    let norm = match share.chosen_by {
        Rule::Designation => "§ 366 Abs. 1 BGB: named by the debtor",
        _ => "§ 366 Abs. 2 BGB: due, less secure, more burdensome, older",
    };
    Ok(wire::ClaimShare {
        claim_id: share.id.to_string(),
        amount: Some(share.allocation.allocated.total()?.into()),
        norm: norm.to_owned(),
    })
}

fn booking(
    violations: &mut Violations,
    given: Option<WireMoney>,
    value_date: Option<Date>,
) -> (Option<Money>, Option<NaiveDate>) {
    let value_date = violations.parse("value_date", optional(value_date)).flatten();
    (amount(violations, given), value_date)
}

fn amount(violations: &mut Violations, given: Option<WireMoney>) -> Option<Money> {
    let amount: Option<Money> = violations.parse("amount", required(given));
    let positive = amount.is_none_or(Money::is_positive);
    violations.require(positive, "amount", "must be above zero");
    amount
}

fn reason(violations: &mut Violations, reason: &str) {
    violations.require(!reason.trim().is_empty(), "reason", "is required");
    violations.require(reason.chars().count() <= LONGEST_REASON, "reason", "is too long");
}

const fn subject(kind: wire::CostKind) -> Option<Subject> {
    match kind {
        wire::CostKind::Unspecified => None,
        wire::CostKind::BankCharge => Some(Subject::BankCharge),
        wire::CostKind::Reminder => Some(Subject::Reminder),
        wire::CostKind::AddressTrace => Some(Subject::AddressTrace),
        wire::CostKind::CourtFee => Some(Subject::CourtFee),
        wire::CostKind::Enforcement => Some(Subject::Enforcement),
        wire::CostKind::FlatSum => Some(Subject::FlatSum),
        wire::CostKind::ArrangementFee => Some(Subject::ArrangementFee),
        wire::CostKind::BusinessFee => Some(Subject::BusinessFee),
        wire::CostKind::CourtDunning => Some(Subject::CourtDunning),
        wire::CostKind::EnforcementOrder => Some(Subject::EnforcementOrder),
        wire::CostKind::SuitFee => Some(Subject::SuitFee),
        wire::CostKind::AssetDisclosure => Some(Subject::AssetDisclosure),
        wire::CostKind::CourtOutlays => Some(Subject::CourtOutlays),
        wire::CostKind::Bailiff => Some(Subject::Bailiff),
    }
}

async fn answered(
    work: &Work,
    (row, claim): Booked,
) -> Result<(Option<wire::Entry>, Option<wire::Claim>), Error> {
    let entry = message(work, &claim, row).await?;
    Ok((Some(entry), Some(shown_claim(work, claim).await?)))
}

/// An entry as its reader sees it.
pub async fn message(
    work: &Work,
    claim: &claim::Model,
    row: entry::Model,
) -> Result<wire::Entry, Error> {
    let View { row, note } = entries::view(work, claim, row).await?;
    Ok(wire::Entry {
        kind: kind(row.entry_kind()?).into(),
        entry_id: row.entry_id,
        sequence: row.sequence,
        value_date: Some(row.value_date.into()),
        amount: Some(Money::new(claim.currency()?, row.amount).into()),
        cause_id: row.cause_id.unwrap_or_default(),
        norm: row.norm,
        formula: row.formula,
        actor: row.actor,
        booked_at: Some(timestamp(row.booked_at)),
        hash: row.hash,
        previous_hash: row.previous_hash,
        subject: row.subject,
        note,
        rule_version: row.rule_version,
        inputs: serde_json::from_str(&row.inputs)?,
    })
}

const fn kind(kind: EntryKind) -> wire::EntryKind {
    match kind {
        EntryKind::Principal => wire::EntryKind::Principal,
        EntryKind::Cost => wire::EntryKind::Cost,
        EntryKind::Credit => wire::EntryKind::Credit,
        EntryKind::Payment(_) => wire::EntryKind::Payment,
        EntryKind::Reversal(_) => wire::EntryKind::Reversal,
        EntryKind::Correction(_) => wire::EntryKind::Correction,
    }
}
