//! The file of a world: TOML, strict, versioned.

use super::effects::Effects;
use super::error::WorldError;
use super::sections::{Parameters, Traits};

/// Version of the schema that is read.
pub const VERSION: i64 = 1;

impl Parameters {
    /// Reads a file; every fault names its key.
    pub fn read(text: &str) -> Result<Self, WorldError> {
        let parameters: Self =
            toml::from_str(text).map_err(|error| WorldError::Unreadable(error.to_string()))?;
        parameters.check()?;
        Ok(parameters)
    }

    /// The parameters as a file that reads back as them.
    pub fn to_toml(&self) -> Result<String, WorldError> {
        toml::to_string(self).map_err(|error| WorldError::Unreadable(error.to_string()))
    }

    pub(super) fn check(&self) -> Result<(), WorldError> {
        if self.version != VERSION {
            return Err(WorldError::Version { found: self.version, known: VERSION });
        }
        self.check_ranges()?;
        Effects::of(&self.effects)?;
        self.agree()
    }

    /// What two keys say together.
    fn agree(&self) -> Result<(), WorldError> {
        let claims = &self.claims;
        let contradiction =
            |key: &str, reason| Err(WorldError::Contradiction { key: key.to_owned(), reason });
        if claims.share_young + claims.share_middle > 1.0 {
            return contradiction("claims.share_middle", "more than all claims with share_young");
        }
        if self.delay.same_day + self.delay.payday > 1.0 {
            return contradiction("delay.payday", "more than everybody with same_day");
        }
        if self.targets.horizon_days.fract() != 0.0 {
            return contradiction("targets.horizon_days", "is a whole number of days");
        }
        let loadings = self.traits.loadings();
        match loadings.iter().find(|(_, [one, other])| one * one + other * other > 0.999) {
            Some((name, _)) => Err(WorldError::Contradiction {
                key: format!("traits.{name}_modernity"),
                reason: "both loadings together explain more than the whole trait",
            }),
            None => Ok(()),
        }
    }
}

impl Traits {
    /// Loadings on hardship and modernity, trait by trait.
    pub const fn loadings(&self) -> [(&'static str, [f64; 2]); 6] {
        [
            ("capacity", [self.capacity_hardship, self.capacity_modernity]),
            ("willingness", [self.willingness_hardship, self.willingness_modernity]),
            ("avoidance", [self.avoidance_hardship, self.avoidance_modernity]),
            ("digital", [self.digital_hardship, self.digital_modernity]),
            ("reactance", [self.reactance_hardship, self.reactance_modernity]),
            ("price", [self.price_hardship, self.price_modernity]),
        ]
    }
}
