//! Reads the fields of requests; every wrong one is named.

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_proto::types::v1 as types;
use kulanz_types::Money;

use crate::error::Error;

/// The fields of one request.
#[derive(Default)]
pub struct Fields(Violations);

impl Fields {
    /// A field that must be an id.
    pub fn id<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<T> {
        self.0.parse(field, text.parse())
    }

    /// An amount that may be missing and is above zero.
    pub fn amount(&mut self, field: &str, money: Option<&types::Money>) -> Option<Money> {
        let money = self.0.parse(field, Money::try_from(money?))?;
        self.0.require(money.is_positive(), field, "must be above zero");
        Some(money)
    }

    /// A day that may be missing.
    pub fn date(&mut self, field: &str, date: Option<&types::Date>) -> Option<NaiveDate> {
        self.0.parse(field, NaiveDate::try_from(date?))
    }

    /// A value that must be there.
    pub fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.0.add(field, "is required");
        }
        value
    }

    /// Something that must hold.
    pub fn require(&mut self, holds: bool, field: &str, description: &str) {
        self.0.require(holds, field, description);
    }

    /// `value` if no field was wrong; it is there then.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Error> {
        self.0.into_result().map_err(Error::Invalid)?;
        value.ok_or(Error::Unexpected("a value is missing without a violation"))
    }
}
