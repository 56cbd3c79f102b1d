//! Validation that reports every violated field of a request at once.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::Fault;

/// One violated field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field as the contract names it, `address.postal_code` or `rows[3].amount`.
    pub field: String,
    /// What is expected there, without the value that was given.
    pub description: String,
}

impl Violation {
    /// A violation of `field`.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self { field: field.into(), description: description.into() }
    }
}

/// Collects the violations of one request.
#[derive(Clone, Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Notes a violation of `field` unless `holds`.
    pub fn require(&mut self, holds: bool, field: &str, description: &str) -> &mut Self {
        if !holds {
            self.add(field, description);
        }
        self
    }

    /// Notes a violation of `field`.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) -> &mut Self {
        self.0.push(Violation::new(field, description));
        self
    }

    /// The parsed value, or `None` with a violation of `field` noted.
    pub fn parse<T, E: Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// Whether no violation has been noted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All violations as an error, nothing if there is none.
    pub fn into_result(self) -> Result<(), Vec<Violation>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// The value of a field that is checked on its own, or the violation of `field`.
pub fn parse_field<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Vec<Violation>> {
    text.parse().map_err(|error: T::Err| vec![Violation::new(field, error.to_string())])
}

impl From<Vec<Violation>> for Fault {
    fn from(violations: Vec<Violation>) -> Self {
        Self::invalid(violations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_violations_are_collected() {
        let mut violations = Violations::default();
        violations.require(false, "amount", "must be positive").require(true, "name", "is needed");
        violations.parse("date", "x".parse::<u8>());
        let fields: Vec<_> =
            violations.into_result().unwrap_err().into_iter().map(|v| v.field).collect();
        assert_eq!(fields, ["amount", "date"]);
    }
}
