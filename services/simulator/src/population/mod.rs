//! The people of a world: continuous latent traits, a claim, addresses, and what of it can be seen.

mod draw;
mod person;

pub use draw::{Population, Source};
pub use person::{Address, Age, Observation, Person, Trait};
