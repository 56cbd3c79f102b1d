//! Table `receipt`: every receipt as it came, once.

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::MessageId;
use sea_orm::ActiveValue::Set;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::error::Error;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "receipt")]
#[expect(missing_docs, reason = "a row; the migration explains it")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider_code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub occurred_at: DateTimeUtc,
    pub recorded_at: DateTimeUtc,
}

/// The table has no relations.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What became of a message, in the order in which it was told.
pub async fn of_message(work: &Work, message: MessageId) -> Result<Vec<Model>, Error> {
    let found = work
        .own::<Entity>()
        .filter(Column::MessageId.eq(message.to_string()))
        .order_by_asc(Column::RecordedAt);
    Ok(found.all(work.db()).await?)
}

/// Forgets what became of a message; where it is kept as proof, that it arrived stays.
pub async fn erase(work: &Work, message: MessageId, kept: bool) -> Result<(), Error> {
    let all = Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::MessageId.eq(message.to_string()));
    let gone = if kept { all.filter(Column::Kind.ne("delivered")) } else { all };
    gone.exec(work.db()).await?;
    Ok(())
}

/// Keeps a receipt; `false` when it was known already.
pub async fn record(
    work: &Work,
    message: MessageId,
    kind: &str,
    provider_code: &str,
    occurred_at: DateTime<Utc>,
) -> Result<bool, Error> {
    let row = ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        message_id: Set(message.to_string()),
        kind: Set(kind.to_owned()),
        provider_code: Set(provider_code.to_owned()),
        occurred_at: Set(occurred_at),
        recorded_at: Set(work.now()),
    };
    let columns = [
        Column::TenantId,
        Column::MessageId,
        Column::Kind,
        Column::ProviderCode,
        Column::OccurredAt,
    ];
    let conflict = OnConflict::columns(columns).do_nothing().to_owned();
    let inserted =
        Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(inserted > 0)
}
