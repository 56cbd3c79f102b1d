//! What is true in a simulated world: parameters from a file or from a number.

mod effects;
mod error;
mod file;
mod numbered;
mod section;
mod sections;

pub use effects::{Effects, EffectsFile, Leaning, LevelEffect, PairEffect};
pub use error::WorldError;
pub use file::VERSION;
pub use numbered::WorldId;
pub use section::Key;
pub use sections::{
    Cash, Claims, Cost, Delay, Drift, Observed, Parameters, Plans, Reach, Reaction, Targets,
    Traits, Wear,
};

/// A world: its parameters, the effects in them, and the seed of its luck.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// What it is called in reports.
    pub name: String,
    /// Seed of everything that happens by chance.
    pub seed: u64,
    /// Every number of it but the effects.
    pub parameters: Parameters,
    /// What treatments do.
    pub effects: Effects,
}

impl World {
    /// The world of parameters that were checked.
    pub fn of(name: String, seed: u64, parameters: Parameters) -> Result<Self, WorldError> {
        parameters.check()?;
        let effects = Effects::of(&parameters.effects)?;
        Ok(Self { name, seed, parameters, effects })
    }

    /// The world that a file describes.
    pub fn read(text: &str) -> Result<Self, WorldError> {
        let parameters = Parameters::read(text)?;
        Self::of(parameters.name.clone(), parameters.seed, parameters)
    }
}
