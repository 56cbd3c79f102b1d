//! `kulanz experiment verify` and `kulanz experiment analyze`.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use crate::experiment::analyze::{analyze, render};
use crate::experiment::args::{AnalyzeArgs, ExperimentCommand};
use crate::experiment::verify::{FileError, verify};
use crate::table::TableError;
use crate::terminal;

/// Runs without configuration, server or network.
pub(super) fn run(command: &ExperimentCommand) -> anyhow::Result<ExitCode> {
    match command {
        ExperimentCommand::Verify { file } => verify_file(file),
        ExperimentCommand::Analyze(args) => analyze_file(args),
    }
}

/// One line per family, then every difference; fails on the first of them.
fn verify_file(file: &Path) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).map_err(FileError::from)?;
    let report = verify(&text)?;
    print(&report.families);
    print(&report.skipped);
    print(&report.differences);
    print(&report.faults);
    let (passed, cases) = report.totals();
    terminal::line(format!("{passed} of {cases} cases"));
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn analyze_file(args: &AnalyzeArgs) -> anyhow::Result<ExitCode> {
    let file = std::fs::File::open(&args.file).map_err(TableError::from)?;
    let found = analyze(file, args)?;
    if args.json {
        terminal::line(serde_json::to_string_pretty(&found)?);
    } else {
        print(&render(&found));
    }
    Ok(ExitCode::SUCCESS)
}

fn print(lines: &[impl Display]) {
    for line in lines {
        terminal::line(line);
    }
}
