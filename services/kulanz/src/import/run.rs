//! A surveyed file goes to claims, whatever breaks on the way.

use std::io::Write;
use std::time::Duration;

use indicatif::ProgressBar;
use kulanz_chassis::{KulanzChannel, may_pass, outgoing_as};
use kulanz_proto::claims::v1::claims_service_client::ClaimsServiceClient;
use kulanz_proto::claims::v1::{GetImportRequest, Import, ImportHeader, ImportState};
use kulanz_types::CreditorId;
use tonic::Status;

use super::error::ImportError;
use super::findings::Findings;
use super::outcome::Outcome;
use super::report::ReportWriter;
use super::session::Session;
use super::source::Source;
use super::transfer::Transfer;
use super::wire::SCHEMA_VERSION;

/// How often a broken stream is opened again without a single row going through.
const FRUITLESS_ATTEMPTS: u32 = 6;

/// Why a file as a whole was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportRunError {
    /// The file or its mapping cannot be used.
    #[error(transparent)]
    Input(#[from] ImportError),
    /// The report cannot be written.
    #[error("the report cannot be written: {0}")]
    Report(#[from] csv::Error),
    /// claims refused the import, or stayed out of reach; a second run goes on where this ended.
    #[error("claims answers {code:?}: {message}", code = .0.code(), message = .0.message())]
    Claims(Box<Status>),
}

impl From<Status> for ImportRunError {
    fn from(status: Status) -> Self {
        Self::Claims(Box::new(status))
    }
}

/// One import of one file.
pub struct ImportRun<'a> {
    /// The file.
    pub source: &'a Source,
    /// Whose claims they are.
    pub creditor: CreditorId,
    /// Let claims check every row and keep nothing.
    pub dry_run: bool,
    /// Whether the outcome names the debtors: memory that grows with the file.
    pub names_debtors: bool,
}

impl ImportRun<'_> {
    /// Imports the file as the holder of `token` and says what became of its rows.
    pub async fn send<W: Write>(
        &self,
        client: ClaimsServiceClient<KulanzChannel>,
        token: &str,
        report: ReportWriter<W>,
        progress: &ProgressBar,
    ) -> Result<Outcome, ImportRunError> {
        let transfer = Transfer::new(self.source, Findings::new(report), progress);
        let transfer = if self.names_debtors { transfer.naming_debtors() } else { transfer };
        let import = Streams { run: self, client, token }.until_the_end(&transfer).await;
        progress.finish_and_clear();
        // The report is worth as much when the import broke.
        let outcome = transfer.finish(import.as_ref().ok())?;
        import.map(|_| outcome)
    }
}

/// Checks a file without sending anything.
pub fn check<W: Write>(
    source: &Source,
    report: ReportWriter<W>,
) -> Result<Outcome, ImportRunError> {
    let progress = ProgressBar::hidden();
    let transfer = Transfer::new(source, Findings::new(report), &progress);
    transfer.read_only()?;
    Ok(transfer.finish(None)?)
}

struct Streams<'a> {
    run: &'a ImportRun<'a>,
    client: ClaimsServiceClient<KulanzChannel>,
    token: &'a str,
}

impl Streams<'_> {
    /// Opens streams until one comes to its end.
    async fn until_the_end<W: Write>(
        mut self,
        transfer: &Transfer<'_, W>,
    ) -> Result<Import, ImportRunError> {
        let mut generation = 0;
        let mut fruitless = 0;
        loop {
            let before = transfer.settled();
            let broken = match self.open(generation).await {
                Ok(None) => {
                    // This very file is in already: hold it against what claims has now.
                    generation += 1;
                    continue;
                }
                Ok(Some(session)) => match transfer.pump(session).await {
                    Err(ImportRunError::Claims(status)) => status,
                    ended => return ended,
                },
                Err(status) => Box::new(status),
            };
            fruitless = if transfer.settled() > before { 0 } else { fruitless + 1 };
            if fruitless == FRUITLESS_ATTEMPTS || !may_pass(broken.code()) {
                return Err(ImportRunError::Claims(broken));
            }
            tokio::time::sleep(Duration::from_millis(250 << fruitless)).await;
        }
    }

    /// A stream for this file, or `None` if the import of this generation is finished.
    async fn open(&mut self, generation: u32) -> Result<Option<Session>, Status> {
        let header = self.header(generation);
        let Some(session) = Session::open(&mut self.client, self.token, header).await? else {
            return Ok(None);
        };
        if self.run.dry_run {
            return Ok(Some(session));
        }
        let import_id = session.accepted().import_id.clone();
        let request = outgoing_as(self.token, GetImportRequest { import_id });
        let import = self.client.get_import(request).await?.into_inner().import;
        let finished = import.is_some_and(|import| import.state() == ImportState::Finished);
        Ok((!finished).then_some(session))
    }

    fn header(&self, generation: u32) -> ImportHeader {
        let run = self.run;
        let name = run.source.path().file_name().unwrap_or_default();
        ImportHeader {
            request_id: run.source.request_id(run.creditor, run.dry_run, generation),
            creditor_id: run.creditor.to_string(),
            source_name: name.to_string_lossy().into_owned(),
            dry_run: run.dry_run,
            schema_version: SCHEMA_VERSION,
        }
    }
}
