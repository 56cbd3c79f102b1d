//! Whether the log of decisions is what was logged: its chain is walked in order, page by page, each page in a
//! transaction of its own.

use std::collections::BTreeMap;

use kulanz_store::{Store, StoreError, Work};
use kulanz_types::{DebtorId, TenantId};

use super::link::{FIRST, VERSION, chain_hash};
use super::sealed::CONTEXT;
use crate::error::Error;
use crate::store::chain;
use crate::store::decision::{self, Model};

/// Decisions read at a time.
const PAGE: u64 = 500;

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Another decision stands in this place.
    Missing,
    /// The decision is not what was logged.
    Changed,
    /// What is sealed in its row is not what was sealed.
    Context,
    /// The log does not end where its chain does: it was cut, or its end was written anew.
    End,
    /// The decision has another hash than it had earlier: the log was written anew.
    Anchor,
    /// A decision that was seen earlier is gone: the log was cut.
    Cut,
}

/// The first place at which a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Place in the chain, from 1.
    pub sequence: i64,
    /// The decision that stands there; empty where none does.
    pub decision_id: String,
    /// What is wrong.
    pub flaw: Flaw,
}

/// A walk along the chain of a tenant.
pub struct Walk {
    store: Store,
    tenant: TenantId,
    anchors: BTreeMap<i64, String>,
    /// Decisions that hold.
    pub length: i64,
    /// Hash of the first; empty before it.
    pub first_hash: String,
    /// Hash of the last; empty before the first.
    pub last_hash: String,
}

/// How far a walk came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// There may be more.
    On,
    /// The whole chain holds.
    Whole,
    /// It does not.
    Broken(Break),
}

impl Walk {
    /// A walk that has not begun. It also compares with what was seen earlier: hash by sequence.
    pub fn new(store: Store, tenant: TenantId, anchors: BTreeMap<i64, String>) -> Self {
        let (first_hash, last_hash) = (String::new(), String::new());
        Self { store, tenant, anchors, length: 0, first_hash, last_hash }
    }

    /// Checks the next page.
    pub async fn step(&mut self) -> Result<Step, Error> {
        let work = self.store.begin(self.tenant).await?;
        // Nothing stands before the first place either.
        let from = if self.length == 0 { i64::MIN } else { self.length };
        let rows = decision::after(&work, from, PAGE).await?;
        if rows.is_empty() {
            return self.end(&work).await;
        }
        let debtors: Vec<DebtorId> =
            rows.iter().filter_map(|row| row.debtor_id.parse().ok()).collect();
        work.prepare_keys(&debtors).await?;
        for row in &rows {
            if let Some(flaw) = self.check(&work, row).await? {
                let sequence = self.length + 1;
                return Ok(broken(sequence, &row.decision_id, flaw));
            }
        }
        Ok(Step::On)
    }

    /// What is wrong with the next decision.
    async fn check(&mut self, work: &Work, row: &Model) -> Result<Option<Flaw>, Error> {
        let place = self.length + 1;
        if row.sequence != place {
            return Ok(Some(Flaw::Missing));
        }
        let is_known = (FIRST..=VERSION).contains(&row.chain_version);
        if !is_known || chain_hash(&self.last_hash, row)? != row.chain_hash {
            return Ok(Some(Flaw::Changed));
        }
        if !is_sealed(work, row).await? {
            return Ok(Some(Flaw::Context));
        }
        if self.anchors.remove(&place).is_some_and(|hash| hash != row.chain_hash) {
            return Ok(Some(Flaw::Anchor));
        }
        if place == 1 {
            self.first_hash.clone_from(&row.chain_hash);
        }
        self.length = place;
        self.last_hash.clone_from(&row.chain_hash);
        Ok(None)
    }

    /// Behind the last decision: the chain ends here, and every anchor was met.
    async fn end(&self, work: &Work) -> Result<Step, Error> {
        let chain::End { head, last } = chain::end(work).await?;
        if last > self.length {
            return Ok(Step::On);
        }
        if (head.length, head.hash.as_str()) != (self.length, self.last_hash.as_str()) {
            let sequence = if head.length > self.length { self.length + 1 } else { self.length };
            return Ok(broken(sequence, "", Flaw::End));
        }
        let missed = self.anchors.keys().next();
        Ok(missed.map_or(Step::Whole, |sequence| broken(*sequence, "", Flaw::Cut)))
    }
}

fn broken(sequence: i64, decision_id: &str, flaw: Flaw) -> Step {
    Step::Broken(Break { sequence, decision_id: decision_id.to_owned(), flaw })
}

/// Whether what is sealed in a row is what entered the chain by its keyed hash, as far as anybody can tell: nobody
/// can after the person was erased.
async fn is_sealed(work: &Work, row: &Model) -> Result<bool, Error> {
    let debtor = row.debtor_id.parse().map_err(StoreError::from)?;
    match work.open(debtor, CONTEXT, &row.decision_id, &row.context).await {
        Ok(None) => Ok(true),
        Ok(Some(opened)) => Ok(std::str::from_utf8(&opened)
            .is_ok_and(|text| work.blind_index(CONTEXT, text) == row.context_hash)),
        Err(StoreError::SealBroken { .. }) => Ok(false),
        Err(other) => Err(other.into()),
    }
}
