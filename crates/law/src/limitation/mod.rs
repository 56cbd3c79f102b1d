//! Limitation: from facts to the last day of the period, step by step (§§ 194 to 218 BGB).

mod event;
mod interest;
mod ordinary;
mod period;
mod timeline;

#[cfg(test)]
mod tests;

pub use event::{
    Acknowledges, CourtDunning, LimitationEvent, LimitationFacts, LimitationStart, Rejection, Suit,
};
pub use interest::{InterestYear, limitation_of_interest};
pub use ordinary::{Limitation, ordinary_limitation};
pub use period::{Extension, Span, extend, merge_spans};
pub use timeline::{LimitationEffect, LimitationStep, LimitationTimeline, limitation};
