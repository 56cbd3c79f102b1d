//! Calls about evidence. An upload is read no further than it can be kept: what is too large or of a type
//! that is not taken ends the stream at once.

use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use kulanz_chassis::{Violations, status};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::upload_evidence_request::Part;
use kulanz_proto::convert::{optional, timestamp};
use kulanz_store::{Begin, Work};
use kulanz_types::{DisputeId, EvidenceId, berlin_date};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::challenges::{shown, visible};
use super::who::Who;
use super::{Api, Streamed, begin, id};
use crate::app::debtors::PROFILE;
use crate::app::evidence::{self, NewFile, Wanted};
use crate::domain::challenge::{OTHER, is_slot, wanted};
use crate::domain::evidence::{LARGEST_FILE, LARGEST_PIECE, TELLING, media_type, sniff};
use crate::domain::person::Profile;
use crate::error::Error;
use crate::store::{challenge, debtor, evidence as files, evidence_slot};

const LONGEST_REQUEST: usize = 500;
const LONGEST_NAME: usize = 200;

/// Asks the person to show something.
pub async fn request(
    api: &Api,
    who: Who,
    request: wire::RequestEvidenceRequest,
) -> Result<wire::RequestEvidenceResponse, Error> {
    let id: DisputeId = id(&request.challenge_id)?;
    let mut violations = Violations::default();
    let named = is_slot(&request.slot);
    violations.require(named, "slot", "needs 1 to 40 lower case letters and `_`");
    let length = request.wanted.trim().chars().count();
    let fits = (1..=LONGEST_REQUEST).contains(&length);
    violations.require(fits, "wanted", "needs 1 to 500 characters");
    let by: Option<NaiveDate> =
        violations.parse("wanted_by", optional(request.wanted_by)).flatten();
    let today = berlin_date(api.store.clock().now());
    violations.require(by.is_none_or(|day| day > today), "wanted_by", "is not after today");
    violations.into_result()?;
    let begun: Begin<wire::RequestEvidenceResponse> =
        begin(api, &who, "RequestEvidence", &request.request_id, &request).await?;
    if let Begin::Fresh(work) = begun {
        let wanted = Wanted { slot: &request.slot, text: &request.wanted, by };
        evidence::request(&work, id, wanted, &who.actor).await?;
        // Kept answers hold nothing personal: a repetition reads the challenge again.
        work.finish(wire::RequestEvidenceResponse::default()).await?;
    }
    let challenge = Some(shown(api, &who, &request.challenge_id).await?);
    Ok(wire::RequestEvidenceResponse { challenge })
}

/// Takes a file in.
pub async fn upload(
    api: &Api,
    who: Who,
    mut incoming: Streaming<wire::UploadEvidenceRequest>,
) -> Result<wire::UploadEvidenceResponse, Status> {
    let Some(Part::Header(header)) = next(&mut incoming).await? else {
        return Err(status(Error::field("part", "the first message is the header")));
    };
    let header = accepted(api, &who, header).await.map_err(status)?;
    let bytes = received(&mut incoming).await?;
    keep(api, who, header, &bytes).await.map_err(status)
}

async fn next(
    incoming: &mut Streaming<wire::UploadEvidenceRequest>,
) -> Result<Option<Part>, Status> {
    Ok(incoming.message().await?.and_then(|message| message.part))
}

/// Refuses, before any byte is read, what cannot be kept whatever the bytes are.
async fn accepted(
    api: &Api,
    who: &Who,
    mut header: wire::EvidenceHeader,
) -> Result<wire::EvidenceHeader, Error> {
    let work = api.store.begin(who.tenant).await?;
    let row = visible(&work, who, &header.challenge_id).await?;
    if header.slot.is_empty() {
        OTHER.clone_into(&mut header.slot);
    }
    let mut violations = Violations::default();
    let known = evidence::has_slot(&work, &row, &header.slot).await?;
    violations.require(known, "header.slot", "is none of this challenge");
    let length = header.file_name.chars().count();
    let fits = (1..=LONGEST_NAME).contains(&length);
    violations.require(fits, "header.file_name", "needs 1 to 200 characters");
    violations.into_result()?;
    uuid::Uuid::try_parse(&header.request_id)
        .map_err(|_| kulanz_store::StoreError::RequestIdInvalid)?;
    work.commit().await?;
    Ok(header)
}

/// The bytes of an upload, at most what is taken: the first message beyond ends it.
async fn received(
    incoming: &mut Streaming<wire::UploadEvidenceRequest>,
) -> Result<Vec<u8>, Status> {
    let mut bytes = Vec::new();
    while let Some(part) = next(incoming).await? {
        let Part::Chunk(chunk) = part else {
            return Err(status(Error::field("part", "bytes come after the header")));
        };
        if chunk.len() > LARGEST_PIECE {
            return Err(status(Error::field("chunk", "has 1 MiB at most")));
        }
        if bytes.len() + chunk.len() > LARGEST_FILE {
            return Err(status(Error::EvidenceTooLarge));
        }
        let untold = bytes.len() < TELLING;
        bytes.extend_from_slice(&chunk);
        let head = bytes.get(..TELLING).unwrap_or_default();
        if untold && !head.is_empty() && sniff(head).is_none() {
            return Err(status(Error::EvidenceType));
        }
    }
    Ok(bytes)
}

async fn keep(
    api: &Api,
    who: Who,
    header: wire::EvidenceHeader,
    bytes: &[u8],
) -> Result<wire::UploadEvidenceResponse, Error> {
    let id: DisputeId = id(&header.challenge_id)?;
    let media_type = media_type(bytes).ok_or(Error::EvidenceType)?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(bytes));
    // What makes two uploads the same: the header, and what the bytes are.
    let identity = wire::EvidenceFile {
        evidence_id: header.challenge_id.clone(),
        file_name: header.file_name.clone(),
        media_type: header.slot.clone(),
        sha256: sha256.clone(),
        ..wire::EvidenceFile::default()
    };
    let begun = begin(api, &who, "UploadEvidence", &header.request_id, &identity).await?;
    let kept: wire::UploadEvidenceResponse = match begun {
        Begin::Replayed(kept) => kept,
        Begin::Fresh(work) => {
            let file = NewFile {
                slot: &header.slot,
                name: &header.file_name,
                media_type,
                sha256: &sha256,
                bytes,
            };
            let row = evidence::keep(&work, id, file, &who.actor).await?;
            // Kept answers hold nothing personal: the name is that of the request.
            let reply = wire::UploadEvidenceResponse { file: Some(bare(&row)), challenge: None };
            work.finish(reply).await?
        }
    };
    let named = |file| wire::EvidenceFile { file_name: header.file_name.clone(), ..file };
    let challenge = Some(shown(api, &who, &header.challenge_id).await?);
    Ok(wire::UploadEvidenceResponse { file: kept.file.map(named), challenge })
}

fn bare(row: &files::Model) -> wire::EvidenceFile {
    wire::EvidenceFile {
        evidence_id: row.evidence_id.clone(),
        file_name: String::new(),
        media_type: row.media_type.clone(),
        size: row.size,
        sha256: row.sha256.clone(),
        uploaded_at: Some(timestamp(row.uploaded_at)),
        uploaded_by: row.uploaded_by.clone(),
    }
}

/// A file with its name; empty once the person's data was erased.
async fn named(work: &Work, row: &files::Model) -> Result<wire::EvidenceFile, Error> {
    let debtor = row.debtor_id.parse()?;
    let opened = work.open(debtor, evidence::FILE_NAME, &row.evidence_id, &row.file_name).await?;
    let file_name = String::from_utf8(opened.unwrap_or_default()).unwrap_or_default();
    Ok(wire::EvidenceFile { file_name, ..bare(row) })
}

/// The slots of a challenge with what has come: those that were asked for, then those of its kind.
pub async fn slots(work: &Work, row: &challenge::Model) -> Result<Vec<wire::EvidenceSlot>, Error> {
    let debtor_id = row.debtor_id.parse()?;
    let mut slots = Vec::new();
    for asked in evidence_slot::of_challenge(work, &row.challenge_id).await? {
        let key = evidence::slot_key(&row.challenge_id, &asked.slot);
        let opened = work.open(debtor_id, evidence::WANTED, &key, &asked.wanted).await?;
        let wanted = String::from_utf8(opened.unwrap_or_default()).unwrap_or_default();
        let requested_at = Some(timestamp(asked.requested_at));
        slots.push(wire::EvidenceSlot {
            slot: asked.slot,
            wanted,
            files: Vec::new(),
            requested_at,
            wanted_by: asked.wanted_by.map(Into::into),
        });
    }
    let english = speaks_english(work, row).await?;
    for slot in row.kind()?.slots() {
        if !slots.iter().any(|known| known.slot == *slot) {
            let (slot, wanted) = ((*slot).to_owned(), wanted(slot, english).to_owned());
            slots.push(wire::EvidenceSlot { slot, wanted, ..wire::EvidenceSlot::default() });
        }
    }
    for file in files::of_challenge(work, &row.challenge_id).await? {
        let told = named(work, &file).await?;
        if let Some(slot) = slots.iter_mut().find(|slot| slot.slot == file.slot) {
            slot.files.push(told);
        }
    }
    Ok(slots)
}

async fn speaks_english(work: &Work, row: &challenge::Model) -> Result<bool, Error> {
    let id = row.debtor_id.parse()?;
    let Some(found) = debtor::find(work, id).await? else { return Ok(false) };
    let profile: Option<Profile> =
        work.open_json(id, PROFILE, &found.debtor_id, &found.profile).await?;
    let language = profile.map(|profile| profile.language).unwrap_or_default();
    Ok(!language.is_empty() && !language.starts_with("de"))
}

/// Sends the bytes of a file, piece by piece.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetEvidenceRequest,
) -> Result<Streamed<wire::GetEvidenceResponse>, Error> {
    let id: EvidenceId = id(&request.evidence_id)?;
    let work = api.store.begin(who.tenant).await?;
    let row = files::find(&work, id).await?.ok_or_else(|| Error::not_found(id))?;
    let file = Some(named(&work, &row).await?);
    let first = evidence::piece(&work, &row, 0).await?;
    work.commit().await?;
    let chunk = first.ok_or(kulanz_store::StoreError::KeyDestroyed)?;
    let (sender, receiver) = mpsc::channel(1);
    let api = api.clone();
    tokio::spawn(async move {
        let first = wire::GetEvidenceResponse { file, chunk };
        if sender.send(Ok(first)).await.is_ok() {
            rest(&api, &who, &row, &sender).await;
        }
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

/// The pieces after the first, each read in its own transaction: a slow reader holds none open.
async fn rest(
    api: &Api,
    who: &Who,
    row: &files::Model,
    sender: &Sender<Result<wire::GetEvidenceResponse, Status>>,
) {
    for number in 1.. {
        let answer = match piece(api, who, row, number).await {
            Ok(None) => return,
            Ok(Some(chunk)) => Ok(wire::GetEvidenceResponse { file: None, chunk }),
            Err(error) => Err(status(error)),
        };
        let failed = answer.is_err();
        if sender.send(answer).await.is_err() || failed {
            return;
        }
    }
}

async fn piece(
    api: &Api,
    who: &Who,
    row: &files::Model,
    number: i64,
) -> Result<Option<Vec<u8>>, Error> {
    let work = api.store.begin(who.tenant).await?;
    let piece = evidence::piece(&work, row, number).await?;
    work.commit().await?;
    Ok(piece)
}
