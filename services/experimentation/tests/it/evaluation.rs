use chrono::{DateTime, TimeDelta, Utc};
use kulanz_chassis::Role;
use kulanz_experimentation::domain::halves::Half;
use kulanz_policy::DelayCurve;
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends, reason};

use crate::house;
use crate::learning::{policies, sleep_until};
use crate::objectives::explore;
use crate::outcomes::sent;
use crate::planting::{create, evaluate, happened, make_foreign, planted, preferring, tone};

fn whole(policy: &pb::Policy) -> pb::EvaluatePolicyRequest {
    pb::EvaluatePolicyRequest { policy_id: policy.policy_id.clone(), ..Default::default() }
}

fn estimate<'a>(
    found: &'a pb::EvaluatePolicyResponse,
    objective: &str,
    estimator: &str,
) -> &'a pb::PolicyEstimate {
    let mut of = found.estimates.iter();
    of.find(|it| it.objective == objective && it.estimator == estimator).expect("an estimate")
}

/// Decisions about these people, carried out at once.
async fn made(house: &House, people: &[String]) -> Vec<pb::Decision> {
    let decisions = crate::planting::decided(house, people).await;
    for decision in decisions.iter().filter(|decision| tone(decision).is_some()) {
        let message = sent(decision, &decision.decision_id);
        house.publish("messaging", &decision.debtor_id, &message).await;
    }
    house.settle().await;
    decisions
}

/// New people of one half.
fn people_of(house: &House, half: Half, count: usize) -> Vec<String> {
    let mut people = crate::planting::people(house, 0.0..1.0, 4 * count);
    people.retain(|id| Half::of(id) == half);
    people.truncate(count);
    assert_eq!(people.len(), count);
    people
}

/// The payments of those who were spoken to in this tone.
async fn paid(house: &House, decisions: &[pb::Decision], after: &str) {
    let spoken = decisions.iter().filter(|decision| tone(decision) == Some(after));
    let payments: Vec<_> = spoken.map(|decision| (decision, "payment", 10_000)).collect();
    assert!(payments.len() > 5, "{} payments", payments.len());
    happened(house, &payments).await;
}

/// What was learned last and is not in use.
async fn learned(house: &House) -> pb::Policy {
    let is_learned =
        |it: &pb::Policy| it.state() == pb::PolicyState::Candidate && it.kind == "learned";
    policies(house).await.into_iter().find(is_learned).expect("a candidate")
}

/// What a policy would have done to the people of a part of the log, and what is expected of that, to the bit.
async fn done(house: &House, policy: &pb::Policy, part: [Option<DateTime<Utc>>; 2]) -> [u64; 3] {
    let [from, until] = part.map(|end| end.map(timestamp));
    let request = pb::EvaluatePolicyRequest { from, until, ..whole(policy) };
    let found = evaluate(house, request).await.unwrap();
    [
        estimate(&found, "contacts", "ips").value,
        estimate(&found, "value", "ips").effective_sample_size,
        estimate(&found, "value", "model").value,
    ]
    .map(f64::to_bits)
}

/// How many decisions the log is worth to tell of a policy: the fewer, the more the policy does otherwise.
async fn told_by(house: &House, policy: &pb::Policy) -> f64 {
    let found = evaluate(house, whole(policy)).await.unwrap();
    estimate(&found, "value", "ips").effective_sample_size
}

on_both_backends! {
    async fn a_planted_good_policy_passes_and_a_planted_bad_one_is_refused_with_reasons(backend: Backend) {
        let house = house(backend).await;
        planted(&house).await;
        let good = create(&house, preferring("businesslike")).await;
        let bad = create(&house, preferring("empathic")).await;
        let found = evaluate(&house, whole(&good)).await.unwrap();
        assert!(found.passes_gate, "{:?}", found.gate_failures);
        for estimator in ["ips", "snips", "slate"] {
            let value = estimate(&found, "value", estimator);
            // 95 of a hundred are contacted, nearly all in the better tone: 0.95 * (0.975 * 60 + 0.025 * 20).
            assert!(value.lower < 56.0 && value.upper > 56.0, "{estimator}: {value:?}");
            assert!(value.lower > value.incumbent && value.effective_sample_size > 500.0);
        }
        let contacts = estimate(&found, "contacts", "ips");
        assert!((contacts.value - contacts.incumbent).abs() < 1e-6);
        let found = evaluate(&house, whole(&bad)).await.unwrap();
        assert!(!found.passes_gate);
        assert!(found.gate_failures[0].starts_with("below_incumbent: "), "{:?}", found.gate_failures);
        house.stop().await;
    }

    async fn what_is_expected_at_the_next_contact_counts_for_the_one_before(backend: Backend) {
        let house = house(backend).await;
        let policy = create(&house, preferring("empathic")).await;
        let people = crate::planting::people(&house, 0.0..1.0, 30);
        let first = made(&house, &people).await;
        house.advance_days(7).await;
        let second = made(&house, &people).await;
        house.advance_days(29).await;
        let found = evaluate(&house, whole(&policy)).await.unwrap();
        // Of 100 euros 60 * 0.4 are expected of each before anything is said, and nothing comes.
        let cost = 0.002;
        let left = 24.0 * (1.0 - DelayCurve::default().paid_by("email", 7));
        let value = |(first, second): (&pb::Decision, &pb::Decision)| {
            match (tone(first).is_some(), tone(second).is_some()) {
                (true, true) => left - 2.0 * cost,
                (false, false) => 0.0,
                _ => -cost,
            }
        };
        let sum: f64 = first.iter().zip(&second).map(value).sum();
        let mean = estimate(&found, "value", "ips").incumbent;
        assert!((mean - sum / 60.0).abs() < 1e-6, "{mean} beside {}", sum / 60.0);
        house.stop().await;
    }

    async fn an_evaluation_goes_by_how_soon_the_tenants_own_people_pay_and_how_seldom_they_object(backend: Backend) {
        let house = house(backend).await;
        let policy = create(&house, preferring("empathic")).await;
        let [people, payers] = [30, 60].map(|count| crate::planting::people(&house, 0.0..1.0, count));
        let (first, paid) = (made(&house, &people).await, made(&house, &payers).await);
        let contacts = paid.iter().filter(|decision| tone(decision).is_some());
        let payments: Vec<_> = contacts.map(|decision| (decision, "payment", 10_000)).collect();
        happened(&house, &payments).await;
        house.advance_days(7).await;
        let second = made(&house, &people).await;
        house.advance_days(29).await;
        let found = evaluate(&house, whole(&policy)).await.unwrap();
        let mut curve = DelayCurve::default();
        for _ in &payments {
            curve.count("email", 0);
        }
        let spoke = |it: &pb::Decision| tone(it).is_some();
        let contacts: Vec<_> =
            first.iter().zip(&second).map(|(a, b)| (spoke(a), spoke(b))).collect();
        for (first, second) in &contacts {
            if *first {
                curve.count_unpaid("email", if *second { 7 } else { 28 });
            }
            if *second {
                curve.count_unpaid("email", 28);
            }
        }
        // Who pays pays at once here, so that little is left to be expected after a week.
        let left = 24.0 * (1.0 - curve.paid_by("email", 7));
        assert!(left < 24.0 * (1.0 - DelayCurve::default().paid_by("email", 7)) / 1.5);
        let cost = 0.002;
        let unpaid = contacts.iter().map(|both| match both {
            (true, true) => left - 2.0 * cost,
            (false, false) => 0.0,
            _ => -cost,
        });
        let sum = unpaid.sum::<f64>() + payments.iter().map(|_| 100.0 - cost).sum::<f64>();
        let mean = estimate(&found, "value", "ips").incumbent;
        assert!((mean - sum / 120.0).abs() < 1e-6, "{mean} beside {}", sum / 120.0);
        // Nobody objected: the two of a hundred that are expected become fewer with each contact that was seen to its end.
        let how_many = |both: &dyn Fn(bool, bool) -> bool| {
            let counted = contacts.iter().filter(|(first, second)| both(*first, *second)).count();
            f64::from(u32::try_from(counted).unwrap())
        };
        let cut = how_many(&|first, second| first && second);
        let whole = how_many(&|first, second| first && !second) + how_many(&|_, second| second);
        let seen = whole + f64::from(u32::try_from(payments.len()).unwrap()) + cut * curve.paid_by("email", 7);
        let left = 2.0 / (100.0 + seen) * (1.0 - curve.paid_by("email", 7));
        let harm = estimate(&found, "harm", "ips").incumbent;
        assert!((harm - cut * left / 120.0).abs() < 1e-6, "{harm} beside {}", cut * left / 120.0);
        house.stop().await;
    }

    async fn a_learned_candidate_is_judged_on_nobody_by_what_came_of_them(backend: Backend) {
        let house = house(backend).await;
        let own = made(&house, &people_of(&house, Half::First, 60)).await;
        house.advance_days(1).await;
        let cut = Some(house.now() - TimeDelta::hours(12));
        let others = made(&house, &people_of(&house, Half::Second, 60)).await;
        paid(&house, &others, "businesslike").await;
        sleep_until(&house, house.now() + TimeDelta::days(30)).await;
        // Of whom something is still to come, so that every night learns.
        made(&house, &people_of(&house, Half::First, 5)).await;
        let given = create(&house, preferring("empathic")).await;
        house.advance_days(1).await;
        let before = learned(&house).await;
        let (of_own, of_others) = ([None, cut], [cut, None]);
        let to_own = done(&house, &before, of_own).await;
        let to_others = done(&house, &before, of_others).await;
        let expected = done(&house, &given, of_own).await;
        paid(&house, &own, "empathic").await;
        house.advance_days(1).await;
        let after = learned(&house).await;
        assert_ne!(after.version, before.version);
        assert_eq!(done(&house, &after, of_own).await, to_own);
        assert_ne!(done(&house, &after, of_others).await, to_others);
        assert_eq!(done(&house, &given, of_own).await, expected, "nor is the model");
        house.stop().await;
    }

    async fn a_learned_candidate_is_judged_with_the_share_that_it_tries_out(backend: Backend) {
        let house = house(backend).await;
        let all = made(&house, &crate::planting::people(&house, 0.0..1.0, 120)).await;
        paid(&house, &all, "businesslike").await;
        sleep_until(&house, house.now() + TimeDelta::days(30)).await;
        // Of whom something is still to come, so that every night learns.
        made(&house, &people_of(&house, Half::First, 5)).await;
        house.advance_days(1).await;
        let seldom = told_by(&house, &learned(&house).await).await;
        explore(&house, "0.5").await;
        house.advance_days(1).await;
        let often = told_by(&house, &learned(&house).await).await;
        // It leans to one tone; what is drawn evenly is nearer to a log that leaned to none.
        assert!(often > 1.1 * seldom, "{seldom} decisions tell of 5 %, {often} of 50 %");
        house.stop().await;
    }

    async fn an_evaluation_names_what_is_wrong_with_it(backend: Backend) {
        let house = house(backend).await;
        let policy = create(&house, preferring("empathic")).await;
        let unlearned = evaluate(&house, whole(&policy)).await.unwrap_err();
        assert_eq!(reason(&unlearned), "NO_MATURED_OUTCOME");
        let unknown = pb::EvaluatePolicyRequest {
            policy_id: "policy_01jc000000e008000000000001".to_owned(),
            ..Default::default()
        };
        assert_eq!(reason(&evaluate(&house, unknown).await.unwrap_err()), "NOT_FOUND");
        let mut client = house.clients().experimentation();
        let theirs = client.evaluate_policy(house.ask_as_other(Role::Admin, whole(&policy))).await;
        assert_eq!(reason(&theirs.unwrap_err()), "NOT_FOUND");
        let now = Some(timestamp(house.now()));
        let backward = pb::EvaluatePolicyRequest { from: now, until: now, ..whole(&policy) };
        assert_eq!(fields(&evaluate(&house, backward).await.unwrap_err()), ["until"]);
        make_foreign(&house, &policy.policy_id).await;
        let foreign = evaluate(&house, whole(&policy)).await.unwrap_err();
        assert_eq!(reason(&foreign), "FEATURE_VERSION");
        house.stop().await;
    }

    async fn only_decisions_of_the_window_whose_outcome_is_known_count(backend: Backend) {
        let house = house(backend).await;
        let decisions = crate::planting::decided(
            &house,
            &crate::planting::people(&house, 0.0..1.0, 60),
        ).await;
        let policy = create(&house, preferring("empathic")).await;
        assert_eq!(decisions.len(), 60);
        let young = evaluate(&house, whole(&policy)).await.unwrap_err();
        assert_eq!(reason(&young), "NO_MATURED_OUTCOME");
        house.advance_days(29).await;
        let later = crate::planting::people(&house, 0.0..1.0, 40);
        crate::planting::decided(&house, &later).await;
        assert_eq!(evaluate(&house, whole(&policy)).await.unwrap().decisions, 60);
        house.advance_days(29).await;
        assert_eq!(evaluate(&house, whole(&policy)).await.unwrap().decisions, 100);
        let cut = Some(timestamp(house.now() - TimeDelta::days(40)));
        let first = pb::EvaluatePolicyRequest { until: cut, ..whole(&policy) };
        assert_eq!(evaluate(&house, first).await.unwrap().decisions, 60);
        let second = pb::EvaluatePolicyRequest { from: cut, ..whole(&policy) };
        let second = evaluate(&house, second).await.unwrap();
        assert_eq!(second.decisions, 40);
        assert!(second.gate_failures.iter().any(|it| it.starts_with("thin_evidence: ")));
        house.stop().await;
    }
}
