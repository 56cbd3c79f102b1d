//! From rows to logged decisions.

use std::collections::HashMap;
use std::io::Read;

use kulanz_policy::Policy;

use super::asked::Asked;
use super::error::EvaluateError;
use crate::policy::args::{EvaluateArgs, Target};
use crate::table::{self, Column, Header, TableError};

/// The id of a decision, where the file has one.
const DECISION: &str = "decision_id";
/// What a model expects of the logged action, where the file has it.
const PREDICTED: &str = "predicted";
/// What a model expects of the target.
const PREDICTED_TARGET: &str = "predicted_target";
/// The probability of saying nothing, where the file has it.
const SILENCE: &str = "null_propensity";
/// Whether there was contact, where the file has it.
const CONTACT: &str = "contact";
/// What the propensities of factors begin with.
pub(super) const OF_FACTOR: &str = "propensity_";

/// How far probabilities of a log may differ from what they add up to.
const ROUNDING: f64 = 1e-9;

/// A table, read.
#[derive(Debug)]
pub(super) struct Table {
    /// What an action consists of, by column: the action alone, or factors.
    pub parts: Vec<Part>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Rows that say nothing of a policy file.
    pub left_out: usize,
    /// Factors of the log's actions that are not among the parts: the propensity is of them, too.
    pub others: Vec<String>,
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
    /// How likely contact was, where this is one.
    contact: Option<f64>,
    /// The target's, where it is a column or a file: jointly, then of each factor.
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
    silence: Option<Column>,
    contact: Option<Column>,
    target: Targeted,
    predicted: Option<[Column; 2]>,
    harm: Option<Column>,
    contacts: Option<Column>,
    group: Option<Column>,
}

/// Where the target's probabilities come from.
enum Targeted {
    Columns(Vec<Column>),
    Asked(Box<Asked>),
}

impl Targeted {
    fn probabilities(
        &mut self,
        cells: &table::Row,
        factors: &[String],
    ) -> Result<Vec<f64>, EvaluateError> {
        match self {
            Self::Columns(columns) => Ok(numbers(cells, columns)?),
            Self::Asked(asked) => asked.probabilities(cells, factors),
        }
    }

    fn leaves_out(&self, cells: &table::Row) -> Result<bool, EvaluateError> {
        match self {
            Self::Columns(_) => Ok(false),
            Self::Asked(asked) => asked.leaves_out(cells),
        }
    }
}

fn numbers(cells: &table::Row, columns: &[Column]) -> Result<Vec<f64>, TableError> {
    columns.iter().map(|column| cells.number(column)).collect()
}

/// Reads a table.
pub(super) fn read(
    source: impl Read,
    args: &EvaluateArgs,
    policy: Option<Policy>,
) -> Result<Table, EvaluateError> {
    let source = table::open(source)?;
    let others = others(&source.header, args);
    let mut columns = Columns::find(&source.header, args, policy)?;
    let part = |column: &Column| Part {
        column: column.name.clone(),
        levels: Vec::new(),
        positions: HashMap::new(),
    };
    let mut parts: Vec<Part> = columns.chosen.iter().map(part).collect();
    let mut seen = HashMap::new();
    let (mut rows, mut left_out) = (Vec::new(), 0);
    for cells in source.rows {
        let cells = cells?;
        if columns.target.leaves_out(&cells)? {
            left_out += 1;
            continue;
        }
        if let Some(column) = &columns.decision {
            once(&mut seen, &cells, column)?;
        }
        rows.push(columns.row(&cells, &mut parts, &args.factors)?);
    }
    given_contact(&mut rows);
    Ok(Table { parts, rows, left_out, others })
}

/// The factors of an exported log that are not named, where any are.
fn others(header: &Header, args: &EvaluateArgs) -> Vec<String> {
    let has = |name: &str| header.names().any(|known| known == name);
    let named = |factor: &str| args.factors.iter().any(|known| known == factor);
    let factors = header.names().filter_map(|column| column.strip_prefix(OF_FACTOR));
    let others = factors.filter(|factor| !args.factors.is_empty() && has(factor) && !named(factor));
    others.map(ToOwned::to_owned).collect()
}

/// A log of contacts alone is compared given that there is contact: what else it might have said is not asked.
fn given_contact(rows: &mut [Row]) {
    if rows.iter().any(|row| row.contact.is_none()) {
        return;
    }
    for row in rows {
        let contact = row.contact.unwrap_or(1.0);
        // More than the whole is left for the evaluation to refuse, but for a rounding.
        let given = |propensity: f64| {
            let given = propensity / contact;
            if propensity <= contact + ROUNDING { given.min(1.0) } else { given }
        };
        row.propensity = given(row.propensity);
        for propensity in &mut row.factor_propensities {
            *propensity = given(*propensity);
        }
    }
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
    fn find(
        header: &Header,
        args: &EvaluateArgs,
        policy: Option<Policy>,
    ) -> Result<Self, EvaluateError> {
        let places = |names: Vec<String>| -> Result<Vec<Column>, EvaluateError> {
            names.iter().map(|name| Ok(header.column(name)?)).collect()
        };
        let of_factors = |stem: &str| {
            args.factors.iter().map(move |factor| format!("{stem}_{factor}")).collect::<Vec<_>>()
        };
        let chosen =
            if args.factors.is_empty() { vec![args.action.clone()] } else { args.factors.clone() };
        let columns = match &args.policy {
            Target::Column(name) => [vec![name.clone()], of_factors(name)].concat(),
            Target::Uniform | Target::Constant(_) | Target::File(_) => Vec::new(),
        };
        let asked = policy.map(|policy| Asked::new(policy, header)).transpose()?;
        let target = match asked {
            Some(asked) => Targeted::Asked(Box::new(asked)),
            None => Targeted::Columns(places(columns)?),
        };
        Ok(Self {
            decision: header.optional(DECISION)?,
            chosen: places(chosen)?,
            reward: header.column(&args.reward)?,
            propensity: header.column(&args.propensity)?,
            factor_propensities: places(of_factors("propensity"))?,
            silence: match &target {
                Targeted::Asked(_) => Some(header.column(SILENCE)?),
                Targeted::Columns(_) => header.optional(SILENCE)?,
            },
            contact: header.optional(CONTACT)?,
            target,
            predicted: predicted(header)?,
            harm: header.given(args.harm.as_ref())?,
            contacts: header.given(args.contacts.as_ref())?,
            group: header.given(args.group.as_ref())?,
        })
    }

    fn row(
        &mut self,
        cells: &table::Row,
        parts: &mut [Part],
        factors: &[String],
    ) -> Result<Row, EvaluateError> {
        let optional = |column: &Option<Column>| {
            column.as_ref().map(|column| cells.number(column)).transpose()
        };
        let both = |[action, target]: &[Column; 2]| -> Result<[f64; 2], TableError> {
            Ok([cells.number(action)?, cells.number(target)?])
        };
        let chosen = self.chosen.iter().zip(parts);
        let chosen = chosen.map(|(column, part)| Ok(part.position(cells.text(column)?)));
        let factor_propensities = numbers(cells, &self.factor_propensities)?;
        let group = self.group.as_ref().map(|column| cells.text(column).map(ToOwned::to_owned));
        Ok(Row {
            line: cells.number,
            chosen: chosen.collect::<Result<_, EvaluateError>>()?,
            reward: cells.number(&self.reward)?,
            propensity: cells.number(&self.propensity)?,
            factor_propensities,
            contact: self.contacted(cells)?,
            target: self.target.probabilities(cells, factors)?,
            predicted: self.predicted.as_ref().map(both).transpose()?,
            harm: optional(&self.harm)?,
            contacts: optional(&self.contacts)?,
            group: group.transpose()?,
        })
    }

    /// How likely the log made contact here; `None` where it said nothing, or where nobody tells: silence may be an
    /// action of its own there. A file that knows of no silence has contacts alone.
    fn contacted(&self, cells: &table::Row) -> Result<Option<f64>, TableError> {
        let Some(silence) = &self.silence else { return Ok(Some(1.0)) };
        let Some(contact) = &self.contact else { return Ok(None) };
        let likely = 1.0 - cells.number(silence)?;
        Ok((cells.number(contact)? > 0.0).then_some(likely))
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
