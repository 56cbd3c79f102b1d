//! camt.053 (ISO 20022 bank-to-customer statement), versions .02 to .10: what the bank says
//! happened on the collection account.

mod error;
mod movement;
mod read;
mod statement;
mod transaction;
mod tree;
mod value;

#[cfg(test)]
mod tests;

pub use error::{CamtError, CamtFault, Place};
pub use movement::{Movement, movements};
pub use read::read;
pub use statement::{
    Balance, CamtFile, ClosingCheck, Counterparty, Direction, Entry, EntryStatus, Statement,
    Transaction,
};
pub use tree::LARGEST_FILE;
