use chrono::NaiveDate;
use kulanz_law::{LawError, Percent};
use kulanz_types::Money;
use serde_json::{Map, Value};

use super::error::{Fault, FaultKind};

/// The fields of a JSON object, read by name; whatever is wrong names case and field.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    id: &'a str,
    at: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub fn new(id: &'a str, at: &'a str, map: &'a Map<String, Value>) -> Self {
        Self { id, at, map }
    }

    /// Refuses fields other than these: one that is left out of account would make a case say less than it
    /// seems to.
    pub fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(Fault::new(self.id, &self.path(key), FaultKind::UnknownField)),
            None => Ok(()),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    pub fn value(&self, name: &str) -> Result<&'a Value, Fault> {
        let missing = || Fault::new(self.id, &self.path(name), FaultKind::Missing);
        self.map.get(name).ok_or_else(missing)
    }

    pub fn text(&self, name: &str) -> Result<&'a str, Fault> {
        self.read(name, "a text", Value::as_str)
    }

    /// EUR with two places, not negative.
    pub fn money(&self, name: &str) -> Result<Money, Fault> {
        self.read(name, "an amount with two decimals", |value| money(value.as_str()?))
    }

    pub fn percent(&self, name: &str) -> Result<Percent, Fault> {
        self.parsed(name, "a percentage")
    }

    pub fn date(&self, name: &str) -> Result<NaiveDate, Fault> {
        self.read(name, "a date such as 2026-11-23", date)
    }

    /// A text that its type can read.
    pub fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<T, Fault> {
        self.read(name, expected, |value| value.as_str()?.parse().ok())
    }

    pub fn count(&self, name: &str) -> Result<u32, Fault> {
        self.read(name, "a count", |value| u32::try_from(value.as_u64()?).ok())
    }

    pub fn flag(&self, name: &str) -> Result<bool, Fault> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub fn list(&self, name: &str) -> Result<&'a Vec<Value>, Fault> {
        self.read(name, "a list", Value::as_array)
    }

    pub fn object(&self, name: &str) -> Result<&'a Map<String, Value>, Fault> {
        self.read(name, "an object", Value::as_object)
    }

    /// Fields of an object inside a list.
    pub fn inner(&self, name: &'a str, value: &'a Value) -> Result<Self, Fault> {
        let map = value.as_object().ok_or_else(|| self.invalid(name, "a list of objects"))?;
        Ok(Self { id: self.id, at: name, map })
    }

    /// The fault that a field's value is not what it must be.
    pub fn invalid(&self, name: &str, expected: &'static str) -> Fault {
        let found = self.map.get(name).unwrap_or(&Value::Null);
        Fault::invalid(self.id, &self.path(name), expected, found)
    }

    /// The fault that the calculator refuses the case.
    pub fn refused(&self, error: LawError) -> Fault {
        Fault::new(self.id, self.at, FaultKind::Refused(error))
    }

    fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<T, Fault> {
        read(self.value(name)?).ok_or_else(|| self.invalid(name, expected))
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.at)
    }
}

/// EUR with two places, not negative.
pub(super) fn money(text: &str) -> Option<Money> {
    let (whole, cents) = text.split_once('.')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if cents.len() != 2 || !digits(whole) || !digits(cents) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    Some(Money::eur(whole.checked_mul(100)?.checked_add(cents.parse().ok()?)?))
}

pub(super) fn date(value: &Value) -> Option<NaiveDate> {
    // chrono also reads 2026-1-5, which is no ISO 8601.
    let text = value.as_str().filter(|text| text.len() == 10)?;
    text.parse().ok()
}

/// An amount as the format writes it.
pub(super) fn shown(amount: Money) -> Value {
    Value::String(amount.to_decimal())
}
