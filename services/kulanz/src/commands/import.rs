//! `kulanz import`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use kulanz_chassis::{Role, Settings};
use kulanz_types::{CreditorId, berlin_date};

use crate::cli::ImportArgs;
use crate::import::{ImportRun, Outcome, ReportWriter, Source, Verdict, check};
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
    Ok(ExitCode::SUCCESS)
}

fn creditor(args: &ImportArgs, state: &DevState) -> anyhow::Result<CreditorId> {
    args.creditor
        .or(state.creditor)
        .context("no creditor: give --creditor, or start `kulanz dev --sample`")
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
