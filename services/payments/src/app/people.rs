//! What is held about a person (Art. 15 GDPR), and its end (Art. 17 GDPR).

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use kulanz_store::Work;
use kulanz_types::{DebtorId, TenantId, berlin_date};
use serde_json::{Value, json};

use super::Desk;
use super::promise::{self, Ending};
use crate::error::Error;
use crate::store::arrangement::Stored;
use crate::store::bank_entry::{self, Details};
use crate::store::receivable::Model as Receivable;
use crate::store::{
    arrangement, bank_statement, claim_fact, currency, ledger, payment, promise as promises, quote,
    receivable,
};

/// A record about a person.
pub struct Record {
    /// `receivable`, `payment`, `bank_entry`, `quote`, `arrangement`, `promise`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Everything held, as a JSON object.
    pub json: Value,
    /// Who supplied it.
    pub source: &'static str,
    /// When, where it is known.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// What a duty keeps.
pub struct Retained {
    /// The kind of record.
    pub kind: &'static str,
    /// The duty.
    pub norm: &'static str,
    /// How many.
    pub count: usize,
    /// The last day of the duty; none where it ends with a decision.
    pub until: Option<NaiveDate>,
}

/// Ledger and what it cannot be read without.
const BOOKS: (&str, i32) = ("§ 147 Abs. 1 Nr. 1, Abs. 3 AO, § 257 Abs. 1 Nr. 1, Abs. 4 HGB", 10);
/// What a booking rests on.
const VOUCHERS: (&str, i32) = ("§ 147 Abs. 1 Nr. 4, Abs. 3 AO, § 257 Abs. 1 Nr. 4, Abs. 4 HGB", 8);
/// What was written to and agreed with someone.
const LETTERS: (&str, i32) =
    ("§ 147 Abs. 1 Nr. 2, 3, Abs. 3 AO, § 257 Abs. 1 Nr. 2, 3, Abs. 4 HGB", 6);
/// Money that is held for whoever it turns out to belong to.
const OWED_BACK: &str = "§ 812 Abs. 1 BGB, Art. 17 Abs. 3 lit. e DSGVO";

/// Everything held about a debtor.
pub async fn export(desk: &Desk, tenant: TenantId, debtor: DebtorId) -> Result<Vec<Record>, Error> {
    let work = desk.read(tenant).await?;
    let claims = receivable::of_debtors(&work, &[debtor.to_string()]).await?;
    let mut records = receivables(&work, &claims).await?;
    records.extend(payments(&work, debtor).await?);
    records.extend(bank_entries(&work, debtor, &claims).await?);
    for row in quote::of_debtor(&work, debtor).await? {
        records.push(quote_record(row)?);
    }
    records.extend(arrangement::of_debtor(&work, debtor).await?.iter().map(arrangement_record));
    for row in promises::of_debtor(&work, debtor).await? {
        records.push(promise_record(row));
    }
    Ok(records)
}

async fn receivables(work: &Work, claims: &[Receivable]) -> Result<Vec<Record>, Error> {
    let ids: Vec<String> = claims.iter().map(|row| row.claim_id.clone()).collect();
    let facts = claim_fact::of_claims(work, &ids).await?;
    let record = |row: &Receivable| {
        let fact = facts.iter().find(|fact| fact.claim_id == row.claim_id);
        let amount = |cents: i64| money(cents, &row.currency);
        let json = json!({
            "claim_id": row.claim_id,
            "debtor_id": row.debtor_id,
            "creditor_id": row.creditor_id,
            "principal": amount(row.principal),
            "case_reference": row.case_reference,
            "payment_reference": row.creditor_reference,
            "standing": fact.map(|fact| fact.state.clone()),
            "balance": fact.and_then(|fact| fact.balance).map(amount),
            "owed_back": fact.map(|fact| amount(fact.refundable)),
        });
        let (id, recorded_at) = (row.claim_id.clone(), Some(row.opened_at));
        Record { kind: "receivable", id, json, source: "creditor", recorded_at }
    };
    Ok(claims.iter().map(record).collect())
}

async fn payments(work: &Work, debtor: DebtorId) -> Result<Vec<Record>, Error> {
    let record = |row: payment::Model| {
        let json = json!({
            "payment_id": row.payment_id,
            "claim_id": row.claim_id,
            "debtor_id": row.debtor_id,
            "creditor_id": row.creditor_id,
            "amount": money(row.amount, &row.currency),
            "state": row.state,
            "value_date": row.value_on,
            "method": row.method,
            "bank_entry_id": row.bank_entry_id,
            "arrangement_id": row.arrangement_id,
        });
        let recorded_at = Some(row.created_at);
        Record { kind: "payment", id: row.payment_id, json, source: "kulanz", recorded_at }
    };
    Ok(payment::of_debtor(work, debtor).await?.into_iter().map(record).collect())
}

/// The entries booked to the person's claims, and those that wait and came from an account of theirs.
async fn bank_entries(
    work: &Work,
    debtor: DebtorId,
    claims: &[Receivable],
) -> Result<Vec<Record>, Error> {
    let mut rows = bank_entry::of_debtor(work, debtor, &claim_ids(claims)).await?;
    rows.extend(waiting(work, &rows).await?);
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let details = bank_entry::open(work, &row).await?;
        let arrived = bank_statement::imported_at(work, &row.bank_statement_id).await?;
        records.push(entry_record(row, details, arrived));
    }
    Ok(records)
}

async fn waiting(work: &Work, own: &[bank_entry::Model]) -> Result<Vec<bank_entry::Model>, Error> {
    let payers: BTreeSet<String> = own.iter().filter_map(|row| row.payer_index.clone()).collect();
    Ok(bank_entry::unmatched_of_payers(work, &payers.into_iter().collect::<Vec<_>>()).await?)
}

fn entry_record(
    row: bank_entry::Model,
    details: Details,
    recorded_at: Option<DateTime<Utc>>,
) -> Record {
    let json = json!({
        "bank_entry_id": row.bank_entry_id,
        "amount": money(row.amount, &row.currency),
        "booking_date": row.booked_on,
        "value_date": row.value_on,
        "state": row.state,
        "claim_id": row.claim_id,
        "payment_id": row.payment_id,
        "match_rule": row.match_rule,
        "return_reason": row.return_reason,
        "owed_back": money(row.overpaid, &row.currency),
        "counterparty_name": details.name,
        "counterparty_iban": details.iban,
        "remittance_text": details.text,
        "references": details.references,
        "end_to_end_id": details.end_to_end,
    });
    Record { kind: "bank_entry", id: row.bank_entry_id, json, source: "bank", recorded_at }
}

fn quote_record(row: quote::Model) -> Result<Record, Error> {
    let json = json!({
        "quote_id": row.quote_id,
        "claim_id": row.claim_id,
        "kind": row.kind,
        "options": row.offered()?,
        "cost_notice": row.cost_notice,
        "cost_notice_hash": row.cost_notice_hash,
        "valid_until": row.valid_until,
        "cost_notice_confirmed_at": row.notice_confirmed_at,
        "cost_notice_shown_on": row.notice_shown_on,
        "accepted_at": row.accepted_at,
        "refusal": row.refusal,
    });
    let recorded_at = Some(row.created_at);
    Ok(Record { kind: "quote", id: row.quote_id, json, source: "kulanz", recorded_at })
}

fn arrangement_record(stored: &Stored) -> Record {
    let row = &stored.row;
    let instalment = |one: &crate::domain::arrangement::Instalment| {
        json!({
            "instalment_id": one.id.to_string(),
            "number": one.number,
            "due_date": one.due_on,
            "amount": money(one.amount.minor_units(), &row.currency),
            "paid": money(one.paid.minor_units(), &row.currency),
        })
    };
    let json = json!({
        "arrangement_id": row.arrangement_id,
        "claim_id": row.claim_id,
        "debtor_id": row.debtor_id,
        "kind": row.kind,
        "state": row.state,
        "instalments": stored.arrangement.instalments.iter().map(instalment).collect::<Vec<_>>(),
        "total": money(row.total, &row.currency),
        "arrangement_cost": money(row.arrangement_cost, &row.currency),
        "accepted_at": row.accepted_at,
        "accepted_by": row.accepted_by,
        "quote_id": row.quote_id,
        "payment_reference": row.payment_reference,
    });
    let (id, recorded_at) = (row.arrangement_id.clone(), Some(row.accepted_at));
    Record { kind: "arrangement", id, json, source: "debtor", recorded_at }
}

fn promise_record(row: promises::Model) -> Record {
    let json = json!({
        "promise_id": row.promise_id,
        "claim_id": row.claim_id,
        "amount": money(row.amount, &row.currency),
        "received": money(row.received, &row.currency),
        "promised_date": row.promised_on,
        "state": row.state,
        "made_at": row.made_at,
        "made_by": row.made_by,
    });
    let recorded_at = Some(row.made_at);
    Record { kind: "promise", id: row.promise_id, json, source: "debtor", recorded_at }
}

fn money(cents: i64, currency: &str) -> Value {
    json!({ "currency_code": currency, "minor_units": cents })
}

fn claim_ids(claims: &[Receivable]) -> Vec<String> {
    claims.iter().map(|row| row.claim_id.clone()).collect()
}

/// Destroys what can be read about a debtor, and says what stays: facts of vouchers and books under ids
/// that lead to nobody. Money that waits stays as it is until it is known whose it is.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<Vec<Retained>, Error> {
    let claims = receivable::of_debtors(work, &[debtor.to_string()]).await?;
    let currencies: BTreeSet<&str> = claims.iter().map(|row| row.currency.as_str()).collect();
    for code in currencies {
        // No entry is settled for the person while they are erased.
        ledger::take_head(work, currency(code)?).await?;
    }
    let ids = claim_ids(&claims);
    let kept = retained(work, debtor, &claims).await?;
    for row in &claims {
        promise::end(work, row.claim_id.parse()?, Ending::ClaimClosed).await?;
    }
    let mut answers = vec![debtor.to_string()];
    answers.extend(ids.iter().cloned());
    work.forget_answers(&answers).await?;
    quote::forget_unaccepted(work, debtor).await?;
    promises::forget(work, debtor).await?;
    bank_entry::forget_person(work, debtor, &ids).await?;
    work.destroy_keys(debtor).await?;
    Ok(kept)
}

async fn retained(
    work: &Work,
    debtor: DebtorId,
    claims: &[Receivable],
) -> Result<Vec<Retained>, Error> {
    let ids = claim_ids(claims);
    let entries = bank_entry::of_debtor(work, debtor, &ids).await?;
    let waiting = waiting(work, &entries).await?;
    let payments = payment::of_debtor(work, debtor).await?;
    let transfers = ledger::of_claims(work, &ids).await?;
    let arrangements = arrangement::of_debtor(work, debtor).await?;
    let quotes = quote::of_debtor(work, debtor).await?;
    let quotes = quotes.iter().filter_map(|row| row.accepted_at);
    let opened = claims.iter().map(|row| berlin_date(row.opened_at));
    let mut kept = vec![
        dated("transfer", BOOKS, transfers.iter().copied()),
        dated(
            "receivable",
            BOOKS,
            opened.map(|day| transfers.iter().copied().max().unwrap_or(day)),
        ),
        dated("bank_entry", VOUCHERS, entries.iter().map(|row| row.booked_on)),
        dated("payment", VOUCHERS, payments.iter().map(|row| berlin_date(row.created_at))),
        dated(
            "arrangement",
            LETTERS,
            arrangements.iter().map(|one| berlin_date(one.row.accepted_at)),
        ),
        dated("quote", LETTERS, quotes.map(berlin_date)),
    ];
    let (kind, count) = ("waiting_bank_entry", waiting.len());
    kept.push(Retained { kind, norm: OWED_BACK, count, until: None });
    kept.retain(|one| one.count > 0);
    Ok(kept)
}

/// Records of these days under a duty of so many years, which begin with the end of the calendar year
/// (§ 147 Abs. 4 AO, § 257 Abs. 5 HGB).
fn dated(
    kind: &'static str,
    (norm, years): (&'static str, i32),
    days: impl Iterator<Item = NaiveDate>,
) -> Retained {
    let days: Vec<NaiveDate> = days.collect();
    let last =
        days.iter().max().and_then(|day| NaiveDate::from_ymd_opt(day.year() + years, 12, 31));
    Retained { kind, norm, count: days.len(), until: last }
}
