//! What the one binary of Kulanz is made of.

pub mod import;
