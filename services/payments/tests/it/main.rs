//! Payments from the outside, over gRPC, with a stand-in for claims.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod arrangements;
mod claims;
mod division;
mod dues;
mod people;
mod promises;
mod settlements;
mod setup;
mod statement_file;
mod statements;
