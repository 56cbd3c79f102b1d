//! Whoever can decide: the comparators and the learned policy.

mod expert;
mod fixed;
mod history;
mod learned;
mod oracle;
mod ramp;
mod random;
mod seen;

pub use expert::Expert;
pub use fixed::{FixedSequence, Sequence, best_sequence};
pub use history::History;
pub use learned::{Learned, LearnedError};
pub use oracle::Oracle;
pub use ramp::{HARM, MATURE, RISK, Ramp, RampLog, SHARES};
pub use random::Random;
