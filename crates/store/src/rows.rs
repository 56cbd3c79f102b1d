//! What every table needs: the tenant's own rows, and new ones.

use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{StoreError, Work};

/// Values that SQLite binds in one statement at the most; PostgreSQL takes twice as many.
const MOST_VALUES: usize = 32_766;
/// Rows of one statement at the most: beyond, a statement gains nothing.
const MOST_ROWS: usize = 500;

type ActiveModelOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

impl Work {
    /// The rows of this tenant in one table: where every query begins.
    pub fn own<E: EntityTrait>(&self) -> Select<E> {
        let tenant = Expr::col((E::default().table_name(), "tenant_id"));
        E::find().filter(tenant.eq(self.tenant().to_string()))
    }

    /// Adds a row.
    pub async fn insert<M>(&self, row: M) -> Result<(), StoreError>
    where
        M: ModelTrait + IntoActiveModel<ActiveModelOf<M>>,
    {
        M::Entity::insert(row.into_active_model()).exec_without_returning(self.db()).await?;
        Ok(())
    }

    /// Adds a row, unless one with the same values in `key` is there.
    pub async fn insert_once<M, C>(
        &self,
        row: M,
        key: impl IntoIterator<Item = C>,
    ) -> Result<(), StoreError>
    where
        M: ModelTrait + IntoActiveModel<ActiveModelOf<M>>,
        C: ColumnTrait + 'static,
    {
        let once = OnConflict::columns(key).do_nothing().to_owned();
        M::Entity::insert(row.into_active_model())
            .on_conflict(once)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Adds rows, in as few statements as the databases take.
    pub async fn insert_all<M>(&self, rows: Vec<M>) -> Result<(), StoreError>
    where
        M: ModelTrait + IntoActiveModel<ActiveModelOf<M>>,
    {
        let columns = <M::Entity as EntityTrait>::Column::iter().count();
        let most = (MOST_VALUES / columns.max(1)).clamp(1, MOST_ROWS);
        let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
        while rows.peek().is_some() {
            let some = rows.by_ref().take(most);
            M::Entity::insert_many(some).exec_without_returning(self.db()).await?;
        }
        Ok(())
    }
}
