//! Policies evaluated on files, without a server.

pub mod args;
pub mod evaluate;
