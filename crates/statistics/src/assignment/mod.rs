//! Who gets which arm: `GrowthBook`'s hash and bucket ranges, so that every SDK of theirs agrees.

pub mod bucket;
pub mod hash;
