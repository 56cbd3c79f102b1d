//! A study: policies against each other in many worlds.

mod figures;
mod groups;
mod names;
mod stage;
mod summary;
mod worlds;

pub use figures::{Curve, GateFigures, PolicyFigures, RampFigures, WorldFigures};
pub use groups::GroupFigures;
pub use names::PolicyName;
pub use summary::{Summary, Uplift};
pub use worlds::{Plan, Study, StudyError, study};
