//! Payments from the outside, over gRPC, with a stand-in for claims.

mod arrangements;
mod claims;
mod dues;
mod promises;
mod setup;
mod statement_file;
mod statements;
