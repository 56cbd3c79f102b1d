//! What every table needs: the tenant's own rows, and new ones.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityName, EntityTrait, IdenStatic, IntoActiveModel, Iterable,
    ModelTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{Known, Rows, StoreError, Work};

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

    /// Adds rows in their order, however many they are.
    pub async fn insert_all<M>(&self, rows: Vec<M>) -> Result<(), StoreError>
    where
        M: ModelTrait + IntoActiveModel<ActiveModelOf<M>>,
    {
        let all: Vec<_> = <M::Entity as EntityTrait>::Column::iter().collect();
        let columns: Vec<&str> = all.iter().map(IdenStatic::as_str).collect();
        let mut values = Vec::with_capacity(rows.len() * all.len());
        for row in rows {
            let mut row = row.into_active_model();
            for column in &all {
                let missing = StoreError::Unreadable { what: "a row that lacks a column" };
                values.push(row.take(*column).into_value().ok_or(missing)?);
            }
        }
        let entity = M::Entity::default();
        let (table, known) = (entity.table_name(), Known::Refuse);
        self.insert_rows(Rows { table, columns: &columns, values, known }).await
    }
}
