use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends, reason};

use crate::house;

fn wanted(house: &House) -> pb::SetObjectivesRequest {
    let weight = |name: &str, weight: &str| pb::ObjectiveWeight {
        name: name.to_owned(),
        weight: weight.to_owned(),
    };
    pb::SetObjectivesRequest {
        request_id: house.request_id(),
        policy_key: String::new(),
        objectives: vec![weight("paid", "1"), weight("harm", "35.5")],
        constraints: vec![pb::Constraint {
            name: "contacts".to_owned(),
            cap: "0.5".to_owned(),
            price: String::new(),
        }],
    }
}

on_both_backends! {
    async fn what_counts_is_set_by_people_and_read_back(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        let set = client.set_objectives(house.ask(Role::Admin, wanted(&house))).await.unwrap();
        let set = set.into_inner();
        let read = house.ask(Role::Analyst, pb::GetObjectivesRequest::default());
        let read = client.get_objectives(read).await.unwrap().into_inner();
        assert_eq!((&read.objectives, &read.constraints), (&set.objectives, &set.constraints));
        let harm = read.objectives.iter().find(|objective| objective.name == "harm").unwrap();
        assert_eq!(harm.weight, "35.5");
        assert_eq!((read.constraints[0].cap.as_str(), read.constraints[0].price.as_str()), ("0.5", "0"));
        house.stop().await;
    }

    async fn faulty_goals_name_every_field_and_change_nothing(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        let mut request = wanted(&house);
        "clicks".clone_into(&mut request.objectives[0].name);
        "NaN".clone_into(&mut request.objectives[1].weight);
        "-1".clone_into(&mut request.constraints[0].cap);
        let refused = client.set_objectives(house.ask(Role::Admin, request)).await.unwrap_err();
        let named = ["objectives[0].name", "objectives[1].weight", "constraints[0].cap"];
        assert_eq!(fields(&refused), named);
        let read = house.ask(Role::Analyst, pb::GetObjectivesRequest::default());
        let read = client.get_objectives(read).await.unwrap().into_inner();
        assert_eq!((read.objectives.len(), read.constraints.len()), (5, 0));
        house.stop().await;
    }

    async fn another_tenant_has_goals_of_its_own_and_an_unknown_key_is_not_found(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        client.set_objectives(house.ask(Role::Admin, wanted(&house))).await.unwrap();
        let theirs = house.ask_as_other(Role::Admin, pb::GetObjectivesRequest::default());
        let theirs = client.get_objectives(theirs).await.unwrap().into_inner();
        assert_eq!((theirs.objectives.len(), theirs.constraints.len()), (5, 0));
        let unknown = pb::GetObjectivesRequest { policy_key: "nothing".to_owned() };
        let refused = client.get_objectives(house.ask(Role::Admin, unknown)).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        house.stop().await;
    }
}
