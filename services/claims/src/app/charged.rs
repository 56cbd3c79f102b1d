//! The costs of a claim that are charged and were not taken back.

use std::collections::{BTreeMap, HashSet};

use kulanz_store::Work;
use kulanz_types::{Currency, Money, MoneyError};

use crate::domain::account::{EntryKind, Subject};
use crate::error::Error;
use crate::store::{claim, entry};

/// One cost.
pub struct Cost {
    /// Its entry.
    pub entry_id: String,
    /// What it is for.
    pub subject: Subject,
    /// How much.
    pub amount: Money,
    /// What its amount was computed from.
    pub inputs: BTreeMap<String, String>,
}

/// Those of a claim.
pub async fn charged(work: &Work, claim: &claim::Model) -> Result<Vec<Cost>, Error> {
    among(claim.currency()?, &entry::told(work, &claim.claim_id).await?)
}

/// Those among the entries of a claim.
pub fn among(currency: Currency, rows: &[entry::Told]) -> Result<Vec<Cost>, Error> {
    let corrections = rows.iter().filter(|row| row.kind == "correction");
    let taken_back: HashSet<&str> = corrections.filter_map(|row| row.cause_id.as_deref()).collect();
    let stands =
        |row: &&entry::Told| row.kind == "cost" && !taken_back.contains(row.entry_id.as_str());
    let cost = |row: &entry::Told| {
        Ok(Cost {
            entry_id: row.entry_id.clone(),
            subject: row.subject(EntryKind::Cost),
            amount: Money::new(currency, row.amount),
            inputs: row.inputs()?,
        })
    };
    rows.iter().filter(stands).map(cost).collect()
}

/// What those of some subjects come to.
pub fn sum(
    currency: Currency,
    costs: &[Cost],
    counts: impl Fn(Subject) -> bool,
) -> Result<Money, MoneyError> {
    let counted = costs.iter().filter(|cost| counts(cost.subject));
    Money::sum(currency, counted.map(|cost| cost.amount))
}
