//! `kulanz experiment verify`: published cases in a file against our own computation.
//!
//! Three shapes are read: `GrowthBook`'s SDK suite (an object of families), its bucket ranges as
//! JavaScript prints them (a list), and reference values of gbstats. docs/experiments.md shows them.

mod error;
mod reference;
mod suite;

use std::fmt;

use serde_json::Value;

pub use error::{Fault, FileError};

/// What a case came to.
enum Outcome {
    /// Both sides agree.
    Agrees,
    /// They do not: what the file says and what was computed.
    Differs { expected: String, computed: String },
    /// The other side refuses what we answer.
    NotCovered,
}

impl Outcome {
    fn of(agrees: bool, expected: &impl fmt::Display, computed: &impl fmt::Display) -> Self {
        if agrees {
            Self::Agrees
        } else {
            Self::Differs { expected: expected.to_string(), computed: computed.to_string() }
        }
    }
}

/// How the cases of one family came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// `hash`, `two_sided_t/relative`.
    pub name: String,
    /// Cases that agree.
    pub passed: usize,
    /// Cases of the family that both sides cover.
    pub cases: usize,
    /// Cases that the reference refuses and we answer.
    pub not_covered: usize,
}

impl fmt::Display for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} of {}", self.name, self.passed, self.cases)?;
        if self.not_covered > 0 {
            write!(out, ", {} that the reference does not answer", self.not_covered)?;
        }
        Ok(())
    }
}

/// A family that is about something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name in the file.
    pub name: String,
    /// How many cases it has.
    pub cases: usize,
}

impl fmt::Display for Skipped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} skipped: not computed here, {} cases", self.name, self.cases)
    }
}

/// A case whose expected and computed values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Family and case.
    pub case: String,
    /// What the file says.
    pub expected: String,
    /// What was computed.
    pub computed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, expected, computed } = self;
        write!(out, "{case}: expected {expected}, computed {computed}")
    }
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The families that are computed.
    pub families: Vec<Family>,
    /// The families that are not.
    pub skipped: Vec<Skipped>,
    /// Cases that differ.
    pub differences: Vec<Difference>,
    /// Cases that cannot be read.
    pub faults: Vec<Fault>,
}

impl Report {
    /// Whether every case was read and agrees.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.faults.is_empty()
    }

    /// Cases that agree, and cases.
    pub fn totals(&self) -> (usize, usize) {
        let sum = |count: fn(&Family) -> usize| self.families.iter().map(count).sum();
        (sum(|family| family.passed), sum(|family| family.cases))
    }

    fn record(&mut self, family: &str, place: &str, found: Result<Outcome, String>) {
        let index = self.families.iter().position(|known| known.name == family);
        let index = index.unwrap_or_else(|| {
            let name = family.to_owned();
            self.families.push(Family { name, passed: 0, cases: 0, not_covered: 0 });
            self.families.len() - 1
        });
        let counts = &mut self.families[index];
        counts.cases += 1;
        match found {
            Ok(Outcome::Agrees) => counts.passed += 1,
            Ok(Outcome::NotCovered) => {
                counts.cases -= 1;
                counts.not_covered += 1;
            }
            Ok(Outcome::Differs { expected, computed }) => {
                self.differences.push(Difference { case: place.to_owned(), expected, computed });
            }
            Err(problem) => self.faults.push(Fault { case: place.to_owned(), problem }),
        }
    }

    fn skip(&mut self, name: &str, cases: usize) {
        match self.skipped.iter_mut().find(|known| known.name == name) {
            Some(known) => known.cases += cases,
            None => self.skipped.push(Skipped { name: name.to_owned(), cases }),
        }
    }
}

/// Computes every case of a file. Fails only where the file holds none that is computed here; whatever
/// is wrong with a single case stands in the report.
pub fn verify(text: &str) -> Result<Report, FileError> {
    let file: Value = serde_json::from_str(text)?;
    let mut report = Report::default();
    match &file {
        Value::Array(cases) => suite::printed_ranges(cases, &mut report),
        Value::Object(families) if families.contains_key("engine") => {
            reference::run(families, &mut report);
        }
        Value::Object(families) => suite::run(families, &mut report),
        _ => return Err(FileError::Shape),
    }
    if report.families.is_empty() && report.faults.is_empty() {
        return Err(FileError::NoCases);
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
