//! What the log says of contacts, in memory from night to night: a decision never changes, only what
//! comes of it. A person whose data was erased is forgotten here the night after.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use kulanz_policy::{Context, Expectation, Features, Schema, SituationError};
use kulanz_store::Work;
use kulanz_types::TenantId;

use super::story::known;
use crate::error::Error;
use crate::store::decision::{self, Model};
use crate::store::history;

/// Contacts that are kept of one policy key; further ones are read anew each night.
const MOST: usize = 200_000;

/// A decision that was carried out, as far as it is learned from.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// With whom.
    pub debtor_id: String,
    /// Through which channel.
    pub channel: String,
    /// What was owed, in minor units.
    pub balance: i64,
    /// The debt as it was then.
    pub context: Context,
    /// What was expected before.
    pub expected: Expectation,
    /// Person, debt and action as features.
    pub features: Features,
}

/// What is recalled of the contacts of one policy key; nothing of those that teach nothing.
#[derive(Debug, Default)]
pub struct Recalled {
    schema: Option<Schema>,
    contacts: HashMap<String, Option<Arc<Contact>>>,
}

/// What this process recalls.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<(TenantId, String), Recalled>>>);

impl Memory {
    /// Takes what is recalled of a key; whoever comes meanwhile begins without.
    pub fn take(&self, tenant: TenantId, key: &str) -> Recalled {
        self.lock().remove(&(tenant, key.to_owned())).unwrap_or_default()
    }

    /// Keeps it for the next night.
    pub fn keep(&self, tenant: TenantId, key: &str, recalled: Recalled) {
        self.lock().insert((tenant, key.to_owned()), recalled);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(TenantId, String), Recalled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recalled {
    /// Forgets people whose data was erased, and everything where the features are others now.
    pub async fn begin(&mut self, work: &Work, schema: &Schema) -> Result<(), Error> {
        if self.schema.as_ref() != Some(schema) {
            *self = Self { schema: Some(schema.clone()), ..Self::default() };
        }
        let erased: HashSet<String> = history::erased(work).await?;
        if !erased.is_empty() {
            self.contacts.retain(|_, contact| {
                contact.as_ref().is_none_or(|contact| !erased.contains(&contact.debtor_id))
            });
        }
        Ok(())
    }

    /// The contacts of these decisions under a policy key, in their order; those that are not recalled, from
    /// the log.
    pub async fn contacts(
        &mut self,
        work: &Work,
        key: &str,
        ids: &[String],
    ) -> Result<Vec<Option<Arc<Contact>>>, Error> {
        let unknown = |id: &&String| !self.contacts.contains_key(*id);
        let unknown: Vec<String> = ids.iter().filter(unknown).cloned().collect();
        let found = self.read(work, key, unknown).await?;
        if self.contacts.len() + found.len() <= MOST {
            self.contacts.extend(found.clone());
        }
        let contact = |id| found.get(id).or_else(|| self.contacts.get(id)).cloned().flatten();
        Ok(ids.iter().map(contact).collect())
    }

    async fn read(
        &self,
        work: &Work,
        key: &str,
        ids: Vec<String>,
    ) -> Result<HashMap<String, Option<Arc<Contact>>>, Error> {
        let mut rows = decision::find_all(work, &ids).await?;
        rows.retain(|row| row.policy_key == key && !row.terms.is_empty());
        let mut found: HashMap<_, _> = ids.into_iter().map(|id| (id, None)).collect();
        let Some(schema) = &self.schema else { return Ok(found) };
        for (row, known) in known(work, &rows).await? {
            let contact = Contact::of(row, &known, schema)?;
            found.insert(row.decision_id.clone(), contact.map(Arc::new));
        }
        Ok(found)
    }
}

impl Contact {
    /// A decision to say something; nothing of one to be silent.
    fn of(
        row: &Model,
        known: &crate::domain::known::Known,
        schema: &Schema,
    ) -> Result<Option<Self>, Error> {
        let Some(levels) = &row.levels else { return Ok(None) };
        let levels: std::collections::BTreeMap<String, String> = serde_json::from_str(levels)?;
        let wrong = |error: SituationError| Error::Learning(error.to_string());
        let situation = known.situation(schema).map_err(wrong)?;
        let named = levels.iter().map(|(factor, level)| (factor.as_str(), level.as_str()));
        Ok(Some(Self {
            debtor_id: row.debtor_id.clone(),
            balance: known.minor_units(),
            context: known.context(),
            expected: known.expectation(),
            features: schema.features(&situation, named),
            channel: levels.get("channel").cloned().unwrap_or_default(),
        }))
    }
}
