//! Arms of running experiments steer what is decided.

use kulanz_chassis::Role;
use kulanz_experimentation::replays;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::asking::{decide, log};
use crate::experimenting::{
    adjust, analyse, arms, assign, create, experiment, person, running, stop,
};
use crate::house;
use crate::planting::{
    create as create_policy, decided, evaluate, people, preferring, question, tone,
};

pub fn level(factor: &str, level: &str) -> pb::ArmLevel {
    pb::ArmLevel { factor: factor.to_owned(), level: level.to_owned() }
}

/// The arm `warm` holds decisions to the empathic tone; `plain` leaves them as they are.
fn empathic(key: &str) -> pb::Experiment {
    let mut experiment = experiment(key);
    experiment.arms[1].fixed_levels = vec![level("tone", "empathic")];
    experiment
}

/// The arms hold decisions to one tone each.
pub fn either_tone(key: &str) -> pb::Experiment {
    let mut experiment = empathic(key);
    experiment.arms[0].fixed_levels = vec![level("tone", "businesslike")];
    experiment
}

fn excluded(level: &str) -> pb::ActionMask {
    let level = pb::ExcludedLevel {
        factor: "tone".to_owned(),
        level: level.to_owned(),
        rule_id: "wish.tone".to_owned(),
    };
    pb::ActionMask { excluded_levels: vec![level], ..Default::default() }
}

async fn log_row(house: &House, decision: &pb::Decision) -> pb::ListDecisionsResponse {
    let decision_id = decision.decision_id.clone();
    let filter = pb::ListDecisionsRequest { decision_id, ..Default::default() };
    log(house, Role::Analyst, filter).await.remove(0)
}

on_both_backends! {
    async fn an_arm_holds_decisions_to_its_level_and_the_log_names_it(backend: Backend) {
        let house = house(backend).await;
        running(&house, empathic("tone")).await;
        let decisions = decided(&house, &people(&house, 0.0..1.0, 200)).await;
        let store = house.constellation().store("experimentation").unwrap();
        let mut of_control = std::collections::BTreeSet::new();
        let mut warm = 0;
        for decision in &decisions {
            let arm = assign(&house, "tone", &decision.debtor_id).await.arm_key;
            assert_eq!(decision.experiment_arm, format!("tone/{arm}"));
            let row = log_row(&house, decision).await;
            assert_eq!(row.decision.as_ref(), Some(decision));
            let rules: Vec<_> = row.mask.unwrap().excluded_levels.into_iter().map(|it| (it.level, it.rule_id)).collect();
            if arm == "warm" {
                assert_eq!(rules, [("businesslike".to_owned(), "experiment.tone.warm".to_owned())]);
                if let Some(tone) = tone(decision) {
                    assert_eq!((tone, decision.marginals["tone"]), ("empathic", 1.0 - decision.null_propensity));
                    warm += 1;
                }
            } else {
                assert!(rules.is_empty());
                of_control.extend(tone(decision));
            }
            assert_eq!(replays(store, house.tenant(), &decision.decision_id).await.unwrap(), Some(true));
        }
        assert!(warm > 50, "{warm}");
        assert_eq!(of_control.len(), 2, "the control is decided about as without the experiment");
        let asked = house.ask_as_other(Role::Service, question(&house, &person(&house, false)));
        let theirs = house.clients().experimentation().decide(asked).await.unwrap().into_inner();
        assert_eq!(theirs.decision.unwrap().experiment_arm, "");
        house.stop().await;
    }

    async fn whoever_is_held_out_or_protected_is_steered_by_nothing(backend: Backend) {
        let house = house(backend).await;
        running(&house, empathic("tone")).await;
        for held in decided(&house, &(0..20).map(|_| person(&house, true)).collect::<Vec<_>>()).await {
            assert_eq!(held.experiment_arm, "");
        }
        for id in people(&house, 0.0..1.0, 20) {
            let mut request = question(&house, &id);
            request.context.as_mut().unwrap().protected = true;
            let safest = decide(&house, request).await.unwrap();
            assert_eq!((safest.experiment_arm.as_str(), safest.origin.as_str()), ("", "safest"));
        }
        house.stop().await;
    }

    async fn an_arm_permits_nothing_that_a_rule_forbids_and_steers_only_where_each_arm_can_act(backend: Backend) {
        let house = house(backend).await;
        let made = running(&house, empathic("tone")).await;
        for id in people(&house, 0.0..1.0, 40) {
            let request = pb::DecideRequest { mask: Some(excluded("empathic")), ..question(&house, &id) };
            let decision = decide(&house, request).await.unwrap();
            assert!(tone(&decision).is_none_or(|tone| tone == "businesslike"));
            assert_eq!(decision.experiment_arm, "", "one arm has nothing left, so none applies");
            let silent = pb::ActionMask { all_excluded_rule_id: "law.hold".to_owned(), ..Default::default() };
            let request = pb::DecideRequest { mask: Some(silent), ..question(&house, &id) };
            assert_eq!(decide(&house, request).await.unwrap().experiment_arm, "");
        }
        let look = pb::AnalyzeExperimentRequest { experiment_id: made.experiment_id, include_immature: true, ..Default::default() };
        let seen = analyse(&house, look).await.unwrap();
        assert!(seen.results.iter().all(|it| it.units == 0), "nobody came in: {:?}", seen.results);
        house.stop().await;
    }

    async fn a_question_brings_its_person_in_and_what_follows_counts_for_the_arm(backend: Backend) {
        let house = house(backend).await;
        let made = running(&house, either_tone("tone")).await;
        let ids = people(&house, 0.0..1.0, 120);
        let decisions = decided(&house, &ids).await;
        assert_eq!(decided(&house, &ids).await.len(), 120, "asked twice, counted once");
        let look = pb::AnalyzeExperimentRequest { experiment_id: made.experiment_id, include_immature: true, ..Default::default() };
        let seen = analyse(&house, look).await.unwrap();
        for arm in ["plain", "warm"] {
            let name = format!("tone/{arm}");
            let decided = decisions.iter().filter(|it| it.experiment_arm == name).count();
            let paid = seen.results.iter().find(|it| it.arm_key == arm && it.metric == "paid").unwrap();
            assert_eq!((usize::try_from(paid.units).unwrap(), decided > 30), (decided, true));
        }
        house.stop().await;
    }

    async fn conditions_are_held_against_what_the_question_says_of_the_person(backend: Backend) {
        let house = house(backend).await;
        let condition = |attribute: &str, operator: pb::ConditionOperator, value: &str| pb::Condition {
            attribute: attribute.to_owned(),
            operator: operator.into(),
            values: vec![value.to_owned()],
        };
        let targeting = vec![
            condition("balance", pb::ConditionOperator::AtLeast, "10000"),
            condition("persona", pb::ConditionOperator::In, "busy"),
            condition("propensity_30d", pb::ConditionOperator::Below, "0.5"),
        ];
        running(&house, pb::Experiment { targeting, ..empathic("tone") }).await;
        let id = people(&house, 0.0..1.0, 1).remove(0);
        let asked = |change: fn(&mut pb::DecisionContext)| {
            let mut request = question(&house, &id);
            let context = request.context.as_mut().unwrap();
            context.persona_probabilities = [("busy".to_owned(), 0.7), ("waiter".to_owned(), 0.3)].into();
            context.features = [("propensity_30d".to_owned(), 0.2)].into();
            change(context);
            request
        };
        assert_ne!(decide(&house, asked(|_| ())).await.unwrap().experiment_arm, "");
        let outside: [fn(&mut pb::DecisionContext); 4] = [
            |context| context.balance.as_mut().unwrap().minor_units = 9_999,
            |context| context.persona_probabilities = [("waiter".to_owned(), 0.7)].into(),
            |context| context.features = [("propensity_30d".to_owned(), 0.6)].into(),
            |context| context.balance = None,
        ];
        for change in outside {
            assert_eq!(decide(&house, asked(change)).await.unwrap().experiment_arm, "");
        }
        house.stop().await;
    }

    async fn who_is_in_is_decided_about_in_the_same_arm_when_weights_change_and_no_arm_outlives_its_stop(backend: Backend) {
        let house = house(backend).await;
        let made = running(&house, empathic("tone")).await;
        let ids = people(&house, 0.0..1.0, 40);
        let before: Vec<_> = decided(&house, &ids).await.into_iter().map(|it| it.experiment_arm).collect();
        let mut other = arms("0", "1");
        other[1].fixed_levels = vec![level("tone", "businesslike")];
        let change = |arms| pb::AdjustExperimentRequest {
            experiment_id: made.experiment_id.clone(), etag: made.etag.clone(), arms, ..Default::default()
        };
        assert_eq!(fields(&adjust(&house, change(other)).await.unwrap_err()), ["arms"]);
        let adjusted = adjust(&house, change(arms("0", "1"))).await.unwrap();
        assert_eq!(adjusted.arms[1].fixed_levels, [level("tone", "empathic")], "what an arm does stays");
        let after: Vec<_> = decided(&house, &ids).await.into_iter().map(|it| it.experiment_arm).collect();
        assert_eq!(after, before);
        let later = decided(&house, &people(&house, 0.0..1.0, 20)).await;
        assert!(later.iter().all(|it| it.experiment_arm == "tone/warm"));
        stop(&house, &made.experiment_id).await.unwrap();
        assert!(decided(&house, &ids).await.iter().all(|it| it.experiment_arm.is_empty()));
        house.stop().await;
    }

    async fn two_experiments_steer_one_person_only_where_they_name_different_factors(backend: Backend) {
        let house = house(backend).await;
        running(&house, empathic("tone")).await;
        let refused = create(&house, empathic("warmth")).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "EXPERIMENT_CONFLICT"));
        let named = refused.get_details_error_info().unwrap().metadata;
        assert_eq!((named["other_key"].as_str(), named["about"].as_str()), ("tone", "tone"));
        let mut channel = experiment("by-mail");
        channel.arms[1].excluded_levels = vec![level("channel", "letter")];
        running(&house, channel).await;
        let both = decided(&house, &people(&house, 0.0..1.0, 40)).await;
        let of = |it: &pb::Decision| it.experiment_arm.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(both.iter().all(|it| of(it).len() == 2));
        let seen: std::collections::BTreeSet<_> = both.iter().map(of).collect();
        assert_eq!(seen.len(), 4, "one arm says nothing of the other: {seen:?}");
        house.stop().await;
    }

    async fn an_arm_that_names_what_does_not_exist_or_contradicts_itself_is_refused_at_once(backend: Backend) {
        let house = house(backend).await;
        let mut wrong = empathic("tone");
        wrong.arms[0].fixed_levels = vec![level("tone", "stern"), level("weather", "fair")];
        "7-none".clone_into(&mut wrong.arms[0].policy_version);
        wrong.arms[1].excluded_levels = vec![level("salutation", "sie"), level("salutation", "du")];
        let refused = create(&house, wrong).await.unwrap_err();
        let mut named = fields(&refused);
        named.sort();
        let expected = [
            "experiment.arms[0].fixed_levels[0]",
            "experiment.arms[0].fixed_levels[1]",
            "experiment.arms[0].policy_version",
            "experiment.arms[1].excluded_levels[0]",
            "experiment.arms[1].excluded_levels[1]",
        ];
        assert_eq!(named, expected);
        let mut both = empathic("tone");
        both.arms[1].excluded_levels = vec![level("tone", "empathic")];
        assert_eq!(fields(&create(&house, both).await.unwrap_err()), ["experiment.arms[1].excluded_levels[0]"]);
        let elsewhere = pb::Experiment { policy_key: "field".to_owned(), ..empathic("tone") };
        assert_eq!(reason(&create(&house, elsewhere).await.unwrap_err()), "NOT_FOUND");
        let claimed = pb::ActionMask {
            excluded_levels: vec![pb::ExcludedLevel {
                factor: "tone".to_owned(), level: "empathic".to_owned(), rule_id: "experiment.tone.warm".to_owned(),
            }],
            ..Default::default()
        };
        let request = pb::DecideRequest { mask: Some(claimed), ..question(&house, &person(&house, false)) };
        assert_eq!(fields(&decide(&house, request).await.unwrap_err()), ["mask"]);
        assert_eq!(create(&house, empathic("tone")).await.unwrap().arms[1].fixed_levels, [level("tone", "empathic")]);
        house.stop().await;
    }

    async fn an_evaluation_leaves_out_what_an_arm_narrowed_and_counts_what_it_left_alone(backend: Backend) {
        let house = house(backend).await;
        let policy = create_policy(&house, preferring("empathic")).await;
        let made = running(&house, either_tone("tone")).await;
        decided(&house, &people(&house, 0.0..1.0, 60)).await;
        stop(&house, &made.experiment_id).await.unwrap();
        house.advance_days(29).await;
        let all = pb::EvaluatePolicyRequest { policy_id: policy.policy_id.clone(), ..Default::default() };
        assert_eq!(reason(&evaluate(&house, all.clone()).await.unwrap_err()), "NO_MATURED_OUTCOME");
        running(&house, empathic("half")).await;
        let mixed = decided(&house, &people(&house, 0.0..1.0, 60)).await;
        house.advance_days(29).await;
        let left_alone = mixed.iter().filter(|it| it.experiment_arm == "half/plain").count();
        let found = evaluate(&house, all).await.unwrap();
        assert_eq!(usize::try_from(found.decisions).unwrap(), left_alone);
        house.stop().await;
    }
}
