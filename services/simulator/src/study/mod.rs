//! A study: policies against each other in many worlds.

mod figures;
mod names;
mod summary;
mod worlds;

pub use figures::{Curve, PolicyFigures, RampFigures, WorldFigures};
pub use names::PolicyName;
pub use summary::{Summary, Uplift};
pub use worlds::{Plan, Study, StudyError, study};
