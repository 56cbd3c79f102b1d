//! A running experiment decides how a message sounds, from the question to the words that go out.

use std::collections::BTreeSet;

use kulanz_chassis::Role;
use kulanz_experimentation::domain::holdout::held_out;
use kulanz_proto::experimentation::v1::{
    Arm, ArmLevel, CreateExperimentRequest, Experiment, StartExperimentRequest, decision::Action,
};
use kulanz_testkit::on_both_backends;
use kulanz_tests::{World, calls, rows};

/// Each arm with its tone, and how messages of that tone begin.
const ARMS: [(&str, [&str; 2]); 2] = [
    ("empathic", ["Manchmal kommt im Leben alles auf einmal", "Ein offener Betrag kann drücken"]),
    ("encouraging", ["Der erste Schritt ist oft der schwerste", "Das lässt sich gut regeln"]),
];

async fn run_experiment(world: &World) {
    let arm = |tone: &str| Arm {
        key: tone.to_owned(),
        weight: "0.5".to_owned(),
        fixed_levels: vec![ArmLevel { factor: "tone".to_owned(), level: tone.to_owned() }],
        ..Arm::default()
    };
    let experiment = Experiment {
        key: "tone".to_owned(),
        hypothesis: "encouragement leads to more payments than empathy".to_owned(),
        arms: ARMS.iter().map(|(tone, _)| arm(tone)).collect(),
        coverage: "1".to_owned(),
        primary_metric: "paid".to_owned(),
        baseline_mean: "0.06".to_owned(),
        planned_units: 20_000,
        ..Experiment::default()
    };
    let request = CreateExperimentRequest {
        request_id: world.house.request_id(),
        experiment: Some(experiment),
        validate_only: false,
    };
    let mut client = world.house.clients().experimentation();
    let made = client.create_experiment(world.ask(Role::Analyst, request)).await.unwrap();
    let experiment_id = made.into_inner().experiment.unwrap().experiment_id;
    let request = StartExperimentRequest { request_id: world.house.request_id(), experiment_id };
    client.start_experiment(world.ask(Role::Analyst, request)).await.unwrap();
}

on_both_backends! {
    async fn a_message_is_written_in_the_tone_of_its_persons_arm(backend: Backend) {
        let world = World::open(backend).await;
        run_experiment(&world).await;
        let imported = world.import(rows(12)).await;
        world.house.settle().await;
        let mut seen = BTreeSet::new();
        for debtor_id in imported.into_iter().map(|row| row.debtor_id) {
            let message = calls::await_message(&world, &debtor_id).await;
            let logged = calls::decision(&world, &message.decision_id).await.decision.unwrap();
            if held_out(&debtor_id) {
                assert_eq!(logged.experiment_arm, "");
                continue;
            }
            let (tone, openings) = ARMS
                .into_iter()
                .find(|(tone, _)| logged.experiment_arm == format!("tone/{tone}"))
                .expect("an arm");
            let Some(Action::Factored(action)) = &logged.action else { panic!("a contact") };
            assert_eq!(action.levels["tone"], tone);
            assert!(openings.iter().any(|words| message.body.contains(words)), "{}", message.body);
            seen.insert(tone);
        }
        assert_eq!(seen.len(), 2, "both arms were there");
        world.house.stop().await;
    }
}
