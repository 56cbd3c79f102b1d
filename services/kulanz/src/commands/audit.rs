//! `kulanz audit`: the audit log of a tenant as a file, and whether its chain holds.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use chrono::{DateTime, Utc};
use kulanz_chassis::{Role, Settings};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::instant;
use kulanz_store::AuditRecord;
use kulanz_store::audit::{Broken, Chain};
use serde::{Deserialize, Serialize};
use tonic::Streaming;

use crate::cli::{AccessArgs, Anchor, AuditCommand};
use crate::session::Session;
use crate::terminal;

/// A record as a line of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    sequence: i64,
    at: DateTime<Utc>,
    actor: String,
    action: String,
    subject_id: String,
    facts: BTreeMap<String, String>,
    previous_hash: String,
    hash: String,
}

impl From<AuditRecord> for Line {
    fn from(record: AuditRecord) -> Self {
        let AuditRecord { sequence, at, actor, action, subject_id, facts, previous_hash, hash } =
            record;
        Self { sequence, at, actor, action, subject_id, facts, previous_hash, hash }
    }
}

impl From<Line> for AuditRecord {
    fn from(line: Line) -> Self {
        let Line { sequence, at, actor, action, subject_id, facts, previous_hash, hash } = line;
        Self { sequence, at, actor, action, subject_id, facts, previous_hash, hash }
    }
}

/// Exports the log or checks its chain.
pub(super) async fn run(command: AuditCommand, settings: &Settings) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Export { out, access } => {
            let mut records = Records::of_service(&access, settings).await?;
            let count = match out {
                Some(path) => {
                    let file =
                        File::create(&path).with_context(|| format!("write {}", path.display()))?;
                    export(&mut records, BufWriter::new(file)).await?
                }
                None => export(&mut records, std::io::stdout().lock()).await?,
            };
            tracing::debug!(count, "audit log exported");
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Verify { file, anchors, access } => {
            let mut records = match file {
                Some(path) => Records::of_file(&path)?,
                None => Records::of_service(&access, settings).await?,
            };
            Ok(report(verify(&mut records, anchors).await?))
        }
    }
}

/// Where records come from, one by one.
enum Records {
    Service(Box<Streaming<wire::ListAuditRecordsResponse>>),
    File(std::io::Lines<BufReader<File>>),
}

impl Records {
    async fn of_service(access: &AccessArgs, settings: &Settings) -> anyhow::Result<Self> {
        let session = Session::open(settings, access, Role::Admin)?;
        let asked = session.request(wire::ListAuditRecordsRequest::default());
        let answer = session.clients.claims().list_audit_records(asked).await?;
        Ok(Self::Service(Box::new(answer.into_inner())))
    }

    fn of_file(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("read {}", path.display()))?;
        Ok(Self::File(BufReader::new(file).lines()))
    }

    async fn next(&mut self) -> anyhow::Result<Option<AuditRecord>> {
        match self {
            Self::Service(stream) => {
                let answer = stream.message().await?;
                answer.and_then(|answer| answer.record).map(of_wire).transpose()
            }
            Self::File(lines) => {
                let Some(line) = lines.next().transpose()? else { return Ok(None) };
                let line: Line =
                    serde_json::from_str(&line).context("a line is no record of an audit log")?;
                Ok(Some(line.into()))
            }
        }
    }
}

fn of_wire(record: wire::AuditRecord) -> anyhow::Result<AuditRecord> {
    let at = record.at.context("a record without its time")?;
    Ok(AuditRecord {
        sequence: record.sequence,
        at: instant(&at)?,
        actor: record.actor,
        action: record.action,
        subject_id: record.subject_id,
        facts: record.facts.into_iter().collect(),
        previous_hash: record.previous_hash,
        hash: record.hash,
    })
}

async fn export(records: &mut Records, mut out: impl Write) -> anyhow::Result<u64> {
    let mut count = 0;
    while let Some(record) = records.next().await? {
        serde_json::to_writer(&mut out, &Line::from(record))?;
        out.write_all(b"\n")?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

async fn verify(
    records: &mut Records,
    anchors: Vec<Anchor>,
) -> anyhow::Result<(Chain, Option<Broken>)> {
    let anchors = anchors.into_iter().map(|anchor| (anchor.sequence, anchor.hash));
    let mut chain = Chain::anchored(anchors);
    while let Some(record) = records.next().await? {
        if let Err(broken) = chain.check(&record) {
            return Ok((chain, Some(broken)));
        }
    }
    let cut = chain.finish().err();
    Ok((chain, cut))
}

fn report((chain, broken): (Chain, Option<Broken>)) -> ExitCode {
    terminal::line(format!(
        "{} in order",
        terminal::count(u64::try_from(chain.length).unwrap_or_default(), "record")
    ));
    if chain.length > 0 {
        terminal::line(format!("first: 1:{}", chain.first_hash));
        terminal::line(format!("last:  {}:{}", chain.length, chain.last_hash));
    }
    match broken {
        Some(broken) => {
            terminal::line(format!("the chain is broken: {broken}"));
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: i64) -> Vec<Line> {
        let mut previous_hash = String::new();
        let mut lines = Vec::new();
        for sequence in 1..=count {
            let mut record = AuditRecord {
                sequence,
                at: DateTime::UNIX_EPOCH,
                actor: "user:anna".into(),
                action: "HoldClaim".into(),
                subject_id: "claim_1".into(),
                facts: BTreeMap::from([("state".into(), "on_hold".into())]),
                previous_hash,
                hash: String::new(),
            };
            record.hash = record.computed_hash();
            previous_hash = record.hash.clone();
            lines.push(record.into());
        }
        lines
    }

    fn file(lines: &[Line]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for line in lines {
            writeln!(file, "{}", serde_json::to_string(line).unwrap()).unwrap();
        }
        file
    }

    async fn verdict(lines: &[Line], anchors: Vec<Anchor>) -> (i64, Option<Broken>) {
        let file = file(lines);
        let mut records = Records::of_file(file.path()).unwrap();
        let (chain, broken) = verify(&mut records, anchors).await.unwrap();
        (chain.length, broken)
    }

    #[tokio::test]
    async fn a_file_is_checked_record_by_record_and_against_anchors() {
        let mut written = lines(3);
        let anchor = |sequence, hash: &str| Anchor { sequence, hash: hash.into() };
        let kept = vec![anchor(3, &written[2].hash)];
        assert_eq!(verdict(&written, kept.clone()).await, (3, None));
        assert_eq!(verdict(&written[..2], kept).await, (2, Some(Broken::Cut(3))));
        assert_eq!(verdict(&written, vec![anchor(2, "00")]).await, (1, Some(Broken::Anchor(2))));
        written[1].actor = "user:nobody".into();
        assert_eq!(verdict(&written, Vec::new()).await, (1, Some(Broken::Content(2))));
    }

    #[tokio::test]
    async fn what_is_exported_can_be_verified() {
        let file = file(&lines(4));
        let mut records = Records::of_file(file.path()).unwrap();
        let mut copy = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(export(&mut records, &mut copy).await.unwrap(), 4);
        let mut records = Records::of_file(copy.path()).unwrap();
        assert_eq!(verify(&mut records, Vec::new()).await.unwrap().1, None);
    }
}
