//! JSON lines: one object per line, nested keys by dotted path.

use std::collections::BTreeSet;
use std::io::BufRead;

use serde_json::{Map, Value};

use super::error::ImportError;
use super::field::Field;
use super::lines::Lines;
use super::mapping::{Mapping, Target};
use super::records::Record;
use super::rejected::is_own;

/// Reads objects as records whose columns are the keys that the mapping names.
pub(super) struct JsonLines<R> {
    lines: Lines<R>,
    columns: Vec<String>,
    /// Which of the columns no object has had so far.
    missing: BTreeSet<String>,
}

impl<R: BufRead> JsonLines<R> {
    /// Objects of `lines`, read as `mapping` says.
    pub fn new(lines: Lines<R>, mapping: &Mapping) -> Self {
        let columns: Vec<String> = mapping.columns.keys().cloned().collect();
        let missing = columns.iter().cloned().collect();
        Self { lines, columns, missing }
    }

    /// The keys that the mapping names.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// A mapped key that no object had.
    pub fn never_seen(&self) -> Option<&str> {
        self.missing.first().map(String::as_str)
    }

    /// The next object with its text; blank lines are none.
    ///
    /// # Errors
    /// [`ImportError::ColumnUnknown`] for a key that the mapping neither maps nor ignores.
    pub fn next_record(
        &mut self,
        mapping: &Mapping,
    ) -> Result<Option<(Record, String)>, ImportError> {
        while let Some((line, text)) = self.lines.next_line()? {
            if !text.trim().is_empty() {
                let record = self.record(line, &text, mapping)?;
                return Ok(Some((record, text)));
            }
        }
        Ok(None)
    }

    fn record(&mut self, line: u64, text: &str, mapping: &Mapping) -> Result<Record, ImportError> {
        let Ok(object) = serde_json::from_str::<Map<String, Value>>(text) else {
            return Ok(Record::Malformed(line, "the line is no JSON object"));
        };
        check_keys(&object, "", mapping)?;
        let mut fields = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let found = at(&object, column);
            if found.is_some() {
                self.missing.remove(column);
            }
            let amount = matches!(
                mapping.columns.get(column),
                Some(Target::Field(Field::Amount | Field::CreditorCosts))
            );
            let text = if amount { amount_of(found, mapping) } else { text_of(found) };
            let Some(field) = text else {
                return Ok(Record::Malformed(line, "a mapped key holds a list or an object"));
            };
            fields.push(field);
        }
        Ok(Record::Fields(line, fields))
    }
}

/// Every key is mapped, ignored or ours, so that nothing is lost when the export changes.
fn check_keys(
    object: &Map<String, Value>,
    above: &str,
    mapping: &Mapping,
) -> Result<(), ImportError> {
    for (key, value) in object {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        let known = mapping.columns.contains_key(&path) || mapping.ignored.contains(&path);
        match value {
            _ if known || is_own(&path) => {}
            Value::Object(inner) => check_keys(inner, &path, mapping)?,
            _ => return Err(ImportError::ColumnUnknown(path)),
        }
    }
    Ok(())
}

/// The value at a key, or at the path of keys between the dots.
fn at<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(object.get(first)?.as_object()?, rest)
}

/// An amount as the mapping writes it. A number is no notation: 12.3 and 89 are 12.30 and 89.00, as
/// whoever wrote them had no way to write more.
fn amount_of(value: Option<&Value>, mapping: &Mapping) -> Option<String> {
    let Some(Value::Number(number)) = value else { return text_of(value) };
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    Some(format!("{whole}{}{fraction:0<2}", mapping.format.amounts.decimal))
}

/// A value as a cell would hold it; nothing for lists and objects.
fn text_of(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Bool(flag)) => Some(flag.to_string()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => None,
    }
}
