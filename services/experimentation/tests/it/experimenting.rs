//! Experiments as analysts make them.

use std::collections::BTreeMap;

use kulanz_chassis::Role;
use kulanz_experimentation::domain::holdout::held_out;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::House;
use kulanz_types::DebtorId;
use tonic::Status;

/// Two arms of equal weight, everyone taken in, a plan that is whole.
pub fn experiment(key: &str) -> pb::Experiment {
    pb::Experiment {
        key: key.to_owned(),
        hypothesis: "a warm tone leads to more payments".to_owned(),
        arms: arms("0.5", "0.5"),
        coverage: "1".to_owned(),
        primary_metric: "paid".to_owned(),
        guardrails: vec![guardrail("complaint", "0.01")],
        baseline_mean: "0.06".to_owned(),
        planned_units: 20_000,
        ..Default::default()
    }
}

pub fn arms(plain: &str, warm: &str) -> Vec<pb::Arm> {
    let arm = |key: &str, weight: &str| pb::Arm {
        key: key.to_owned(),
        weight: weight.to_owned(),
        ..Default::default()
    };
    vec![arm("plain", plain), arm("warm", warm)]
}

pub fn guardrail(metric: &str, margin: &str) -> pb::Guardrail {
    pb::Guardrail { metric: metric.to_owned(), margin: margin.to_owned() }
}

pub async fn create(house: &House, experiment: pb::Experiment) -> Result<pb::Experiment, Status> {
    let request = pb::CreateExperimentRequest {
        request_id: house.request_id(),
        experiment: Some(experiment),
        validate_only: false,
    };
    let mut client = house.clients().experimentation();
    let made = client.create_experiment(house.ask(Role::Analyst, request)).await?;
    Ok(made.into_inner().experiment.expect("an experiment"))
}

pub async fn start(house: &House, id: &str) -> Result<pb::Experiment, Status> {
    let request =
        pb::StartExperimentRequest { request_id: house.request_id(), experiment_id: id.to_owned() };
    let mut client = house.clients().experimentation();
    let request = crate::planting::patiently(house.ask(Role::Analyst, request));
    let started = client.start_experiment(request).await?;
    Ok(started.into_inner().experiment.expect("an experiment"))
}

/// An experiment that runs.
pub async fn running(house: &House, experiment: pb::Experiment) -> pb::Experiment {
    let made = create(house, experiment).await.unwrap();
    start(house, &made.experiment_id).await.unwrap()
}

pub async fn stop(house: &House, id: &str) -> Result<pb::Experiment, Status> {
    let request = pb::StopExperimentRequest {
        request_id: house.request_id(),
        experiment_id: id.to_owned(),
        reason: "enough seen".to_owned(),
    };
    let mut client = house.clients().experimentation();
    let stopped = client.stop_experiment(house.ask(Role::Analyst, request)).await?;
    Ok(stopped.into_inner().experiment.expect("an experiment"))
}

pub async fn adjust(
    house: &House,
    request: pb::AdjustExperimentRequest,
) -> Result<pb::Experiment, Status> {
    let request = pb::AdjustExperimentRequest { request_id: house.request_id(), ..request };
    let mut client = house.clients().experimentation();
    let adjusted = client.adjust_experiment(house.ask(Role::Analyst, request)).await?;
    Ok(adjusted.into_inner().experiment.expect("an experiment"))
}

pub async fn analyse(
    house: &House,
    request: pb::AnalyzeExperimentRequest,
) -> Result<pb::AnalyzeExperimentResponse, Status> {
    let mut client = house.clients().experimentation();
    Ok(client.analyze_experiment(house.ask(Role::Analyst, request)).await?.into_inner())
}

pub fn question(key: &str, debtor_id: &str) -> pb::AssignRequest {
    pb::AssignRequest {
        experiment_key: key.to_owned(),
        debtor_id: debtor_id.to_owned(),
        attributes: BTreeMap::new(),
    }
}

pub async fn assign(house: &House, key: &str, debtor_id: &str) -> pb::AssignResponse {
    let mut client = house.clients().experimentation();
    let asked = house.ask(Role::Service, question(key, debtor_id));
    client.assign(asked).await.unwrap().into_inner()
}

/// A new person, held out of everything or not.
pub fn person(house: &House, held: bool) -> String {
    loop {
        let id = DebtorId::generate(house.seeds(), house.now()).to_string();
        if held_out(&id) == held {
            return id;
        }
    }
}
