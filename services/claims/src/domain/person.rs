//! Who is who: when two rows mean one debtor.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::provenance::Origins;

/// A debtor as a creditor supplied it. Personal: sealed wherever it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Given names of a person.
    pub given_name: String,
    /// Family name of a person.
    pub family_name: String,
    /// Academic title.
    #[serde(default)]
    pub title: String,
    /// Firm; empty for persons.
    pub company_name: String,
    /// Whom to write to at a company.
    #[serde(default)]
    pub contact_name: String,
    /// Courtesy title, by the number of the contract's enum.
    pub salutation: i32,
    /// Date of birth.
    pub birth_date: Option<NaiveDate>,
    /// Postal address.
    pub address: Address,
    /// Ways to reach the debtor.
    pub contact_points: Vec<ContactPoint>,
    /// Language, BCP 47.
    pub language: String,
    /// `Sie` or `du`, by the number of the contract's enum.
    #[serde(default)]
    pub form_of_address: i32,
    /// Who supplied each of these, by field of the contract.
    #[serde(default, skip_serializing_if = "Origins::is_empty")]
    pub origins: Origins,
}

/// The keyed indexes by which a debtor is found again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indexes {
    /// Of the name.
    pub name: String,
    /// Of a person's date of birth.
    pub birth_date: Option<String>,
    /// Of what identifies the debtor across customer numbers.
    pub person: Option<String>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and house number.
    pub street: String,
    /// Second line.
    #[serde(default)]
    pub supplement: String,
    /// Postcode as text.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country_code: String,
}

impl Address {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.street.is_empty() && self.postcode.is_empty() && self.city.is_empty()
    }
}

/// What a contact point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// E-mail address.
    Email,
    /// Mobile number.
    Mobile,
    /// Fixed line.
    Phone,
}

/// A way to reach a debtor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPoint {
    /// What it is.
    pub kind: ContactKind,
    /// E-mail address, or number in E.164.
    pub value: String,
    /// False: never contact it.
    pub usable: bool,
    /// Why it is not usable.
    #[serde(default)]
    pub note: String,
}

impl Profile {
    /// Whether it is a company.
    pub fn is_company(&self) -> bool {
        !self.company_name.is_empty()
    }

    /// The name, folded so that spelling variants of one name agree.
    pub fn folded_name(&self) -> String {
        if self.is_company() {
            return fold(&self.company_name);
        }
        fold(&format!("{} {}", self.given_name, self.family_name))
    }

    /// The key by which a person is known across customer numbers, none where the data does not
    /// identify: name and birth date and postcode; name and whole address; firm and whole address.
    pub fn match_key(&self) -> Option<String> {
        let name = self.folded_name();
        let (street, postcode) = (fold(&self.address.street), fold(&self.address.postcode));
        if name.is_empty() || postcode.is_empty() {
            return None;
        }
        match self.birth_date.filter(|_| !self.is_company()) {
            Some(birth_date) => Some(format!("person|{name}|{birth_date}|{postcode}")),
            None if street.is_empty() => None,
            None if self.is_company() => Some(format!("company|{name}|{postcode}|{street}")),
            None => Some(format!("resident|{name}|{postcode}|{street}")),
        }
    }

    /// Takes over what is not known yet from a later row. What is known stays: a change is an update,
    /// not an import. Whether anything was taken over.
    pub fn fill_from(&mut self, later: &Self) -> Vec<&'static str> {
        let mut changed = Vec::new();
        if self.birth_date.is_none() && later.birth_date.is_some() && !self.is_company() {
            self.birth_date = later.birth_date;
            changed.push("person");
        }
        if self.address.is_empty() && !later.address.is_empty() {
            self.address = later.address.clone();
            changed.push("address");
        }
        if self.language.is_empty() && !later.language.is_empty() {
            self.language.clone_from(&later.language);
            changed.push("language");
        }
        let known = self.contact_points.len();
        for point in &later.contact_points {
            let same = |own: &ContactPoint| own.kind == point.kind && own.value == point.value;
            if !self.contact_points.iter().any(same) {
                self.contact_points.push(point.clone());
            }
        }
        if self.contact_points.len() > known {
            changed.push("contact_points");
        }
        changed
    }
}

/// What decides whether a known debtor is the person of a row with the same customer number. The values
/// are blind indexes, so that nothing has to be opened to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// Index of the folded name.
    pub name: String,
    /// Index of the date of birth.
    pub birth_date: Option<String>,
}

/// Whether two rows under one customer number mean one person: equal birth dates, or equal names that
/// no birth date contradicts. Else they are kept apart: claiming from the wrong person is the worst
/// mistake that an import can make.
pub fn is_same(known: &Likeness, row: &Likeness) -> bool {
    match (&known.birth_date, &row.birth_date) {
        (Some(one), Some(other)) => one == other,
        _ => known.name == row.name,
    }
}

/// Lower case without accents, punctuation and academic titles; `ä` as `ae`.
pub fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => plain.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => plain.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ø' => plain.push('o'),
            'ú' | 'ù' | 'û' => plain.push('u'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ğ' => plain.push('g'),
            'ł' => plain.push('l'),
            'ń' | 'ñ' => plain.push('n'),
            'ş' | 'ś' | 'š' | 'ș' => plain.push('s'),
            'ż' | 'ź' | 'ž' => plain.push('z'),
            'ț' => plain.push('t'),
            other if other.is_alphanumeric() => plain.push(other),
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace().filter(|word| !matches!(*word, "dr" | "prof" | "med"));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(given: &str, family: &str, birth: Option<&str>, postcode: &str) -> Profile {
        Profile {
            given_name: given.into(),
            family_name: family.into(),
            birth_date: birth.map(|text| text.parse().unwrap()),
            address: Address {
                street: "Lindenallee 4".into(),
                postcode: postcode.into(),
                ..Address::default()
            },
            ..Profile::default()
        }
    }

    #[test]
    fn spelling_variants_of_one_name_agree() {
        assert_eq!(fold("Dr. Jörg  MÜLLER-Strauß"), "joerg mueller strauss");
        assert_eq!(fold("Joerg Mueller Strauss"), fold("Jörg Müller-Strauß"));
    }

    #[test]
    fn one_person_is_known_under_two_customer_numbers() {
        let one = person("Jörg", "Müller", Some("1970-03-01"), "04109");
        let other = person("Joerg", "Mueller", Some("1970-03-01"), "04109");
        assert_eq!(one.match_key(), other.match_key());
        assert!(one.match_key().is_some());
    }

    #[test]
    fn namesakes_with_other_birth_dates_or_towns_stay_apart() {
        let one = person("Jörg", "Müller", Some("1970-03-01"), "04109");
        for other in [
            person("Jörg", "Müller", Some("1971-03-01"), "04109"),
            person("Jörg", "Müller", Some("1970-03-01"), "20095"),
            person("Jörg", "Müller", None, "04109"),
        ] {
            assert_ne!(one.match_key(), other.match_key());
        }
    }

    #[test]
    fn a_name_alone_identifies_nobody() {
        assert_eq!(person("Jörg", "Müller", Some("1970-03-01"), "").match_key(), None);
    }

    #[test]
    fn two_people_under_one_customer_number_are_kept_apart() {
        let like = |name: &str, birth: Option<&str>| Likeness {
            name: name.into(),
            birth_date: birth.map(Into::into),
        };
        assert!(!is_same(&like("anna", Some("1960")), &like("bernd", Some("1971"))));
        assert!(!is_same(&like("anna", Some("1960")), &like("anna", Some("1971"))));
        assert!(!is_same(&like("anna", None), &like("bernd", Some("1971"))));
        assert!(is_same(&like("anna", None), &like("anna", Some("1971"))));
        assert!(is_same(&like("anna", Some("1960")), &like("anna married", Some("1960"))));
    }

    #[test]
    fn a_later_row_fills_gaps_and_overwrites_nothing() {
        let mut known = person("Jörg", "Müller", None, "04109");
        let mut later = person("Jörg", "Müller", Some("1970-03-01"), "4109");
        later.contact_points.push(ContactPoint {
            kind: ContactKind::Email,
            value: "joerg@example.org".into(),
            usable: true,
            note: String::new(),
        });
        assert_eq!(known.fill_from(&later), ["person", "contact_points"]);
        assert_eq!(known.address.postcode, "04109");
        assert!(known.fill_from(&later).is_empty());
    }
}
