//! The feature registry: what may be known about a person, on which legal basis, for how long.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a feature's raw values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// A finite number, read as the band it falls into.
    Number,
    /// The name of a band.
    Category,
}

/// A piece of a feature's range, with words for people.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Name, unique within the feature.
    pub name: String,
    /// Inclusive lower bound in the feature's unit; only for numbers.
    pub from: Option<f64>,
    /// As a German reader is told.
    pub label_de: String,
    /// As an English reader is told.
    pub label_en: String,
}

/// One registered feature.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Unique name.
    pub name: String,
    /// What its values look like.
    pub kind: FeatureKind,
    /// Unit of a number.
    #[serde(default)]
    pub unit: String,
    /// Where values come from.
    pub source: String,
    /// Norm and reason that allow keeping it.
    pub legal_basis: String,
    /// Days a value is kept; 0 means it is not stored.
    pub retention_days: u32,
    /// Whether a model may read it.
    pub scoring: bool,
    /// Ascending for numbers.
    pub bands: Vec<Band>,
}

/// A recorded value of a feature.
#[derive(Debug, Clone, PartialEq, serde::Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A number in the feature's unit.
    Number(f64),
    /// The name of a band.
    Category(String),
}

/// Why a value is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// No such feature: nothing is kept without a registered legal basis.
    #[error("feature `{0}` is not registered")]
    Unregistered(String),
    /// Registered, but not to be stored.
    #[error("feature `{0}` must not be stored")]
    NotStored(String),
    /// Not a finite number, or a band the feature does not have.
    #[error("feature `{0}` does not take this value")]
    Value(String),
}

/// All registered features by name.
#[derive(Debug, Clone, Default)]
pub struct Registry(BTreeMap<String, Feature>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    feature: Vec<Feature>,
}

impl Registry {
    /// Reads the registry file.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let file: File = toml::from_str(text)?;
        Ok(Self(file.feature.into_iter().map(|feature| (feature.name.clone(), feature)).collect()))
    }

    /// The feature of this name.
    pub fn get(&self, name: &str) -> Option<&Feature> {
        self.0.get(name)
    }

    /// Every feature, by name.
    pub fn features(&self) -> impl Iterator<Item = &Feature> {
        self.0.values()
    }

    /// Checks a value before it is kept.
    pub fn check(&self, name: &str, value: &Value) -> Result<(), FeatureError> {
        let owned = || name.to_owned();
        let feature = self.get(name).ok_or_else(|| FeatureError::Unregistered(owned()))?;
        if feature.retention_days == 0 {
            return Err(FeatureError::NotStored(owned()));
        }
        feature.band(value).map(|_| ()).ok_or_else(|| FeatureError::Value(owned()))
    }

    /// The bands of the values a model may read; unknown names and unfit values are left out.
    pub fn scored_bands(&self, values: &Values) -> Bands {
        let band = |(name, value): (&String, &Value)| {
            let feature = self.get(name).filter(|feature| feature.scoring)?;
            Some((name.clone(), feature.band(value)?.name.clone()))
        };
        values.iter().filter_map(band).collect()
    }
}

/// Feature name to recorded value.
pub type Values = BTreeMap<String, Value>;
/// Feature name to the band its value falls into.
pub type Bands = BTreeMap<String, String>;

impl Feature {
    /// The band a value falls into; a number below the first band belongs to it.
    pub fn band(&self, value: &Value) -> Option<&Band> {
        match (self.kind, value) {
            (FeatureKind::Category, Value::Category(name)) => self.band_named(name),
            (FeatureKind::Number, Value::Number(number)) if number.is_finite() => self
                .bands
                .iter()
                .rfind(|band| band.from.is_some_and(|from| from <= *number))
                .or_else(|| self.bands.first()),
            _ => None,
        }
    }

    /// The band of this name.
    pub fn band_named(&self, name: &str) -> Option<&Band> {
        self.bands.iter().find(|band| band.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue;

    fn number(value: f64) -> Value {
        Value::Number(value)
    }

    #[test]
    fn every_feature_names_its_legal_basis_and_its_bands() {
        for feature in catalogue().registry.features() {
            assert!(!feature.legal_basis.is_empty() && !feature.bands.is_empty());
            let bounds: Vec<f64> = feature.bands.iter().filter_map(|band| band.from).collect();
            let expected =
                if feature.kind == FeatureKind::Number { feature.bands.len() } else { 0 };
            assert_eq!(bounds.len(), expected, "{}", feature.name);
            assert!(bounds.is_sorted());
        }
    }

    #[test]
    fn a_number_falls_into_the_band_that_begins_at_or_below_it() {
        let amount = catalogue().registry.get("open_amount").unwrap();
        for (value, band) in
            [(0.0, "up_to_50"), (49.99, "up_to_50"), (50.0, "50_to_150"), (9e9, "over_2000")]
        {
            assert_eq!(amount.band(&number(value)).unwrap().name, band);
        }
    }

    #[test]
    fn nothing_unregistered_barred_or_not_a_number_is_taken() {
        let registry = &catalogue().registry;
        let check = |name: &str, value| registry.check(name, &value);
        assert_eq!(
            check("shoe_size", number(43.0)),
            Err(FeatureError::Unregistered("shoe_size".to_owned()))
        );
        assert_eq!(
            check("age_band", number(40.0)),
            Err(FeatureError::NotStored("age_band".to_owned()))
        );
        let unfit = Err(FeatureError::Value("open_amount".to_owned()));
        assert_eq!(check("open_amount", number(f64::NAN)), unfit);
        assert_eq!(check("open_amount", Value::Category("much".to_owned())), unfit);
        assert_eq!(check("open_amount", number(12.5)), Ok(()));
    }

    #[test]
    fn age_is_read_by_no_model() {
        let values = [("age_band".to_owned(), number(30.0))].into();
        assert!(catalogue().registry.scored_bands(&values).is_empty());
    }
}
