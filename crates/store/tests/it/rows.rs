//! Rows as services write and read them.

use kulanz_store::{Known, Rows, Work};
use kulanz_testkit::on_both_backends;
use sea_orm::PaginatorTrait;
use sea_orm::entity::prelude::*;

use crate::desk;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub text: String,
    pub secret: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn note(work: &Work, number: usize) -> Model {
    Model { tenant_id: work.tenant().to_string(), text: number.to_string(), secret: None }
}

on_both_backends! {
    async fn more_rows_than_one_statement_takes_are_all_added(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        work.insert_all((0..1_203).map(|number| note(&work, number)).collect()).await.unwrap();
        work.insert_all(Vec::<Model>::new()).await.unwrap();
        assert_eq!(work.own::<Entity>().count(work.db()).await.unwrap(), 1_203);
    }

    async fn only_rows_that_were_not_there_are_counted(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        let added = async |numbers: std::ops::Range<usize>| {
            let columns = &["tenant_id", "text"];
            let tenant = work.tenant().to_string();
            let row = |number: usize| [tenant.clone().into(), number.to_string().into()];
            let values: Vec<Value> = numbers.flat_map(row).collect();
            let known = Known::Keep;
            work.insert_rows(Rows { table: "note", columns, values, known }).await.unwrap()
        };
        assert_eq!([added(0..1).await, added(0..1).await], [1, 0]);
        assert_eq!([added(0..300).await, added(0..300).await], [299, 0]);
        assert_eq!([added(0..1_203).await, added(1..1_204).await], [903, 1]);
    }

    async fn a_row_that_is_there_already_is_not_added_again(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        work.insert(note(&work, 1)).await.unwrap();
        let key = [Column::TenantId, Column::Text];
        work.insert_once(note(&work, 1), key).await.unwrap();
        work.insert_once(note(&work, 2), key).await.unwrap();
        assert_eq!(work.own::<Entity>().count(work.db()).await.unwrap(), 2);
    }

    async fn rows_of_another_tenant_are_nobodys_own(backend: Backend) {
        let desk = desk(backend).await;
        let work = desk.store.begin(desk.anna).await.unwrap();
        work.insert(note(&work, 1)).await.unwrap();
        work.commit().await.unwrap();
        let work = desk.store.begin(desk.bert).await.unwrap();
        assert_eq!(work.own::<Entity>().count(work.db()).await.unwrap(), 0);
    }
}
