//! Who is known: the debtors that a chunk's rows may mean, and those that it adds.

use std::collections::HashMap;

use kulanz_bus::Outgoing;
use kulanz_proto::events::v1::DebtorUpdated;
use kulanz_store::Work;
use kulanz_types::{CreditorId, DebtorId};

use crate::app::debtors::{PROFILE, index};
use crate::domain::intake::Accepted;
use crate::domain::person::{Indexes, Likeness, Profile, is_same};
use crate::domain::provenance::Origin;
use crate::error::Error;
use crate::store::{debtor, debtor_number};

/// The debtors of one chunk.
pub struct Directory<'a> {
    work: &'a Work,
    creditor: CreditorId,
    import_id: String,
    people: Vec<Known>,
    by_number: HashMap<String, Vec<usize>>,
    by_person: HashMap<String, usize>,
    new_numbers: Vec<debtor_number::Model>,
}

struct Known {
    id: DebtorId,
    row: debtor::Model,
    /// None once the person's data was erased: nothing is added to such a debtor.
    profile: Option<Profile>,
    /// How many ways to reach them were known before; rows only add to them.
    reached: usize,
    is_new: bool,
    changed: Vec<&'static str>,
    claim_ids: Vec<String>,
}

/// Whom a row means, looked up and not changed.
pub struct Sought {
    likeness: Likeness,
    person: Option<String>,
    under_number: Option<usize>,
    elsewhere: Option<usize>,
}

/// Whom a row means.
pub struct Found {
    /// The debtor.
    pub id: DebtorId,
    /// The customer number was joined to a debtor known under another.
    pub merged: bool,
    index: usize,
}

impl<'a> Directory<'a> {
    /// Reads whoever the rows may mean: by customer number, and by person.
    pub async fn read(
        work: &'a Work,
        (creditor, import_id): (CreditorId, &str),
        rows: &[&Accepted],
    ) -> Result<Self, Error> {
        let mut directory = Self {
            work,
            creditor,
            import_id: import_id.to_owned(),
            people: Vec::new(),
            by_number: HashMap::new(),
            by_person: HashMap::new(),
            new_numbers: Vec::new(),
        };
        let wanted = rows.iter().map(|row| row.customer_number.clone()).collect();
        let numbers = debtor_number::by_numbers(work, creditor, wanted).await?;
        let persons = rows.iter().filter_map(|row| row.indexes.person.clone()).collect();
        let mut ids = debtor::ids_by_person(work, persons).await?;
        ids.extend(numbers.iter().map(|row| row.debtor_id.clone()));
        directory.add(debtor::find_locked(work, ids).await?).await?;
        for number in numbers {
            let index =
                directory.people.iter().position(|known| known.row.debtor_id == number.debtor_id);
            directory.by_number.entry(number.customer_number).or_default().extend(index);
        }
        Ok(directory)
    }

    async fn add(&mut self, rows: Vec<debtor::Model>) -> Result<(), Error> {
        let ids =
            rows.iter().map(|row| row.debtor_id.parse()).collect::<Result<Vec<DebtorId>, _>>()?;
        self.work.prepare_keys(&ids).await?;
        for (row, id) in rows.into_iter().zip(ids) {
            let profile = self.work.open_json(id, PROFILE, &row.debtor_id, &row.profile).await?;
            if let Some(person) = &row.person_index {
                self.by_person.entry(person.clone()).or_insert(self.people.len());
            }
            let (changed, claim_ids) = (Vec::new(), Vec::new());
            let reached = profile.as_ref().map_or(0, |known: &Profile| known.contact_points.len());
            let is_new = false;
            self.people.push(Known { id, row, profile, reached, is_new, changed, claim_ids });
        }
        Ok(())
    }

    /// Looks for the debtor that a row means.
    pub fn seek(&self, row: &Accepted) -> Sought {
        let Indexes { name, birth_date, person } = row.indexes.clone();
        let likeness = Likeness { name, birth_date };
        let mut numbered = self.by_number.get(&row.customer_number).into_iter().flatten().copied();
        let under_number = numbered.find(|index| {
            let known = &self.people[*index].row;
            let other =
                Likeness { name: known.name_index.clone(), birth_date: known.birth_index.clone() };
            known.state != "erased" && is_same(&other, &likeness)
        });
        let elsewhere = person.as_ref().and_then(|person| self.by_person.get(person)).copied();
        Sought { likeness, person, under_number, elsewhere }
    }

    /// Who was found, if anybody.
    pub fn known(&self, sought: &Sought) -> Option<DebtorId> {
        sought.under_number.or(sought.elsewhere).map(|index| self.people[index].id)
    }

    /// The debtor that a row means, made where there is none yet.
    pub fn find_or_add(&mut self, sought: Sought, row: &Accepted) -> Found {
        let Sought { likeness, person, under_number, elsewhere } = sought;
        let (index, merged) = match (under_number, elsewhere) {
            (Some(index), _) => (index, false),
            (None, Some(index)) => (index, true),
            (None, None) => (self.make(row, likeness, person), false),
        };
        if under_number.is_none() {
            self.note_number(row, index);
        }
        self.fill(index, &row.profile);
        Found { id: self.people[index].id, merged, index }
    }

    /// Everybody whom the rows may mean and who was there before them.
    pub fn ids(&self) -> Vec<String> {
        self.people.iter().map(|known| known.row.debtor_id.clone()).collect()
    }

    /// Notes a claim of a debtor, for the event that introduces them.
    pub fn note_claim(&mut self, found: &Found, claim_id: &str) {
        self.people[found.index].claim_ids.push(claim_id.to_owned());
    }

    /// How many debtors are new.
    pub fn new_count(&self) -> usize {
        self.people.iter().filter(|known| known.is_new).count()
    }

    /// Known debtors who are shielded and to whom the rows add claims.
    pub fn shielded(&self) -> Vec<String> {
        let shielded = self.people.iter().filter(|known| known.row.state == "protected");
        let added = shielded.filter(|known| !known.claim_ids.is_empty());
        added.map(|known| known.row.debtor_id.clone()).collect()
    }

    fn make(&mut self, row: &Accepted, likeness: Likeness, person: Option<String>) -> usize {
        let work = self.work;
        let id = DebtorId::generate(work.seeds(), work.now());
        let model = debtor::Model {
            tenant_id: work.tenant().to_string(),
            debtor_id: id.to_string(),
            profile: Vec::new(),
            name_index: likeness.name,
            birth_index: likeness.birth_date,
            person_index: person.clone(),
            state: "active".into(),
            version: 1,
            created_at: work.now(),
            updated_at: work.now(),
        };
        let index = self.people.len();
        if let Some(person) = person {
            self.by_person.insert(person, index);
        }
        let profile = Some(row.profile.clone());
        let (changed, claim_ids) = (Vec::new(), Vec::new());
        let (reached, is_new) = (0, true);
        self.people.push(Known { id, row: model, profile, reached, is_new, changed, claim_ids });
        index
    }

    fn note_number(&mut self, row: &Accepted, index: usize) {
        self.by_number.entry(row.customer_number.clone()).or_default().push(index);
        self.new_numbers.push(debtor_number::Model {
            tenant_id: self.work.tenant().to_string(),
            creditor_id: self.creditor.to_string(),
            customer_number: row.customer_number.clone(),
            debtor_id: self.people[index].row.debtor_id.clone(),
            created_at: self.work.now(),
        });
    }

    fn fill(&mut self, index: usize, later: &Profile) {
        let known = &mut self.people[index];
        let Some(profile) = &mut known.profile else { return };
        for field in profile.fill_from(later) {
            if !known.changed.contains(&field) {
                known.changed.push(field);
            }
        }
    }

    /// Keeps new and changed debtors and tells of them.
    pub async fn write(self) -> Result<Vec<Outgoing>, Error> {
        let work = self.work;
        let new: Vec<DebtorId> =
            self.people.iter().filter(|known| known.is_new).map(|known| known.id).collect();
        work.make_keys(&new).await?;
        let (mut rows, mut events) = (Vec::new(), Vec::new());
        let origin = Origin::import(&self.creditor.to_string(), &self.import_id, work.now());
        for mut known in self.people {
            let supplied = supplied(&known);
            let Some(profile) =
                known.profile.as_mut().filter(|_| known.is_new || !known.changed.is_empty())
            else {
                continue;
            };
            let before = profile.contact_points.get(..known.reached).unwrap_or_default().to_vec();
            profile.supplied(supplied, &before, &origin);
            let key = known.row.debtor_id.clone();
            known.row.profile = work.seal_json(known.id, PROFILE, &key, &*profile).await?;
            if !known.changed.is_empty() {
                index(work, &mut known.row, profile);
            }
            if !known.is_new {
                known.row.version += 1;
                known.row.updated_at = work.now();
                debtor::update(work, known.row.clone()).await?;
            }
            events.push(updated(&known));
            if known.is_new {
                rows.push(known.row);
            }
        }
        debtor::insert_many(work, rows).await?;
        debtor_number::insert_many(work, self.new_numbers).await?;
        Ok(events)
    }
}

/// Every field that an import may bring.
const FIELDS: [&str; 5] = ["person", "company", "address", "contact_points", "language"];

/// What this import supplied of a debtor. Of a known person it never brings more than the birth date.
fn supplied(known: &Known) -> Vec<&'static str> {
    if known.is_new {
        return FIELDS.to_vec();
    }
    let part = |field: &&'static str| if *field == "person" { "person.birth_date" } else { *field };
    known.changed.iter().map(part).collect()
}

fn updated(known: &Known) -> Outgoing {
    let changed = if known.is_new { FIELDS.as_slice() } else { known.changed.as_slice() };
    let event = DebtorUpdated {
        debtor_id: known.row.debtor_id.clone(),
        version: known.row.version,
        changed_fields: changed.iter().map(ToString::to_string).collect(),
        created: known.is_new,
        claim_ids: known.claim_ids.clone(),
    };
    Outgoing::new(&known.row.debtor_id, &known.row.debtor_id, known.row.version, &event)
}
