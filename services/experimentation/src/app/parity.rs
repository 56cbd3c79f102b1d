//! How groups of persons are treated. Who belongs to which group is forgotten with the answer.

use std::collections::BTreeMap;

use kulanz_store::{Store, StoreError};
use kulanz_types::TenantId;

use super::attribute::kind_of;
use crate::domain::outcome::OutcomeKind;
use crate::domain::parity::{Groups, treatment};
use crate::error::Error;
use crate::store::history;

/// Takes in persons with their groups; whoever nothing was ever decided about is none.
pub async fn add(
    store: &Store,
    tenant: TenantId,
    groups: &mut Groups,
    persons: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let ids: Vec<String> = persons.keys().cloned().collect();
    let work = store.begin(tenant).await?;
    let mut decided: BTreeMap<String, Vec<BTreeMap<String, String>>> = BTreeMap::new();
    for (person, levels) in history::decided_about(&work, &ids).await? {
        let of_person = decided.entry(person).or_default();
        let read = levels.as_deref().map(serde_json::from_str).transpose();
        of_person.extend(read.map_err(|_| StoreError::Unreadable { what: "decision.levels" })?);
    }
    let mut happened: BTreeMap<String, Vec<OutcomeKind>> = BTreeMap::new();
    for row in history::outcomes_of(&work, &ids).await? {
        happened.entry(row.debtor_id).or_default().push(kind_of(&row.kind)?);
    }
    for (person, actions) in &decided {
        let happened = happened.get(person).map_or(&[][..], Vec::as_slice);
        groups.add(&persons[person], &treatment(actions, happened))?;
    }
    Ok(())
}
