//! What every table needs: the tenant's own rows, and new ones.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityName, EntityTrait, IdenStatic, IntoActiveModel, Iterable,
    ModelTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{Backend, Known, Rows, StoreError, Work};

type ActiveModelOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

impl Work {
    /// The rows of this tenant in one table: where every query begins.
    pub fn own<E: EntityTrait>(&self) -> Select<E> {
        let tenant = Expr::col((E::default().table_name(), "tenant_id"));
        E::find().filter(tenant.eq(self.tenant().to_string()))
    }

    /// Whether a column is one of `values`, however many: they are one parameter, a JSON list. A parameter
    /// for each would be another statement for each number of them, and take longer to read and to plan
    /// than to run.
    pub fn among<C: ColumnTrait>(&self, column: C, values: &[String]) -> Expr {
        let (column_place, list_place) = match self.store().backend() {
            Backend::Postgres => ("$1", "$2"),
            Backend::Sqlite => ("?", "?"),
        };
        let (among, given) = self.one_of(list_place, values);
        let condition = format!("{column_place} {among}");
        Expr::cust_with_exprs(condition, [Expr::col(column.as_column_ref()), Expr::value(given)])
    }

    /// The end of a condition: one of the values that stand at `place`; and what stands there. One alone is compared
    /// as it is. PostgreSQL is not told how long a list is, takes it for short and looks each value up by the index.
    pub(crate) fn one_of(&self, place: &str, values: &[String]) -> (String, String) {
        if let [only] = values {
            return (format!("= {place}"), only.clone());
        }
        let among = match self.store().backend() {
            Backend::Postgres => {
                format!("= ANY (ARRAY(SELECT json_array_elements_text({place}::json)))")
            }
            Backend::Sqlite => format!("IN (SELECT value FROM json_each({place}))"),
        };
        (among, serde_json::Value::from(values).to_string())
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
        self.insert_rows(Rows { table, columns: &columns, values, known }).await?;
        Ok(())
    }
}
