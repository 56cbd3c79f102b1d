//! What is known about a person beside the contact points.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kulanz_store::Work;
use kulanz_types::DebtorId;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use super::{from_text, to_text};
use crate::domain::blocks::Language;
use crate::domain::catalogue::Salutation;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub company: bool,
    pub language: String,
    pub form_of_address: String,
    pub personas: String,
    pub propensity: Option<f64>,
    pub opted_out: bool,
    pub portal_seen: bool,
    pub paused_until: Option<DateTimeUtc>,
    pub updated_at: DateTimeUtc,
    pub protected: bool,
    pub erased_at: Option<DateTimeUtc>,
    pub agency_paused_until: Option<Date>,
    pub kept_suppressions: i64,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A person as outreach knows her.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one person")]
pub struct Person {
    /// Whether it is a company.
    pub company: bool,
    /// Language of texts.
    pub language: Language,
    /// Form of address that the person chose.
    pub salutation: Option<Salutation>,
    /// Probability by persona key; empty until the person was assigned.
    pub personas: BTreeMap<String, f64>,
    /// Probability of a payment within 30 days.
    pub propensity: Option<f64>,
    /// Whether the person declined persuasive messages.
    pub opted_out: bool,
    /// Whether the person has opened the portal, so that notices there are seen.
    pub portal_seen: bool,
    /// No outreach before this instant.
    pub paused_until: Option<DateTime<Utc>>,
    /// No outreach up to and including this day, because the agency decided so.
    pub agency_paused_until: Option<NaiveDate>,
    /// Whether the law or someone who acts for the person shields her (§ 4a Abs. 2 UWG).
    pub protected: bool,
    /// Whether everything personal was erased: nothing may be kept about her any more.
    pub erased: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            company: false,
            language: Language::De,
            salutation: None,
            personas: BTreeMap::new(),
            propensity: None,
            opted_out: false,
            portal_seen: false,
            paused_until: None,
            agency_paused_until: None,
            protected: false,
            erased: false,
        }
    }
}

/// The person, with defaults while nothing is known.
pub async fn load(work: &Work, debtor: DebtorId) -> Result<Person, Error> {
    Entity::find_by_id(key(work, debtor))
        .one(work.db())
        .await?
        .map_or_else(|| Ok(Person::default()), person)
}

/// Holds the person until the transaction ends, so that nobody else changes her and no two messages
/// to her are attempted at the same time.
pub async fn lock(work: &Work, debtor: DebtorId) -> Result<Person, Error> {
    if let Some(held) = held(work, debtor).await? {
        return person(held);
    }
    let columns = [Column::TenantId, Column::DebtorId];
    let once = OnConflict::columns(columns).do_nothing().to_owned();
    Entity::insert(row(work, debtor, &Person::default())?)
        .on_conflict(once)
        .exec_without_returning(work.db())
        .await?;
    held(work, debtor).await?.map_or(Err(Error::Row("person")), person)
}

async fn held(work: &Work, debtor: DebtorId) -> Result<Option<Model>, Error> {
    Ok(Entity::find_by_id(key(work, debtor)).lock_exclusive().one(work.db()).await?)
}

/// Changes the person, and gives her back as she was before. About an erased person nothing changes.
pub async fn change(
    work: &Work,
    debtor: DebtorId,
    change: impl FnOnce(&mut Person) + Send,
) -> Result<Person, Error> {
    let before = lock(work, debtor).await?;
    let mut person = before.clone();
    change(&mut person);
    if person != before && !before.erased {
        row(work, debtor, &person)?.update(work.db()).await?;
    }
    Ok(before)
}

/// Forgets the person and keeps that she is to stay forgotten; `false` when she was before.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<bool, Error> {
    if lock(work, debtor).await?.erased {
        return Ok(false);
    }
    let mut blank = row(work, debtor, &Person::default())?;
    blank.erased_at = Set(Some(work.now()));
    blank.update(work.db()).await?;
    Ok(true)
}

/// Keeps how many suppressions of the person's addresses outlive her data.
pub async fn keep_silences(work: &Work, debtor: DebtorId, count: i64) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::KeptSuppressions, Expr::value(count))
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::DebtorId.eq(debtor.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
}

/// How many suppressions outlived the person's data.
pub async fn kept_silences(work: &Work, debtor: DebtorId) -> Result<u64, Error> {
    let found = Entity::find_by_id(key(work, debtor)).one(work.db()).await?;
    Ok(found.and_then(|row| u64::try_from(row.kept_suppressions).ok()).unwrap_or_default())
}

/// The person and since when she is known like this; nothing where nothing is held.
pub async fn known(
    work: &Work,
    debtor: DebtorId,
) -> Result<Option<(Person, DateTime<Utc>)>, Error> {
    let found = Entity::find_by_id(key(work, debtor)).one(work.db()).await?;
    let read = |row: Model| {
        let updated_at = row.updated_at;
        Ok((person(row)?, updated_at))
    };
    found.map(read).transpose()
}

fn key(work: &Work, debtor: DebtorId) -> (String, String) {
    (work.tenant().to_string(), debtor.to_string())
}

fn person(row: Model) -> Result<Person, Error> {
    Ok(Person {
        company: row.company,
        language: Language::of(&row.language),
        salutation: Salutation::parse(&row.form_of_address),
        personas: from_text("person.personas", &row.personas)?,
        propensity: row.propensity,
        opted_out: row.opted_out,
        portal_seen: row.portal_seen,
        paused_until: row.paused_until,
        agency_paused_until: row.agency_paused_until,
        protected: row.protected,
        erased: row.erased_at.is_some(),
    })
}

fn row(work: &Work, debtor: DebtorId, person: &Person) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        debtor_id: Set(debtor.to_string()),
        company: Set(person.company),
        language: Set(person.language.code().to_owned()),
        form_of_address: Set(person.salutation.map_or("", Salutation::level).to_owned()),
        personas: Set(to_text("person.personas", &person.personas)?),
        propensity: Set(person.propensity),
        opted_out: Set(person.opted_out),
        portal_seen: Set(person.portal_seen),
        paused_until: Set(person.paused_until),
        agency_paused_until: Set(person.agency_paused_until),
        updated_at: Set(work.now()),
        protected: Set(person.protected),
        erased_at: NotSet,
        kept_suppressions: NotSet,
    })
}
