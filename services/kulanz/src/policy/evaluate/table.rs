//! From rows to logged decisions.

use std::collections::HashMap;
use std::io::Read;

use super::error::EvaluateError;
use crate::policy::args::{EvaluateArgs, Target};
use crate::table::{self, Column, Header, TableError};

/// The id of a decision, where the file has one.
const DECISION: &str = "decision_id";
/// What a model expects of the logged action, where the file has it.
const PREDICTED: &str = "predicted";
/// What a model expects of the target.
const PREDICTED_TARGET: &str = "predicted_target";

/// A table, read.
#[derive(Debug)]
pub(super) struct Table {
    /// What an action consists of, by column: the action alone, or factors.
    pub parts: Vec<Part>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A column of actions or levels.
#[derive(Debug)]
pub(super) struct Part {
    /// The column.
    pub column: String,
    /// What stands in it, in the order of first appearance.
    pub levels: Vec<String>,
    positions: HashMap<String, usize>,
}

/// One decision as it stands there.
#[derive(Debug)]
pub(super) struct Row {
    /// The line of the file.
    pub line: u64,
    pub chosen: Vec<usize>,
    pub reward: f64,
    pub propensity: f64,
    pub factor_propensities: Vec<f64>,
    /// The target's, where it is a column: jointly, then of each factor.
    pub target: Vec<f64>,
    /// Of the action and of the target.
    pub predicted: Option<[f64; 2]>,
    pub harm: Option<f64>,
    pub contacts: Option<f64>,
    pub group: Option<String>,
}

struct Columns {
    decision: Option<Column>,
    chosen: Vec<Column>,
    reward: Column,
    propensity: Column,
    factor_propensities: Vec<Column>,
    target: Vec<Column>,
    predicted: Option<[Column; 2]>,
    harm: Option<Column>,
    contacts: Option<Column>,
    group: Option<Column>,
}

/// Reads a table.
pub(super) fn read(source: impl Read, args: &EvaluateArgs) -> Result<Table, EvaluateError> {
    let source = table::open(source)?;
    let columns = Columns::find(&source.header, args)?;
    let part = |column: &Column| Part {
        column: column.name.clone(),
        levels: Vec::new(),
        positions: HashMap::new(),
    };
    let mut parts: Vec<Part> = columns.chosen.iter().map(part).collect();
    let mut seen = HashMap::new();
    let mut rows = Vec::new();
    for cells in source.rows {
        let cells = cells?;
        if let Some(column) = &columns.decision {
            once(&mut seen, &cells, column)?;
        }
        rows.push(columns.row(&cells, &mut parts)?);
    }
    Ok(Table { parts, rows })
}

fn once(
    seen: &mut HashMap<String, u64>,
    cells: &table::Row,
    column: &Column,
) -> Result<(), EvaluateError> {
    match seen.insert(cells.text(column)?.to_owned(), cells.number) {
        None => Ok(()),
        Some(first_row) => Err(EvaluateError::DuplicateDecision {
            row: cells.number,
            column: column.name.clone(),
            first_row,
        }),
    }
}

/// Both predictions or none.
fn predicted(header: &Header) -> Result<Option<[Column; 2]>, EvaluateError> {
    if header.optional(PREDICTED)?.or(header.optional(PREDICTED_TARGET)?).is_none() {
        return Ok(None);
    }
    Ok(Some([header.column(PREDICTED)?, header.column(PREDICTED_TARGET)?]))
}

impl Columns {
    fn find(header: &Header, args: &EvaluateArgs) -> Result<Self, EvaluateError> {
        let places = |names: Vec<String>| -> Result<Vec<Column>, EvaluateError> {
            names.iter().map(|name| Ok(header.column(name)?)).collect()
        };
        let of_factors = |stem: &str| {
            args.factors.iter().map(move |factor| format!("{stem}_{factor}")).collect::<Vec<_>>()
        };
        let chosen =
            if args.factors.is_empty() { vec![args.action.clone()] } else { args.factors.clone() };
        let target = match &args.policy {
            Target::Column(name) => [vec![name.clone()], of_factors(name)].concat(),
            Target::Uniform | Target::Constant(_) => Vec::new(),
        };
        Ok(Self {
            decision: header.optional(DECISION)?,
            chosen: places(chosen)?,
            reward: header.column(&args.reward)?,
            propensity: header.column(&args.propensity)?,
            factor_propensities: places(of_factors("propensity"))?,
            target: places(target)?,
            predicted: predicted(header)?,
            harm: header.given(args.harm.as_ref())?,
            contacts: header.given(args.contacts.as_ref())?,
            group: header.given(args.group.as_ref())?,
        })
    }

    fn row(&self, cells: &table::Row, parts: &mut [Part]) -> Result<Row, EvaluateError> {
        let numbers = |columns: &[Column]| -> Result<Vec<f64>, TableError> {
            columns.iter().map(|column| cells.number(column)).collect()
        };
        let optional = |column: &Option<Column>| {
            column.as_ref().map(|column| cells.number(column)).transpose()
        };
        let both = |[action, target]: &[Column; 2]| -> Result<[f64; 2], TableError> {
            Ok([cells.number(action)?, cells.number(target)?])
        };
        let chosen = self.chosen.iter().zip(parts);
        let chosen = chosen.map(|(column, part)| Ok(part.position(cells.text(column)?)));
        let group = self.group.as_ref().map(|column| cells.text(column).map(ToOwned::to_owned));
        Ok(Row {
            line: cells.number,
            chosen: chosen.collect::<Result<_, EvaluateError>>()?,
            reward: cells.number(&self.reward)?,
            propensity: cells.number(&self.propensity)?,
            factor_propensities: numbers(&self.factor_propensities)?,
            target: numbers(&self.target)?,
            predicted: self.predicted.as_ref().map(both).transpose()?,
            harm: optional(&self.harm)?,
            contacts: optional(&self.contacts)?,
            group: group.transpose()?,
        })
    }
}

impl Part {
    fn position(&mut self, level: &str) -> usize {
        if let Some(known) = self.positions.get(level) {
            return *known;
        }
        self.levels.push(level.to_owned());
        self.positions.insert(level.to_owned(), self.levels.len() - 1);
        self.levels.len() - 1
    }
}
