use std::collections::BTreeMap;

use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_testkit::{Backend, fields, on_both_backends, reason};

use crate::asking::{decide, decide_batch, decide_over, decide_to_act, log, mask, question, space};
use crate::house;
use crate::outcomes::euros;
use crate::planting::{self, decided, people};

on_both_backends! {
    async fn a_repeated_question_gets_its_first_answer_and_another_one_is_refused(backend: Backend) {
        let house = house(backend).await;
        let request = question(&house);
        let first = decide(&house, request.clone()).await.unwrap();
        assert_eq!(decide(&house, request.clone()).await.unwrap(), first);
        let other = pb::DecideRequest { mask: None, ..request };
        assert_eq!(reason(&decide(&house, other).await.unwrap_err()), "REQUEST_ID_REUSED");
        assert_eq!(log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await.len(), 1);
        house.stop().await;
    }

    async fn what_is_decided_passes_the_mask_and_is_logged_with_its_propensities(backend: Backend) {
        let house = house(backend).await;
        for _ in 0..20 {
            let decision = decide(&house, question(&house)).await.unwrap();
            assert!(decision.joint_propensity > 0.0 && decision.joint_propensity <= 1.0);
            let Some(Action::Factored(action)) = &decision.action else {
                assert!(decision.marginals.is_empty());
                continue;
            };
            assert!(!["whatsapp", "phone"].contains(&action.levels["channel"].as_str()));
            assert!(action.levels["channel"] != "sms" || action.levels["tone"] != "warm");
            let least = decision.marginals.values().copied().fold(1.0, f64::min);
            assert_eq!(decision.marginals.len(), 4);
            assert!(decision.joint_propensity <= least);
        }
        let logged = log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await;
        assert_eq!(logged.len(), 20);
        house.stop().await;
    }

    async fn a_batch_answers_in_the_order_asked_and_logs_each_question_once(backend: Backend) {
        let house = house(backend).await;
        let mut requests: Vec<_> = (0..300).map(|_| question(&house)).collect();
        requests.push(requests[7].clone());
        let ids: Vec<_> = requests.iter().map(|request| request.decision_id.clone()).collect();
        let decisions = decide_batch(&house, requests).await.unwrap();
        let answered: Vec<_> = decisions.iter().map(|one| one.decision_id.clone()).collect();
        assert_eq!(answered, ids);
        assert_eq!(decisions[7], decisions[300]);
        assert_eq!(log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await.len(), 300);
        house.stop().await;
    }

    async fn a_question_is_the_same_wherever_its_space_stands(backend: Backend) {
        let house = house(backend).await;
        let asked: Vec<_> = (0..3).map(|_| question(&house)).collect();
        let requests = asked.iter().cloned().map(|one| pb::DecideRequest { space: None, ..one });
        let batch = pb::DecideBatchRequest { requests: requests.collect(), space: Some(space()) };
        let decided = decide_over(&house, batch.clone()).await.unwrap();
        assert_eq!(decide_batch(&house, asked.clone()).await.unwrap(), decided);
        assert_eq!(decide(&house, asked[1].clone()).await.unwrap(), decided[1]);
        let mut other = space();
        other.factors[3].levels.pop();
        let narrower = pb::DecideBatchRequest { space: Some(other.clone()), ..batch.clone() };
        let refused = decide_over(&house, narrower).await.unwrap_err();
        assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
        other.factors[2].levels.clear();
        let mut faulty = pb::DecideBatchRequest { space: Some(other), ..batch };
        faulty.requests[1].debtor_id.clear();
        let refused = decide_over(&house, faulty).await.unwrap_err();
        assert_eq!(fields(&refused), ["space", "requests[1].debtor_id"]);
        house.stop().await;
    }

    async fn batches_that_come_at_once_answer_each_question_once_and_chain_them_all(backend: Backend) {
        let house = house(backend).await;
        // About people who are known already: one who is new to two batches is written before the second is decided.
        let known = people(&house, 0.0..1.0, 600);
        decided(&house, &known).await;
        let asked: Vec<_> = known.iter().map(|one| planting::question(&house, one)).collect();
        let overlapping = [0, 150, 300].map(|start| asked[start..start + 300].to_vec());
        let mut reusing = asked[300..].to_vec();
        reusing[100].context.as_mut().unwrap().protected = true;
        let batches = overlapping.into_iter().chain([reusing]).map(|batch| decide_batch(&house, batch));
        let answers = futures::future::join_all(batches).await;
        // Whichever came first is the question that the id stands for: that of two batches, or that of the last.
        let first = answers[1].is_ok();
        let is_ok: Vec<_> = answers.iter().map(Result::is_ok).collect();
        assert_eq!(is_ok, [true, first, first, !first]);
        let (refused, answered): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_err);
        assert!(refused.iter().all(|it| reason(it.as_ref().unwrap_err()) == "REQUEST_ID_REUSED"));
        let logged = log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await;
        let mut sequences: Vec<_> = logged.iter().map(|entry| entry.sequence).collect();
        sequences.sort_unstable();
        assert!(sequences.iter().copied().eq(1..=i64::try_from(logged.len()).unwrap()));
        let by_id: BTreeMap<_, _> =
            logged.iter().filter_map(|it| Some((&it.decision.as_ref()?.decision_id, &it.decision))).collect();
        for decision in answered.into_iter().flatten().flatten() {
            assert_eq!(by_id[&decision.decision_id].as_ref(), Some(&decision));
        }
        house.stop().await;
    }

    async fn nothing_permitted_is_silence_for_certain_with_its_rule(backend: Backend) {
        let house = house(backend).await;
        let rule = "hold.dispute".to_owned();
        let mask = pb::ActionMask { all_excluded_rule_id: rule.clone(), ..mask() };
        let request = pb::DecideRequest { mask: Some(mask), ..question(&house) };
        let decision = decide(&house, request).await.unwrap();
        assert!((decision.joint_propensity - 1.0).abs() < f64::EPSILON);
        let Some(Action::NullAction(null)) = decision.action else { panic!("silence") };
        assert_eq!(null.reason, rule);
        assert!(null.reconsider_at.is_some());
        house.stop().await;
    }

    async fn a_mask_that_leaves_no_level_of_a_factor_is_silence_by_its_rules(backend: Backend) {
        let house = house(backend).await;
        let mut request = question(&house);
        let excluded = ["email", "sms", "letter"].map(|level| pb::ExcludedLevel {
            factor: "channel".to_owned(),
            level: level.to_owned(),
            rule_id: "address.unknown".to_owned(),
        });
        request.mask.as_mut().unwrap().excluded_levels.extend(excluded);
        let decision = decide(&house, request).await.unwrap();
        assert!((decision.joint_propensity - 1.0).abs() < f64::EPSILON);
        let Some(Action::NullAction(null)) = decision.action else { panic!("silence") };
        assert_eq!(null.reason, "address.unknown, consent.channel, length.sms");
        house.stop().await;
    }

    async fn a_question_may_weigh_an_objective_for_itself_alone(backend: Backend) {
        let house = house(backend).await;
        let mut cheap = [0, 0];
        for (asked, weight) in [0.0, 1.0].into_iter().enumerate() {
            for _ in 0..20 {
                let mut request = question(&house);
                request.objectives = vec![pb::Objective { name: "cost".to_owned(), weight }];
                request.context.as_mut().unwrap().balance = Some(euros(100));
                "email".clone_into(&mut request.mask.as_mut().unwrap().excluded_levels[0].level);
                let decision = decide(&house, request).await.unwrap();
                let Some(Action::Factored(action)) = decision.action else { continue };
                cheap[asked] += u32::from(action.levels["channel"] != "letter");
            }
        }
        // Letters come before short messages, as long as their cost does not count.
        assert!(cheap[0] < 8 && cheap[1] > 12, "{cheap:?}");
        house.stop().await;
    }

    async fn a_protected_person_is_never_tried_out_on(backend: Backend) {
        let house = house(backend).await;
        for _ in 0..20 {
            let mut request = question(&house);
            request.context.as_mut().unwrap().protected = true;
            let decision = decide(&house, request).await.unwrap();
            assert!(!decision.explored);
            assert!((decision.joint_propensity - 1.0).abs() < f64::EPSILON);
        }
        house.stop().await;
    }

    async fn a_faulty_question_names_every_field_and_logs_nothing(backend: Backend) {
        let house = house(backend).await;
        let mut request = question(&house);
        "decision_x".clone_into(&mut request.decision_id);
        request.context.as_mut().unwrap().features.insert("balance".to_owned(), f64::NAN);
        "pigeon".clone_into(&mut request.mask.as_mut().unwrap().excluded_levels[0].level);
        let refused = decide(&house, request).await.unwrap_err();
        assert_eq!(fields(&refused), ["decision_id", "context.features", "mask"]);
        let empty = pb::DecideRequest { space: None, mask: None, ..question(&house) };
        assert_eq!(fields(&decide(&house, empty).await.unwrap_err()), ["space"]);
        let mut unlikely = question(&house);
        let context = unlikely.context.as_mut().unwrap();
        context.persona_probabilities.insert("planner".to_owned(), f64::NAN);
        context.payment_probability = f64::NAN;
        let objective = |name: &str, weight| pb::Objective { name: name.to_owned(), weight };
        unlikely.objectives = vec![objective("harm", 1.0), objective("harm", 2.0), objective("clicks", -1.0)];
        let named = [
            "context.persona_probabilities",
            "context.payment_probability",
            "objectives[1].name",
            "objectives[2].name",
            "objectives[2].weight",
        ];
        assert_eq!(fields(&decide(&house, unlikely).await.unwrap_err()), named);
        for count in [0, 1_001] {
            let batch = pb::DecideBatchRequest { requests: vec![question(&house); count], space: None };
            let refused = decide_over(&house, batch).await.unwrap_err();
            assert!(fields(&refused).contains(&"requests".to_owned()), "{count}");
        }
        assert!(log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await.is_empty());
        house.stop().await;
    }

    async fn the_log_can_neither_be_rewritten_nor_cut(backend: Backend) {
        use sea_orm::{ConnectionTrait, Statement};
        let house = house(backend).await;
        decide(&house, question(&house)).await.unwrap();
        let store = house.constellation().store("experimentation").unwrap();
        for sql in ["UPDATE decision SET joint_propensity = 1", "DELETE FROM decision"] {
            let work = store.begin(house.tenant()).await.unwrap();
            let backend = work.db().get_database_backend();
            let refused = work.db().execute_raw(Statement::from_string(backend, sql)).await;
            assert!(refused.unwrap_err().to_string().contains("append-only"));
        }
        assert_eq!(log(&house, Role::Analyst, pb::ListDecisionsRequest::default()).await.len(), 1);
        house.stop().await;
    }

    async fn another_tenant_sees_no_decision_and_books_no_outcome(backend: Backend) {
        let house = house(backend).await;
        let decision = decide_to_act(&house).await;
        let mut client = house.clients().experimentation();
        let all = house.ask_as_other(Role::Admin, pb::ListDecisionsRequest::default());
        let mut stream = client.list_decisions(all).await.unwrap().into_inner();
        assert!(stream.message().await.unwrap().is_none());
        let report = pb::RecordOutcomeRequest {
            request_id: house.request_id(),
            decision_id: decision.decision_id,
            kind: pb::OutcomeKind::Complaint.into(),
            occurred_at: decision.decided_at,
            ..Default::default()
        };
        let refused =
            client.record_outcome(house.ask_as_other(Role::Admin, report)).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_in_another_house_gets_the_same_answer_bit_for_bit() {
    let (first, second) = (house(Backend::Embedded).await, house(Backend::Embedded).await);
    let request = question(&first);
    let (a, b) = (decide(&first, request.clone()).await, decide(&second, request).await);
    assert_eq!(a.unwrap(), b.unwrap());
    first.stop().await;
    second.stop().await;
}
