//! Statements of what is owed, and who looked at them.

use chrono::{DateTime, NaiveDate, Utc};
use kulanz_bus::publish;
use kulanz_proto::events::v1::StatementViewed;
use kulanz_store::Work;
use kulanz_types::{ClaimId, Currency, DebtorId, berlin_date};

use super::{account, creditors, rise, today};
use crate::domain::lifecycle::ClaimState;
use crate::domain::statement::{Explained, Occasion, Outlook, Statement, statement};
use crate::error::Error;
use crate::store::{claim, entry};

/// A statement with the claim that it is about.
pub struct View {
    /// The claim.
    pub claim: claim::Model,
    /// Its creditor's name.
    pub creditor_name: String,
    /// The statement.
    pub statement: Statement,
    /// The hash of the last entry that it rests on.
    pub account_hash: String,
}

/// Of when a statement speaks, and of what was known when.
#[derive(Debug, Clone, Copy, Default)]
pub struct Instant {
    /// The day; none for that of `known_at`, or today.
    pub as_of: Option<NaiveDate>,
    /// Only what was booked by then; none for everything.
    pub known_at: Option<DateTime<Utc>>,
}

impl View {
    /// What the statement is about, as its text tells it.
    pub fn occasion(&self) -> Result<Occasion<'_>, Error> {
        let claim = &self.claim;
        Ok(Occasion {
            creditor: &self.creditor_name,
            subject: &claim.contract_subject,
            contract_date: claim.contract_date,
            reference: &claim.reference,
            invoice_date: claim.invoice_date,
            due_date: claim.due_date,
            case_reference: &claim.case_reference,
            outlook: outlook(claim.state()?),
        })
    }
}

fn outlook(state: ClaimState) -> Outlook {
    match state {
        ClaimState::Registered | ClaimState::Open | ClaimState::Recovering => Outlook::Payable,
        ClaimState::Arranged => Outlook::Arranged,
        ClaimState::Paid | ClaimState::Settled => Outlook::Settled,
        ended if ended.is_closed() => Outlook::Ended,
        _ => Outlook::Resting,
    }
}

/// The statement of a claim.
pub async fn get(work: &Work, id: ClaimId, instant: Instant) -> Result<View, Error> {
    let found = claim::find_named(work, id).await?;
    let claim::Named { claim, creditor_name, creditor_profile } =
        found.ok_or_else(|| Error::not_found(id))?;
    let as_of = day_of(work, &claim, instant)?;
    let currency = claim.currency()?;
    let rows = entry::told(work, &claim.claim_id).await?;
    let known = rows
        .iter()
        .take_while(|row| instant.known_at.is_none_or(|known_at| row.booked_at <= known_at))
        .count();
    let account_hash = hash_after(work, &claim, known, rows.len()).await?;
    let terms = creditors::terms_of(&creditor_profile)?;
    let rises = match instant.known_at {
        None => rise::announced(work, &claim, &terms, &rows).await?,
        Some(_) => None,
    };
    let mut entries = Vec::with_capacity(known);
    for row in rows.into_iter().take(known) {
        entries.push(explained(work, &claim, currency, row).await?);
    }
    let mut statement = statement(currency, &claim.terms()?, entries, as_of)?;
    let arose = claim.contract_date.or(claim.invoice_date).unwrap_or(claim.due_date);
    statement.explain_rate(arose, &claim.rate_reason)?;
    if let Some((by, until)) = rises {
        statement.announce_rise(by, until);
    }
    Ok(View { claim, creditor_name, statement, account_hash })
}

/// The day of which a statement speaks, refused where there was no claim yet.
fn day_of(work: &Work, claim: &claim::Model, instant: Instant) -> Result<NaiveDate, Error> {
    if instant.known_at.is_some_and(|known_at| known_at < claim.created_at) {
        return Err(Error::BeforeClaim("known_at"));
    }
    let today = || instant.known_at.map_or_else(|| today(work), berlin_date);
    let as_of = instant.as_of.unwrap_or_else(today);
    if as_of < claim.invoice_date.unwrap_or(claim.due_date) {
        return Err(Error::BeforeClaim("as_of"));
    }
    Ok(as_of)
}

/// The hash of the last of the first `known` entries.
async fn hash_after(
    work: &Work,
    claim: &claim::Model,
    known: usize,
    all: usize,
) -> Result<String, Error> {
    if known == all && !claim.account_hash.is_empty() {
        return Ok(claim.account_hash.clone());
    }
    let first = u64::try_from(known).unwrap_or(u64::MAX);
    let rows = entry::of_claim(work, &claim.claim_id, 0, Some(first)).await?;
    let last = account::with_hashes(&claim.currency, rows).pop();
    Ok(last.map(|row| row.hash).unwrap_or_default())
}

async fn explained(
    work: &Work,
    claim: &claim::Model,
    currency: Currency,
    row: entry::Told,
) -> Result<Explained, Error> {
    let entry = row.entry(currency)?;
    let subject = row.subject(entry.kind);
    let inputs = row.inputs()?;
    let note = match &row.note {
        Some(sealed) => words(work, claim.debtor()?, &row.entry_id, sealed).await?,
        None => String::new(),
    };
    let entry::Told { norm, rule_version, formula, .. } = row;
    Ok(Explained { entry, subject, norm, rule_version, inputs, formula, note })
}

/// The words of a sealed note; none once the person's key is destroyed.
pub async fn words(
    work: &Work,
    debtor: DebtorId,
    entry_id: &str,
    sealed: &[u8],
) -> Result<String, Error> {
    let opened = work.open(debtor, account::NOTE, entry_id, sealed).await?;
    Ok(opened.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default())
}

/// Notes that the debtor looked at the statement of a claim.
pub async fn viewed(work: &Work, id: ClaimId) -> Result<(), Error> {
    let Some(mut claim) = claim::find_locked(work, id).await? else { return Ok(()) };
    claim.views += 1;
    claim.version += 1;
    claim::update(work, &claim).await?;
    let event = StatementViewed {
        claim_id: claim.claim_id.clone(),
        debtor_id: claim.debtor_id.clone(),
        view_count: claim.views,
    };
    publish(work, &claim.claim_id, &claim.debtor_id, claim.version, &event).await?;
    Ok(())
}
