//! Experiments checked and analysed from files, without a server.

pub mod analyze;
pub mod args;
pub mod verify;
