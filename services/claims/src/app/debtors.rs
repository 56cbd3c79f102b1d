//! Debtors as they are read and changed.

use std::collections::{HashMap, HashSet};

use kulanz_bus::publish;
use kulanz_proto::events::v1::DebtorUpdated;
use kulanz_store::{Store, Work};
use kulanz_types::{DebtorId, TenantId};

use super::claims::{self, View};
use super::protections::{self, Shield};
use crate::domain::lifecycle::ClaimState;
use crate::domain::person::{Indexes, Profile};
use crate::error::Error;
use crate::store::{claim, debtor, debtor_number, protection, restriction};

/// Column under which a profile is sealed.
pub const PROFILE: &str = "debtor.profile";

/// A debtor with what belongs to it.
pub struct DebtorView {
    /// The row.
    pub row: debtor::Model,
    /// The person; none once the data was erased.
    pub profile: Option<Profile>,
    /// The numbers by which creditors know it.
    pub numbers: Vec<debtor_number::Model>,
    /// Whether processing is restricted.
    pub restricted: bool,
    /// Its claims by age, where asked for.
    pub claims: Vec<View>,
    /// What shields it now, oldest first.
    pub protections: Vec<Shield>,
}

/// The debtor of this id, without claims.
pub async fn get(work: &Work, id: DebtorId) -> Result<DebtorView, Error> {
    let mut found = batch(work, &[id], false).await?;
    found.pop().ok_or_else(|| Error::not_found(id))
}

/// The debtor of this id as [`get`] gives it, kept from being changed by others until the transaction
/// ends: for whoever changes it.
pub async fn locked(work: &Work, id: DebtorId) -> Result<DebtorView, Error> {
    let rows = debtor::find_locked(work, vec![id.to_string()]).await?;
    let mut found = views(work, rows, &[id], false).await?;
    found.pop().ok_or_else(|| Error::not_found(id))
}

/// The debtors of these ids in the order asked; unknown ones are left out.
pub async fn batch(
    work: &Work,
    ids: &[DebtorId],
    include_claims: bool,
) -> Result<Vec<DebtorView>, Error> {
    let keys = ids.iter().map(ToString::to_string).collect();
    let rows = debtor::find_many(work, keys).await?;
    views(work, rows, ids, include_claims).await
}

async fn views(
    work: &Work,
    rows: Vec<debtor::Model>,
    ids: &[DebtorId],
    include_claims: bool,
) -> Result<Vec<DebtorView>, Error> {
    let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut rows: HashMap<String, debtor::Model> =
        rows.into_iter().map(|row| (row.debtor_id.clone(), row)).collect();
    let mut numbers =
        grouped(debtor_number::of_debtors(work, keys.clone()).await?, |row| row.debtor_id.clone());
    let mut claims = HashMap::new();
    if include_claims {
        let found = claim::of_debtors(work, keys.clone()).await?;
        claims = grouped(claims::views(work, found).await?, |view| view.claim.debtor_id.clone());
    }
    let mut shields =
        grouped(protection::lasting(work, keys.clone()).await?, |row| row.debtor_id.clone());
    let in_force = restriction::in_force(work, keys).await?;
    let restricted: HashSet<String> = in_force.into_iter().map(|row| row.debtor_id).collect();
    let known: Vec<DebtorId> =
        ids.iter().copied().filter(|id| rows.contains_key(&id.to_string())).collect();
    work.prepare_keys(&known).await?;
    let mut views = Vec::with_capacity(known.len());
    for id in known {
        let key = id.to_string();
        let Some(row) = rows.remove(&key) else { continue };
        let profile = match row.state.as_str() {
            "erased" => None,
            _ => work.open_json(id, PROFILE, &key, &row.profile).await?,
        };
        let numbers = numbers.remove(&key).unwrap_or_default();
        let claims = claims.remove(&key).unwrap_or_default();
        let restricted = restricted.contains(&key);
        let mut protections = Vec::new();
        for row in shields.remove(&key).unwrap_or_default() {
            protections.push(protections::shown(work, row).await?);
        }
        views.push(DebtorView { row, profile, numbers, restricted, claims, protections });
    }
    Ok(views)
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> String) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

/// The indexes by which a debtor is found again: name, date of birth, person.
pub fn indexes(store: &Store, tenant: TenantId, profile: &Profile) -> Indexes {
    let index = |kind, value: &str| store.blind_index(tenant, kind, value);
    let birth_date = profile.birth_date.filter(|_| !profile.is_company());
    Indexes {
        name: index("name", &profile.folded_name()),
        birth_date: birth_date.map(|date| index("birth_date", &date.to_string())),
        person: profile.match_key().map(|key| index("person", &key)),
    }
}

/// Brings the indexes of a row up to its profile.
pub fn index(work: &Work, row: &mut debtor::Model, profile: &Profile) {
    let Indexes { name, birth_date, person } = indexes(work.store(), work.tenant(), profile);
    (row.name_index, row.birth_index, row.person_index) = (name, birth_date, person);
}

/// Writes a changed profile of a [`locked`] debtor and tells what changed. The debtor must not have been
/// erased.
pub async fn change(
    work: &Work,
    mut row: debtor::Model,
    profile: &Profile,
    changed: &[&str],
) -> Result<debtor::Model, Error> {
    let id: DebtorId = row.debtor_id.parse()?;
    row.profile = work.seal_json(id, PROFILE, &row.debtor_id, profile).await?;
    index(work, &mut row, profile);
    touch(work, row, changed).await
}

/// Counts a change of a [`locked`] debtor and tells of it.
pub async fn touch(
    work: &Work,
    mut row: debtor::Model,
    changed: &[&str],
) -> Result<debtor::Model, Error> {
    row.version += 1;
    row.updated_at = work.now();
    work.about_by(&row.debtor_id, "service:claims", "DebtorUpdated");
    debtor::update(work, row.clone()).await?;
    let claim_ids = claim::of_debtors(work, vec![row.debtor_id.clone()])
        .await?
        .into_iter()
        .filter(|claim| !ClaimState::named(&claim.state).is_some_and(ClaimState::is_closed))
        .map(|claim| claim.claim_id)
        .collect();
    let event = DebtorUpdated {
        debtor_id: row.debtor_id.clone(),
        version: row.version,
        changed_fields: changed.iter().map(ToString::to_string).collect(),
        created: false,
        claim_ids,
    };
    publish(work, &row.debtor_id, &row.debtor_id, row.version, &event).await?;
    Ok(row)
}
