//! One chunk of rows in one transaction.

use std::collections::HashMap;

use kulanz_bus::publish_all;
use kulanz_store::{Store, Work};
use kulanz_types::{CreditorId, TenantId};

use super::directory::Directory;
use super::opening::{Context, Openings};
use super::{CheckedRow, RowResult, Verdict, is_finished, placements, shielded};
use crate::app::protections::extend;
use crate::app::{creditors, today};
use crate::domain::intake::{Accepted, Code, Placed, Problem};
use crate::error::Error;
use crate::store::{claim, creditor, import, import_row};

/// An import in the hands of one stream.
pub struct Session {
    /// Where it is kept.
    pub store: Store,
    /// Whose import.
    pub tenant: TenantId,
    /// Who imports.
    pub actor: String,
    /// The import as last committed.
    pub import: import::Model,
    /// Invoice numbers that a dry run has met: it keeps nothing in the tables.
    seen: HashMap<String, String>,
    /// Claims that this stream has added.
    added: i64,
    /// At how many of them the database is told next how its tables have grown.
    grown: i64,
}

/// The database learns of the tables' growth at so many new claims, and then whenever they are four
/// times as many.
const FIRST_GROWTH: i64 = 500;

/// What became of a chunk.
pub struct ChunkOutcome {
    /// What became of its rows.
    pub results: Vec<RowResult>,
    /// The last row that is on disk.
    pub last_row: i64,
}

/// A row on its way.
struct Candidate {
    number: i64,
    problems: Vec<Problem>,
    accepted: Option<Accepted>,
    content_index: String,
}

impl Session {
    /// The stream's own view of an import.
    pub fn new(store: Store, tenant: TenantId, actor: String, import: import::Model) -> Self {
        let (seen, added, grown) = (HashMap::new(), 0, FIRST_GROWTH);
        Self { store, tenant, actor, import, seen, added, grown }
    }

    /// Judges checked rows and keeps what is good, all in one transaction; in a dry run nothing is kept but the
    /// counts. Rows that were committed before are left out.
    pub async fn commit(&mut self, rows: Vec<CheckedRow>) -> Result<ChunkOutcome, Error> {
        let work = self.store.begin(self.tenant).await?;
        let found = import::find_locked(&work, &self.import.import_id).await?;
        let mut import = found.ok_or_else(|| Error::not_found(&self.import.import_id))?;
        if is_finished(&import) {
            return Err(Error::ImportFinished(import.import_id));
        }
        let candidates = candidates(rows, import.last_row);
        let Some(last_row) = candidates.last().map(|candidate| candidate.number) else {
            return Ok(ChunkOutcome { results: Vec::new(), last_row: import.last_row });
        };
        let (results, debtors) = take(&work, &import, candidates, self).await?;
        import.debtors += debtors;
        if self.import.dry_run {
            drop(work);
            return self.count_dry_run(import, results, last_row).await;
        }
        count(&mut import, &results, last_row);
        import::update(&work, import.clone()).await?;
        work.act_on_all(&self.actor, "ImportClaims", &import.import_id);
        work.fact("last_row", last_row);
        work.commit().await?;
        self.added += import.claims - self.import.claims;
        self.import = import;
        if self.added >= self.grown {
            self.grown = self.added * 4;
            self.store.refresh_statistics().await?;
        }
        Ok(ChunkOutcome { results, last_row })
    }

    async fn count_dry_run(
        &mut self,
        mut import: import::Model,
        results: Vec<RowResult>,
        last_row: i64,
    ) -> Result<ChunkOutcome, Error> {
        let work = self.store.begin(self.tenant).await?;
        count(&mut import, &results, last_row);
        import::update(&work, import.clone()).await?;
        work.commit().await?;
        self.import = import;
        let forget =
            |result| RowResult { claim_id: String::new(), debtor_id: String::new(), ..result };
        Ok(ChunkOutcome { results: results.into_iter().map(forget).collect(), last_row })
    }
}

fn candidates(rows: Vec<CheckedRow>, after: i64) -> Vec<Candidate> {
    let new = rows.into_iter().filter(|row| row.number > after);
    new.map(|row| Candidate {
        number: row.number,
        problems: row.checked.problems,
        accepted: row.checked.accepted,
        content_index: row.content_index,
    })
    .collect()
}

/// Decides on every row in its order and keeps what is taken.
async fn take(
    work: &Work,
    import: &import::Model,
    candidates: Vec<Candidate>,
    session: &mut Session,
) -> Result<(Vec<RowResult>, i64), Error> {
    let creditor_id: CreditorId = import.creditor_id.parse()?;
    let creditor: creditor::Model = creditors::get(work, creditor_id).await?;
    let standing = creditors::standing(&creditor)?;
    let mut candidates = candidates;
    for candidate in &mut candidates {
        standing.admit(&mut candidate.problems, &mut candidate.accepted);
    }
    let context = Context { import, standing: &standing, actor: &session.actor };
    let good: Vec<&Accepted> =
        candidates.iter().filter_map(|candidate| candidate.accepted.as_ref()).collect();
    let seen = std::mem::take(&mut session.seen);
    let mut known = Known::read(work, import, creditor_id, &good, seen).await?;
    let mut directory = Directory::read(work, (creditor_id, &import.import_id), &good).await?;
    let mut placements = placements::read(work, directory.ids(), &good).await?;
    let (mut openings, mut to_shield) = (Openings::default(), Vec::new());
    let (mut results, mut rows) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let (reference, index) = key(&candidate);
        let result = known.judge(candidate, |accepted, content| {
            let terms = standing.terms_of(accepted);
            let mut problems = standing.check(accepted, &terms, today(work));
            let sought = directory.seek(accepted);
            let placed = |debtor| Placed::of(accepted, creditor_id, debtor);
            let debtor = directory.known(&sought);
            problems.extend(debtor.and_then(|debtor| placements.against(&placed(debtor))));
            if problems.iter().any(Problem::rejects) {
                return Ok(Judged { problems, opened: None });
            }
            let found = directory.find_or_add(sought, accepted);
            let claim_id = openings.open(work, &context, found.id, (accepted, &terms), content)?;
            directory.note_claim(&found, &claim_id);
            placements.add(placed(found.id));
            to_shield.extend(accepted.protections.iter().map(|kind| (found.id, *kind)));
            Ok(Judged { problems, opened: Some((claim_id, found.id.to_string(), found.merged)) })
        })?;
        rows.push(verdict_row(work, import, &result, reference, index)?);
        results.push(result);
    }
    let debtors = i64::try_from(directory.new_count()).unwrap_or(i64::MAX);
    if import.dry_run {
        session.seen = known.in_file;
        return Ok((results, debtors));
    }
    let silent = directory.shielded();
    let mut events = directory.write().await?;
    events.extend(openings.write(work).await?);
    import_row::insert_many(work, rows).await?;
    publish_all(work, events).await?;
    extend(work, silent).await?;
    shielded::protect(work, to_shield, &session.actor).await?;
    Ok((results, debtors))
}

fn key(candidate: &Candidate) -> (String, String) {
    let reference = candidate.accepted.as_ref().map(|accepted| accepted.reference.clone());
    (reference.unwrap_or_default(), candidate.content_index.clone())
}

fn verdict_row(
    work: &Work,
    import: &import::Model,
    result: &RowResult,
    reference: String,
    content_index: String,
) -> Result<import_row::Model, Error> {
    Ok(import_row::Model {
        tenant_id: work.tenant().to_string(),
        import_id: import.import_id.clone(),
        row_number: result.number,
        reference,
        content_index,
        verdict: result.verdict.name().to_owned(),
        problems: serde_json::to_string(&result.problems)?,
    })
}

fn count(import: &mut import::Model, results: &[RowResult], last_row: i64) {
    for result in results {
        let counter = match result.verdict {
            Verdict::Accepted => &mut import.accepted,
            Verdict::Unchanged => &mut import.unchanged,
            Verdict::Warned => &mut import.warned,
            Verdict::Rejected => &mut import.rejected,
        };
        *counter += 1;
        let taken = matches!(result.verdict, Verdict::Accepted | Verdict::Warned);
        import.claims += i64::from(taken);
        import.merged += i64::from(result.merged);
    }
    import.last_row = last_row;
}

/// What the creditor's terms and what is known say of a row.
struct Judged {
    problems: Vec<Problem>,
    /// Claim, debtor, and whether the customer number was joined to a known one; none where the row is
    /// not taken.
    opened: Option<(String, String, bool)>,
}

/// The invoice numbers that are known, from the file and from before.
struct Known {
    /// Content by number, of this import's rows.
    in_file: HashMap<String, String>,
    claims: HashMap<String, claim::Model>,
}

impl Known {
    async fn read(
        work: &Work,
        import: &import::Model,
        creditor: CreditorId,
        rows: &[&Accepted],
        mut seen: HashMap<String, String>,
    ) -> Result<Self, Error> {
        let references: Vec<String> = rows.iter().map(|row| row.reference.clone()).collect();
        let in_file =
            import_row::by_references(work, &import.import_id, references.clone()).await?;
        let claims = claim::by_references(work, creditor, references).await?;
        seen.extend(in_file.into_iter().map(|row| (row.reference, row.content_index)));
        Ok(Self {
            in_file: seen,
            claims: claims.into_iter().map(|row| (row.reference.clone(), row)).collect(),
        })
    }

    /// The verdict on a row; a new claim is judged and opened by `open`.
    fn judge(
        &mut self,
        candidate: Candidate,
        open: impl FnOnce(&Accepted, String) -> Result<Judged, Error>,
    ) -> Result<RowResult, Error> {
        let mut result = RowResult {
            number: candidate.number,
            verdict: Verdict::Rejected,
            problems: candidate.problems,
            claim_id: String::new(),
            debtor_id: String::new(),
            merged: false,
        };
        let Some(accepted) = &candidate.accepted else { return Ok(result) };
        if let Some(problem) = self.repeated(accepted, &candidate.content_index) {
            result.problems.push(problem);
            return Ok(result);
        }
        self.in_file.insert(accepted.reference.clone(), candidate.content_index.clone());
        if let Some(claim) = self.claims.get(&accepted.reference) {
            if claim.content_index == candidate.content_index {
                result.verdict = Verdict::Unchanged;
                result.claim_id.clone_from(&claim.claim_id);
                result.debtor_id.clone_from(&claim.debtor_id);
            } else {
                let message = "the claim is known with another content";
                let problem = Problem::new(Code::ReferenceConflict, "claim_reference", message);
                result.problems.push(problem);
            }
            return Ok(result);
        }
        let Judged { problems, opened } = open(accepted, candidate.content_index)?;
        result.problems.extend(problems);
        let Some((claim_id, debtor_id, merged)) = opened else { return Ok(result) };
        let clean = result.problems.is_empty();
        result.verdict = if clean { Verdict::Accepted } else { Verdict::Warned };
        Ok(RowResult { claim_id, debtor_id, merged, ..result })
    }

    /// What is wrong with a number that the file names a second time.
    fn repeated(&self, row: &Accepted, content: &str) -> Option<Problem> {
        let known = self.in_file.get(&row.reference)?;
        Some(if known == content {
            let message = "the same row a second time: it is claimed once";
            Problem::new(Code::DuplicateRow, "claim_reference", message)
        } else {
            let message = "the number stands in the file before, with another content";
            Problem::new(Code::DuplicateReference, "claim_reference", message)
        })
    }
}
