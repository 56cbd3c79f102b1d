use super::*;
use crate::credit::{Credit, Decided};
use crate::delay::{HORIZON_DAYS, MILESTONES};
use crate::random::DecisionStream;
use crate::schema::{Context, Edges, SchemaFactor};
use crate::space::{Factor, Space};
use proptest::prelude::*;

/// A small schema, so that a property can be tried often.
pub(super) fn small() -> Schema {
    let factor = |name: &str, levels: &[&str], tau| SchemaFactor {
        factor: Factor {
            name: name.to_owned(),
            levels: levels.iter().map(ToString::to_string).collect(),
        },
        tau,
    };
    Schema {
        factors: vec![
            factor("channel", &["email", "sms"], 0.2),
            factor("tone", &["plain", "warm", "short"], 0.05),
        ],
        personas: vec!["planner".to_owned()],
        pairs: vec![(0, 1)],
        edges: Edges::default(),
    }
}

fn context() -> Context {
    Context { balance: 300.0, age_days: 50.0, contacts: 2.0, open_claims: 1.0 }
}

/// Features of a decision with a random action and membership.
pub(super) fn some_features(schema: &Schema, stream: &mut DecisionStream) -> Features {
    let people = [("planner".to_owned(), stream.unit())].into();
    let situation = schema.situation(&people, &context()).unwrap();
    let mut levels = Vec::new();
    for known in &schema.factors {
        let level = usize::from(stream.bit((1 << known.factor.levels.len()) - 1));
        levels.push((known.factor.name.as_str(), known.factor.levels[level].as_str()));
    }
    schema.features(&situation, levels)
}

fn closeness(left: &[f64], right: &[f64]) -> f64 {
    let gap = |(l, r): (&f64, &f64)| (l - r).abs() / l.abs().max(r.abs()).max(1e-3);
    left.iter().zip(right).map(gap).fold(0.0, f64::max)
}

fn information(learner: &Learner) -> (&[f64], &[f64]) {
    let posterior = &learner.subjects[&Objective::Paid].posterior;
    (&posterior.information, &posterior.located)
}

fn assert_same(left: &Learner, right: &Learner) {
    let ((a, eta), (b, other)) = (information(left), information(right));
    assert!(closeness(a, b) < 1e-9 && closeness(eta, other) < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_added_and_removed_was_never_there(
        seed: u64, kept in prop::collection::vec(any::<bool>(), 1..60),
    ) {
        let schema = small();
        let mut stream = DecisionStream::new(seed);
        let (mut all, mut never) = (Learner::new(schema.clone()), Learner::new(schema.clone()));
        let mut taken_back = Vec::new();
        for keep in kept {
            let features = some_features(&schema, &mut stream);
            let (base, outcome, weight) =
                (stream.unit(), f64::from(u8::from(stream.unit() < 0.3)), stream.unit());
            let receipt = all.learn(Objective::Paid, &features, base, outcome, weight).unwrap();
            if keep {
                never.learn(Objective::Paid, &features, base, outcome, weight).unwrap();
            } else {
                taken_back.push((features, receipt));
            }
        }
        for (features, receipt) in taken_back {
            all.remove(Objective::Paid, &features, receipt);
        }
        assert_same(&all, &never);
    }

    #[test]
    fn shards_add_up_to_the_whole(seed: u64) {
        let schema = small();
        let mut stream = DecisionStream::new(seed);
        let mut shards = [Learner::new(schema.clone()), Learner::new(schema.clone())];
        let mut whole = Learner::new(schema.clone());
        for turn in 0..40 {
            let features = some_features(&schema, &mut stream);
            let outcome = stream.unit();
            shards[turn % 2].learn(Objective::Paid, &features, 0.1, outcome, 1.0).unwrap();
            whole.learn(Objective::Paid, &features, 0.1, outcome, 1.0).unwrap();
        }
        let [mut joined, second] = shards;
        joined.merge(&second, 1.0).unwrap();
        assert_same(&joined, &whole);
    }

    #[test]
    fn late_money_leaves_one_success_and_a_return_leaves_the_failure(
        seed: u64, milestones in 0usize..4,
    ) {
        let schema = small();
        let features = some_features(&schema, &mut DecisionStream::new(seed));
        let decided = Decided { features: &features, base_rate: 0.1, channel: "sms" };
        let (mut learner, mut credit) = (Learner::new(schema.clone()), Credit::new(Objective::Paid));
        for days in &MILESTONES[..milestones] {
            learner.wait(&mut credit, &decided, *days).unwrap();
        }
        learner.succeed(&mut credit, &decided, 1.0).unwrap();
        let mut paid = Learner::new(schema.clone());
        paid.learn(Objective::Paid, &features, 0.1, 1.0, 1.0).unwrap();
        assert_same(&learner, &paid);
        learner.wait(&mut credit, &decided, HORIZON_DAYS).unwrap();
        assert_same(&learner, &paid);

        learner.reverse(&mut credit, &decided, HORIZON_DAYS).unwrap();
        let mut unpaid = Learner::new(schema.clone());
        unpaid.learn(Objective::Paid, &features, 0.1, 0.0, 1.0).unwrap();
        assert_same(&learner, &unpaid);
        learner.forget(&mut credit, &features);
        assert_same(&learner, &Learner::new(schema));
    }
}

#[test]
fn a_contact_before_the_next_one_counts_once_and_its_late_money_in_full() {
    let schema = small();
    let features = some_features(&schema, &mut DecisionStream::new(1));
    let decided = Decided { features: &features, base_rate: 0.1, channel: "sms" };
    let (mut learner, mut credit) = (Learner::new(schema.clone()), Credit::new(Objective::Paid));
    let so_far = learner.delay.paid_by("sms", 7);
    learner.wait(&mut credit, &decided, 7).unwrap();
    learner.pass_on(&mut credit, &decided, 7, 0.3).unwrap();
    let mut passed = Learner::new(schema.clone());
    let outcome = 0.3 * (1.0 - so_far);
    passed.learn(Objective::Paid, &features, 0.1, outcome, 1.0).unwrap();
    assert_same(&learner, &passed);
    learner.wait(&mut credit, &decided, HORIZON_DAYS).unwrap();
    assert_same(&learner, &passed);

    learner.succeed(&mut credit, &decided, 1.0).unwrap();
    learner.pass_on(&mut credit, &decided, 7, 0.3).unwrap();
    let mut paid = Learner::new(schema);
    paid.learn(Objective::Paid, &features, 0.1, 1.0, 1.0).unwrap();
    assert_same(&learner, &paid);
}

#[test]
fn a_log_that_is_learned_anew_around_what_was_found_comes_nearer_to_what_happened() {
    let schema = small();
    let mut learner = Learner::new(schema.clone());
    // Far off: what is expected beforehand says that everybody pays.
    learner.prefer([&LevelName::new("channel", "sms"), &LevelName::new("tone", "plain")], 8.0);
    let person = schema.situation(&[("planner".to_owned(), 1.0)].into(), &context()).unwrap();
    let features = schema.features(&person, [("channel", "sms"), ("tone", "plain")]);
    let mut off = Vec::new();
    for step in 0..4 {
        learner = learner.emptied();
        for place in 0..3_000 {
            let outcome = f64::from(u8::from(place % 10 == 0));
            learner.learn(Objective::Paid, &features, 0.1, outcome, 1.0).unwrap();
        }
        learner.refresh(&Dials { seed: step, ..Dials::default() }).unwrap();
        off.push(features.dot(&learner.subjects[&Objective::Paid].posterior.mean).abs());
    }
    assert!(off[0] > 0.1 && off[3] < 0.02, "{off:?}");
    assert!(off.is_sorted_by(|before, after| before >= after), "{off:?}");
}

#[test]
fn what_a_propensity_is_off_by_is_not_taken_for_an_effect_of_contact() {
    let schema = small();
    let (mut learner, mut stream) = (Learner::new(schema.clone()), DecisionStream::new(1));
    // Half as many pay as was expected of them, whatever is said.
    for place in 0..4_000 {
        let features = some_features(&schema, &mut stream);
        let outcome = f64::from(u8::from(place % 20 == 0));
        learner.learn(Objective::Paid, &features, 0.1, outcome, 1.0).unwrap();
    }
    learner.refresh(&Dials::default()).unwrap();
    let mean = &learner.subjects[&Objective::Paid].posterior.mean;
    let (person, contact) = (mean[0], mean[schema.contact_block()]);
    assert!(person < -0.4 && contact > 0.1, "{person} {contact}");
}

#[test]
fn a_success_that_is_no_number_changes_nothing() {
    let schema = small();
    let features = some_features(&schema, &mut DecisionStream::new(1));
    let decided = Decided { features: &features, base_rate: 0.1, channel: "sms" };
    let (mut learner, mut credit) = (Learner::new(schema), Credit::new(Objective::Paid));
    learner.wait(&mut credit, &decided, 3).unwrap();
    let (before, kept) = (learner.clone(), credit);
    let refused = learner.succeed(&mut credit, &decided, f64::NAN);
    assert_eq!(refused, Err(SituationError::NotFinite("outcome".to_owned())));
    assert_eq!(credit, kept);
    assert_same(&learner, &before);
    let base = learner.learn(Objective::Paid, &features, 1.5, 0.0, 1.0);
    assert_eq!(base, Err(SituationError::OutOfRange("base rate".to_owned())));
}

#[test]
fn without_evidence_all_levels_are_equal_and_sizes_stay_as_expected() {
    let mut learner = Learner::new(Schema::default());
    let start = learner.subjects[&Objective::Paid].tau.clone();
    let policy = learner.refresh(&Dials::default()).unwrap();
    let means = policy.means(Objective::Paid).unwrap();
    let contact = learner.schema.contact_block();
    for (feature, mean) in means.iter().enumerate().filter(|(feature, _)| *feature != contact) {
        assert!(mean.abs() < 1e-6, "{feature} {mean}");
    }
    for (group, tau) in &learner.subjects[&Objective::Paid].tau {
        assert!((tau / start[group] - 1.0).abs() < 0.4, "{group:?} {tau}");
    }
}

#[test]
fn a_level_that_brings_money_is_believed_to() {
    let schema = small();
    let mut learner = Learner::new(schema.clone());
    let mut stream = DecisionStream::new(9);
    let situation = schema.situation(&BTreeMap::new(), &context()).unwrap();
    for _ in 0..3_000 {
        let sms = stream.unit() < 0.5;
        let levels = [("channel", if sms { "sms" } else { "email" }), ("tone", "plain")];
        let outcome = f64::from(u8::from(stream.unit() < if sms { 0.2 } else { 0.1 }));
        let features = schema.features(&situation, levels);
        learner.learn(Objective::Paid, &features, 0.15, outcome, 1.0).unwrap();
    }
    let policy = learner.refresh(&Dials::default()).unwrap();
    let mean = |level| {
        let features = schema.features(&situation, [("channel", level), ("tone", "plain")]);
        features.dot(
            &policy
                .means(Objective::Paid)
                .unwrap()
                .iter()
                .map(|m| f64::from(*m))
                .collect::<Vec<_>>(),
        )
    };
    assert!(mean("sms") > mean("email") + 0.2, "{} {}", mean("sms"), mean("email"));
}

#[test]
fn the_same_state_and_seed_make_the_same_policy() {
    let schema = small();
    let learn = || {
        let mut learner = Learner::new(schema.clone());
        let mut stream = DecisionStream::new(4);
        for _ in 0..50 {
            let features = some_features(&schema, &mut stream);
            learner.learn(Objective::Harm, &features, 0.02, stream.unit().round(), 1.0).unwrap();
        }
        learner
    };
    let refresh = |seed| learn().refresh(&Dials { seed, ..Dials::default() }).unwrap();
    assert_eq!(refresh(1), refresh(1));
    assert_ne!(refresh(1).version(), refresh(2).version());
    assert!(refresh(1).means(Objective::Harm).is_some());
}

#[test]
fn more_removed_than_learned_is_refused() {
    let schema = small();
    let features = some_features(&schema, &mut DecisionStream::new(2));
    let mut learner = Learner::new(schema);
    learner.remove(Objective::Paid, &features, Receipt { s1: 1e6, s2: 0.0 });
    let refused = learner.refresh(&Dials::default());
    assert_eq!(refused, Err(RefreshError::NotPositiveDefinite(Objective::Paid)));
}

#[test]
fn a_wider_schema_keeps_what_was_learned() {
    let schema = small();
    let mut learner = Learner::new(schema.clone());
    let mut stream = DecisionStream::new(6);
    for _ in 0..200 {
        let features = some_features(&schema, &mut stream);
        learner.learn(Objective::Paid, &features, 0.2, stream.unit().round(), 1.0).unwrap();
    }
    let factor =
        |name: &str, level: &str| Factor { name: name.to_owned(), levels: vec![level.to_owned()] };
    let space = Space::new(vec![factor("channel", "fax"), factor("paper", "recycled")]).unwrap();
    let mut wider = learner.widened(schema.extended(&space)).unwrap();
    assert_eq!(wider.merge(&learner, 1.0), Err(OtherFeatures));
    let before = learner.refresh(&Dials::default()).unwrap();
    let after = wider.refresh(&Dials::default()).unwrap();
    let names = after.schema().feature_names();
    let means = after.means(Objective::Paid).unwrap();
    for (name, mean) in schema.feature_names().iter().zip(before.means(Objective::Paid).unwrap()) {
        let there = means[names.iter().position(|known| known == name).unwrap()];
        assert!((there - mean).abs() < 1e-6, "{name}: {mean} became {there}");
    }
    assert_eq!(learner.widened(Schema::default()), Err(OtherFeatures));
}
