//! Contact points, preferences and budget, composition, outreach schedule, channels and receipts.
//!
//! Read [`domain`] first: what may be said, to whom, when and in which words is decided there by
//! pure rules. The other rooms fetch facts, keep rows and hand messages over.

pub mod domain;
