//! What the tests and measurements of the whole constellation share: all five services on one backend,
//! a tenant with a creditor, and the everyday things that happen to a portfolio.
#![expect(clippy::expect_used, clippy::panic, reason = "it only runs in tests")]

mod bank;
pub mod calls;
mod portfolio;
mod world;

pub use bank::{Booking, camt053};
pub use portfolio::{ERIKA, MAX, Row, numbered_row, rows};
pub use world::{World, definitions};
