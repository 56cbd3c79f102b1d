//! Bank statements and the entries that wait for a person.

use kulanz_chassis::{Answer, Caller, Fault, answer, status};
use kulanz_proto::payments::v1::{
    self, BankStatementFormat, BankStatementHeader, import_bank_statement_request::Part,
};
use prost::Message as _;
use tonic::{Request, Status, Streaming};

use super::fields::Fields;
use super::{wire, write};
use crate::app::import::{self, Imported, StatementFile};
use crate::app::{Desk, entries};
use crate::domain::camt::{CamtError, CamtFault, LARGEST_FILE};
use crate::domain::digest::sha256_hex;
use crate::error::Error;
use crate::store::bank_entry::{Details, state};

/// Most entries of an answer.
const MOST_ENTRIES: usize = 1_000;

pub async fn import(
    desk: &Desk,
    request: Request<Streaming<v1::ImportBankStatementRequest>>,
) -> Answer<v1::ImportBankStatementResponse> {
    let caller = Caller::of(&request)?;
    let (header, bytes) = receive(request.into_inner()).await?;
    let hash = sha256_hex(&bytes);
    // What a repeat is compared with: the header and the file's hash in the place of its pieces.
    let mut fingerprint = header.encode_to_vec();
    fingerprint.extend_from_slice(hash.as_bytes());
    let fingerprint = v1::ImportBankStatementRequest { part: Some(Part::Chunk(fingerprint)) };
    let write = write(&caller, "ImportBankStatement", (&header.request_id, &fingerprint))?;
    let file = StatementFile { bytes, hash, source: header.source.clone() };
    answer(import::import(desk, write, file, answer_of).await)
}

async fn receive(
    mut stream: Streaming<v1::ImportBankStatementRequest>,
) -> Result<(BankStatementHeader, Vec<u8>), Status> {
    let first = stream.message().await?.and_then(|message| message.part);
    let Some(Part::Header(header)) = first else {
        return Err(status(Error::field("header", "must be the first message")));
    };
    if header.format() == BankStatementFormat::Mt940 {
        return Err(status(Error::field("header.format", "MT940 is not read yet")));
    }
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await? {
        match message.part {
            Some(Part::Chunk(chunk)) if bytes.len() + chunk.len() <= LARGEST_FILE => {
                bytes.extend_from_slice(&chunk);
            }
            Some(Part::Chunk(_)) => {
                let error = CamtError::at(CamtFault::TooLarge, "", 1);
                return Err(status(Error::from(error)));
            }
            Some(Part::Header(_)) => {
                return Err(status(Error::field("header", "must come once")));
            }
            None => return Err(status(Error::field("chunk", "must not be empty"))),
        }
    }
    Ok((header, bytes))
}

fn answer_of(imported: &Imported) -> Result<v1::ImportBankStatementResponse, Error> {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    // The answer is remembered in the clear, so it carries no names.
    let nobody = Details::default();
    let entries = imported.outcomes.iter().take(MOST_ENTRIES);
    let entries =
        entries.map(|outcome| wire::bank_entry(&outcome.row, &nobody, outcome.is_duplicate));
    Ok(v1::ImportBankStatementResponse {
        bank_statement_id: imported.statement.to_string(),
        entry_count: count(imported.outcomes.len() + imported.announced),
        matched_count: count(imported.count(state::MATCHED)),
        unmatched_count: count(imported.count(state::UNMATCHED)),
        duplicate_count: count(imported.duplicates()),
        returned_count: count(imported.count(state::RETURNED)),
        matched_amount: Some(imported.matched_amount.into()),
        entries: entries.collect::<Result<_, _>>()?,
        ignored_count: count(imported.count(state::IGNORED) + imported.announced),
    })
}

pub async fn list_unmatched(
    desk: &Desk,
    request: Request<v1::ListUnmatchedEntriesRequest>,
) -> Answer<v1::ListUnmatchedEntriesResponse> {
    let caller = Caller::of(&request)?;
    let tenant = caller.tenant()?;
    let v1::ListUnmatchedEntriesRequest { page_size, page_token } = request.into_inner();
    let page = desk.pages.request(tenant, "ListUnmatchedEntries", "", page_size, &page_token);
    let page = page.map_err(|fault: Fault| status(Error::Page(fault)))?;
    let (rows, next_page_token) = entries::waiting(desk, tenant, &page).await.map_err(status)?;
    let entries = rows.iter().map(|(row, details)| wire::bank_entry(row, details, false));
    let entries = entries.collect::<Result<_, _>>();
    answer(entries.map(|entries| v1::ListUnmatchedEntriesResponse { entries, next_page_token }))
}

pub async fn match_entry(
    desk: &Desk,
    request: Request<v1::MatchEntryRequest>,
) -> Answer<v1::MatchEntryResponse> {
    let caller = Caller::of(&request)?;
    let request = request.into_inner();
    let mut fields = Fields::default();
    let entry = fields.id("bank_entry_id", &request.bank_entry_id);
    let claim = fields.id("claim_id", &request.claim_id);
    let ids = fields.finish(entry.zip(claim)).map_err(status)?;
    let write = write(&caller, "MatchEntry", (&request.request_id, &request))?;
    let reply = |row: &_, _: &_| {
        let entry = wire::bank_entry(row, &Details::default(), false)?;
        Ok(v1::MatchEntryResponse { entry: Some(entry) })
    };
    answer(entries::match_by_hand(desk, write, ids, reply).await)
}
