//! Why a statement file was refused, and where in the file.

use std::fmt;

/// Where in the file a fault stands: the path of elements and the line, never a value.
///
/// Values are left out on purpose: a statement is personal data and errors end in logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Path of local names with 1-based positions, such as `Stmt[1]/Ntry[3]/Amt`.
    pub path: String,
    /// 1-based line of the file.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (line {})", self.path, self.line)
    }
}

/// What is wrong with a camt.053 file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CamtFault {
    /// The file ends before its elements are closed.
    #[error("the file ends before its elements are closed")]
    Truncated,
    /// The bytes are not UTF-8, the only encoding of ISO 20022 messages.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// The text is not well-formed XML, or carries a document type or unknown entity.
    #[error("the file is not well-formed XML")]
    NotWellFormed,
    /// More bytes or deeper nesting than any statement needs.
    #[error("the file is larger or nested deeper than a statement may be")]
    TooLarge,
    /// The document is no `BkToCstmrStmt` (camt.053).
    #[error("the document is no camt.053 statement")]
    WrongRoot,
    /// A camt.053 version outside .02 to .10.
    #[error("this version of camt.053 is not supported (.02 to .10 are)")]
    UnsupportedVersion,
    /// A mandatory element is absent or empty.
    #[error("a mandatory element is missing")]
    Missing,
    /// An IBAN of wrong length or with a wrong check digit.
    #[error("the IBAN is not valid")]
    InvalidIban,
    /// An amount that is no plain decimal number.
    #[error("the amount is not a plain decimal number")]
    InvalidAmount,
    /// An amount with more decimals than its currency has.
    #[error("the amount has more decimals than its currency")]
    TooManyDecimals,
    /// A currency code that ISO 4217 does not know.
    #[error("the currency is unknown")]
    UnknownCurrency,
    /// An entry in another currency than its account.
    #[error("the entry is not in the currency of the account")]
    WrongCurrency,
    /// A date that is no calendar date.
    #[error("the date is not valid")]
    InvalidDate,
    /// A code outside its closed list (`CdtDbtInd`, `Sts`, `RvslInd`).
    #[error("the code is not one of its list")]
    InvalidCode,
}

impl CamtFault {
    /// Stable name for metadata of a typed error.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "TRUNCATED",
            Self::NotUtf8 => "NOT_UTF8",
            Self::NotWellFormed => "NOT_WELL_FORMED",
            Self::TooLarge => "TOO_LARGE",
            Self::WrongRoot => "WRONG_ROOT",
            Self::UnsupportedVersion => "UNSUPPORTED_VERSION",
            Self::Missing => "MISSING",
            Self::InvalidIban => "INVALID_IBAN",
            Self::InvalidAmount => "INVALID_AMOUNT",
            Self::TooManyDecimals => "TOO_MANY_DECIMALS",
            Self::UnknownCurrency => "UNKNOWN_CURRENCY",
            Self::WrongCurrency => "WRONG_CURRENCY",
            Self::InvalidDate => "INVALID_DATE",
            Self::InvalidCode => "INVALID_CODE",
        }
    }
}

/// A refused file: the fault and its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at {place}")]
pub struct CamtError {
    /// What is wrong.
    pub fault: CamtFault,
    /// Where it stands.
    pub place: Place,
}

impl CamtError {
    /// A fault at a path relative to the element that the caller reads.
    pub fn at(fault: CamtFault, path: impl Into<String>, line: usize) -> Self {
        Self { fault, place: Place { path: path.into(), line } }
    }

    /// The same fault seen from the parent element.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        self.place.path = if self.place.path.is_empty() {
            parent.to_owned()
        } else {
            format!("{parent}/{}", self.place.path)
        };
        self
    }
}
