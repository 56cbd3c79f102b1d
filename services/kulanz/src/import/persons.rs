use std::collections::HashMap;

use chrono::NaiveDate;

use super::duplicates::fingerprint;
use super::field::Field;
use super::problem::{Problem, ProblemCode};
use super::record::ImportRecord;

/// Who stands behind each customer number of a file, and how often.
#[derive(Default)]
pub(super) struct Persons {
    by_number: HashMap<u128, Vec<Person>>,
}

struct Person {
    name: u128,
    birth_date: Option<NaiveDate>,
    rows: u64,
}

impl Persons {
    /// Counts the person of one row.
    pub fn count(&mut self, record: &ImportRecord) {
        let name = name_of(record);
        let birth_date = record.debtor.birth_date;
        let persons = self.by_number.entry(number_of(record)).or_default();
        match persons.iter_mut().find(|person| person.is(name, birth_date)) {
            Some(person) => {
                person.rows += 1;
                person.birth_date = person.birth_date.or(birth_date);
            }
            None => persons.push(Person { name, birth_date, rows: 1 }),
        }
    }

    /// A warning if most rows with this customer number name somebody else. The two are kept
    /// apart: a letter about a debt must never reach the wrong person.
    pub fn conflict(&self, record: &ImportRecord) -> Option<Problem> {
        let persons = self.by_number.get(&number_of(record))?;
        let name = name_of(record);
        let own = persons.iter().position(|p| p.is(name, record.debtor.birth_date))?;
        let most = persons.iter().enumerate().rev().max_by_key(|(_, person)| person.rows)?.0;
        (own != most).then(|| {
            let reason = "the customer number belongs to another person in this file (name and \
                          birth date differ); the two are kept apart";
            Problem::of(Field::CustomerNumber, ProblemCode::CustomerNumberConflict, reason)
        })
    }
}

impl Person {
    /// The same birth date is the same person under whatever name (marriage, spelling); the same
    /// name is the same person unless the birth dates differ (father and son).
    fn is(&self, name: u128, birth_date: Option<NaiveDate>) -> bool {
        match (self.birth_date, birth_date) {
            (Some(known), Some(stated)) => known == stated,
            _ => self.name == name,
        }
    }
}

fn number_of(record: &ImportRecord) -> u128 {
    fingerprint([record.customer_number.as_str()].into_iter())
}

fn name_of(record: &ImportRecord) -> u128 {
    let debtor = &record.debtor;
    let name = if debtor.company.is_empty() {
        format!("{} {}", debtor.first_name, debtor.last_name)
    } else {
        debtor.company.clone()
    };
    let folded: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    fingerprint([folded.as_str()].into_iter())
}
