//! How likely some payment is within a number of days.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::registry::Bands;

/// A weekly hazard with a weight per band.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PropensityModel {
    /// Changes with any weight.
    pub version: String,
    /// Log-odds of a payment in one week with nothing known.
    pub intercept: f64,
    /// Feature, band, weight in log-odds.
    pub weights: BTreeMap<String, BTreeMap<String, f64>>,
}

impl PropensityModel {
    /// Reads the model file.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The probability of some payment within `days`, 0..=1.
    pub fn within(&self, bands: &Bands, days: u32) -> f64 {
        self.shifted(bands, days, 0.0)
    }

    /// The 90 % interval of [`Self::within`]: what experts' weights may be off by, not a measurement.
    pub fn interval(&self, bands: &Bands, days: u32) -> (f64, f64) {
        (self.shifted(bands, days, -UNCERTAINTY), self.shifted(bands, days, UNCERTAINTY))
    }

    fn shifted(&self, bands: &Bands, days: u32, shift: f64) -> f64 {
        let weight = |(feature, band): (&String, &String)| {
            self.weights.get(feature).and_then(|bands| bands.get(band))
        };
        let log_odds = self.intercept + shift + bands.iter().filter_map(weight).sum::<f64>();
        let hazard = 1.0 / (1.0 + (-log_odds).exp());
        1.0 - (1.0 - hazard).powf(f64::from(days) / DAYS_PER_WEEK)
    }
}

const DAYS_PER_WEEK: f64 = 7.0;

/// Half-width of the interval in log-odds.
const UNCERTAINTY: f64 = 0.8;

#[cfg(test)]
mod tests {
    use crate::domain::catalogue;

    fn within(pairs: &[(&str, &str)], days: u32) -> f64 {
        let bands = pairs.iter().map(|(f, b)| ((*f).to_owned(), (*b).to_owned())).collect();
        catalogue().propensity.within(&bands, days)
    }

    #[test]
    fn weights_name_registered_bands_that_may_be_read() {
        let catalogue = catalogue();
        for (feature, weights) in &catalogue.propensity.weights {
            let registered = catalogue.registry.get(feature).unwrap();
            assert!(registered.scoring);
            assert!(weights.keys().all(|band| registered.band_named(band).is_some()), "{feature}");
        }
    }

    #[test]
    fn a_longer_horizon_never_makes_payment_less_likely() {
        let chances: Vec<f64> =
            [0, 1, 30, 91, 182, 365, 3_650, 99_999].map(|days| within(&[], days)).into();
        assert!(chances.is_sorted() && chances[0] == 0.0 && chances[7] <= 1.0);
        assert!((0.2..0.3).contains(&chances[4]), "{chances:?}");
    }

    #[test]
    fn recovery_falls_with_the_age_of_the_claim() {
        let ages = ["under_60", "60_to_180", "180_to_365", "1_to_2_years", "over_2_years"];
        let chances = ages.map(|age| within(&[("oldest_claim_age", age)], 182));
        assert!(chances.windows(2).all(|pair| pair[0] > pair[1]), "{chances:?}");
    }
}
