//! What a booking writes, gathered so that a whole file is written with few statements.

use kulanz_bus::{Outgoing, publish_all};
use kulanz_store::Work;

use crate::domain::ledger::Transfer;
use crate::error::Error;
use crate::store::{bank_entry, clue, ledger, payment};

/// Rows and events that are still to be written. What is not written when it is dropped never happened.
#[derive(Default)]
pub struct Books {
    /// Movements between accounts, in their order.
    pub transfers: Vec<Transfer>,
    /// New payments.
    pub payments: Vec<payment::Model>,
    /// New bank entries.
    pub entries: Vec<bank_entry::Model>,
    /// What leads to entries that wait.
    pub clues: Vec<clue::Model>,
    /// What is told of the payments, in their order.
    pub events: Vec<Outgoing>,
}

impl Books {
    /// Writes everything gathered so far.
    pub async fn write(&mut self, work: &Work) -> Result<(), Error> {
        ledger::post_all(work, &std::mem::take(&mut self.transfers)).await?;
        work.insert_all(std::mem::take(&mut self.payments)).await?;
        work.insert_all(std::mem::take(&mut self.entries)).await?;
        work.insert_all(std::mem::take(&mut self.clues)).await?;
        publish_all(work, std::mem::take(&mut self.events)).await?;
        Ok(())
    }
}
