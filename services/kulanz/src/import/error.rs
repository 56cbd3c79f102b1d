use std::io;

use super::field::Field;

/// Why a file as a whole cannot be imported. Each of these is found before a row is sent.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file or the mapping could not be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The path as given.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The mapping is not valid TOML or has an unknown key or value.
    #[error("the mapping is not valid: {0}")]
    MappingInvalid(String),
    /// A column is mapped to a field that does not exist.
    #[error("the mapping maps \"{column}\" to \"{target}\", which is no field (docs/import.md)")]
    TargetUnknown {
        /// The column.
        column: String,
        /// The unknown target.
        target: String,
    },
    /// Two columns are mapped to one target.
    #[error("the mapping contradicts itself: \"{first}\" and \"{second}\" both map to {target}")]
    TargetMappedTwice {
        /// The field or fact.
        target: String,
        /// One column.
        first: String,
        /// The other column.
        second: String,
    },
    /// A target has both a column and a constant.
    #[error(
        "the mapping contradicts itself: {field} has the column \"{column}\" and a constant; use \
         [defaults] for a value of empty cells"
    )]
    ColumnAndConstant {
        /// The field.
        field: Field,
        /// Its column.
        column: String,
    },
    /// A column is both mapped and ignored.
    #[error("the mapping contradicts itself: the column \"{0}\" is mapped and ignored")]
    MappedAndIgnored(String),
    /// Nothing says where a required field comes from.
    #[error("the mapping names no column and no constant for {0}, which every claim needs")]
    TargetUnmapped(Field),
    /// A value map, constant or default outside the field's closed list.
    #[error("the mapping gives {field} the value \"{value}\"; it may be: {allowed}")]
    ValueNotAllowed {
        /// The field.
        field: Field,
        /// The value of the mapping.
        value: String,
        /// The closed list.
        allowed: String,
    },
    /// The file is empty.
    #[error("the file has no header line")]
    HeaderMissing,
    /// The header is no valid CSV record.
    #[error("the header line is malformed: {0}")]
    HeaderMalformed(String),
    /// Two columns of the file have the same name.
    #[error("the file has two columns \"{0}\"")]
    ColumnTwice(String),
    /// The file has a column that the mapping does not mention.
    #[error("the file has a column \"{0}\" that the mapping neither maps nor ignores")]
    ColumnUnknown(String),
    /// The mapping names a column that the file does not have.
    #[error("the file has no column \"{column}\", which the mapping needs{hint}")]
    ColumnMissing {
        /// The column of the mapping.
        column: String,
        /// A guess at the cause, or empty.
        hint: &'static str,
    },
    /// Bytes that are no text in the declared encoding.
    #[error("line {line} is not {encoding}: check `encoding` in the mapping")]
    EncodingWrong {
        /// The physical line.
        line: u64,
        /// What the mapping declares.
        encoding: &'static str,
    },
    /// A line longer than any CSV record.
    #[error("line {line} is longer than {limit} bytes: this is no CSV file")]
    LineTooLong {
        /// The physical line.
        line: u64,
        /// The limit in bytes.
        limit: u64,
    },
}
