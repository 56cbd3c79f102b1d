//! Quote, cost notice, acceptance: an answer at once that binds at once (§ 13a Abs. 3 RDG).

mod accept;
mod quote;
mod settlement;

pub use accept::{accept, confirm_notice, wire_kind};
pub use quote::{QuoteWish, find, quote};
