//! `kulanz law verify`: worked cases in a file against the calculator.
//!
//! The file is JSON of the format `kulanz-law-vectors`, version 1; docs/law.md describes it.

mod allocation;
mod compare;
mod costs;
mod error;
mod fields;
mod garnishment;
mod interest;
mod limitation;
mod plan;
mod references;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

pub use compare::Difference;
pub use error::{Fault, FaultKind, FileError};
use fields::Fields;

/// How a topic computes what a case must come to.
type Rule = fn(&Case<'_>) -> Result<Value, Fault>;

const TOPICS: &[(&str, Rule)] = &[
    ("interest", interest::compute),
    ("rvg_fee_1_0", costs::fee),
    ("rvg_inkasso", costs::collection),
    ("allocation", allocation::compute),
    ("instalment_plan", plan::compute),
    ("garnishment", garnishment::attachable),
    ("protected_account", garnishment::protected_account),
    ("zpo_115_instalment", garnishment::codified_instalment),
    ("rf", references::creditor_reference),
    ("epc_qr", references::epc_code),
    ("limitation", limitation::compute),
];

/// One case of the file.
struct Case<'a> {
    id: &'a str,
    family: &'a str,
    input: Fields<'a>,
    expected: &'a Map<String, Value>,
}

/// How the cases of one family came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// `interest/negative_base_rate`.
    pub name: String,
    /// Cases that agree in every field.
    pub passed: usize,
    /// Cases of the family.
    pub cases: usize,
}

impl fmt::Display for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} of {}", self.name, self.passed, self.cases)
    }
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The families in the order of the file.
    pub families: Vec<Family>,
    /// Fields that differ.
    pub differences: Vec<Difference>,
    /// Cases that could not be computed.
    pub faults: Vec<Fault>,
}

impl Report {
    /// Whether every case was computed and agrees.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.faults.is_empty()
    }

    /// Cases that agree, and cases.
    pub fn totals(&self) -> (usize, usize) {
        let sum = |count: fn(&Family) -> usize| self.families.iter().map(count).sum();
        (sum(|family| family.passed), sum(|family| family.cases))
    }

    fn count(&mut self, topic: &str, family: &str, passed: bool) {
        let name = format!("{topic}/{family}");
        if !self.families.iter().any(|known| known.name == name) {
            self.families.push(Family { name: name.clone(), passed: 0, cases: 0 });
        }
        let Some(family) = self.families.iter_mut().find(|known| known.name == name) else {
            return;
        };
        family.cases += 1;
        family.passed += usize::from(passed);
    }
}

/// Computes every case of a file. Fails only where the file is none of the format; whatever is wrong with a
/// single case stands in the report.
pub fn verify(text: &str) -> Result<Report, FileError> {
    let file: Value = serde_json::from_str(text)?;
    let topics = topics(&file)?;
    let mut report = Report::default();
    let mut ids = BTreeSet::new();
    for (topic, cases) in topics {
        let known = TOPICS.iter().find(|(name, _)| name == topic);
        let (Some((_, rule)), Some(cases)) = (known, cases.as_array()) else {
            let kind = if known.is_some() { FaultKind::NoList } else { FaultKind::UnknownTopic };
            report.faults.push(Fault::new(topic, "", kind));
            continue;
        };
        for (index, case) in cases.iter().enumerate() {
            run(topic, index, case, *rule, &mut ids, &mut report);
        }
    }
    if report.families.is_empty() && report.faults.is_empty() {
        return Err(FileError::NoCases);
    }
    Ok(report)
}

fn topics(file: &Value) -> Result<&Map<String, Value>, FileError> {
    if file.get("format").and_then(Value::as_str) != Some("kulanz-law-vectors") {
        return Err(FileError::Format);
    }
    if file.get("version").and_then(Value::as_u64) != Some(1) {
        return Err(FileError::Version);
    }
    file.get("vectors").and_then(Value::as_object).ok_or(FileError::NoVectors)
}

fn run<'a>(
    topic: &str,
    index: usize,
    case: &'a Value,
    rule: Rule,
    ids: &mut BTreeSet<&'a str>,
    report: &mut Report,
) {
    let family = case.get("family").and_then(Value::as_str).unwrap_or("?");
    let before = report.differences.len() + report.faults.len();
    match parts(topic, index, case) {
        Ok(case) if !ids.insert(case.id) => {
            report.faults.push(Fault::new(case.id, "id", FaultKind::DuplicateId));
        }
        Ok(case) => match rule(&case) {
            Ok(computed) => {
                compare::compare(&case, &computed, &mut report.differences, &mut report.faults);
            }
            Err(fault) => report.faults.push(fault),
        },
        Err(fault) => report.faults.push(fault),
    }
    let passed = before == report.differences.len() + report.faults.len();
    report.count(topic, family, passed);
}

fn parts<'a>(topic: &str, index: usize, case: &'a Value) -> Result<Case<'a>, Fault> {
    let place = format!("{topic}[{index}]");
    let text = |field: &str, place: &str| {
        let found = case.get(field).ok_or_else(|| Fault::new(place, field, FaultKind::Missing))?;
        found.as_str().ok_or_else(|| Fault::invalid(place, field, "a text", found))
    };
    let id = text("id", &place)?;
    let object = |field: &str| {
        let found = case.get(field).ok_or_else(|| Fault::new(id, field, FaultKind::Missing))?;
        found.as_object().ok_or_else(|| Fault::invalid(id, field, "an object", found))
    };
    let family = text("family", id)?;
    Ok(Case { id, family, input: Fields::new(id, "in", object("in")?), expected: object("out")? })
}

#[cfg(test)]
mod tests;
