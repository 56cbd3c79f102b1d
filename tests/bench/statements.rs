//! `GetStatement` of accounts with many entries, beside a bare select of those entries.

use std::time::Duration;

use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{GetStatementRequest, claims_service_client::ClaimsServiceClient},
    events::v1::PaymentReceived,
    types::v1::{Date, Money},
};
use kulanz_testkit::{Backend, House, stand_in};
use kulanz_tests::{World, rows};
use kulanz_types::PaymentId;
use tonic::Request;

use crate::get_claim::{Database, channel, rate};
use crate::pair::Pair;

const CLAIMS: usize = 8;
const ENTRIES: usize = 200;
const ROUNDS: usize = 5;
/// Longer than any settling of the payments takes.
const PATIENCE: Duration = Duration::from_mins(2);

pub async fn run() -> Pair {
    let services = [kulanz_claims::DEFINITION, stand_in("payments")];
    let world = World::found(House::build(Backend::Server, &services).connections(16)).await;
    let imported = world.import(rows(CLAIMS)).await;
    for claim in &imported {
        for number in 1..ENTRIES {
            pay(&world, &claim.claim_id, &claim.debtor_id, number).await;
        }
    }
    tokio::time::timeout(PATIENCE, world.house.settle()).await.unwrap();
    let claims: Vec<String> = imported.into_iter().map(|claim| claim.claim_id).collect();
    let ours = channel(world.house.constellation().address());
    let database = Database::connect(&world).await;
    let token = format!("Bearer {}", world.house.token_of(world.tenant, Role::Agent));
    let mut pair = Pair::default();
    for _ in 0..ROUNDS {
        let statements = rate(|number| {
            let mut client = ClaimsServiceClient::new(ours.clone());
            let claim_id = claims[number % claims.len()].clone();
            let asked = GetStatementRequest { claim_id, ..GetStatementRequest::default() };
            let mut request = Request::new(asked);
            request.metadata_mut().insert("authorization", token.parse().unwrap());
            async move {
                let answer = client.get_statement(request).await.unwrap().into_inner();
                assert!(answer.statement.unwrap().lines.len() >= ENTRIES);
            }
        })
        .await;
        let entries = rate(|number| database.entries(&claims[number % claims.len()])).await;
        pair.round(statements, entries);
    }
    pair
}

/// A cent for a claim, as payments tells it, on one of 140 days of five months: each parts the interest.
async fn pay(world: &World, claim_id: &str, debtor_id: &str, number: usize) {
    let number = i32::try_from(number).unwrap();
    let payment = PaymentId::generate(world.house.seeds(), world.house.now());
    let event = PaymentReceived {
        payment_id: payment.to_string(),
        claim_id: claim_id.into(),
        creditor_id: world.creditor_id.clone(),
        debtor_id: debtor_id.into(),
        amount: Some(Money { currency_code: "EUR".into(), minor_units: 1 }),
        value_date: Some(Date { year: 2026, month: 6 + number % 5, day: 1 + number % 28 }),
        method: "bank_transfer".into(),
        ..Default::default()
    };
    world.house.publish_as("payments", world.tenant, debtor_id, &event).await;
}
