//! The mapping file as it is written, and what has to hold before it may be used.

use std::collections::{BTreeMap, BTreeSet};

use kulanz_types::Currency;
use serde::Deserialize;

use super::encoding::Encoding;
use super::error::ImportError;
use super::field::Field;
use super::mapping::{Fact, Format, Mapping, Target};
use super::notation::{AmountNotation, DateNotation};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    file: FileSection,
    columns: BTreeMap<String, WrittenTarget>,
    #[serde(default)]
    constants: BTreeMap<Field, String>,
    #[serde(default)]
    defaults: BTreeMap<Field, String>,
    #[serde(default)]
    values: BTreeMap<Field, BTreeMap<String, String>>,
    #[serde(default)]
    rules: Rules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSection {
    encoding: Encoding,
    #[serde(default = "comma")]
    delimiter: char,
    #[serde(default = "double_quote")]
    quote: char,
    date_formats: Vec<DateNotation>,
    decimal_separator: char,
    thousands_separator: Option<char>,
    #[serde(default)]
    ignore: BTreeSet<String>,
    #[serde(default)]
    totals: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenTarget {
    Field(String),
    Fact(Fact),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[serde(default)]
    currencies: Vec<Currency>,
    #[serde(default)]
    required: BTreeSet<Field>,
}

const fn comma() -> char {
    ','
}

const fn double_quote() -> char {
    '"'
}

/// The checked mapping that `text` describes.
pub(super) fn parse(text: &str) -> Result<Mapping, ImportError> {
    let written: MappingFile =
        toml::from_str(text).map_err(|error| ImportError::MappingInvalid(error.to_string()))?;
    let mapping = mapping_of(written)?;
    check_format(&mapping.format)?;
    check_targets(&mapping)?;
    check_values(&mapping)?;
    Ok(mapping)
}

fn mapping_of(written: MappingFile) -> Result<Mapping, ImportError> {
    let file = written.file;
    let mut required: BTreeSet<Field> = Field::REQUIRED.into();
    required.extend(written.rules.required);
    let columns: Result<BTreeMap<_, _>, _> =
        written.columns.into_iter().map(|(column, target)| checked(column, target)).collect();
    if written.rules.currencies.is_empty() {
        return Err(invalid("[rules] currencies must list at least one currency"));
    }
    Ok(Mapping {
        format: Format {
            encoding: file.encoding,
            delimiter: file.delimiter,
            quote: file.quote,
            dates: file.date_formats,
            amounts: AmountNotation {
                decimal: file.decimal_separator,
                thousands: file.thousands_separator,
            },
            totals: file.totals,
        },
        columns: columns?,
        ignored: file.ignore,
        constants: written.constants,
        defaults: written.defaults,
        values: written.values,
        currencies: written.rules.currencies,
        required,
    })
}

fn checked(column: String, target: WrittenTarget) -> Result<(String, Target), ImportError> {
    let target = match target {
        WrittenTarget::Fact(fact) => Target::Fact(fact),
        WrittenTarget::Field(name) => match name.parse() {
            Ok(field) => Target::Field(field),
            Err(()) => return Err(ImportError::TargetUnknown { column, target: name }),
        },
    };
    Ok((column, target))
}

fn invalid(reason: &str) -> ImportError {
    ImportError::MappingInvalid(reason.to_owned())
}

fn check_format(format: &Format) -> Result<(), ImportError> {
    if format.dates.is_empty() {
        return Err(invalid("[file] date_formats must list at least one format"));
    }
    if format.delimiter == format.quote || !format.delimiter.is_ascii() || !format.quote.is_ascii()
    {
        return Err(invalid("[file] delimiter and quote must be two different ASCII characters"));
    }
    let amounts = format.amounts;
    if Some(amounts.decimal) == amounts.thousands || amounts.decimal.is_ascii_digit() {
        return Err(invalid("[file] decimal_separator and thousands_separator must differ"));
    }
    Ok(())
}

/// Every target has one source, and what a claim needs has a source.
fn check_targets(mapping: &Mapping) -> Result<(), ImportError> {
    let mut sources: BTreeMap<&str, &str> = BTreeMap::new();
    for (column, target) in &mapping.columns {
        if let Some(first) = sources.insert(target.name(), column) {
            return Err(ImportError::TargetMappedTwice {
                target: target.name().to_owned(),
                first: first.to_owned(),
                second: column.clone(),
            });
        }
        if mapping.ignored.contains(column) {
            return Err(ImportError::MappedAndIgnored(column.clone()));
        }
    }
    for field in mapping.constants.keys() {
        if let Some(column) = sources.get(field.name()) {
            return Err(ImportError::ColumnAndConstant {
                field: *field,
                column: (*column).to_owned(),
            });
        }
    }
    let unmapped = mapping.required.iter().find(|field| {
        !sources.contains_key(field.name()) && !mapping.constants.contains_key(*field)
    });
    unmapped.map_or(Ok(()), |field| Err(ImportError::TargetUnmapped(*field)))
}

/// Whatever the mapping itself says stays within the closed lists, and a field that has such a
/// list has a map to it.
fn check_values(mapping: &Mapping) -> Result<(), ImportError> {
    let from_maps = mapping
        .values
        .iter()
        .flat_map(|(field, map)| map.values().map(move |value| (*field, value)));
    let fixed = mapping.constants.iter().chain(&mapping.defaults).map(|(f, value)| (*f, value));
    for (field, value) in from_maps.chain(fixed) {
        let allowed = field.values();
        if !allowed.is_empty() && !allowed.contains(&value.as_str()) {
            return Err(ImportError::ValueNotAllowed {
                field,
                value: value.clone(),
                allowed: allowed.join(", "),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
