//! The import stream: header, rows, finish; verdicts and acknowledgements come back while rows go in.

use std::time::Duration;

use kulanz_chassis::{Violations, status};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::import_claims_request::Part as Given;
use kulanz_proto::claims::v1::import_claims_response::Part as Told;
use kulanz_store::Store;
use kulanz_types::{CreditorId, ImportId, TenantId};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::who::Who;
use super::{Api, Streamed, convert, id, rows};
use crate::app::imports::{
    self, CHUNK, CheckedRow, ChunkOutcome, Header, NumberedRow, RowResult, Session, Verdict,
};
use crate::error::Error;

/// Answers that wait for a slow caller; then the import waits for it too.
const WAITING: usize = 2 * CHUNK;
/// After this pause of the caller, in machine time, what has come is committed.
const PAUSE: Duration = Duration::from_millis(200);

/// Reads an import.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetImportRequest,
) -> Result<wire::GetImportResponse, Error> {
    let id: ImportId = id(&request.import_id)?;
    let work = api.store.begin(who.tenant).await?;
    let row = imports::get(&work, id).await?;
    Ok(wire::GetImportResponse { import: Some(convert::import(&row)) })
}

/// Takes a portfolio in.
pub fn stream(
    api: &Api,
    who: Who,
    incoming: Streaming<wire::ImportClaimsRequest>,
) -> Streamed<wire::ImportClaimsResponse> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let api = api.clone();
    tokio::spawn(async move {
        let stream = ImportStream { api, who, incoming, sender: sender.clone() };
        match stream.run().await {
            Ok(()) | Err(Broken::Gone) => {}
            Err(Broken::Refused(error)) => drop(sender.send(Err(status(error))).await),
            Err(Broken::Transport(error)) => drop(sender.send(Err(error)).await),
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

/// Why a stream ends before its finish.
enum Broken {
    /// The caller does not listen any more.
    Gone,
    /// The import cannot go on.
    Refused(Error),
    /// The transport failed or what came is no message.
    Transport(Status),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

struct ImportStream {
    api: Api,
    who: Who,
    incoming: Streaming<wire::ImportClaimsRequest>,
    sender: Sender<Result<wire::ImportClaimsResponse, Status>>,
}

impl ImportStream {
    async fn run(mut self) -> Result<(), Broken> {
        let header = match self.next().await? {
            Some(Given::Header(header)) => header_of(header)?,
            _ => return Err(Error::ImportProtocol("the first message is the header").into()),
        };
        let import = imports::begin(&self.api.store, self.who.tenant, &header).await?;
        let finished = imports::is_finished(&import);
        let writer = Writer { store: self.api.store.clone(), sender: self.sender };
        writer
            .tell(Told::AcceptedHeader(wire::ImportAccepted {
                import_id: import.import_id.clone(),
                resume_from_row: import.last_row,
            }))
            .await?;
        if finished {
            let summary = wire::ImportSummary { import: Some(convert::import(&import)) };
            return writer.tell(Told::Summary(summary)).await;
        }
        let store = self.api.store.clone();
        let session = Session::new(store.clone(), self.who.tenant, self.who.actor, import);
        // While one chunk is written, the next one is read and checked; never more than that.
        let (chunks, waiting) = mpsc::channel(1);
        let tenant = self.who.tenant;
        let reader = Reader { store, tenant, incoming: self.incoming, chunks, buffer: Vec::new() };
        let reading = tokio::spawn(reader.run());
        let written = writer.rows(session, waiting).await;
        reading.abort();
        written
    }

    async fn next(&mut self) -> Result<Option<Given>, Broken> {
        let message = self.incoming.message().await.map_err(Broken::Transport)?;
        Ok(message.and_then(|message| message.part))
    }
}

/// What the reader hands to the writer.
enum Chunk {
    Rows(Vec<CheckedRow>),
    Pause,
    Finish,
}

/// Reads rows and checks them.
struct Reader {
    store: Store,
    tenant: TenantId,
    incoming: Streaming<wire::ImportClaimsRequest>,
    chunks: Sender<Result<Chunk, Broken>>,
    buffer: Vec<CheckedRow>,
}

impl Reader {
    async fn run(mut self) {
        if let Err(broken) = self.read().await {
            self.flush().await;
            self.hand_on(Err(broken)).await;
        }
    }

    async fn read(&mut self) -> Result<(), Broken> {
        let mut last = 0;
        loop {
            let Ok(next) = timeout(PAUSE, self.incoming.message()).await else {
                self.flush().await;
                self.hand_on(Ok(Chunk::Pause)).await;
                continue;
            };
            match next.map_err(Broken::Transport)?.map(|message| message.part) {
                Some(Some(Given::Row(row))) => {
                    if row.row_number <= last {
                        return Err(Error::ImportRowOrder(row.row_number).into());
                    }
                    last = row.row_number;
                    let typed = rows::row(row.row.unwrap_or_default());
                    let row = NumberedRow { number: row.row_number, row: typed };
                    self.buffer.push(row.checked(&self.store, self.tenant)?);
                    if self.buffer.len() >= CHUNK {
                        self.flush().await;
                    }
                }
                Some(Some(Given::Finish(_))) => {
                    self.flush().await;
                    self.hand_on(Ok(Chunk::Finish)).await;
                    return Ok(());
                }
                Some(_) => return Err(Error::ImportProtocol("rows or finish come now").into()),
                // Ended without finish: what came is kept, and another stream may go on.
                None => {
                    self.flush().await;
                    return Ok(());
                }
            }
        }
    }

    async fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let rows = std::mem::take(&mut self.buffer);
            self.hand_on(Ok(Chunk::Rows(rows))).await;
        }
    }

    /// A writer that is gone has said why.
    async fn hand_on(&self, chunk: Result<Chunk, Broken>) {
        let _ = self.chunks.send(chunk).await;
    }
}

/// Commits chunks and tells what became of them.
struct Writer {
    store: Store,
    sender: Sender<Result<wire::ImportClaimsResponse, Status>>,
}

impl Writer {
    async fn rows(
        &self,
        mut session: Session,
        mut chunks: Receiver<Result<Chunk, Broken>>,
    ) -> Result<(), Broken> {
        while let Some(chunk) = chunks.recv().await {
            match chunk? {
                Chunk::Rows(rows) => self.commit(&mut session, rows).await?,
                Chunk::Finish => return self.finish(&session).await,
                Chunk::Pause if self.sender.is_closed() => return Err(Broken::Gone),
                Chunk::Pause => {}
            }
        }
        Ok(())
    }

    async fn commit(&self, session: &mut Session, rows: Vec<CheckedRow>) -> Result<(), Broken> {
        let ChunkOutcome { results, last_row } = session.commit(rows).await?;
        for result in results {
            self.tell(Told::RowResult(row_result(result))).await?;
        }
        self.tell(Told::Acknowledged(wire::ImportAcknowledged { last_committed_row: last_row }))
            .await
    }

    async fn finish(&self, session: &Session) -> Result<(), Broken> {
        let import =
            imports::finish(&self.store, session.tenant, &session.import.import_id).await?;
        let summary = wire::ImportSummary { import: Some(convert::import(&import)) };
        self.tell(Told::Summary(summary)).await
    }

    async fn tell(&self, part: Told) -> Result<(), Broken> {
        let response = wire::ImportClaimsResponse { part: Some(part) };
        self.sender.send(Ok(response)).await.map_err(|_| Broken::Gone)
    }
}

fn header_of(header: wire::ImportHeader) -> Result<Header, Error> {
    uuid::Uuid::try_parse(&header.request_id)
        .map_err(|_| kulanz_store::StoreError::RequestIdInvalid)?;
    let creditor_id: CreditorId = id(&header.creditor_id)?;
    let mut violations = Violations::default();
    violations.require(header.schema_version <= 1, "header.schema_version", "is not known");
    violations.require(
        header.source_name.chars().count() <= 255,
        "header.source_name",
        "has 255 characters at most",
    );
    violations.into_result()?;
    Ok(Header {
        request_id: header.request_id,
        creditor_id,
        source_name: header.source_name,
        dry_run: header.dry_run,
    })
}

fn row_result(result: RowResult) -> wire::RowResult {
    let verdict = match result.verdict {
        Verdict::Accepted => wire::RowVerdict::Accepted,
        Verdict::Unchanged => wire::RowVerdict::Unchanged,
        Verdict::Warned => wire::RowVerdict::Warned,
        Verdict::Rejected => wire::RowVerdict::Rejected,
    };
    wire::RowResult {
        row_number: result.number,
        verdict: verdict.into(),
        problems: result.problems.iter().map(convert::problem).collect(),
        claim_id: result.claim_id,
        debtor_id: result.debtor_id,
        merged: result.merged,
    }
}
