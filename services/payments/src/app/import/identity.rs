//! What makes an entry the same one when the bank sends it again.

use std::collections::HashMap;

use crate::domain::camt::{Direction, Entry, Movement, Statement};
use crate::domain::digest::sha256_hex;

/// How often the same facts came in this file: two transfers of the same day and amount are two.
#[derive(Default)]
pub struct Occurrences(HashMap<String, u32>);

/// References that banks write where they have none.
const FILLERS: [&str; 3] = ["NONREF", "NOTPROVIDED", "0"];

impl Occurrences {
    /// Account, the bank's reference, amount, direction, value date and how often they came before;
    /// an entry that the bank gives no reference is told by its place in its statement.
    pub fn identity(
        &mut self,
        statement: &Statement,
        entry: &Entry,
        movement: &Movement,
    ) -> String {
        let direction = match movement.direction {
            Direction::Credit => "CRDT",
            Direction::Debit => "DBIT",
        };
        let reference = entry.bank_reference.as_deref();
        let reference = reference.filter(|text| !FILLERS.contains(text));
        let named = match (reference, &entry.entry_reference) {
            (Some(reference), _) => format!("bank {reference}"),
            // NtryRef counts within one statement only.
            (None, Some(reference)) => format!("entry {} {reference}", statement.id),
            (None, None) => format!("place {} {}", statement.id, entry.position),
        };
        let value_on = entry.value_on.map(|day| day.to_string()).unwrap_or_default();
        let facts = [
            statement.account.to_string(),
            named,
            movement.amount.to_string(),
            direction.to_owned(),
            value_on,
            movement.part.to_string(),
        ];
        let key = facts.join("\u{1f}");
        let count = self.0.entry(key.clone()).or_default();
        *count += 1;
        sha256_hex(format!("{key}\u{1f}{count}").as_bytes())
    }
}
