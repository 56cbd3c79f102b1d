use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, on_both_backends};

use crate::house;
use crate::learning::policies;
use crate::outcomes::sent;
use crate::planting::{decided, happened, make_live, people, tone};

async fn set(house: &House, cap: &str, explored_share: &str) {
    let objective = |name: &str, weight: &str| pb::ObjectiveWeight {
        name: name.to_owned(),
        weight: weight.to_owned(),
    };
    let request = pb::SetObjectivesRequest {
        request_id: house.request_id(),
        policy_key: String::new(),
        objectives: vec![objective("paid", "1"), objective("harm", "20")],
        constraints: vec![pb::Constraint {
            name: "harm".to_owned(),
            cap: cap.to_owned(),
            price: String::new(),
        }],
        explored_share: explored_share.to_owned(),
        ..Default::default()
    };
    let mut client = house.clients().experimentation();
    client.set_objectives(house.ask(Role::Admin, request)).await.unwrap();
}

async fn price(house: &House) -> f64 {
    let mut client = house.clients().experimentation();
    let read = house.ask(Role::Analyst, pb::GetObjectivesRequest::default());
    let read = client.get_objectives(read).await.unwrap().into_inner();
    read.constraints[0].price.parse().unwrap()
}

/// People of this part of the ramp are contacted, and one in four complains.
async fn harming(house: &House, place: std::ops::Range<f64>) {
    let decisions = decided(house, &people(house, place, 300)).await;
    let contacts: Vec<_> = decisions.iter().filter(|it| tone(it).is_some()).collect();
    assert!(contacts.len() >= 200, "{}", contacts.len());
    for decision in &contacts {
        let message = sent(decision, &format!("message_{}", decision.decision_id));
        house.publish("messaging", &decision.debtor_id, &message).await;
    }
    house.settle().await;
    let harmed: Vec<_> = contacts.iter().step_by(4).map(|it| (*it, "complaint", 0)).collect();
    happened(house, &harmed).await;
}

on_both_backends! {
    async fn the_price_of_harm_rises_each_night_that_it_exceeds_its_cap_and_falls_to_nothing_below(
        backend: Backend
    ) {
        let house = house(backend).await;
        set(&house, "0.02", "").await;
        harming(&house, 0.05..1.0).await;
        set(&house, "0.02", "0.1").await;
        house.advance_days(2).await;
        assert!(price(&house).await.abs() < f64::EPSILON, "no static policy knows harm, in use or not");
        let all = policies(&house).await;
        let learned = all.iter().rfind(|policy| policy.kind == "learned").expect("a candidate");
        make_live(&house, &learned.policy_id).await;
        harming(&house, 0.0..0.05).await;
        house.advance_days(1).await;
        let after_one = price(&house).await;
        house.advance_days(1).await;
        let after_two = price(&house).await;
        assert!(after_one > 100.0 && after_two > 1.9 * after_one, "{after_one} {after_two}");
        set(&house, "0.9", "").await;
        assert!((price(&house).await - after_two).abs() < 1e-9, "goes on from where it was");
        house.advance_days(2).await;
        assert!(price(&house).await.abs() < f64::EPSILON);
        house.stop().await;
    }
}
