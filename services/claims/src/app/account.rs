//! The account of a claim: how entries are added to its chain, what they come to, and whether the chain
//! holds.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_store::Work;
use kulanz_types::{ClaimId, EntryId, Money};

use crate::domain::account::{Entry, EntryKind, Replay, Subject, replay};
use crate::domain::statement::Totals;
use crate::error::Error;
use crate::store::{claim, entry, record};

/// The column under whose name notes are sealed.
pub const NOTE: &str = "entry.note";

/// An entry before it has its place in the chain.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    kind: (&'static str, Option<String>),
    subject: Subject,
    value_date: NaiveDate,
    amount: Money,
    actor: &'a str,
    norm: &'a str,
    rule_version: &'a str,
    inputs: BTreeMap<&'static str, String>,
    formula: &'a str,
    note: Option<&'a str>,
}

impl<'a> Draft<'a> {
    /// An entry by `actor` that rests on the norm of its subject.
    pub fn new(
        kind: EntryKind,
        subject: Subject,
        value_date: NaiveDate,
        amount: Money,
        actor: &'a str,
    ) -> Self {
        Self {
            kind: record::entry_columns(kind),
            subject,
            value_date,
            amount,
            actor,
            norm: subject.norm(),
            rule_version: "",
            inputs: BTreeMap::new(),
            formula: "",
            note: None,
        }
    }

    /// On which norm it rests.
    pub fn norm(self, norm: &'a str) -> Self {
        Self { norm, ..self }
    }

    /// By which version of the rule, from what and how its amount was found.
    pub fn worked_out(
        self,
        rule_version: &'a str,
        inputs: BTreeMap<&'static str, String>,
        formula: &'a str,
    ) -> Self {
        let mut all = self.inputs;
        all.extend(inputs);
        Self { rule_version, inputs: all, formula, ..self }
    }

    /// What shows it; empty for nothing.
    pub fn shown_by(mut self, evidence: &str) -> Self {
        if !evidence.is_empty() {
            self.inputs.insert("evidence", evidence.to_owned());
        }
        self
    }

    /// What it is about: a claim has one entry of each kind and cause.
    pub fn caused_by(mut self, cause_id: &str) -> Self {
        self.kind.1 = Some(cause_id.to_owned());
        self
    }

    /// With another amount.
    pub fn amounting_to(self, amount: Money) -> Self {
        Self { amount, ..self }
    }

    /// On which norm it rests.
    pub const fn rests_on(&self) -> &'a str {
        self.norm
    }

    /// How much.
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// As what it is kept, and what it is about.
    pub fn kind_and_cause(&self) -> (&'static str, Option<&str>) {
        (self.kind.0, self.kind.1.as_deref())
    }

    /// Words about it, kept sealed for the debtor.
    pub fn note(self, note: &'a str) -> Self {
        Self { note: Some(note), ..self }
    }
}

/// Books an entry at the end of the chain of a claim that is locked. The account follows with
/// [`super::change::follow`], which also keeps the claim with the new end of its chain.
pub async fn book(
    work: &Work,
    claim: &mut claim::Model,
    draft: Draft<'_>,
) -> Result<entry::Model, Error> {
    if claim.entry_count > 0 && claim.account_hash.is_empty() {
        claim.account_hash = unhashed_end(work, claim).await?;
    }
    let entry_id = EntryId::generate(work.seeds(), work.now());
    let note = match draft.note {
        Some(words) => {
            let row_id = entry_id.to_string();
            Some(work.seal(claim.debtor()?, NOTE, &row_id, words.as_bytes()).await?)
        }
        None => None,
    };
    let row = chained(work, claim, entry_id, draft, note)?;
    entry::insert_many(work, vec![row.clone()]).await?;
    Ok(row)
}

/// The row of a draft without a note ([`add_note`] adds one), at the end of the chain of a claim that is new
/// or locked; whoever asks writes it, and the claim.
pub fn append(
    work: &Work,
    claim: &mut claim::Model,
    draft: Draft<'_>,
) -> Result<entry::Model, Error> {
    let entry_id = EntryId::generate(work.seeds(), work.now());
    chained(work, claim, entry_id, draft, None)
}

/// Adds words, sealed for the debtor, to the last entry of a claim before either is written.
pub async fn add_note(
    work: &Work,
    claim: &mut claim::Model,
    row: &mut entry::Model,
    words: &str,
) -> Result<(), Error> {
    let sealed = work.seal(claim.debtor()?, NOTE, &row.entry_id, words.as_bytes()).await?;
    row.note = Some(sealed);
    row.hash = row.link(&claim.currency).hash(&row.previous_hash);
    claim.account_hash.clone_from(&row.hash);
    Ok(())
}

fn chained(
    work: &Work,
    claim: &mut claim::Model,
    entry_id: EntryId,
    draft: Draft<'_>,
    note: Option<Vec<u8>>,
) -> Result<entry::Model, Error> {
    let (kind, cause_id) = draft.kind;
    // What is known at an instant is a beginning of the chain, whenever its transactions began.
    let booked_at = claim.booked_until.map_or(work.now(), |until| until.max(work.now()));
    let mut row = entry::Model {
        tenant_id: claim.tenant_id.clone(),
        claim_id: claim.claim_id.clone(),
        sequence: claim.entry_count + 1,
        entry_id: entry_id.to_string(),
        kind: kind.to_owned(),
        subject: draft.subject.name().to_owned(),
        value_date: draft.value_date,
        amount: draft.amount.minor_units(),
        cause_id,
        norm: draft.norm.to_owned(),
        rule_version: draft.rule_version.to_owned(),
        inputs: serde_json::to_string(&draft.inputs)?,
        formula: draft.formula.to_owned(),
        note,
        actor: draft.actor.to_owned(),
        booked_at,
        previous_hash: claim.account_hash.clone(),
        hash: String::new(),
    };
    row.hash = row.link(&claim.currency).hash(&row.previous_hash);
    claim.entry_count = row.sequence;
    claim.account_hash.clone_from(&row.hash);
    claim.booked_until = Some(booked_at);
    Ok(row)
}

/// Where the chain of a claim from before chains would end.
async fn unhashed_end(work: &Work, claim: &claim::Model) -> Result<String, Error> {
    let rows = entry::of_claim(work, &claim.claim_id, 0, None).await?;
    let next = |previous: String, row: &entry::Model| row.link(&claim.currency).hash(&previous);
    Ok(rows.iter().fold(String::new(), next))
}

/// Fills in the hashes of entries from before chains, which were not kept. `rows` begin with the first.
pub fn with_hashes(currency: &str, mut rows: Vec<entry::Model>) -> Vec<entry::Model> {
    let mut previous = String::new();
    for row in &mut rows {
        if row.hash.is_empty() {
            row.previous_hash.clone_from(&previous);
            row.hash = row.link(currency).hash(&row.previous_hash);
        }
        previous.clone_from(&row.hash);
    }
    rows
}

/// Where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Break {
    /// The entry of this number is not there.
    Missing(i64),
    /// The entry of this number is not what its hash says.
    Altered(i64),
    /// The entry of this number does not rest on the one before it.
    Detached(i64),
    /// The claim knows another end.
    Cut,
}

/// Checks every entry of a claim against its chain, and the end of the chain against the claim; the
/// first place where it does not hold, if any.
pub async fn verify(work: &Work, claim_id: ClaimId) -> Result<Option<Break>, Error> {
    let claim = claim::find(work, claim_id).await?.ok_or_else(|| Error::not_found(claim_id))?;
    let rows = entry::of_claim(work, &claim.claim_id, 0, None).await?;
    let mut previous = String::new();
    for (expected, row) in (1..).zip(&rows) {
        if row.sequence != expected {
            return Ok(Some(Break::Missing(expected)));
        }
        let hash = row.link(&claim.currency).hash(&previous);
        // Entries from before chains have no hash of their own: the next one vouches for them.
        let unhashed = row.hash.is_empty() && row.previous_hash.is_empty();
        if !unhashed && row.previous_hash != previous {
            return Ok(Some(Break::Detached(expected)));
        }
        if !unhashed && row.hash != hash {
            return Ok(Some(Break::Altered(expected)));
        }
        previous = hash;
    }
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let unhashed = claim.account_hash.is_empty() && rows.iter().all(|row| row.hash.is_empty());
    let whole = claim.entry_count == count && (unhashed || claim.account_hash == previous);
    Ok((!whole).then_some(Break::Cut))
}

/// Everything that was booked on a claim, as it is replayed.
pub async fn entries(work: &Work, claim: &claim::Model) -> Result<Vec<Entry>, Error> {
    let currency = claim.currency()?;
    let rows = entry::facts(work, vec![claim.claim_id.clone()]).await?;
    Ok(rows.iter().map(|row| row.entry(currency)).collect::<Result<_, _>>()?)
}

/// Replays the account to the later of `today` and its last value date, keeps where it stands on the
/// claim, and says which day that is.
pub async fn follow(
    work: &Work,
    claim: &mut claim::Model,
    today: NaiveDate,
) -> Result<NaiveDate, Error> {
    let currency = claim.currency()?;
    let entries = entries(work, claim).await?;
    let last_day = entries.iter().map(|entry| entry.value_date).max().unwrap_or(today).max(today);
    keep(claim, &replay(currency, &claim.terms()?, &entries, last_day)?);
    Ok(last_day)
}

/// Keeps on the claim where its account stands.
pub fn keep(claim: &mut claim::Model, replayed: &Replay) {
    claim.put_snapshot(&replayed.snapshot);
    claim.credited = replayed.credited.minor_units();
}

/// What is open on a claim at the end of a day not before its last entry.
pub fn balance(claim: &claim::Model, date: NaiveDate) -> Result<Totals, Error> {
    let snapshot = claim.snapshot()?;
    let open = snapshot.open_at_end_of(&claim.terms()?, date)?;
    Ok(Totals {
        principal: open.principal,
        interest: open.interest,
        costs: open.costs,
        credits: Money::new(claim.currency()?, claim.credited),
        total: open.total()?.checked_sub(snapshot.overpaid)?,
    })
}
