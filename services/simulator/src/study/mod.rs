//! A study: policies against each other in many worlds.

mod figures;
mod full;
mod groups;
mod names;
mod side_by_side;
mod stage;
mod summary;
mod worlds;

pub use figures::{Curve, GateFigures, PolicyFigures, RampFigures, WorldFigures};
pub use full::{FULL, full};
pub use groups::GroupFigures;
pub use names::PolicyName;
pub use side_by_side::side_by_side;
pub use stage::Stage;
pub use summary::{Summary, Uplift};
pub use worlds::{Plan, Study, StudyError, study};
