//! Checks of the legal calculator that anyone can run on a file or a claim, without a server.

pub mod args;
pub mod explain;
pub mod verify;
