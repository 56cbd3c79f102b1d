//! Who supplied each datum of a person, and when (Art. 14 Abs. 2 lit. f, Art. 15 Abs. 1 lit. g GDPR).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::person::Profile;

/// Where a datum comes from. Kept inside the sealed profile: it goes with the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Who supplied it: `creditor:creditor_…`, `debtor`, `user:anna`.
    pub source: String,
    /// When we came to hold it.
    pub recorded_at: DateTime<Utc>,
    /// The import that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_id: Option<String>,
}

/// Origins by field of the contract's Debtor.
pub type Origins = BTreeMap<String, Origin>;

impl Origin {
    /// What a caller supplied: a person's own session says so, staff and services by their names.
    pub fn caller(actor: &str, recorded_at: DateTime<Utc>) -> Self {
        let source = if actor.starts_with("debtor:") { "debtor" } else { actor };
        Self { source: source.to_owned(), recorded_at, import_id: None }
    }

    /// What a creditor's import brought.
    pub fn import(creditor: &str, import: &str, recorded_at: DateTime<Utc>) -> Self {
        let source = format!("creditor:{creditor}");
        Self { source, recorded_at, import_id: Some(import.to_owned()) }
    }
}

impl Profile {
    /// Notes who supplied these fields; of a person or company only what there is.
    pub fn supplied<'a>(&mut self, fields: impl IntoIterator<Item = &'a str>, origin: &Origin) {
        for field in fields {
            for part in self.parts(field) {
                self.origins.insert(part.to_owned(), origin.clone());
            }
        }
    }

    /// What a field of the contract holds here.
    fn parts(&self, field: &str) -> Vec<&'static str> {
        let held = |known: &[(&'static str, bool)]| {
            known.iter().filter(|(_, held)| *held).map(|(name, _)| *name).collect()
        };
        match field {
            "person" => held(&[
                ("person", !self.is_company()),
                ("person.birth_date", self.birth_date.is_some()),
            ]),
            "person.birth_date" => held(&[("person.birth_date", self.birth_date.is_some())]),
            "company" => held(&[("company", self.is_company())]),
            "address" => held(&[("address", !self.address.is_empty())]),
            "contact_points" => held(&[("contact_points", !self.contact_points.is_empty())]),
            "language" => held(&[("language", !self.language.is_empty())]),
            "form_of_address" => held(&[("form_of_address", self.form_of_address != 0)]),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_held_has_an_origin_and_the_last_supplier_counts() {
        let mut profile = Profile { family_name: "Beispiel".into(), ..Profile::default() };
        let import = Origin::import("creditor_1", "import_1", DateTime::UNIX_EPOCH);
        profile.supplied(["person", "company", "address", "language"], &import);
        assert_eq!(profile.origins.keys().collect::<Vec<_>>(), ["person"]);
        profile.language = "de".into();
        profile.supplied(["language"], &Origin::caller("debtor:debtor_1", DateTime::UNIX_EPOCH));
        assert_eq!(profile.origins["language"].source, "debtor");
        assert_eq!(profile.origins["person"].import_id.as_deref(), Some("import_1"));
    }
}
