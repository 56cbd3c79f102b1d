//! A `kulanz serve messaging` that is killed at every step of a walk.

use std::net::SocketAddr;

use kulanz_chassis::Role;
use kulanz_proto::claims::v1::ClaimState;
use kulanz_testkit::Backend;
use kulanz_tests::{Booking, ERIKA, MAX, World, calls, definitions};
use tempfile::TempDir;

use super::victim::{PostgresTrap, Victim, free_port, house_without};

/// The 1st, 3rd, 6th, 10th … write.
const STEPS: &str = "EXISTS (SELECT FROM generate_series(1, 60) n WHERE n * (n + 1) / 2 = step)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_messaging_killed_at_every_step_of_the_walk_loses_and_doubles_nothing() {
    let folder = TempDir::new().unwrap();
    let address = free_port();
    let (backend, services) = (Backend::Server, definitions());
    let builder = house_without("messaging", address, folder.path(), backend, &services);
    let world = World::found(builder).await;
    let trap = PostgresTrap::lay(&world.house.schema("messaging"), "TRUE", STEPS).await;
    let mut messaging = Victim::start("messaging", folder.path(), &configuration(&world, address));
    tokio::select! {
        () = story(&world) => {}
        never = trap.kill_in_it(&mut messaging) => match never {},
    }
    let kills = messaging.kills();
    assert!(kills >= 8, "killed only {kills} times, which shows nothing");
    assert_nothing_lost_or_doubled(&world, &trap).await;
}

fn configuration(world: &World, address: SocketAddr) -> String {
    let others = world.house.constellation().address();
    let inbox = free_port();
    format!(
        "{}\n[grpc]\nlisten = \"{address}\"\n[inbox]\nlisten = \"{inbox}\"\n[services]\n\
         claims = \"http://{others}\"\npersonas = \"http://{others}\"\n\
         experimentation = \"http://{others}\"\npayments = \"http://{others}\"\n\
         messaging = \"http://{address}\"\n",
        world.house.configuration()
    )
}

/// Two people are written to; one pays in full; two weeks go by.
async fn story(world: &World) {
    let results = world.import(vec![ERIKA.to_import(), MAX.to_import()]).await;
    world.house.settle().await;
    for result in &results {
        calls::await_message(world, &result.debtor_id).await;
    }
    pay(world, &results[1].debtor_id, &results[1].claim_id).await;
    world.house.advance_days(14).await;
}

async fn pay(world: &World, debtor_id: &str, claim_id: &str) {
    let message = calls::await_message(world, debtor_id).await;
    let token = calls::link_token(&message);
    let session = calls::open_access(world, &token, MAX.birth_date).await.session_token;
    let transfer = calls::transfer_details(world, &session, claim_id).await;
    let cents = transfer.amount.unwrap().minor_units;
    let booking = Booking::transfer(1, cents, calls::today(world), &transfer.reference);
    let imported = calls::import_statement(world, "2026-001", &[booking]).await;
    assert_eq!(imported.matched_count, 1);
    world.house.settle().await;
    assert_eq!(calls::claim(world, claim_id).await.state(), ClaimState::Paid);
}

async fn assert_nothing_lost_or_doubled(world: &World, trap: &PostgresTrap) {
    let count = async |sql: &str| trap.count(sql).await;
    let sent = count("SELECT count(*) FROM {schema}.message WHERE state = 'sent'").await;
    let handed_over = count("SELECT count(*) FROM {schema}.inbox_entry").await;
    let told = count("SELECT count(*) FROM {schema}.outbox WHERE kind = 'MessageSent'").await;
    let subjects = "SELECT count(DISTINCT subject) FROM {schema}.outbox WHERE kind = 'MessageSent'";
    assert!(sent >= 2);
    assert_eq!((handed_over, told, count(subjects).await), (sent, sent, sent));
    let dead = "SELECT (SELECT count(*) FROM {schema}.due_work WHERE dead) \
                + (SELECT count(*) FROM {schema}.dead_letter)";
    assert_eq!(count(dead).await, 0);
    let request = world.ask(Role::Agent, kulanz_proto::claims::v1::ListClaimsRequest::default());
    let claims = world.house.clients().claims().list_claims(request).await.unwrap().into_inner();
    assert_eq!(claims.claims.len(), 2);
}
