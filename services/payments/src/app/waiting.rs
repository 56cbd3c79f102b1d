//! Entries that wait and need no person: the claim that they name comes in, or the law says how they are
//! divided (§ 366 BGB), which claims is asked outside any transaction.

use chrono::{NaiveDate, TimeDelta};
use kulanz_chassis::Clients;
use kulanz_store::{Due, DueItem, Store, Work, WorkFailure};
use kulanz_types::{BankEntryId, ClaimId, Money};

use super::booking::{self, Receipt};
use super::books::Books;
use super::claims::{Division, divide};
use super::entries::{self, DIVIDED, keep_settled, settle};
use super::matching::{Evidence, Judged, reference_lengths};
use crate::domain::ledger::{Account, Transfer};
use crate::domain::matching::{Clues, Relation, SuspenseReason, Trace, Verdict, clues_of};
use crate::error::Error;
use crate::store::bank_entry::{self, Details, Model, state};
use crate::store::payment::{self, Mark};
use crate::store::receivable::{self, Parties};
use crate::store::{currency, ledger, money};

/// An entry waits and may be settled by itself.
pub const WAITING_ENTRY: &str = "waiting_entry";
/// After this pause it is looked at again, whether or not anything was told meanwhile.
pub const SECOND_LOOK: TimeDelta = TimeDelta::minutes(5);
/// So long an entry waits for claims to answer what was booked before, where its answer goes unseen.
const UNTOLD_FOR: TimeDelta = TimeDelta::hours(1);

/// What is asked of claims, and what was known here when it was.
struct Question {
    entry: BankEntryId,
    relation: Relation,
    designated: Vec<ClaimId>,
    /// Where the overpayment is noted if nothing is open.
    fallback: ClaimId,
    amount: Money,
    value_on: NaiveDate,
    mark: Mark,
}

/// What a look at a waiting entry led to.
enum Look {
    /// It is settled, or waits for a person.
    Over,
    /// Claims has not yet answered what was booked before: it is looked at again when it has.
    Early,
    /// Claims is to be asked.
    Ask(Box<Question>),
}

/// Looks at a waiting entry again.
pub async fn look(store: &Store, clients: &Clients, item: &DueItem) -> Result<(), WorkFailure> {
    let work = store.begin(item.tenant).await?;
    let question = match look_alone(&work, item).await? {
        Look::Ask(question) => question,
        Look::Over => return over(work, item).await,
        Look::Early => return later(work, item, UNTOLD_FOR).await,
    };
    drop(work);
    let Question { relation, designated, amount, value_on, .. } = &*question;
    let division = divide(clients, item.tenant, *relation, designated, (*amount, *value_on));
    let division = division.await?;
    let work = store.begin(item.tenant).await?;
    if post(&work, &question, &division).await? {
        over(work, item).await
    } else {
        later(work, item, TimeDelta::zero()).await
    }
}

async fn over(work: Work, item: &DueItem) -> Result<(), WorkFailure> {
    item.complete(&work).await?;
    Ok(work.commit().await?)
}

async fn later(work: Work, item: &DueItem, pause: TimeDelta) -> Result<(), WorkFailure> {
    item.reschedule(&work, work.now() + pause).await?;
    Ok(work.commit().await?)
}

/// A claim came in: the entries that may carry its reference are looked at.
pub async fn wake(work: &Work, entries: Vec<String>) -> Result<(), Error> {
    for entry in entries {
        work.schedule(Due::new(WAITING_ENTRY, entry, work.now())).await?;
    }
    Ok(())
}

/// The entry, if it still waits, behind the end of the ledger.
async fn take(work: &Work, id: BankEntryId) -> Result<Option<Model>, Error> {
    let Some(known) = bank_entry::find(work, id).await? else { return Ok(None) };
    ledger::take_head(work, currency(&known.currency)?).await?;
    let row = bank_entry::take(work, id).await?;
    Ok(row.filter(|row| row.state == state::UNMATCHED && row.amount > 0))
}

async fn look_alone(work: &Work, item: &DueItem) -> Result<Look, Error> {
    let id: BankEntryId = item.key.parse()?;
    let Some(mut row) = take(work, id).await? else { return Ok(Look::Over) };
    let details = bank_entry::open(work, &row).await?;
    let clues = clues_of_entry(work, &details).await?;
    let amount = money(row.amount, &row.currency)?;
    let is_unsplit = row.match_reasons.contains(SuspenseReason::UnsplitBatch.name());
    let mut evidence = Evidence::gather(work, &[&clues]).await?;
    let judged = evidence.judge(work, &clues, amount, is_unsplit).await?;
    match &judged.verdict {
        Verdict::Matched(best) => {
            let claim = best.candidate.claim;
            let parties = parties_of(&judged, claim)?;
            let expected = evidence.expectation(claim);
            let mut books = Books::default();
            let (value_on, bank_entry) = (row.value_on, row.bank_entry_id.as_str());
            let receipt = Receipt { parties, amount, value_on, bank_entry };
            let payment = booking::receive(work, &mut books, &receipt, expected).await?;
            row.match_score = i64::from(best.score);
            let rule = entries::rule_name(best.candidate.rule);
            settle(&mut row, state::MATCHED, &parties, Some(payment.to_string()), rule);
            keep_settled(work, &mut row, &details).await?;
            books.write(work).await?;
            Ok(Look::Over)
        }
        Verdict::Divide { relation, designated, candidates } => {
            let (debtor, creditor) = (relation.debtor.to_string(), relation.creditor.to_string());
            let mark = payment::mark(work, &debtor, &creditor).await?;
            if mark.untold > 0 {
                row.waits_for = Some(debtor);
                bank_entry::save(work, &row).await?;
                return Ok(Look::Early);
            }
            let first = candidates.first().map(|scored| scored.candidate.claim);
            let fallback = designated.first().copied().or(first);
            Ok(Look::Ask(Box::new(Question {
                entry: id,
                relation: *relation,
                designated: designated.clone(),
                fallback: fallback.ok_or(Error::Unexpected("a division among no claims"))?,
                amount,
                value_on: row.value_on,
                mark,
            })))
        }
        Verdict::Suspense { .. } => Ok(Look::Over),
    }
}

/// The clues of an entry as it is kept.
async fn clues_of_entry(work: &Work, details: &Details) -> Result<Clues, Error> {
    let lengths = reference_lengths(work).await?;
    let trace = Trace {
        references: &details.references,
        end_to_end: details.end_to_end.as_deref(),
        text: &details.text,
        iban: details.iban.parse().ok(),
    };
    Ok(clues_of(trace, &lengths))
}

fn parties_of(judged: &Judged, claim: ClaimId) -> Result<Parties, Error> {
    let parties = judged.parties.get(&claim);
    parties.copied().ok_or(Error::Unexpected("a match without its claim"))
}

/// Books each share to its claim as a payment of its own, and what is left over as owed back to the payer;
/// false where something was booked since claims was asked, so that its answer is of yesterday.
async fn post(work: &Work, question: &Question, division: &Division) -> Result<bool, Error> {
    let Some(mut row) = take(work, question.entry).await? else { return Ok(true) };
    let Question { relation, value_on, .. } = question;
    let (debtor, creditor) = (relation.debtor.to_string(), relation.creditor.to_string());
    if payment::mark(work, &debtor, &creditor).await? != question.mark {
        return Ok(false);
    }
    let details = bank_entry::open(work, &row).await?;
    let mut books = Books::default();
    let mut first = None;
    for (claim, share) in &division.shares {
        let parties = own(work, *relation, *claim).await?;
        let bank_entry = row.bank_entry_id.as_str();
        let receipt = Receipt { parties, amount: *share, value_on: *value_on, bank_entry };
        let payment = booking::receive(work, &mut books, &receipt, None).await?;
        first.get_or_insert((parties, payment.to_string()));
    }
    if division.overpayment.is_positive() {
        let pair = (Account::Suspense, Account::RefundsPayable);
        let key = format!("{}:overpaid", row.bank_entry_id);
        books.transfers.push(Transfer::new(key, pair, division.overpayment, *value_on)?);
        row.overpaid = division.overpayment.minor_units();
    }
    let (parties, payment) = match first {
        Some((parties, payment)) => (parties, Some(payment)),
        None => (own(work, *relation, question.fallback).await?, None),
    };
    settle(&mut row, state::MATCHED, &parties, payment, DIVIDED);
    keep_settled(work, &mut row, &details).await?;
    books.write(work).await?;
    Ok(true)
}

/// The claim, of that debtor and that creditor: money is never divided beyond.
async fn own(work: &Work, relation: Relation, claim: ClaimId) -> Result<Parties, Error> {
    let found = receivable::find(work, claim).await?.map(|row| row.parties()).transpose()?;
    let own = found.filter(|parties| {
        (parties.debtor, parties.creditor) == (relation.debtor, relation.creditor)
    });
    own.ok_or(Error::Unexpected("a share for a claim that is not known as this debtor's"))
}
