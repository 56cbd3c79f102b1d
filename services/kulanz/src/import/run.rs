//! The command `kulanz import`: a surveyed file goes to claims, whatever breaks on the way.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};
use kulanz_chassis::outgoing_as;
use kulanz_proto::claims::v1::claims_service_client::ClaimsServiceClient;
use kulanz_proto::claims::v1::{GetImportRequest, Import, ImportHeader, ImportState};
use kulanz_proto::convert;
use kulanz_proto::testing::v1::GetRequest;
use kulanz_proto::testing::v1::clock_service_client::ClockServiceClient;
use kulanz_types::{Clock, SystemClock, berlin_date};
use sha2::{Digest, Sha256};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

use super::error::ImportError;
use super::findings::Findings;
use super::mapping::Mapping;
use super::outcome::Outcome;
use super::portfolio::Survey;
use super::report::ReportWriter;
use super::session::Session;
use super::transfer::Transfer;
use super::wire::SCHEMA_VERSION;

/// How often a broken stream is opened again without a single row going through.
const FRUITLESS_ATTEMPTS: u32 = 6;

/// What `kulanz import` was asked to do.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The creditor's file.
    pub file: PathBuf,
    /// How it is read.
    pub mapping: PathBuf,
    /// `creditor_...`: whose claims they are.
    pub creditor_id: String,
    /// Where claims listens: `http://127.0.0.1:50051`.
    pub endpoint: String,
    /// A token of the tenant, with the role admin or integration.
    pub token: String,
    /// Let claims check every row and keep nothing.
    pub dry_run: bool,
    /// Where problems are listed; beside the file if not stated.
    pub report: Option<PathBuf>,
}

/// Why a file as a whole was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportRunError {
    /// The file or its mapping cannot be used; nothing was sent.
    #[error(transparent)]
    Input(#[from] ImportError),
    /// The report cannot be written.
    #[error("the report cannot be written: {0}")]
    Report(#[from] csv::Error),
    /// The address of claims is none.
    #[error("\"{0}\" is no address of a gRPC server")]
    Endpoint(String),
    /// claims refused the import, or stayed out of reach; a second run goes on where this ended.
    #[error("claims answers {code}: {message}", code = .0.code(), message = .0.message())]
    Claims(Box<Status>),
}

impl From<Status> for ImportRunError {
    fn from(status: Status) -> Self {
        Self::Claims(Box::new(status))
    }
}

/// Imports a file and says what became of its rows.
pub async fn run(options: &ImportOptions) -> Result<Outcome, ImportRunError> {
    let text = read(&options.mapping)?;
    let mapping = Mapping::parse(&text)?;
    let survey = Survey::of(&options.file, &mapping)?;
    let endpoint = Endpoint::from_shared(options.endpoint.clone())
        .map_err(|_| ImportRunError::Endpoint(options.endpoint.clone()))?;
    let channel = endpoint.connect_lazy();
    let today = business_day(channel.clone(), &options.token).await;
    let path = report_path(options);
    let progress = progress(survey.rows());
    let mut transfer = Transfer::new(
        &options.file,
        &mapping,
        &survey,
        today,
        Findings::new(create_report(&path)?),
        progress.clone(),
    );
    let mut sender = Sender { options, text: &text, survey: &survey, channel };
    let import = sender.send(&mut transfer).await;
    progress.finish_and_clear();
    let counts = transfer.finish(import.as_ref().ok())?;
    let import_id = import?.import_id;
    Ok(Outcome { file: options.file.clone(), import_id, counts, report: path })
}

/// Checks a file against its mapping without sending anything.
pub fn check(file: &Path, mapping: &Path, report: PathBuf) -> Result<Outcome, ImportRunError> {
    let mapping = Mapping::parse(&read(mapping)?)?;
    let survey = Survey::of(file, &mapping)?;
    let today = Some(berlin_date(SystemClock.now()));
    let findings = Findings::new(create_report(&report)?);
    let transfer = Transfer::new(file, &mapping, &survey, today, findings, ProgressBar::hidden());
    transfer.read_only()?;
    let counts = transfer.finish(None)?;
    Ok(Outcome { file: file.to_owned(), import_id: String::new(), counts, report })
}

struct Sender<'a> {
    options: &'a ImportOptions,
    text: &'a str,
    survey: &'a Survey,
    channel: Channel,
}

impl Sender<'_> {
    /// Opens streams until one comes to its end.
    async fn send(&mut self, transfer: &mut Transfer<'_, File>) -> Result<Import, ImportRunError> {
        let mut generation = 0;
        let mut fruitless = 0;
        loop {
            let before = transfer.settled();
            let broken = match self.open(generation).await {
                Ok(None) => {
                    // This very file is in already: check it against what claims holds now.
                    generation += 1;
                    continue;
                }
                Ok(Some(session)) => match transfer.pump(session).await {
                    Ok(import) => return Ok(import),
                    Err(ImportRunError::Claims(status)) => status,
                    Err(other) => return Err(other),
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
        let mut client = ClaimsServiceClient::new(self.channel.clone());
        let token = &self.options.token;
        let session = Session::open(&mut client, token, self.header(generation)).await?;
        if self.options.dry_run {
            return Ok(Some(session));
        }
        let import_id = session.accepted().import_id.clone();
        let request = outgoing_as(token, GetImportRequest { import_id });
        let state = client.get_import(request).await?.into_inner().import.map(|i| i.state());
        Ok((state != Some(ImportState::Finished)).then_some(session))
    }

    fn header(&self, generation: u32) -> ImportHeader {
        let name = self.options.file.file_name().unwrap_or_default();
        ImportHeader {
            request_id: self.request_id(generation),
            creditor_id: self.options.creditor_id.clone(),
            source_name: name.to_string_lossy().into_owned(),
            dry_run: self.options.dry_run,
            schema_version: SCHEMA_VERSION,
        }
    }

    /// The same file with the same mapping for the same creditor is the same import, so that a
    /// broken one is resumed from any machine. Once it is finished, the next run is another one.
    fn request_id(&self, generation: u32) -> String {
        let mut hash = Sha256::new();
        hash.update(self.survey.content());
        hash.update(Sha256::digest(self.text));
        hash.update(Sha256::digest(&self.options.creditor_id));
        hash.update(generation.to_be_bytes());
        hash.update([u8::from(self.options.dry_run)]);
        uuid_of(&hash.finalize())
    }
}

/// A UUID of version 8 (RFC 9562) from the first 16 bytes of a hash.
fn uuid_of(hash: &[u8]) -> String {
    let bits = hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    let version = bits & !(0xF << 76) | 0x8 << 76;
    let hex = format!("{:032x}", version & !(0x3 << 62) | 0x2 << 62);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Whether a broken stream is worth another attempt.
const fn may_pass(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::Unknown
            | Code::Internal
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
    )
}

/// The constellation's day where its time is virtual, else the real one.
async fn business_day(channel: Channel, token: &str) -> Option<NaiveDate> {
    let answer = ClockServiceClient::new(channel).get(outgoing_as(token, GetRequest {})).await;
    let virtual_now = answer.ok().and_then(|answer| answer.into_inner().now);
    let now = match virtual_now {
        Some(now) => convert::instant(&now).ok()?,
        None => SystemClock.now(),
    };
    Some(berlin_date(now))
}

fn report_path(options: &ImportOptions) -> PathBuf {
    let beside = || {
        let mut name = options.file.as_os_str().to_owned();
        name.push(".report.csv");
        PathBuf::from(name)
    };
    options.report.clone().unwrap_or_else(beside)
}

fn create_report(path: &Path) -> Result<ReportWriter<File>, ImportRunError> {
    let file = File::create(path).map_err(csv::Error::from)?;
    Ok(ReportWriter::new(file)?)
}

fn read(path: &Path) -> Result<String, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: path.display().to_string(), source };
    std::fs::read_to_string(path).map_err(unreadable)
}

fn progress(rows: u64) -> ProgressBar {
    let bar = ProgressBar::new(rows);
    let template = "{elapsed:>4} {bar:40} {human_pos}/{human_len} rows {per_sec} {eta} left";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::uuid_of;

    #[test]
    fn a_hash_becomes_a_uuid_of_version_8() {
        assert_eq!(uuid_of(&[0xFF; 32]), "ffffffff-ffff-8fff-bfff-ffffffffffff");
    }
}
