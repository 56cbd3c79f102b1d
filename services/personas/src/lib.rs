//! What kind of person a debtor is, with probabilities and reasons

pub mod domain;
