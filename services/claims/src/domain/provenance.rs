//! Who supplied each datum of a person, and when (Art. 14 Abs. 2 lit. f, Art. 15 Abs. 1 lit. g GDPR).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::person::{ContactPoint, Profile};

/// The origin of the ways to reach a person that have none of their own.
const REACHED: &str = "contact_points";

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
    /// Notes who supplied these fields; of a person or company only what there is. `before` are the ways to
    /// reach them that were known until then.
    pub fn supplied<'a>(
        &mut self,
        fields: impl IntoIterator<Item = &'a str>,
        before: &[ContactPoint],
        origin: &Origin,
    ) {
        for field in fields {
            if field == REACHED {
                self.reached(before, origin);
            }
            for part in self.parts(field) {
                self.origins.insert(part.to_owned(), origin.clone());
            }
        }
    }

    /// Ways to reach a person come from several hands: one that joins others has an origin of its own, under
    /// its value, and one that stays keeps what it has.
    fn reached(&mut self, before: &[ContactPoint], origin: &Origin) {
        let own = |point: &ContactPoint| format!("{REACHED}.{}", point.value);
        let was = |point: &ContactPoint| {
            before.iter().any(|known| known.kind == point.kind && known.value == point.value)
        };
        let held: Vec<String> = self.contact_points.iter().map(own).collect();
        self.origins.retain(|field, _| {
            field.strip_prefix(REACHED).is_none_or(str::is_empty) || held.contains(field)
        });
        let (old, new): (Vec<_>, Vec<_>) = self.contact_points.iter().partition(|point| was(point));
        if old.iter().any(|point| !self.origins.contains_key(&own(point))) {
            let new: Vec<String> = new.into_iter().map(own).collect();
            self.origins.extend(new.into_iter().map(|field| (field, origin.clone())));
            return;
        }
        self.origins.remove(REACHED);
        if !new.is_empty() {
            self.origins.insert(REACHED.to_owned(), origin.clone());
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
            "language" => held(&[("language", !self.language.is_empty())]),
            "form_of_address" => held(&[("form_of_address", self.form_of_address != 0)]),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::person::ContactKind;

    #[test]
    fn only_what_is_held_has_an_origin_and_the_last_supplier_counts() {
        let mut profile = Profile { family_name: "Beispiel".into(), ..Profile::default() };
        let import = Origin::import("creditor_1", "import_1", DateTime::UNIX_EPOCH);
        profile.supplied(["person", "company", "address", "language"], &[], &import);
        assert_eq!(profile.origins.keys().collect::<Vec<_>>(), ["person"]);
        profile.language = "de".into();
        let caller = Origin::caller("debtor:debtor_1", DateTime::UNIX_EPOCH);
        profile.supplied(["language"], &[], &caller);
        assert_eq!(profile.origins["language"].source, "debtor");
        assert_eq!(profile.origins["person"].import_id.as_deref(), Some("import_1"));
    }

    #[test]
    fn each_way_to_reach_a_person_keeps_the_origin_it_came_with() {
        let origin = |source: &str| Origin::caller(source, DateTime::UNIX_EPOCH);
        let point = |value: &str| ContactPoint {
            kind: ContactKind::Email,
            value: value.into(),
            usable: true,
            note: String::new(),
        };
        let mut profile = Profile::default();
        let mut reach = |values: &[&str], source: &str| -> Vec<String> {
            let before = profile.contact_points.clone();
            profile.contact_points = values.iter().map(|value| point(value)).collect();
            profile.supplied(["contact_points"], &before, &origin(source));
            let told =
                profile.origins.iter().map(|(field, from)| format!("{field}: {}", from.source));
            told.collect()
        };
        assert_eq!(reach(&["a", "b"], "first"), ["contact_points: first"]);
        let joined = ["contact_points: first", "contact_points.c: second"];
        assert_eq!(reach(&["a", "b", "c"], "second"), joined);
        assert_eq!(reach(&["b", "c"], "third"), joined);
        assert_eq!(reach(&["c"], "third"), ["contact_points.c: second"]);
        assert_eq!(
            reach(&["c", "d"], "fourth"),
            ["contact_points: fourth", "contact_points.c: second"]
        );
        assert!(reach(&[], "fifth").is_empty());
    }
}
