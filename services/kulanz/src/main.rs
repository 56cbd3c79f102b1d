//! The one binary of Kulanz.
fn main() {}
