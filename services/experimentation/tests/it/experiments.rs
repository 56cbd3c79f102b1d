use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use kulanz_types::DebtorId;
use tonic::Code;

use crate::house;

fn experiment(key: &str) -> pb::Experiment {
    let arm = |key: &str| pb::Arm { key: key.to_owned(), weight: "0.5".to_owned() };
    pb::Experiment {
        key: key.to_owned(),
        hypothesis: "a warm tone leads to more kept plans".to_owned(),
        arms: vec![arm("plain"), arm("warm")],
        coverage: "1".to_owned(),
        primary_metric: "paid_60_days".to_owned(),
        ..Default::default()
    }
}

async fn create(
    house: &House,
    experiment: pb::Experiment,
) -> Result<pb::Experiment, tonic::Status> {
    let request = pb::CreateExperimentRequest {
        request_id: house.request_id(),
        experiment: Some(experiment),
        validate_only: false,
    };
    let mut client = house.clients().experimentation();
    let made = client.create_experiment(house.ask(Role::Analyst, request)).await?;
    Ok(made.into_inner().experiment.expect("an experiment"))
}

async fn start(house: &House, id: &str) -> Result<pb::Experiment, tonic::Status> {
    let request =
        pb::StartExperimentRequest { request_id: house.request_id(), experiment_id: id.to_owned() };
    let mut client = house.clients().experimentation();
    let started = client.start_experiment(house.ask(Role::Analyst, request)).await?;
    Ok(started.into_inner().experiment.expect("an experiment"))
}

async fn assign(house: &House, key: &str, debtor_id: &str) -> pb::AssignResponse {
    let request = pb::AssignRequest {
        experiment_key: key.to_owned(),
        debtor_id: debtor_id.to_owned(),
        ..pb::AssignRequest::default()
    };
    let mut client = house.clients().experimentation();
    client.assign(house.ask(Role::Service, request)).await.unwrap().into_inner()
}

on_both_backends! {
    async fn an_experiment_assigns_only_while_it_runs_and_always_the_same(backend: Backend) {
        let house = house(backend).await;
        let made = create(&house, experiment("tone-2026q4")).await.unwrap();
        let person = DebtorId::generate(house.seeds(), house.now()).to_string();
        assert!(!assign(&house, "tone-2026q4", &person).await.in_experiment);
        start(&house, &made.experiment_id).await.unwrap();
        let first = assign(&house, "tone-2026q4", &person).await;
        assert!(first.in_experiment);
        assert_eq!(assign(&house, "tone-2026q4", &person).await, first);
        let stop = pb::StopExperimentRequest {
            request_id: house.request_id(),
            experiment_id: made.experiment_id.clone(),
            reason: "enough seen".to_owned(),
        };
        let mut client = house.clients().experimentation();
        client.stop_experiment(house.ask(Role::Analyst, stop)).await.unwrap();
        assert!(!assign(&house, "tone-2026q4", &person).await.in_experiment);
        let again = start(&house, &made.experiment_id).await.unwrap_err();
        assert_eq!((again.code(), reason(&again)), (Code::FailedPrecondition, "EXPERIMENT_STATE".to_owned()));
        house.stop().await;
    }

    async fn both_arms_get_their_share_of_people(backend: Backend) {
        let house = house(backend).await;
        let made = create(&house, experiment("tone-2026q4")).await.unwrap();
        start(&house, &made.experiment_id).await.unwrap();
        let mut warm = 0;
        for _ in 0..200 {
            let person = DebtorId::generate(house.seeds(), house.now()).to_string();
            warm += i32::from(assign(&house, "tone-2026q4", &person).await.arm_key == "warm");
        }
        assert!((60..140).contains(&warm), "{warm}");
        house.stop().await;
    }

    async fn weights_that_do_not_sum_and_a_key_that_is_taken_are_refused(backend: Backend) {
        let house = house(backend).await;
        let mut flawed = experiment("tone");
        "0.9".clone_into(&mut flawed.arms[0].weight);
        "much".clone_into(&mut flawed.coverage);
        let refused = create(&house, flawed).await.unwrap_err();
        assert_eq!(fields(&refused), ["experiment.arms.weight", "experiment.coverage"]);
        create(&house, experiment("tone")).await.unwrap();
        let taken = create(&house, experiment("tone")).await.unwrap_err();
        assert_eq!(taken.code(), Code::AlreadyExists);
        house.stop().await;
    }

    async fn experiments_are_listed_page_by_page_and_not_to_other_tenants(backend: Backend) {
        let house = house(backend).await;
        for key in ["a", "b", "c"] {
            create(&house, experiment(key)).await.unwrap();
        }
        let mut client = house.clients().experimentation();
        let first = pb::ListExperimentsRequest { page_size: 2, page_token: String::new() };
        let page = client.list_experiments(house.ask(Role::Agent, first)).await.unwrap().into_inner();
        assert_eq!(page.experiments.len(), 2);
        let next = pb::ListExperimentsRequest { page_size: 2, page_token: page.next_page_token };
        let foreign = client.list_experiments(house.ask_as_other(Role::Agent, next.clone()));
        assert_eq!(reason(&foreign.await.unwrap_err()), "PAGE_TOKEN_INVALID");
        let page = client.list_experiments(house.ask(Role::Agent, next)).await.unwrap().into_inner();
        assert_eq!((page.experiments[0].key.as_str(), page.next_page_token.as_str()), ("c", ""));
        house.stop().await;
    }
}
