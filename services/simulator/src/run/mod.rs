//! One policy in one world, without any service: day by day, under one contact budget and one mask.

mod crowd;
mod mask;
mod play;
mod policy;
mod tally;

pub use crowd::{Crowd, Lived, Share};
pub use mask::Mask;
pub use play::{Rules, play};
pub use policy::{Choice, Known, News, Policy, Situation};
pub use tally::{AgeTally, CURVE_WEEKS, PersonTally, Tally, VINTAGES};
