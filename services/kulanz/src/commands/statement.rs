//! `kulanz statement import`.

use std::path::Path;

use anyhow::Context;
use kulanz_chassis::{Role, Settings};
use kulanz_proto::payments::v1::import_bank_statement_request::Part;
use kulanz_proto::payments::v1::{
    BankStatementFormat, BankStatementHeader, ImportBankStatementRequest,
    ImportBankStatementResponse,
};
use kulanz_types::{Money, Seeds};

use crate::cli::AccessArgs;
use crate::session::{Session, request_id};
use crate::terminal;

const CHUNK_BYTES: usize = 256 * 1024;

/// Sends a bank's file and says what was booked.
pub(super) async fn run(
    file: &Path,
    access: &AccessArgs,
    settings: &Settings,
) -> anyhow::Result<()> {
    let content =
        tokio::fs::read(file).await.with_context(|| format!("read {}", file.display()))?;
    let session = Session::open(settings, access, Role::Integration)?;
    let messages = messages(file, &content);
    let progress = terminal::spinner("booking the statement");
    let answer = session
        .clients
        .payments()
        .import_bank_statement(session.request(futures::stream::iter(messages)))
        .await;
    progress.finish_and_clear();
    summarise(&answer?.into_inner());
    Ok(())
}

fn messages(file: &Path, content: &[u8]) -> Vec<ImportBankStatementRequest> {
    let header = BankStatementHeader {
        request_id: request_id(&Seeds::from_os()),
        format: BankStatementFormat::Unspecified.into(),
        source: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    let chunks = content.chunks(CHUNK_BYTES).map(|chunk| Part::Chunk(chunk.to_vec()));
    std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportBankStatementRequest { part: Some(part) })
        .collect()
}

fn summarise(answer: &ImportBankStatementResponse) {
    terminal::line(format!("statement {}", answer.bank_statement_id));
    let booked = answer.matched_amount.as_ref().and_then(|money| Money::try_from(money).ok());
    for (count, what) in [
        (answer.entry_count, "entries in the file"),
        (answer.matched_count, "booked to a claim"),
        (answer.unmatched_count, "waiting for a human"),
        (answer.duplicate_count, "known already"),
        (answer.returned_count, "returned by the bank"),
        (answer.ignored_count, "not collections"),
    ] {
        terminal::line(format!("{count:>8}  {what}"));
    }
    if let Some(booked) = booked {
        terminal::line(format!("booked to claims: {booked}"));
    }
}
