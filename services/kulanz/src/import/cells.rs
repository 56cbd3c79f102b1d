use std::collections::BTreeMap;

use super::country::shortened;
use super::field::Field;
use super::header::Header;
use super::mapping::{Fact, FactKind, Mapping, Target};
use super::problem::{Problem, ProblemCode};
use super::text;

/// The texts of one row by field: cleaned, translated, constants and defaults filled in.
pub(super) struct Cells {
    fields: BTreeMap<Field, String>,
    facts: BTreeMap<String, String>,
}

impl Cells {
    /// Reads `fields`, noting what cannot be used.
    pub fn read(
        fields: &[String],
        header: &Header,
        mapping: &Mapping,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut cells = Self { fields: mapping.constants.clone(), facts: BTreeMap::new() };
        for (target, cell) in header.pairs(fields) {
            match target {
                Target::Field(field) => cells.read_field(*field, cell, mapping, problems),
                Target::Fact(fact) => cells.read_fact(fact, cell, mapping, problems),
            }
        }
        cells
    }

    /// The text of a field; empty if there is none.
    pub fn text(&self, field: Field) -> String {
        self.fields.get(&field).cloned().unwrap_or_default()
    }

    /// The text of a field that is not empty.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.fields.get(&field).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether nothing is stated.
    pub fn is_empty(&self, field: Field) -> bool {
        self.get(field).is_none()
    }

    /// The facts by the names of the feature registry.
    pub const fn facts(&self) -> &BTreeMap<String, String> {
        &self.facts
    }

    fn read_field(
        &mut self,
        field: Field,
        cell: &str,
        mapping: &Mapping,
        problems: &mut Vec<Problem>,
    ) {
        let text = text::clean(field, cell, problems);
        let translated = translate(field, &text, mapping);
        if translated.is_none() && !text.is_empty() {
            let reason = format!("\"{}\" is not among the values it may have", shortened(&text));
            problems.push(Problem::of(field, ProblemCode::ValueUnknown, reason));
            // Filled, so that it is not reported as missing too.
            self.fields.insert(field, text);
            return;
        }
        let value = translated.filter(|value| !value.is_empty());
        if let Some(value) = value.or_else(|| mapping.defaults.get(&field).cloned()) {
            self.fields.insert(field, value);
        }
    }

    /// A fact is an extra: one that cannot be read is left out, and the claim goes in.
    fn read_fact(
        &mut self,
        fact: &Fact,
        cell: &str,
        mapping: &Mapping,
        problems: &mut Vec<Problem>,
    ) {
        let cell = cell.trim();
        if cell.is_empty() {
            return;
        }
        let value = match fact.kind {
            FactKind::Text if fact.values.is_empty() => Some(cell.to_owned()),
            FactKind::Text => fact.values.get(cell).cloned(),
            FactKind::Integer => cell.parse::<u32>().ok().map(|number| number.to_string()),
            FactKind::Date => {
                let formats = &mapping.format.dates;
                formats.iter().find_map(|format| format.parse(cell)).map(|day| day.to_string())
            }
        };
        if let Some(value) = value {
            self.facts.insert(fact.name.clone(), value);
        } else {
            let reason = format!("the fact {} cannot be read; it is left out", fact.name);
            problems.push(Problem::of_row(ProblemCode::FactInvalid, reason));
        }
    }
}

/// The value by the mapping's map, else by the field's closed list; `None` is never a guess.
fn translate(field: Field, text: &str, mapping: &Mapping) -> Option<String> {
    match mapping.values.get(&field) {
        Some(map) => map.get(text).cloned(),
        None if field.values().is_empty() => Some(text.to_owned()),
        None => field.values().contains(&text).then(|| text.to_owned()),
    }
}
