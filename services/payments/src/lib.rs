//! Payment options, bank statements and matching, the money ledger and arrangements.

pub mod domain;
