//! `kulanz policy evaluate`: a log of decisions becomes estimates and a verdict.

mod asked;
mod error;
mod report;
mod table;
mod target;
mod text;

use std::io::Read;

use kulanz_policy::{
    Case, Cell, Doubt, Evaluation, GroupParity, LogError, LoggedAction, Policy, evaluate as on_log,
    parity,
};

pub use error::{EvaluateError, PolicyProblem};
pub use report::{Against, Part, Report};
pub use text::render;

use crate::policy::args::{EvaluateArgs, Target};
use table::{Row, Table};
use target::Chooser;

/// Reads a log and judges a policy on it.
pub fn evaluate(source: impl Read, args: &EvaluateArgs) -> Result<Report, EvaluateError> {
    let (policy, args) = policy(args)?;
    let (table, args) = (table::read(source, &args, policy)?, &args);
    let chooser = Chooser::new(&table, args)?;
    let log: Vec<LoggedAction> = table.rows.iter().map(|row| chooser.logged(row)).collect();
    let named = |error| told(error, &table, args);
    // A policy file says how likely the whole action is; any other target knows the named factors alone.
    let by_factor = !table.others.is_empty() && !matches!(args.policy, Target::File(_));
    let known = |found: Evaluation| if by_factor { found.by_factor() } else { found };
    let value = known(on_log(&log).map_err(named)?);
    let harm = other(&table, &log, |row| row.harm).map_err(named)?.map(known);
    let contacts = other(&table, &log, |row| row.contacts).map_err(named)?.map(known);
    let parity = groups(&table, &log).map_err(named)?;
    let gate = Doubt::from(args.gate).gate(value.incumbent.value);
    let case =
        Case { value: &value, harm: harm.as_ref(), contacts: contacts.as_ref(), parity: &parity };
    let refusals = gate.judge(&case);
    let left_out = table.left_out;
    let parts: Vec<Part> = table.parts.into_iter().map(Part::from).collect();
    let against: Vec<Against> =
        refusals.into_iter().map(|it| Against::new(it, &parts, &args.propensity)).collect();
    Ok(Report {
        reward: args.reward.clone(),
        gate,
        passes: against.is_empty(),
        rests_on: value.decisive(gate.least_effective).map(|valued| valued.estimator),
        against,
        value,
        harm,
        contacts,
        parity,
        parts,
        left_out,
        not_judged: if by_factor { table.others } else { Vec::new() },
    })
}

/// The policy of a file, where one is asked for; it is judged by all its factors unless some are named.
fn policy(args: &EvaluateArgs) -> Result<(Option<Policy>, EvaluateArgs), EvaluateError> {
    let mut args = args.clone();
    let Target::File(path) = &args.policy else { return Ok((None, args)) };
    let policy = asked::read(path)?;
    if args.factors.is_empty() {
        let factors = policy.schema().factors.iter();
        args.factors = factors.map(|known| known.factor.name.clone()).collect();
    }
    Ok((Some(policy), args))
}

/// Another outcome of the same decisions. The file's predictions are of the reward, not of this.
fn other(
    table: &Table,
    log: &[LoggedAction],
    outcome: impl Fn(&Row) -> Option<f64>,
) -> Result<Option<Evaluation>, LogError> {
    let with = |(row, logged): (&Row, &LoggedAction)| {
        let reward = outcome(row)?;
        Some(LoggedAction { reward, predicted: None, ..logged.clone() })
    };
    let rows: Option<Vec<LoggedAction>> = table.rows.iter().zip(log).map(with).collect();
    rows.map(|rows| on_log(&rows)).transpose()
}

fn groups(table: &Table, log: &[LoggedAction]) -> Result<Vec<GroupParity>, LogError> {
    let groups: Option<Vec<String>> = table.rows.iter().map(|row| row.group.clone()).collect();
    groups.map_or_else(|| Ok(Vec::new()), |groups| parity(log, &groups))
}

/// An error in the terms of the file.
fn told(error: LogError, table: &Table, args: &EvaluateArgs) -> EvaluateError {
    match error {
        LogError::TooFew => EvaluateError::TooFew(table.rows.len()),
        LogError::Decision { row, cell, problem } => {
            EvaluateError::Number { row: table.rows[row].line, column: column(cell, args), problem }
        }
    }
}

fn column(cell: Cell, args: &EvaluateArgs) -> String {
    let target = match &args.policy {
        Target::Column(name) => name,
        Target::Uniform | Target::Constant(_) | Target::File(_) => "",
    };
    match cell {
        Cell::Reward => args.reward.clone(),
        Cell::Propensity => args.propensity.clone(),
        Cell::FactorPropensity(factor) => format!("propensity_{}", args.factors[factor]),
        Cell::FactorTarget(factor) if target.is_empty() => args.factors[factor].clone(),
        Cell::FactorTarget(factor) => format!("{target}_{}", args.factors[factor]),
        Cell::Target => target.to_owned(),
        Cell::Factors => args.factors.join(", "),
        Cell::Predicted => "predicted".to_owned(),
    }
}

#[cfg(test)]
mod tests;
