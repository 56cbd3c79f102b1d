//! Whoever can decide: the comparators and the learned policy.

mod candidate;
mod experience;
mod expert;
mod fixed;
mod history;
mod learned;
mod oracle;
mod ramp;
mod random;
mod ready;
mod replayed;
mod seen;
mod story;

pub use candidate::{Judgement, Planted};
pub use experience::{DRAWN, Experience};
pub use expert::Expert;
pub use fixed::{FixedSequence, Sequence, best_sequence};
pub use history::History;
pub use learned::{Learned, LearnedError};
pub use oracle::Oracle;
pub use ramp::{Ramp, RampLog};
pub use random::Random;
pub use replayed::Replayed;
