use std::collections::BTreeSet;

use super::error::ImportError;
use super::field::Field;
use super::mapping::{Mapping, Target};
use super::rejected::is_own;

/// What stands at each place of a record.
#[derive(Debug, Clone)]
pub(super) struct Header {
    targets: Vec<Option<Target>>,
}

impl Header {
    /// Binds the columns of the file to the mapping; the two must account for each other fully,
    /// so that a renamed column is noticed before anything is sent.
    pub fn bind(columns: &[String], mapping: &Mapping) -> Result<Self, ImportError> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(column.trim())) {
            return Err(ImportError::ColumnTwice(twice.clone()));
        }
        if let Some(missing) = mapping.columns.keys().find(|column| !seen.contains(column.as_str()))
        {
            return Err(ImportError::ColumnMissing {
                column: missing.clone(),
                hint: hint(columns),
            });
        }
        let targets = columns.iter().map(|column| target_of(column.trim(), mapping));
        Ok(Self { targets: targets.collect::<Result<_, _>>()? })
    }

    /// How many fields a record has.
    pub const fn width(&self) -> usize {
        self.targets.len()
    }

    /// The reference of a record that has too few or too many fields. Only the first field is sure
    /// to be what the header says; any other may hold what belongs to a person.
    pub fn leading_reference(&self, fields: &[String]) -> String {
        let leads = self.targets.first() == Some(&Some(Target::Field(Field::ClaimReference)));
        fields.first().filter(|_| leads).map(|field| field.trim().to_owned()).unwrap_or_default()
    }

    /// The fields of a record that are imported, with what they become.
    pub fn pairs<'a>(
        &'a self,
        fields: &'a [String],
    ) -> impl Iterator<Item = (&'a Target, &'a str)> {
        self.targets
            .iter()
            .zip(fields)
            .filter_map(|(target, field)| target.as_ref().map(|target| (target, field.as_str())))
    }
}

fn target_of(column: &str, mapping: &Mapping) -> Result<Option<Target>, ImportError> {
    match mapping.columns.get(column) {
        Some(target) => Ok(Some(target.clone())),
        None if is_own(column) => Ok(None),
        None if mapping.ignored.contains(column) => Ok(None),
        None => Err(ImportError::ColumnUnknown(column.to_owned())),
    }
}

fn hint(columns: &[String]) -> &'static str {
    let joined = columns.concat();
    if columns.len() == 1 {
        "; the header is one single column: check `delimiter` in the mapping"
    } else if joined.contains(['Ã', 'Â', '\u{fffd}']) {
        "; the header looks like UTF-8: check `encoding` in the mapping"
    } else {
        ""
    }
}
