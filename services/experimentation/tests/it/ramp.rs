use kulanz_chassis::Role;
use kulanz_policy::Edges;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{Backend, House, on_both_backends, reason};

use crate::asking::decide_batch;
use crate::experimenting::person;
use crate::house;
use crate::objectives::tolerate;
use crate::planting::{
    against, create, decided, happened, make_foreign, patiently, people, planted, planted_with,
    policy, preferring, preferring_by, promote, promotion, question,
};

/// How many of a hundred pay and complain.
#[derive(Clone, Copy)]
struct Fate {
    pay: usize,
    complain: usize,
}

const USUAL: Fate = Fate { pay: 40, complain: 0 };

/// 200 people on either side of any ramp are decided about; what becomes of those under the policy and of the
/// others. Gives the decisions under the policy, and the others.
async fn step(house: &House, of_policy: Fate, of_static: Fate) -> [Vec<pb::Decision>; 2] {
    let [first, second] = [0.0..0.05, 0.9..1.0].map(|place| people(house, place, 200));
    fated(house, [(&first, of_policy), (&second, of_static)]).await
}

/// These people are decided about; what becomes of them. Gives the decisions of either side.
async fn fated(house: &House, sides: [(&Vec<String>, Fate); 2]) -> [Vec<pb::Decision>; 2] {
    let mut both = Vec::new();
    for (people, fate) in sides {
        let decisions = decided(house, people).await;
        let mut happenings = Vec::new();
        for (number, decision) in decisions.iter().enumerate() {
            happenings.push((decision, "sent", 0));
            if number * 37 % 100 < fate.pay {
                happenings.push((decision, "payment", 10_000));
            }
            if number * 41 % 100 < fate.complain {
                happenings.push((decision, "complaint", 0));
            }
        }
        happened(house, &happenings).await;
        both.push(decisions);
    }
    both.try_into().unwrap()
}

async fn live(house: &House) -> pb::Policy {
    live_with(house, preferring("businesslike")).await
}

async fn live_with(house: &House, content: Vec<u8>) -> pb::Policy {
    planted(house).await;
    let candidate = create(house, content).await;
    promote(house, &candidate).await.unwrap()
}

/// 200 people who owe so much are decided about.
async fn asked_about_debts(house: &House, euros: i64) {
    for some in people(house, 0.0..1.0, 200).chunks(100) {
        let ask = |person: &String| {
            let mut question = question(house, person);
            let balance = question.context.as_mut().and_then(|context| context.balance.as_mut());
            balance.expect("a balance").minor_units = euros * 100;
            question
        };
        decide_batch(house, some.iter().map(ask).collect()).await.unwrap();
    }
}

/// What is out of order after people who owe 2,000 euros were followed by others who owe twice as much.
async fn alarms_after_larger_debts(backend: Backend, edges: Edges) -> Vec<String> {
    let house = house(backend).await;
    let promoted = live_with(&house, preferring_by("businesslike", edges)).await;
    asked_about_debts(&house, 2_000).await;
    house.advance_days(20).await;
    asked_about_debts(&house, 4_000).await;
    house.advance_days(1).await;
    let alarms = policy(&house, &promoted.policy_id).await.health.unwrap().alarms;
    house.stop().await;
    alarms
}

async fn stop(house: &House, policy: &pb::Policy) -> pb::Policy {
    let request = pb::StopPolicyRequest {
        request_id: house.request_id(),
        policy_id: policy.policy_id.clone(),
        reason: "too bold".to_owned(),
    };
    let mut client = house.clients().experimentation();
    let stopped = client.stop_policy(house.ask(Role::Admin, request)).await.unwrap();
    stopped.into_inner().policy.expect("a policy")
}

/// What is known after the second step, in which either the people of the first are decided about again or others,
/// with whom it goes as it went with them.
async fn width_after_two_steps(backend: Backend, again: bool) -> f64 {
    let house = house(backend).await;
    let promoted = live(&house).await;
    let good = Fate { pay: 90, complain: 0 };
    let [first, second] = [0.0..0.05, 0.9..1.0].map(|place| people(&house, place, 200));
    fated(&house, [(&first, good), (&second, USUAL)]).await;
    house.advance_days(8).await;
    let [first, second] = if again {
        [first, second]
    } else {
        [0.0..0.05, 0.9..1.0].map(|place| people(&house, place, 200))
    };
    assert_eq!(policy(&house, &promoted.policy_id).await.share, "0.2");
    fated(&house, [(&first, good), (&second, USUAL)]).await;
    house.advance_days(30).await;
    let health = policy(&house, &promoted.policy_id).await.health.unwrap();
    assert_eq!((health.units, health.static_units), (400, 400));
    house.stop().await;
    health.upper - health.lower
}

on_both_backends! {
    async fn a_good_policy_comes_to_decide_for_ninety_of_a_hundred_within_weeks(backend: Backend) {
        let house = house(backend).await;
        let promoted = live(&house).await;
        assert_eq!((promoted.state(), promoted.share.as_str()), (pb::PolicyState::Live, "0.05"));
        for (share, next) in [("0.05", "0.2"), ("0.2", "0.5"), ("0.5", "0.9")] {
            let sides = step(&house, Fate { pay: 90, complain: 0 }, USUAL).await;
            for (side, of_policy) in sides.iter().zip([true, false]) {
                assert!(side.iter().all(|it| it.policy_share == share));
                assert!(side.iter().all(|it| (it.policy_version == promoted.version) == of_policy));
            }
            house.advance_days(6).await;
            assert_eq!(policy(&house, &promoted.policy_id).await.share, share, "too soon");
            house.advance_days(1).await;
            let standing = policy(&house, &promoted.policy_id).await;
            assert_eq!((standing.state(), standing.share.as_str()), (pb::PolicyState::Live, next));
            let health = standing.health.unwrap();
            assert!(health.gate_known && health.gate_lower > 0.0 && !health.value_known, "{health:?}");
        }
        house.advance_days(29).await;
        let health = policy(&house, &promoted.policy_id).await.health.unwrap();
        assert!(health.value_known && health.lower > 0.0, "{health:?}");
        assert_eq!((health.units, health.static_units), (600, 600));
        house.stop().await;
    }

    async fn a_policy_that_annoys_or_recovers_less_is_taken_out_of_use_with_the_numbers(backend: Backend) {
        let house = house(backend).await;
        let promoted = live(&house).await;
        step(&house, Fate { complain: 20, ..USUAL }, USUAL).await;
        house.advance_days(1).await;
        let killed = policy(&house, &promoted.policy_id).await;
        assert_eq!(killed.state(), pb::PolicyState::Retired);
        assert!(killed.stop_reason.starts_with("more_harm: "), "{}", killed.stop_reason);
        assert!(killed.health.unwrap().harm_lower > 0.002);
        let candidate = create(&house, preferring("businesslike")).await;
        let promoted = promote(&house, &candidate).await.unwrap();
        step(&house, Fate { pay: 30, complain: 0 }, Fate { pay: 90, complain: 0 }).await;
        house.advance_days(27).await;
        assert_eq!(policy(&house, &promoted.policy_id).await.state(), pb::PolicyState::Live);
        house.advance_days(2).await;
        let killed = policy(&house, &promoted.policy_id).await;
        assert_eq!(killed.state(), pb::PolicyState::Retired);
        assert!(killed.stop_reason.starts_with("recovers_less: "), "{}", killed.stop_reason);
        let health = killed.health.unwrap();
        assert!(health.upper < -0.02 && health.value_known);
        // It expected four in five to pay, and fewer than one in three did.
        assert_eq!(health.alarms, ["calibration:channel=email"]);
        let after = decided(&house, &people(&house, 0.0..0.05, 5)).await;
        assert!(after.iter().all(|it| it.policy_version != promoted.version && it.policy_share.is_empty()));
        house.stop().await;
    }

    async fn larger_debts_are_other_people_by_the_amounts_that_the_policy_tells_apart(backend: Backend) {
        let apart = Edges { balance: [1_000.0, 3_000.0], ..Edges::default() };
        assert_eq!(alarms_after_larger_debts(backend, apart).await, ["context:balance"]);
        assert!(alarms_after_larger_debts(backend, Edges::default()).await.is_empty());
    }

    async fn a_promotion_that_cannot_be_says_why_and_changes_nothing(backend: Backend) {
        let house = house(backend).await;
        let mut client = house.clients().experimentation();
        let early = create(&house, preferring("businesslike")).await;
        assert_eq!(reason(&promote(&house, &early).await.unwrap_err()), "NO_MATURED_OUTCOME");
        planted(&house).await;
        let bad = create(&house, preferring("empathic")).await;
        let refused = promote(&house, &bad).await.unwrap_err();
        assert_eq!(reason(&refused), "GATE_NOT_PASSED");
        assert_eq!(against(&refused), ["below_incumbent"]);
        assert_eq!(policy(&house, &bad.policy_id).await, bad);
        let stale = pb::Policy { etag: "1-live".to_owned(), ..early.clone() };
        assert_eq!(reason(&promote(&house, &stale).await.unwrap_err()), "ETAG_MISMATCH");
        let unknown = pb::Policy { policy_id: "policy_01jc000000e008000000000001".to_owned(), ..early.clone() };
        assert_eq!(reason(&promote(&house, &unknown).await.unwrap_err()), "NOT_FOUND");
        let theirs = client.promote_policy(house.ask_as_other(Role::Admin, promotion(&house, &early))).await;
        assert_eq!(reason(&theirs.unwrap_err()), "NOT_FOUND");
        make_foreign(&house, &bad.policy_id).await;
        assert_eq!(reason(&promote(&house, &bad).await.unwrap_err()), "FEATURE_VERSION");
        house.stop().await;
    }

    async fn a_wide_gate_lets_in_what_is_in_doubt_and_the_ramp_as_many_as_it_may_cost_little(backend: Backend) {
        let house = house(backend).await;
        planted_with(&house, 32, 40).await;
        house.advance_days(29).await;
        let candidate = create(&house, preferring("businesslike")).await;
        let refused = promote(&house, &candidate).await.unwrap_err();
        assert_eq!(against(&refused), ["below_incumbent"]);
        tolerate(&house, pb::PolicyGate::Wide).await;
        let promoted = promote(&house, &candidate).await.unwrap();
        let health = promoted.health.clone().unwrap();
        assert!(health.gate_known && (-0.2..-0.08).contains(&health.gate_lower), "{health:?}");
        step(&house, USUAL, USUAL).await;
        house.advance_days(30).await;
        // A fifth of the people may be so much worse off, half of them may not.
        let standing = policy(&house, &promoted.policy_id).await;
        assert_eq!((standing.state(), standing.share.as_str()), (pb::PolicyState::Live, "0.2"));
        house.stop().await;
    }

    async fn a_policy_is_promoted_once_beside_no_other_and_decides_for_nobody_who_is_held_out(backend: Backend) {
        let house = house(backend).await;
        planted(&house).await;
        let candidate = create(&house, preferring("businesslike")).await;
        let mut client = house.clients().experimentation();
        let request = promotion(&house, &candidate);
        let mut twice = Vec::new();
        for _ in 0..2 {
            let asked = patiently(house.ask(Role::Admin, request.clone()));
            twice.push(client.promote_policy(asked).await.unwrap().into_inner());
        }
        assert_eq!(twice[0], twice[1]);
        let promoted = twice[0].policy.clone().unwrap();
        let other = create(&house, preferring("businesslike")).await;
        for live in [&other, &promoted] {
            assert_eq!(reason(&promote(&house, live).await.unwrap_err()), "POLICY_STATE");
        }
        let held: Vec<String> = (0..40).map(|_| person(&house, true)).collect();
        let held = decided(&house, &held).await;
        assert!(held.iter().all(|it| it.policy_version != promoted.version));
        let stopped = stop(&house, &promoted).await;
        assert_eq!((stopped.state(), stopped.stop_reason.as_str()), (pb::PolicyState::Retired, "too bold"));
        let after = decided(&house, &people(&house, 0.0..0.05, 5)).await;
        assert!(after.iter().all(|it| it.policy_version != promoted.version));
        house.stop().await;
    }
}

/// The arithmetic is the same on both databases; hundreds of nights on each take minutes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_come_again_in_the_next_step_tell_less_than_others_would() {
    let others = width_after_two_steps(Backend::Embedded, false).await;
    let again = width_after_two_steps(Backend::Embedded, true).await;
    assert!(again > 1.3 * others && again < 1.5 * others, "{again} beside {others}");
}

/// Whoever comes under the policy with the second step pays like those who were under it from the first one: beside
/// them the policy would seem to do little.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_a_policy_comes_to_decide_for_later_is_not_what_it_is_compared_with() {
    let house = house(Backend::Embedded).await;
    let promoted = live(&house).await;
    let good = Fate { pay: 90, complain: 0 };
    let [first, later, never] =
        [0.0..0.05, 0.05..0.2, 0.9..1.0].map(|place| people(&house, place, 200));
    fated(&house, [(&first, good), (&never, USUAL)]).await;
    fated(&house, [(&later, good), (&Vec::new(), USUAL)]).await;
    house.advance_days(30).await;
    let health = policy(&house, &promoted.policy_id).await.health.unwrap();
    assert_eq!((health.units, health.static_units), (200, 200));
    // 90 of a hundred instead of 40; with the others 65, and a bit more than a third instead.
    assert!(f64::midpoint(health.lower, health.upper) > 1.0, "{health:?}");
    house.stop().await;
}
