//! From quote to kept or broken arrangement, as state machines that only their methods move.

mod agreed;
mod quote;

#[cfg(test)]
mod tests;

pub use agreed::{
    Applied, Arrangement, ArrangementState, Instalment, InstalmentState, Overdue, Patience,
};
pub use quote::{Quote, QuoteRefusal, notice_hash};
