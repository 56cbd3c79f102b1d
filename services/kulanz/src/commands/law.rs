//! `kulanz law verify` and `kulanz law explain`.

use std::path::Path;
use std::process::ExitCode;

use kulanz_types::{Clock, SystemClock, berlin_date};

use crate::law::args::{ExplainArgs, LawCommand};
use crate::law::explain::{Claim, explain, render};
use crate::law::verify::{FileError, verify};
use crate::terminal;

/// Runs without configuration, server or network.
pub(super) fn run(command: &LawCommand) -> anyhow::Result<ExitCode> {
    match command {
        LawCommand::Verify { file } => verify_file(file),
        LawCommand::Explain(args) => explain_claim(args),
    }
}

/// One line per family, then every difference; fails on the first of them.
fn verify_file(file: &Path) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).map_err(FileError::from)?;
    let report = verify(&text)?;
    for family in &report.families {
        terminal::line(family);
    }
    for difference in &report.differences {
        terminal::line(difference);
    }
    for fault in &report.faults {
        terminal::line(fault);
    }
    let (passed, cases) = report.totals();
    terminal::line(format!("{passed} of {cases} cases"));
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn explain_claim(args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    let found = explain(&Claim::from_args(args, berlin_date(SystemClock.now()))?)?;
    if args.json {
        terminal::line(serde_json::to_string_pretty(&found)?);
    } else {
        for line in render(&found, args.lang) {
            terminal::line(line);
        }
    }
    Ok(ExitCode::SUCCESS)
}
