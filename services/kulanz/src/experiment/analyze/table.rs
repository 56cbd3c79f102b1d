//! From rows to units: what each unit's arm and sums are.

use std::collections::HashMap;
use std::io::Read;

use csv::StringRecord;
use kulanz_statistics::Observation;

use super::error::{AnalyzeError, CellProblem};
use crate::experiment::args::AnalyzeArgs;

/// The units of a table, by arm.
#[derive(Debug, Default)]
pub(super) struct Units {
    /// Names of the arms, sorted.
    pub arms: Vec<String>,
    /// The units of each arm, in the same order.
    pub observations: Vec<Vec<Observation>>,
}

/// One unit so far.
struct Unit {
    arm: usize,
    row: u64,
    observation: Observation,
}

/// Where the columns stand.
struct Columns<'a> {
    args: &'a AnalyzeArgs,
    unit: Option<usize>,
    arm: usize,
    metric: usize,
    covariate: Option<usize>,
    denominator: Option<usize>,
}

/// Reads a table; rows of one unit are added up.
pub(super) fn read(source: impl Read, args: &AnalyzeArgs) -> Result<Units, AnalyzeError> {
    let source = crate::table::open(source)?;
    let columns = Columns::find(&source.header, args)?;
    let mut table = Table::default();
    for placed in source.rows {
        let (row, record) = placed?;
        table.row(row, &record, &columns)?;
    }
    table.finish(args)
}

impl<'a> Columns<'a> {
    fn find(header: &StringRecord, args: &'a AnalyzeArgs) -> Result<Self, AnalyzeError> {
        let place = |column: &str| {
            let mut found = header.iter().enumerate().filter(|(_, name)| *name == column);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (Some(_), Some(_)) => Err(AnalyzeError::DuplicateColumn(column.to_owned())),
                (None, _) => Err(AnalyzeError::MissingColumn {
                    column: column.to_owned(),
                    known: header.iter().collect::<Vec<_>>().join(", "),
                }),
            }
        };
        let optional = |column: &Option<String>| column.as_deref().map(place).transpose();
        Ok(Self {
            args,
            unit: optional(&args.unit)?,
            arm: place(&args.arm)?,
            metric: place(&args.metric)?,
            covariate: optional(&args.covariate)?,
            denominator: optional(&args.denominator)?,
        })
    }
}

/// The units while rows come in.
#[derive(Default)]
struct Table {
    arms: Vec<String>,
    units: Vec<Unit>,
    by_name: HashMap<String, usize>,
    /// The first row without an outcome.
    unobserved: Option<u64>,
}

impl Table {
    fn row(
        &mut self,
        row: u64,
        record: &StringRecord,
        columns: &Columns<'_>,
    ) -> Result<(), AnalyzeError> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let args = columns.args;
        let arm = self.arm(filled(cell(columns.arm), row, &args.arm)?);
        if cell(columns.metric).is_empty() {
            self.unobserved = self.unobserved.or(Some(row));
            return Ok(());
        }
        let optional =
            |place: Option<usize>, column: &Option<String>, otherwise: f64| match (place, column) {
                (Some(place), Some(column)) => number(cell(place), row, column),
                _ => Ok(otherwise),
            };
        let observation = Observation {
            outcome: number(cell(columns.metric), row, &args.metric)?,
            covariate: optional(columns.covariate, &args.covariate, 0.0)?,
            denominator: optional(columns.denominator, &args.denominator, 1.0)?,
        };
        let name = match (columns.unit, &args.unit) {
            (Some(place), Some(column)) => Some(filled(cell(place), row, column)?),
            _ => None,
        };
        self.add(Unit { arm, row, observation }, name, args)
    }

    fn arm(&mut self, name: &str) -> usize {
        self.arms.iter().position(|known| known == name).unwrap_or_else(|| {
            self.arms.push(name.to_owned());
            self.arms.len() - 1
        })
    }

    fn add(
        &mut self,
        unit: Unit,
        name: Option<&str>,
        args: &AnalyzeArgs,
    ) -> Result<(), AnalyzeError> {
        let known = name.and_then(|name| self.by_name.get(name).copied());
        if let Some(known) = known {
            return self.extend(known, &unit, args);
        }
        if let Some(name) = name {
            self.by_name.insert(name.to_owned(), self.units.len());
        }
        self.units.push(unit);
        Ok(())
    }

    fn extend(
        &mut self,
        known: usize,
        more: &Unit,
        args: &AnalyzeArgs,
    ) -> Result<(), AnalyzeError> {
        let unit = &mut self.units[known];
        if unit.arm != more.arm {
            return Err(AnalyzeError::UnitInTwoArms {
                row: more.row,
                column: args.arm.clone(),
                first_row: unit.row,
                first_arm: self.arms[unit.arm].clone(),
            });
        }
        let (sum, one) = (&mut unit.observation, &more.observation);
        if sum.covariate.to_bits() != one.covariate.to_bits() {
            return Err(AnalyzeError::CovariateChanges {
                row: more.row,
                column: args.covariate.clone().unwrap_or_default(),
                first_row: unit.row,
            });
        }
        sum.outcome += one.outcome;
        // Without a column of denominators a unit counts once, however many rows it has.
        if args.denominator.is_some() {
            sum.denominator += one.denominator;
        }
        Ok(())
    }

    fn finish(self, args: &AnalyzeArgs) -> Result<Units, AnalyzeError> {
        match (self.units.is_empty(), self.unobserved) {
            (true, _) => return Err(AnalyzeError::NeverObserved(args.metric.clone())),
            (false, Some(row)) => return Err(problem(row, &args.metric, CellProblem::Empty)),
            (false, None) => {}
        }
        if let [arm] = self.arms.as_slice() {
            return Err(AnalyzeError::OneArm { column: args.arm.clone(), arm: arm.clone() });
        }
        let mut arms = self.arms.clone();
        arms.sort();
        let mut observations = vec![Vec::new(); arms.len()];
        for unit in self.units {
            let place = arms.binary_search(&self.arms[unit.arm]).unwrap_or_default();
            observations[place].push(unit.observation);
        }
        Ok(Units { arms, observations })
    }
}

fn problem(row: u64, column: &str, problem: CellProblem) -> AnalyzeError {
    AnalyzeError::Cell { row, column: column.to_owned(), problem }
}

fn filled<'a>(cell: &'a str, row: u64, column: &str) -> Result<&'a str, AnalyzeError> {
    crate::table::filled(cell).map_err(|found| problem(row, column, found))
}

fn number(cell: &str, row: u64, column: &str) -> Result<f64, AnalyzeError> {
    crate::table::number(cell).map_err(|found| problem(row, column, found))
}
