//! Reading a creditor's portfolio file as a mapping says.
//!
//! A file is CSV or JSON lines. Every creditor's differs; the [`Mapping`] (a TOML file, see docs/import.md) says how one
//! is read, and nothing else has to. A file is read twice: [`Survey`] looks at the whole of it
//! before anything is sent (encoding, header, content hash, which customer numbers stand for more
//! than one person), then [`Portfolio`] yields one [`Row`] after the other. Form is checked here;
//! what needs the database or the business clock is checked by claims as well, with the same
//! codes.

mod cells;
mod contact;
mod country;
mod duplicates;
mod encoding;
mod error;
mod field;
mod findings;
mod header;
mod json_lines;
mod lines;
mod mapping;
mod mapping_file;
mod notation;
mod outcome;
mod persons;
mod plausibility;
mod portfolio;
mod problem;
mod record;
mod records;
mod rejected;
mod report;
mod row;
mod run;
mod session;
mod source;
mod text;
mod transfer;
mod wire;

pub use encoding::Encoding;
pub use error::ImportError;
pub use field::Field;
pub use mapping::{Fact, FactKind, Format, Mapping, Target};
pub use notation::{AmountNotation, DateNotation};
pub use outcome::{Counts, Outcome};
pub use portfolio::{Portfolio, Survey};
pub use problem::{Problem, ProblemCode, Verdict};
pub use record::{DebtorRecord, ImportRecord, Salutation};
pub use rejected::{RejectedError, write_rejected};
pub use report::{ReportLine, ReportWriter};
pub use row::Row;
pub use run::{ImportRun, ImportRunError, check};
pub use source::Source;
