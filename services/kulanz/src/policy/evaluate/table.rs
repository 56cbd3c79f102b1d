//! From rows to logged decisions.

use std::collections::HashMap;
use std::io::Read;

use csv::StringRecord;

use super::error::EvaluateError;
use crate::policy::args::{EvaluateArgs, Target};
use crate::table;

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

/// A column by name and place.
#[derive(Clone)]
struct Column {
    name: String,
    place: usize,
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
    let columns = Columns::find(&Header(&source.header), args)?;
    let part = |column: &Column| Part {
        column: column.name.clone(),
        levels: Vec::new(),
        positions: HashMap::new(),
    };
    let mut parts: Vec<Part> = columns.chosen.iter().map(part).collect();
    let mut seen = HashMap::new();
    let mut rows = Vec::new();
    for placed in source.rows {
        let (line, record) = placed?;
        let cells = Cells { line, record: &record };
        if let Some(column) = &columns.decision {
            once(&mut seen, &cells, column)?;
        }
        rows.push(cells.row(&columns, &mut parts)?);
    }
    Ok(Table { parts, rows })
}

fn once(
    seen: &mut HashMap<String, u64>,
    cells: &Cells<'_>,
    column: &Column,
) -> Result<(), EvaluateError> {
    match seen.insert(cells.text(column)?.to_owned(), cells.line) {
        None => Ok(()),
        Some(first_row) => Err(EvaluateError::DuplicateDecision {
            row: cells.line,
            column: column.name.clone(),
            first_row,
        }),
    }
}

struct Header<'a>(&'a StringRecord);

impl Header<'_> {
    fn place(&self, name: &str) -> Result<Column, EvaluateError> {
        self.optional(name)?.ok_or_else(|| EvaluateError::MissingColumn {
            column: name.to_owned(),
            known: self.0.iter().collect::<Vec<_>>().join(", "),
        })
    }

    fn optional(&self, name: &str) -> Result<Option<Column>, EvaluateError> {
        let mut found = self.0.iter().enumerate().filter(|(_, known)| *known == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(EvaluateError::DuplicateColumn(name.to_owned())),
            (found, None) => Ok(found.map(|(place, name)| Column { name: name.to_owned(), place })),
        }
    }

    fn given(&self, name: Option<&String>) -> Result<Option<Column>, EvaluateError> {
        name.map(|name| self.place(name)).transpose()
    }

    /// Both predictions or none.
    fn predicted(&self) -> Result<Option<[Column; 2]>, EvaluateError> {
        if self.optional(PREDICTED)?.or(self.optional(PREDICTED_TARGET)?).is_none() {
            return Ok(None);
        }
        Ok(Some([self.place(PREDICTED)?, self.place(PREDICTED_TARGET)?]))
    }
}

impl Columns {
    fn find(header: &Header<'_>, args: &EvaluateArgs) -> Result<Self, EvaluateError> {
        let places = |names: Vec<String>| -> Result<Vec<Column>, EvaluateError> {
            names.iter().map(|name| header.place(name)).collect()
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
            reward: header.place(&args.reward)?,
            propensity: header.place(&args.propensity)?,
            factor_propensities: places(of_factors("propensity"))?,
            target: places(target)?,
            predicted: header.predicted()?,
            harm: header.given(args.harm.as_ref())?,
            contacts: header.given(args.contacts.as_ref())?,
            group: header.given(args.group.as_ref())?,
        })
    }
}

/// One row of the file.
struct Cells<'a> {
    line: u64,
    record: &'a StringRecord,
}

impl Cells<'_> {
    fn row(&self, columns: &Columns, parts: &mut [Part]) -> Result<Row, EvaluateError> {
        let numbers = |columns: &[Column]| -> Result<Vec<f64>, EvaluateError> {
            columns.iter().map(|column| self.number(column)).collect()
        };
        let optional =
            |column: &Option<Column>| column.as_ref().map(|column| self.number(column)).transpose();
        let chosen = columns.chosen.iter().zip(parts);
        let chosen = chosen.map(|(column, part)| Ok(part.position(self.text(column)?)));
        let predicted = columns.predicted.as_ref();
        Ok(Row {
            line: self.line,
            chosen: chosen.collect::<Result<_, EvaluateError>>()?,
            reward: self.number(&columns.reward)?,
            propensity: self.number(&columns.propensity)?,
            factor_propensities: numbers(&columns.factor_propensities)?,
            target: numbers(&columns.target)?,
            predicted: predicted.map(|both| self.both(both)).transpose()?,
            harm: optional(&columns.harm)?,
            contacts: optional(&columns.contacts)?,
            group: columns
                .group
                .as_ref()
                .map(|column| self.text(column).map(ToOwned::to_owned))
                .transpose()?,
        })
    }

    fn both(&self, [action, target]: &[Column; 2]) -> Result<[f64; 2], EvaluateError> {
        Ok([self.number(action)?, self.number(target)?])
    }

    fn text(&self, column: &Column) -> Result<&str, EvaluateError> {
        table::filled(self.cell(column)).map_err(|problem| self.wrong(column, problem))
    }

    fn number(&self, column: &Column) -> Result<f64, EvaluateError> {
        table::number(self.cell(column)).map_err(|problem| self.wrong(column, problem))
    }

    fn cell(&self, column: &Column) -> &str {
        self.record.get(column.place).unwrap_or_default()
    }

    fn wrong(&self, column: &Column, problem: table::CellProblem) -> EvaluateError {
        EvaluateError::Cell { row: self.line, column: column.name.clone(), problem }
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
