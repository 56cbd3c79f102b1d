//! Decisions as others hear of them.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use kulanz_bus::{Envelope, EventHandler, HandlerError, admin};
use kulanz_chassis::{Definition, Module, ModuleContext};
use kulanz_proto::events::v1::DecisionMade;
use kulanz_store::{Migration, Store, Work};
use kulanz_testkit::{Backend, House, on_both_backends, stand_in};
use prost::Message as _;
use sea_orm::QueryOrder as _;
use sea_orm::entity::prelude::*;

use crate::asking::{decide, question};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "heard")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub aggregate_version: i64,
    pub payload: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

const HEARD: Migration = Migration {
    name: "0001_heard",
    sql: "CREATE TABLE heard (
        tenant_id TEXT NOT NULL,
        aggregate_version BIGINT NOT NULL,
        payload BYTEA NOT NULL
    );",
};

/// Notes every decision that it hears of, however often.
struct Ear;

#[async_trait]
impl EventHandler for Ear {
    fn subscriptions(&self) -> &'static [&'static str] {
        &["DecisionMade"]
    }

    async fn handle(&self, work: &Work, envelope: &Envelope) -> Result<(), HandlerError> {
        let row = Model {
            tenant_id: work.tenant().to_string(),
            aggregate_version: envelope.aggregate_version,
            payload: envelope.payload.to_vec(),
        };
        Ok(work.insert(row).await?)
    }
}

fn listening(context: &ModuleContext) -> Module {
    Module { events: Some(Arc::new(Ear)), ..(stand_in("claims").module)(context) }
}

/// The service beside one that hears of decisions.
async fn house(backend: Backend) -> House {
    let listener = Definition { module: listening, migrations: &[HEARD], ..stand_in("claims") };
    let others = [listener, stand_in("messaging"), stand_in("payments")];
    House::start(backend, &[&[kulanz_experimentation::DEFINITION][..], &others].concat()).await
}

fn store<'a>(house: &'a House, service: &str) -> &'a Store {
    house.stores().find(|store| store.service() == service).unwrap()
}

async fn heard(house: &House) -> Vec<DecisionMade> {
    let work = store(house, "claims").begin(house.tenant()).await.unwrap();
    let rows = work.own::<Entity>().order_by_asc(Column::AggregateVersion).all(work.db());
    let rows = rows.await.unwrap();
    rows.iter().map(|row| DecisionMade::decode(row.payload.as_slice()).unwrap()).collect()
}

on_both_backends! {
    async fn each_decision_is_told_once_from_its_row_in_the_log(backend: Backend) {
        let house = house(backend).await;
        let mut decided = Vec::new();
        for _ in 0..5 {
            let request = question(&house);
            decided.push(decide(&house, request.clone()).await.unwrap());
            decide(&house, request).await.unwrap();
        }
        house.settle().await;
        let told = heard(&house).await;
        assert_eq!(told.len(), decided.len());
        for (told, decided) in told.iter().zip(&decided) {
            assert_eq!(told.decision_id, decided.decision_id);
            assert_eq!(told.debtor_id, decided.debtor_id);
            assert_eq!(told.policy_version, decided.policy_version);
            assert!((told.joint_propensity - decided.joint_propensity).abs() < f64::EPSILON);
        }
        house.stop().await;
    }

    async fn what_the_log_tells_is_shown_and_told_again_like_any_other_event(backend: Backend) {
        let house = house(backend).await;
        let store = store(&house, "experimentation");
        decide(&house, question(&house)).await.unwrap();
        house.advance_to(house.now() + TimeDelta::hours(1)).await;
        decide(&house, question(&house)).await.unwrap();
        house.settle().await;
        let events = admin::events(store).await.unwrap();
        assert_eq!(events.len(), 2);
        let shown = admin::show(store, &events[1].id.to_string()).await.unwrap();
        assert_eq!(shown.as_ref(), Some(&events[1]));
        assert_eq!(admin::standing(store).await.unwrap().unsent, 0);
        let since = house.now() - TimeDelta::minutes(30);
        assert_eq!(admin::replay(store, since).await.unwrap(), 1);
        assert_eq!(admin::standing(store).await.unwrap().unsent, 1);
        house.settle().await;
        assert_eq!(admin::standing(store).await.unwrap().unsent, 0);
        assert_eq!(heard(&house).await.len(), 2, "a handler hears no event twice");
        house.stop().await;
    }
}
