//! Table `contact_preference`: how a person wants to be contacted.

use chrono::{DateTime, NaiveDate, Utc};
use kulanz_store::Work;
use kulanz_types::DebtorId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use super::super::{from_text, to_text};
use crate::domain::catalogue::Channel;
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_preference")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub preferred: String,
    pub refused: String,
    pub consented: String,
    pub from_hour: Option<i64>,
    pub until_hour: Option<i64>,
    pub paused_until: Option<Date>,
    pub updated_at: DateTimeUtc,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How and when a person wants to be contacted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preferences {
    /// Liked channels, best first.
    pub preferred: Vec<Channel>,
    /// Channels that the person does not want.
    pub refused: Vec<Channel>,
    /// Channels for which the person has given consent.
    pub consented: Vec<Channel>,
    /// Not before this hour, 0 to 23.
    pub from_hour: Option<u32>,
    /// Not from this hour on, 1 to 24.
    pub until_hour: Option<u32>,
    /// No outreach up to and including this day.
    pub paused_until: Option<NaiveDate>,
}

impl Preferences {
    /// Whether they refuse a way that those before did not, or want a longer pause, of what is not over `today`.
    pub fn refuses_more_than(&self, before: &Self, today: NaiveDate) -> bool {
        let another = self.refused.iter().any(|channel| !before.refused.contains(channel));
        another || self.paused_until.filter(|last| *last >= today) > before.paused_until
    }
}

/// The preferences of a person; none while nothing was stated.
pub async fn load(work: &Work, debtor: DebtorId) -> Result<Preferences, Error> {
    Ok(stated(work, debtor).await?.map(|(wishes, _)| wishes).unwrap_or_default())
}

fn preferences(row: &Model) -> Result<Preferences, Error> {
    let hour = |hour: Option<i64>| hour.and_then(|hour| u32::try_from(hour).ok());
    Ok(Preferences {
        preferred: channels(&row.preferred)?,
        refused: channels(&row.refused)?,
        consented: channels(&row.consented)?,
        from_hour: hour(row.from_hour),
        until_hour: hour(row.until_hour),
        paused_until: row.paused_until,
    })
}

/// The preferences and when they were stated, if they were.
pub async fn stated(
    work: &Work,
    debtor: DebtorId,
) -> Result<Option<(Preferences, DateTime<Utc>)>, Error> {
    let key = (work.tenant().to_string(), debtor.to_string());
    let found = Entity::find_by_id(key).one(work.db()).await?;
    let read = |row: Model| {
        let updated_at = row.updated_at;
        Ok((preferences(&row)?, updated_at))
    };
    found.map(read).transpose()
}

/// Forgets the preferences of a person.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    let key = (work.tenant().to_string(), debtor.to_string());
    Entity::delete_by_id(key).exec(work.db()).await?;
    Ok(())
}

/// Keeps the preferences of a person, whole.
pub async fn save(work: &Work, debtor: DebtorId, wishes: &Preferences) -> Result<(), Error> {
    let row = ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        debtor_id: Set(debtor.to_string()),
        preferred: Set(levels(&wishes.preferred)?),
        refused: Set(levels(&wishes.refused)?),
        consented: Set(levels(&wishes.consented)?),
        from_hour: Set(wishes.from_hour.map(i64::from)),
        until_hour: Set(wishes.until_hour.map(i64::from)),
        paused_until: Set(wishes.paused_until),
        updated_at: Set(work.now()),
    };
    let conflict = OnConflict::columns([Column::TenantId, Column::DebtorId])
        .update_columns([
            Column::Preferred,
            Column::Refused,
            Column::Consented,
            Column::FromHour,
            Column::UntilHour,
            Column::PausedUntil,
            Column::UpdatedAt,
        ])
        .to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

fn channels(text: &str) -> Result<Vec<Channel>, Error> {
    let levels: Vec<String> = from_text("contact_preference", text)?;
    Ok(levels.iter().filter_map(|level| Channel::parse(level)).collect())
}

fn levels(channels: &[Channel]) -> Result<String, Error> {
    let levels: Vec<&str> = channels.iter().map(|channel| channel.level()).collect();
    to_text("contact_preference", &levels)
}
