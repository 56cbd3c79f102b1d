use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::encoding::Encoding;
use super::error::ImportError;
use super::field::Field;
use super::notation::{AmountNotation, DateNotation};
use kulanz_types::Currency;

/// How one creditor's file is read: the checked content of a mapping file.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The file's format.
    pub format: Format,
    /// What each column of the file becomes, by column name.
    pub columns: BTreeMap<String, Target>,
    /// Columns of the file that are not imported.
    pub ignored: BTreeSet<String>,
    /// Values of fields that no column has.
    pub constants: BTreeMap<Field, String>,
    /// Values for empty cells.
    pub defaults: BTreeMap<Field, String>,
    /// Translations of the file's values, by field.
    pub values: BTreeMap<Field, BTreeMap<String, String>>,
    /// The currencies of this portfolio.
    pub currencies: Vec<Currency>,
    /// Fields that must not be empty in any row.
    pub required: BTreeSet<Field>,
}

/// The format of a file.
#[derive(Debug, Clone)]
pub struct Format {
    /// The text encoding.
    pub encoding: Encoding,
    /// Between two fields.
    pub delimiter: char,
    /// Around a field that holds a delimiter, a quote or a line break.
    pub quote: char,
    /// The ways in which dates may be written.
    pub dates: Vec<DateNotation>,
    /// How amounts are written.
    pub amounts: AmountNotation,
    /// What stands in the reference column of a totals line.
    pub totals: Vec<String>,
}

/// What a column becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A field of the claim or debtor.
    Field(Field),
    /// A fact about the customer that personas may learn from.
    Fact(Fact),
}

/// A fact about the customer at intake, under the name of the feature registry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// The registry's name, e.g. `orders_12m`.
    #[serde(rename = "fact")]
    pub name: String,
    /// How the cell is read.
    #[serde(default)]
    pub kind: FactKind,
    /// Translations; without any the cell is taken as it is.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// How the cell of a fact is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// As it stands.
    #[default]
    Text,
    /// In one of the file's date formats; handed on as `yyyy-mm-dd`.
    Date,
    /// Digits only.
    Integer,
}

impl Target {
    /// The name in messages.
    pub fn name(&self) -> &str {
        match self {
            Self::Field(field) => field.name(),
            Self::Fact(fact) => &fact.name,
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        super::mapping_file::parse(text)
    }

    /// The column that a field comes from.
    pub fn column_of(&self, field: Field) -> Option<&str> {
        self.columns
            .iter()
            .find(|(_, target)| **target == Target::Field(field))
            .map(|(column, _)| column.as_str())
    }
}
