//! The file of a world: TOML, strict, versioned.

use serde::{Deserialize, Serialize};

use super::effects::{Effects, EffectsFile};
use super::error::WorldError;
use super::section::Key;
use super::sections::{
    Cash, Claims, Cost, Delay, Drift, Observed, Plans, Reach, Reaction, Targets, Traits, Wear,
};

/// Version of the schema that is read.
pub const VERSION: i64 = 1;

/// A world as its file states it. What a file leaves out has the documented default.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Version of the schema; must be stated.
    pub version: i64,
    /// What the world is called.
    #[serde(default)]
    pub name: String,
    /// Seed of everything that happens by chance.
    #[serde(default)]
    pub seed: u64,
    /// The claims.
    #[serde(default)]
    pub claims: Claims,
    /// The latent traits.
    #[serde(default)]
    pub traits: Traits,
    /// What can be observed.
    #[serde(default)]
    pub observed: Observed,
    /// Free money.
    #[serde(default)]
    pub cash: Cash,
    /// Addresses and channels.
    #[serde(default)]
    pub reach: Reach,
    /// Reactions to a contact.
    #[serde(default)]
    pub reaction: Reaction,
    /// From decision to money.
    #[serde(default)]
    pub delay: Delay,
    /// Plans and promises.
    #[serde(default)]
    pub plans: Plans,
    /// What many contacts do.
    #[serde(default)]
    pub wear: Wear,
    /// How the world changes.
    #[serde(default)]
    pub drift: Drift,
    /// What a contact costs.
    #[serde(default)]
    pub cost: Cost,
    /// The public figures of the baseline.
    #[serde(default)]
    pub targets: Targets,
    /// What treatments do.
    #[serde(default)]
    pub effects: EffectsFile,
}

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

    /// Every section with its keys, in the order of the file.
    pub const fn schema() -> [(&'static str, &'static [Key]); 12] {
        [
            (Claims::SECTION, Claims::KEYS),
            (Traits::SECTION, Traits::KEYS),
            (Observed::SECTION, Observed::KEYS),
            (Cash::SECTION, Cash::KEYS),
            (Reach::SECTION, Reach::KEYS),
            (Reaction::SECTION, Reaction::KEYS),
            (Delay::SECTION, Delay::KEYS),
            (Plans::SECTION, Plans::KEYS),
            (Wear::SECTION, Wear::KEYS),
            (Drift::SECTION, Drift::KEYS),
            (Cost::SECTION, Cost::KEYS),
            (Targets::SECTION, Targets::KEYS),
        ]
    }

    pub(super) fn check(&self) -> Result<(), WorldError> {
        if self.version != VERSION {
            return Err(WorldError::Version { found: self.version, known: VERSION });
        }
        self.claims.check()?;
        self.traits.check()?;
        self.observed.check()?;
        self.cash.check()?;
        self.reach.check()?;
        self.reaction.check()?;
        self.delay.check()?;
        self.plans.check()?;
        self.wear.check()?;
        self.drift.check()?;
        self.cost.check()?;
        self.targets.check()?;
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
