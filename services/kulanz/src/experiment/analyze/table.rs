//! From rows to units: what each unit's arm and sums are.

use std::collections::HashMap;
use std::io::Read;

use kulanz_statistics::Observation;

use super::error::AnalyzeError;
use crate::experiment::args::AnalyzeArgs;
use crate::table::{self, Column, Header, Row};

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

/// The columns that are read.
struct Columns {
    unit: Option<Column>,
    arm: Column,
    metric: Column,
    covariate: Option<Column>,
    denominator: Option<Column>,
}

/// Reads a table; rows of one unit are added up.
pub(super) fn read(source: impl Read, args: &AnalyzeArgs) -> Result<Units, AnalyzeError> {
    let source = table::open(source)?;
    let columns = Columns::find(&source.header, args)?;
    let mut table = Table::default();
    for row in source.rows {
        table.row(&row?, &columns, args)?;
    }
    table.finish(&columns, args)
}

impl Columns {
    fn find(header: &Header, args: &AnalyzeArgs) -> Result<Self, AnalyzeError> {
        Ok(Self {
            unit: header.given(args.unit.as_ref())?,
            arm: header.column(&args.arm)?,
            metric: header.column(&args.metric)?,
            covariate: header.given(args.covariate.as_ref())?,
            denominator: header.given(args.denominator.as_ref())?,
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
        row: &Row,
        columns: &Columns,
        args: &AnalyzeArgs,
    ) -> Result<(), AnalyzeError> {
        let arm = self.arm(row.text(&columns.arm)?);
        if row.cell(&columns.metric).is_empty() {
            self.unobserved = self.unobserved.or(Some(row.number));
            return Ok(());
        }
        let optional = |column: &Option<Column>, otherwise: f64| {
            column.as_ref().map_or(Ok(otherwise), |column| row.number(column))
        };
        let observation = Observation {
            outcome: row.number(&columns.metric)?,
            covariate: optional(&columns.covariate, 0.0)?,
            denominator: optional(&columns.denominator, 1.0)?,
        };
        let name = columns.unit.as_ref().map(|column| row.text(column)).transpose()?;
        self.add(Unit { arm, row: row.number, observation }, name, args)
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

    fn finish(self, columns: &Columns, args: &AnalyzeArgs) -> Result<Units, AnalyzeError> {
        match (self.units.is_empty(), self.unobserved) {
            (true, _) => return Err(AnalyzeError::NeverObserved(args.metric.clone())),
            (false, Some(row)) => return Err(columns.metric.empty(row).into()),
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
