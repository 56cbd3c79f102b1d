//! `kulanz policy evaluate`.

use std::process::ExitCode;

use crate::policy::args::{EvaluateArgs, PolicyCommand};
use crate::policy::evaluate::{evaluate, render};
use crate::table::TableError;
use crate::terminal;

/// The log could be evaluated and the gate refuses the policy.
const REFUSED: u8 = 3;

/// Runs without configuration, server or network.
pub(super) fn run(command: &PolicyCommand) -> anyhow::Result<ExitCode> {
    match command {
        PolicyCommand::Evaluate(args) => evaluate_file(args),
    }
}

fn evaluate_file(args: &EvaluateArgs) -> anyhow::Result<ExitCode> {
    let file = std::fs::File::open(&args.file).map_err(TableError::from)?;
    let report = evaluate(file, args)?;
    if args.json {
        terminal::line(serde_json::to_string_pretty(&report)?);
    } else {
        for line in render(&report) {
            terminal::line(line);
        }
    }
    Ok(if report.passes { ExitCode::SUCCESS } else { ExitCode::from(REFUSED) })
}
