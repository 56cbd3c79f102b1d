use std::collections::HashMap;

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::convert::timestamp;
use kulanz_testkit::{Backend, House, fields, on_both_backends, reason, until};
use kulanz_types::PaymentId;
use tonic::{Code, Status};

use crate::support::{case, creditor, day, euros, house, import, row_of};

async fn read(
    house: &House,
    asked: pb::ListMovementsRequest,
    most: usize,
) -> Result<Vec<pb::Movement>, Status> {
    let asked = house.ask(Role::Integration, asked);
    let mut answers = house.clients().claims().list_movements(asked).await?.into_inner();
    let mut read = Vec::new();
    while read.len() < most
        && let Some(answer) = answers.message().await?
    {
        read.push(answer.movement.expect("a movement"));
    }
    Ok(read)
}

fn of(creditor_id: &str, after: &str) -> pb::ListMovementsRequest {
    pb::ListMovementsRequest {
        creditor_id: creditor_id.into(),
        after: after.into(),
        ..Default::default()
    }
}

/// Everything, once whoever else writes to the same server has come to an end.
async fn all(house: &House, creditor_id: &str, count: usize) -> Vec<pb::Movement> {
    until("all movements to show", async || {
        let read = read(house, of(creditor_id, ""), usize::MAX).await.unwrap();
        (read.len() == count).then_some(read)
    })
    .await
}

on_both_backends! {
    async fn what_happened_is_told_in_its_order_with_its_sign(backend: Backend) {
        let case = case(backend).await;
        let house = &case.house;
        let payment = PaymentId::generate(house.seeds(), house.now()).to_string();
        let event = kulanz_proto::events::v1::PaymentReceived {
            payment_id: payment.clone(),
            claim_id: case.claim_id.clone(),
            creditor_id: case.creditor_id.clone(),
            debtor_id: case.debtor_id.clone(),
            amount: euros(90_000),
            value_date: day(house, 0),
            method: "bank_transfer".into(),
            ..Default::default()
        };
        house.publish("payments", &case.debtor_id, &event).await;
        house.settle().await;
        let told = all(house, &case.creditor_id, 6).await;
        let kinds: Vec<_> = told.iter().map(|movement| movement.kind.as_str()).collect();
        if backend == Backend::Server {
            assert_eq!(kinds, ["PRINCIPAL", "STATE", "COST", "COST", "PAYMENT", "STATE"]);
        } else {
            // All in one instant of the virtual clock, which is all that SQLite's two tables share.
            assert_eq!(kinds, ["PRINCIPAL", "COST", "COST", "PAYMENT", "STATE", "STATE"]);
        }
        let amounts: Vec<_> =
            told.iter().filter_map(|movement| Some(movement.amount.as_ref()?.minor_units)).collect();
        assert_eq!(amounts, [24_990, 2_575, 515, -90_000]);
        let paid = told.iter().find(|movement| movement.kind == "PAYMENT").unwrap();
        assert_eq!(paid.cause_id, payment);
        let steps: Vec<_> = told.iter().filter(|movement| movement.kind == "STATE").collect();
        assert_eq!((steps[0].to_state.as_str(), steps[0].reason.as_str()), ("REGISTERED", "IMPORTED"));
        assert_eq!(steps[1].to_state, "PAID");
        assert!(told.iter().all(|movement| movement.reference == "R-1" && movement.claim_id == case.claim_id));
        case.house.stop().await;
    }

    async fn a_reader_that_goes_on_after_a_cursor_gets_each_movement_once(backend: Backend) {
        let house = house(backend).await;
        let (creditor, other) = (creditor(&house).await, creditor(&house).await);
        let rows = |from: usize, to: usize| {
            (from..to).map(|index| row_of(&house, &format!("R-{index}"), &format!("C-{index}"), &format!("Quast{index}"))).collect::<Vec<_>>()
        };
        import(&house, &creditor, rows(0, 620)).await;
        import(&house, &other, rows(0, 3)).await;
        let writing = async {
            for from in [620, 640, 660] {
                import(&house, &creditor, rows(from, from + 20)).await;
            }
        };
        let reading = async {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            // Breaks off after every 157th movement and goes on from there.
            for _ in 0..12 {
                let read = read(&house, of(&creditor, &cursor), 157).await.unwrap();
                cursor = read.last().map_or(cursor, |last| last.cursor.clone());
                seen.extend(read);
            }
            (seen, cursor)
        };
        let ((), (mut seen, mut cursor)) = tokio::join!(writing, reading);
        house.settle().await;
        let claims = 680;
        until("the rest to be read", async || {
            let read = read(&house, of(&creditor, &cursor), usize::MAX).await.unwrap();
            cursor = read.last().map_or(cursor.clone(), |last| last.cursor.clone());
            seen.extend(read);
            let principals = seen.iter().filter(|movement| movement.kind == "PRINCIPAL").count();
            (principals == claims && seen.iter().filter(|movement| movement.kind == "STATE").count() == claims
                && seen.iter().filter(|movement| movement.kind == "COST").count() == 2 * claims).then_some(())
        }).await;
        let mut per_claim: HashMap<(&str, &str), usize> = HashMap::new();
        for movement in &seen {
            *per_claim.entry((&movement.claim_id, &movement.kind)).or_default() += 1;
        }
        for ((_, kind), count) in &per_claim {
            assert_eq!(*count, if *kind == "COST" { 2 } else { 1 });
        }
        assert_eq!(seen.len(), claims * 4);
        assert_eq!(per_claim.len(), claims * 3);
        house.stop().await;
    }

    async fn movements_can_be_asked_for_between_two_instants(backend: Backend) {
        let case = case(backend).await;
        let house = &case.house;
        let morning = house.now();
        house.advance_days(1).await;
        let asked = pb::HoldClaimRequest {
            request_id: house.request_id(),
            claim_id: case.claim_id.clone(),
            kind: pb::HoldKind::Manual.into(),
            reason: "asked by phone".into(),
            expires_at: None,
        };
        house.clients().claims().hold_claim(house.ask(Role::Agent, asked)).await.unwrap();
        assert_eq!(all(house, &case.creditor_id, 5).await.len(), 5);
        let next_day = Some(timestamp(morning + chrono::TimeDelta::hours(1)));
        let late = pb::ListMovementsRequest { from: next_day, ..of(&case.creditor_id, "") };
        let read_late = read(house, late.clone(), usize::MAX).await.unwrap();
        assert_eq!(read_late.iter().map(|movement| movement.to_state.as_str()).collect::<Vec<_>>(), ["ON_HOLD"]);
        let early = pb::ListMovementsRequest { until: next_day, ..of(&case.creditor_id, "") };
        assert_eq!(read(house, early, usize::MAX).await.unwrap().len(), 4);
        let reversed = pb::ListMovementsRequest { until: Some(timestamp(morning)), ..late };
        assert_eq!(fields(&read(house, reversed, 1).await.unwrap_err()), ["until"]);
        case.house.stop().await;
    }

    async fn a_false_cursor_and_a_foreign_creditor_are_refused(backend: Backend) {
        let case = case(backend).await;
        let house = &case.house;
        let refused = read(house, of(&case.creditor_id, "yesterday"), 1).await.unwrap_err();
        assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", vec!["after".to_owned()]));
        let asked = house.ask_as_other(Role::Integration, of(&case.creditor_id, ""));
        let refused = house.clients().claims().list_movements(asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        let asked = house.ask(Role::Service, of(&case.creditor_id, ""));
        let refused = house.clients().claims().list_movements(asked).await.unwrap_err();
        assert_eq!(reason(&refused), "CALL_NOT_ALLOWED");
        case.house.stop().await;
    }
}
