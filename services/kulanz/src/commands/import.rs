//! `kulanz import`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use kulanz_chassis::{Role, Settings};
use kulanz_types::{CreditorId, berlin_date};

use crate::cli::ImportArgs;
use crate::import::{ImportRun, Outcome, ReportWriter, Source, Verdict, check, write_rejected};
use crate::session::Session;
use crate::state::DevState;
use crate::terminal;

/// Imports a file, or only checks it. Rejected rows are an answer, not a failure.
pub(super) async fn run(args: &ImportArgs, settings: &Settings) -> anyhow::Result<ExitCode> {
    let mapping = std::fs::read_to_string(&args.map)
        .with_context(|| format!("read {}", args.map.display()))?;
    let state = DevState::load(settings)?;
    let today = berlin_date(state.clock(settings).now());
    let source = Source::open(&args.file, &mapping, Some(today))?;
    let (path, target) = report(args)?;
    let report = ReportWriter::new(BufWriter::new(target))?;
    let outcome = if args.check {
        check(&source, report)?
    } else {
        let creditor = creditor(args, &state)?;
        let session = Session::open(settings, &args.access, Role::Integration)?;
        let run =
            ImportRun { source: &source, creditor, dry_run: args.dry_run, names_debtors: false };
        let progress = terminal::bar(source.row_count(), "importing");
        run.send(session.clients.claims(), session.token(), report, &progress).await?
    };
    print(&outcome, args);
    if !outcome.problems.is_empty() {
        terminal::line(format!("every problem with its line: {}", path.display()));
    }
    keep_rejected(args, &source, &path)?;
    if outcome.counts.resumed > 0 {
        terminal::line("import the file once more for the problems of the rows committed before");
    }
    Ok(ExitCode::SUCCESS)
}

fn creditor(args: &ImportArgs, state: &DevState) -> anyhow::Result<CreditorId> {
    args.creditor
        .or(state.creditor)
        .context("no creditor: give --creditor, or start `kulanz dev --sample`")
}

/// Puts the rejected rows where they can be corrected.
fn keep_rejected(args: &ImportArgs, source: &Source, report: &Path) -> anyhow::Result<()> {
    let target = rejected(args);
    if target == args.file {
        anyhow::bail!("{} is the file itself", target.display());
    }
    let report = File::open(report).with_context(|| format!("read {}", report.display()))?;
    let open = || File::create(&target).map(BufWriter::new);
    let count = write_rejected(source, BufReader::new(report), open)
        .with_context(|| format!("write {}", target.display()))?;
    if count > 0 {
        let rows = terminal::count(count, "rejected row");
        terminal::line(format!("{rows} to be corrected: {}", target.display()));
    }
    Ok(())
}

/// Where rejected rows go: where asked, else into the current folder under the file's name and kind.
fn rejected(args: &ImportArgs) -> PathBuf {
    let kind = args.file.extension().unwrap_or(OsStr::new("csv")).to_string_lossy();
    let name = args.file.with_extension(format!("rejected.{kind}"));
    args.rejected.clone().unwrap_or_else(|| name.file_name().unwrap_or_default().into())
}

/// The report's file: where asked, else in the current folder, as the creditor's may not be ours to
/// write to.
fn report(args: &ImportArgs) -> anyhow::Result<(PathBuf, File)> {
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let path = args.report.clone().unwrap_or_else(|| format!("{name}.report.csv").into());
    let file = File::create(&path).with_context(|| format!("write {}", path.display()))?;
    Ok((path, file))
}

fn print(outcome: &Outcome, args: &ImportArgs) {
    let counts = &outcome.counts;
    terminal::line(counts);
    if !args.check && !args.dry_run {
        terminal::line(format!(
            "{}: {}, {}, {} joined to a known debtor",
            outcome.import_id,
            terminal::count(counts.claims, "new claim"),
            terminal::count(counts.debtors, "new debtor"),
            terminal::count(counts.merged, "row"),
        ));
    }
    print_problems(&outcome.problems);
}

fn print_problems(problems: &BTreeMap<(Verdict, String), u64>) {
    for ((verdict, code), count) in problems {
        terminal::line(format!("{count:>8}  {:<7} {code}", verdict.word()));
    }
}
