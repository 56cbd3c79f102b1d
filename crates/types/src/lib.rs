//! The values every service speaks in: typed ids, money, dates, clocks, seeded randomness, bank
//! identifiers, the code that a banking app scans. Nothing here does I/O; whatever is parsed into one of
//! these types can be trusted from then on.

mod bank;
pub mod calendar;
mod clock;
mod contact;
pub mod epc;
mod ids;
mod money;
mod seeds;

pub use bank::{BankIdentifierError, CreditorReference, Iban};
pub use clock::{
    Clock, SharedClock, SystemClock, VirtualClock, berlin_date, berlin_time, to_micros,
};
pub use contact::{email_key, phone_key};
pub use ids::*;
pub use money::{Currency, Money, MoneyError, grouped};
pub use seeds::Seeds;
