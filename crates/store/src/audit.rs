//! The audit log: who did what to what, and when, written in the transaction of the effect.
//!
//! A transaction notes its acts ([`Work::act`], [`Work::about`]) and writes them, unchained, with its
//! commit: writers of one tenant never wait for each other. [`Store::seal_audit`] gives the committed
//! records their places afterwards, one sealer per tenant at a time, each record hashed over itself and
//! the hash of the one before.

mod chain;
mod seal;

use std::collections::BTreeMap;
use std::sync::PoisonError;

use chrono::SubsecRound as _;
use kulanz_types::AuditRecordId;

use crate::{Known, Rows, StoreError, Work};

pub use chain::{AuditRecord, Broken, Chain};
#[cfg(test)]
pub(crate) use seal::UNSEALED;

/// What is written of a record before it has its place.
const COLUMNS: [&str; 7] =
    ["tenant_id", "record_id", "recorded_at", "actor", "action", "subject_id", "facts"];

/// What one actor does in a transaction.
#[derive(Debug, Default)]
pub(crate) struct Act {
    actor: String,
    action: String,
    subjects: Vec<String>,
    facts: BTreeMap<String, String>,
    /// Further subjects add no records: the work is about very many at once.
    whole: bool,
    /// Recorded even where no subject was named: the tenant is it.
    always: bool,
}

impl Work {
    /// Begins an act: what changes from here on, until the next, is recorded as done by `actor`
    /// (`user:anna`, `service:payments`) under the name `action`, once for each [`Work::about`]. Without
    /// any, nothing happened and nothing is recorded.
    pub fn act(&self, actor: &str, action: &str) {
        self.push_act(Act { actor: actor.into(), action: action.into(), ..Act::default() });
    }

    /// Begins an act on very many things at once, such as a chunk of an import: one record about
    /// `subject`, however many others change.
    pub fn act_on_all(&self, actor: &str, action: &str, subject: impl ToString) {
        let subjects = vec![subject.to_string()];
        let (actor, action) = (actor.into(), action.into());
        self.push_act(Act { actor, action, subjects, whole: true, ..Act::default() });
    }

    /// Says who makes the call that [`crate::Store::begin_write`] began.
    pub fn by(&self, actor: &str) {
        self.with_act(|act| actor.clone_into(&mut act.actor));
    }

    /// Names a thing that the act in progress is about: the id of a claim, debtor or creditor.
    pub fn about(&self, subject: impl ToString) {
        let subject = subject.to_string();
        self.with_act(|act| {
            if !act.whole && !act.subjects.contains(&subject) {
                act.subjects.push(subject);
            }
        });
    }

    /// [`Work::about`], beginning an act of `actor` where none is in progress, as in due work.
    pub fn about_by(&self, subject: impl ToString, actor: &str, action: &str) {
        if self.acts.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.act(actor, action);
        }
        self.about(subject);
    }

    /// Adds a fact to the act in progress. Nothing personal.
    pub fn fact(&self, name: &str, value: impl ToString) {
        self.with_act(|act| drop(act.facts.insert(name.to_owned(), value.to_string())));
    }

    /// The act of a call: recorded whatever it changes.
    pub(crate) fn act_of_call(&self, method: &str, request_id: &str) {
        let mut act = Act { action: method.into(), always: true, ..Act::default() };
        act.facts.insert("request_id".into(), request_id.into());
        self.push_act(act);
    }

    fn push_act(&self, act: Act) {
        self.acts.lock().unwrap_or_else(PoisonError::into_inner).push(act);
    }

    fn with_act(&self, change: impl FnOnce(&mut Act)) {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(act) = acts.last_mut() {
            change(act);
        }
    }

    /// Writes what was done into the log of this transaction.
    pub(crate) async fn write_audit(&self) -> Result<(), StoreError> {
        let acts = std::mem::take(&mut *self.acts.lock().unwrap_or_else(PoisonError::into_inner));
        let mut values: Vec<sea_orm::Value> = Vec::new();
        for act in acts {
            if act.actor.is_empty() {
                return Err(StoreError::Unattributed(act.action));
            }
            let facts = serde_json::to_string(&act.facts)
                .map_err(|_| StoreError::Unreadable { what: "audit.facts" })?;
            let subjects = match act.subjects {
                none if none.is_empty() && act.always => vec![self.tenant().to_string()],
                some => some,
            };
            for subject in subjects {
                values.extend::<[sea_orm::Value; COLUMNS.len()]>([
                    self.tenant().to_string().into(),
                    AuditRecordId::generate(self.seeds(), self.now()).to_string().into(),
                    self.now().trunc_subsecs(6).into(),
                    act.actor.clone().into(),
                    act.action.clone().into(),
                    subject.into(),
                    facts.clone().into(),
                ]);
            }
        }
        let rows = Rows { table: "audit", columns: &COLUMNS, values, known: Known::Refuse };
        self.insert_rows(rows).await?;
        Ok(())
    }
}
