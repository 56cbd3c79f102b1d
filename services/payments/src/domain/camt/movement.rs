//! What an entry moves, piece by piece: a collective booking is split into its transactions when
//! they account for the whole amount, and is left whole when they do not.

use kulanz_types::{Money, MoneyError};

use super::statement::{Direction, Entry, Transaction};

/// One movement of money on the account, small enough to be matched to one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// 1-based position of the transaction in its entry; 0 where the entry is taken whole.
    pub part: u32,
    /// Never negative.
    pub amount: Money,
    /// Which way the money moved.
    pub direction: Direction,
    /// Its references and remittance; empty where the bank gives none.
    pub transaction: Transaction,
    /// Whether the bank bundled several transactions that cannot be told apart.
    pub is_unsplit_batch: bool,
}

impl Movement {
    /// Whether a payment comes back: the bank says so by reason or by indicator.
    pub fn is_return(&self, entry: &Entry) -> bool {
        self.transaction.return_reason.is_some() || entry.is_reversal
    }

    /// For a returned payment: what was paid once, without what the bank charges for the return.
    pub fn returned_amount(&self) -> Result<Money, MoneyError> {
        let without_charges = match self.transaction.charges {
            Some(charges) => self.amount.checked_sub(charges)?,
            None => self.amount,
        };
        let original = self.transaction.instructed.unwrap_or(without_charges);
        let plausible =
            original.is_positive() && original.minor_units() <= self.amount.minor_units();
        Ok(if plausible { original } else { self.amount })
    }
}

/// The movements of an entry; their signed sum is always the entry's.
pub fn movements(entry: &Entry) -> Result<Vec<Movement>, MoneyError> {
    if let [single] = entry.transactions.as_slice() {
        return Ok(vec![whole(entry, single.clone(), entry.batch_count.is_some_and(|n| n > 1))]);
    }
    if let Some(parts) = split(entry)? {
        return Ok(parts);
    }
    let several = entry.transactions.len() > 1 || entry.batch_count.is_some_and(|n| n > 1);
    Ok(vec![whole(entry, Transaction::default(), several)])
}

fn whole(entry: &Entry, transaction: Transaction, is_unsplit_batch: bool) -> Movement {
    let (amount, direction) = (entry.amount, entry.direction);
    Movement { part: 0, amount, direction, transaction, is_unsplit_batch }
}

fn split(entry: &Entry) -> Result<Option<Vec<Movement>>, MoneyError> {
    let mut parts = Vec::with_capacity(entry.transactions.len());
    let mut sum = Money::zero(entry.amount.currency());
    for (transaction, part) in entry.transactions.iter().zip(1..) {
        let Some(amount) = transaction.amount else { return Ok(None) };
        let direction = transaction.direction.unwrap_or(entry.direction);
        sum = match direction {
            Direction::Credit => sum.checked_add(amount)?,
            Direction::Debit => sum.checked_sub(amount)?,
        };
        let transaction = transaction.clone();
        parts.push(Movement { part, amount, direction, transaction, is_unsplit_batch: false });
    }
    let accounts_for_all = !parts.is_empty() && sum == entry.signed()?;
    Ok(accounts_for_all.then_some(parts))
}
