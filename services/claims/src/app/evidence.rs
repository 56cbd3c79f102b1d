//! Evidence: what a person is asked to show, and the files that come.

use chrono::{Days, NaiveDate};
use kulanz_store::Work;
use kulanz_types::calendar::{State, next_working_day};
use kulanz_types::{DebtorId, DisputeId, EvidenceId};

use super::challenges::{follow, locked_open, tell_evidence};
use super::today;
use crate::domain::evidence::{LARGEST_PIECE, MediaType};
use crate::error::Error;
use crate::store::{challenge, evidence, evidence_piece, evidence_slot};

/// Column under which requests are sealed.
pub const WANTED: &str = "evidence_slot.wanted";
/// Column under which names of files are sealed.
pub const FILE_NAME: &str = "evidence.file_name";
/// Column under which bytes are sealed.
pub const BYTES: &str = "evidence_piece.bytes";

/// Days within which something is wanted unless another day is named.
const DAYS: u64 = 7;

/// What a person is asked to show.
pub struct Wanted<'a> {
    /// The slot.
    pub slot: &'a str,
    /// What, in the person's language.
    pub text: &'a str,
    /// By when, none for a week, at the next working day.
    pub by: Option<NaiveDate>,
}

/// Asks the person to show something.
pub async fn request(
    work: &Work,
    id: DisputeId,
    wanted: Wanted<'_>,
    actor: &str,
) -> Result<challenge::Model, Error> {
    let row = locked_open(work, id).await?;
    let debtor: DebtorId = row.debtor_id.parse()?;
    let key = slot_key(&row.challenge_id, wanted.slot);
    let today = today(work);
    let usual = || {
        let last = today.checked_add_days(Days::new(DAYS)).unwrap_or(today);
        next_working_day(last, State::Nationwide)
    };
    let asked = evidence_slot::Model {
        tenant_id: row.tenant_id.clone(),
        challenge_id: row.challenge_id.clone(),
        slot: wanted.slot.to_owned(),
        wanted: work.seal(debtor, WANTED, &key, wanted.text.as_bytes()).await?,
        requested_at: work.now(),
        requested_by: actor.to_owned(),
        wanted_by: Some(wanted.by.unwrap_or_else(usual)),
    };
    evidence_slot::put(work, asked).await?;
    follow(work, row, actor, "EVIDENCE_REQUESTED").await
}

/// What a slot's request is sealed under.
pub fn slot_key(challenge_id: &str, slot: &str) -> String {
    format!("{challenge_id}/{slot}")
}

/// Whether a challenge has a slot of this name.
pub async fn has_slot(work: &Work, row: &challenge::Model, slot: &str) -> Result<bool, Error> {
    if row.kind()?.slots().contains(&slot) {
        return Ok(true);
    }
    let requested = evidence_slot::of_challenge(work, &row.challenge_id).await?;
    Ok(requested.iter().any(|known| known.slot == slot))
}

/// A file as it came.
pub struct NewFile<'a> {
    /// Its slot.
    pub slot: &'a str,
    /// Its name; personal.
    pub name: &'a str,
    /// What its bytes are.
    pub media_type: MediaType,
    /// SHA-256, hexadecimal.
    pub sha256: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Keeps a file for an undecided challenge, in sealed pieces.
pub async fn keep(
    work: &Work,
    id: DisputeId,
    file: NewFile<'_>,
    actor: &str,
) -> Result<evidence::Model, Error> {
    let row = locked_open(work, id).await?;
    let debtor: DebtorId = row.debtor_id.parse()?;
    let evidence_id = EvidenceId::generate(work.seeds(), work.now()).to_string();
    for (number, bytes) in (0i64..).zip(file.bytes.chunks(LARGEST_PIECE)) {
        let key = piece_key(&evidence_id, number);
        let piece = evidence_piece::Model {
            tenant_id: row.tenant_id.clone(),
            evidence_id: evidence_id.clone(),
            number,
            bytes: work.seal(debtor, BYTES, &key, bytes).await?,
        };
        evidence_piece::insert(work, piece).await?;
    }
    let kept = evidence::Model {
        tenant_id: row.tenant_id.clone(),
        challenge_id: row.challenge_id.clone(),
        debtor_id: row.debtor_id.clone(),
        slot: file.slot.to_owned(),
        file_name: work.seal(debtor, FILE_NAME, &evidence_id, file.name.as_bytes()).await?,
        media_type: file.media_type.name().to_owned(),
        size: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
        sha256: file.sha256.to_owned(),
        uploaded_at: work.now(),
        uploaded_by: actor.to_owned(),
        evidence_id,
    };
    evidence::insert(work, kept.clone()).await?;
    let row = follow(work, row, actor, "EVIDENCE_UPLOADED").await?;
    tell_evidence(work, &row, &kept).await?;
    Ok(kept)
}

/// A piece of a file, counted from 0; none at the end, and after the person's data was erased.
pub async fn piece(
    work: &Work,
    row: &evidence::Model,
    number: i64,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(piece) = evidence_piece::find(work, &row.evidence_id, number).await? else {
        return Ok(None);
    };
    let key = piece_key(&row.evidence_id, number);
    Ok(work.open(row.debtor_id.parse()?, BYTES, &key, &piece.bytes).await?)
}

fn piece_key(evidence_id: &str, number: i64) -> String {
    format!("{evidence_id}/{number}")
}
