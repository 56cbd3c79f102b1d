//! Pure rules of payments: what a statement says, whose money it is, how it is booked, what an
//! arrangement costs and how it lives. No I/O, no clock, no randomness but what is passed in.

pub mod arrangement;
pub mod camt;
pub mod digest;
pub mod ledger;
pub mod matching;
pub mod plan;
pub mod promise;
pub mod reference;
pub mod settlement;
