use super::*;
use crate::domain::policy::Contact;
use crate::domain::space::{Factor, LevelExclusion, LevelName, Mask, PairExclusion};
use proptest::prelude::*;

fn name(factor: usize, level: usize) -> LevelName {
    LevelName { factor: format!("f{factor}"), level: format!("l{level}") }
}

fn factors(sizes: &[usize]) -> Vec<Factor> {
    let factor = |(position, size): (usize, &usize)| Factor {
        name: format!("f{position}"),
        levels: (0..*size).map(|level| format!("l{level}")).collect(),
    };
    sizes.iter().enumerate().map(factor).collect()
}

fn every_action(sizes: &[usize]) -> Vec<Vec<usize>> {
    sizes.iter().fold(vec![vec![]], |actions, size| {
        let longer = |action: &Vec<usize>| {
            (0..*size).map(|level| [action.clone(), vec![level]].concat()).collect::<Vec<_>>()
        };
        actions.iter().flat_map(longer).collect()
    })
}

fn learned_policy(seed: u64, sizes: &[usize]) -> Policy {
    let mut stream = DecisionStream::new(seed);
    let mut policy = Policy::default();
    for _ in 0..200 {
        let levels = sizes.iter().enumerate().map(|(factor, size)| {
            let chosen = name(factor, stream.position(&vec![1.0; *size]));
            (chosen.factor, chosen.level)
        });
        let levels = levels.collect();
        let reward = stream.unit();
        policy.statistics.learn(&Contact {
            levels,
            segments: [("planner".to_owned(), stream.unit())].into(),
            reward,
        });
    }
    policy
}

prop_compose! {
    fn masked_space()(
        sizes in prop::collection::vec(1usize..4, 1..5),
        levels in prop::collection::vec((0usize..4, 0usize..3), 0..4),
        pairs in prop::collection::vec((0usize..4, 0usize..3, 0usize..4, 0usize..3), 0..8),
    ) -> (Vec<usize>, MaskedSpace) {
        let known = |factor: usize, level: usize| sizes.get(factor).is_some_and(|s| level < *s);
        let rule_id = "rule".to_owned();
        let levels = levels.into_iter().filter(|(f, l)| known(*f, *l)).map(|(f, l)|
            LevelExclusion { level: name(f, l), rule_id: rule_id.clone() }).collect();
        let pairs = pairs.into_iter()
            .filter(|(f, l, g, m)| f != g && known(*f, *l) && known(*g, *m))
            .map(|(f, l, g, m)| PairExclusion {
                first: name(f, l), second: name(g, m), rule_id: rule_id.clone() })
            .collect();
        let space = MaskedSpace::new(factors(&sizes), &Mask { levels, pairs }).unwrap();
        (sizes, space)
    }
}

proptest! {
    #[test]
    fn propensities_sum_to_one_and_are_zero_for_whatever_is_excluded(
        (sizes, space) in masked_space(), seed: u64,
    ) {
        let policy = learned_policy(seed, &sizes);
        let segments = [("planner".to_owned(), 0.7)].into();
        let question =
            Question { decision_id: "d", space: &space, segments: &segments, protected: false };
        let distribution = Distribution::new(&policy, &question).unwrap();
        let mut sum = distribution.null_propensity();
        for action in every_action(&sizes) {
            let propensity = distribution.joint_propensity(&action);
            prop_assert_eq!(propensity > 0.0, space.permits(&action));
            sum += propensity;
        }
        prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
    }

    #[test]
    fn what_is_decided_is_permitted_and_carries_its_exact_propensities(
        (sizes, space) in masked_space(), seed: u64, id in "[a-z0-9]{8}",
    ) {
        let policy = learned_policy(seed, &sizes);
        let segments = BTreeMap::new();
        let question =
            Question { decision_id: &id, space: &space, segments: &segments, protected: false };
        let distribution = Distribution::new(&policy, &question).unwrap();
        let verdict = decide(&policy, "v", &question).unwrap();
        prop_assert_eq!(&verdict, &decide(&policy, "v", &question).unwrap());
        let Some(action) = verdict.action else {
            prop_assert!(verdict.propensities.joint > 0.0);
            prop_assert_eq!(
                verdict.propensities.joint.to_bits(), verdict.propensities.null.to_bits());
            return Ok(());
        };
        prop_assert!(space.permits(&action));
        let joint = distribution.joint_propensity(&action);
        prop_assert_eq!(verdict.propensities.joint.to_bits(), joint.to_bits());
        for (factor, marginal) in verdict.propensities.marginals.iter().enumerate() {
            let enumerated: f64 = every_action(&sizes).iter()
                .filter(|other| other[factor] == action[factor])
                .map(|other| distribution.joint_propensity(other)).sum();
            prop_assert!((marginal - enumerated).abs() < 1e-9);
        }
    }

    #[test]
    fn a_protected_person_gets_the_best_permitted_action_for_certain(
        (sizes, space) in masked_space(), seed: u64,
    ) {
        let policy = learned_policy(seed, &sizes);
        let segments = BTreeMap::new();
        let question =
            Question { decision_id: "d", space: &space, segments: &segments, protected: true };
        let verdict = decide(&policy, "v", &question).unwrap();
        let means = policy.means(&space, &segments);
        let best = every_action(&sizes).iter().map(|action| weight_of(&space, &means, action))
            .fold(0.0, f64::max);
        let chosen = verdict.action.map_or(0.0, |action| weight_of(&space, &means, &action));
        prop_assert!((chosen - best).abs() < 1e-12);
        prop_assert!((verdict.propensities.joint - 1.0).abs() < f64::EPSILON);
    }
}

#[test]
fn a_mask_that_leaves_nothing_gives_silence_for_certain() {
    let levels = (0..2)
        .map(|level| LevelExclusion { level: name(0, level), rule_id: "budget".to_owned() })
        .collect();
    let mask = Mask { levels, pairs: vec![] };
    let space = MaskedSpace::new(factors(&[2, 3]), &mask).unwrap();
    let segments = BTreeMap::new();
    for protected in [false, true] {
        let question = Question { decision_id: "d", space: &space, segments: &segments, protected };
        let verdict = decide(&Policy::default(), "v", &question).unwrap();
        assert_eq!(verdict, silence(Origin::NothingPermitted, 1.0));
    }
}

#[test]
fn drawn_frequencies_match_the_logged_propensities() {
    let sizes = [2, 3];
    let pair = PairExclusion { first: name(0, 1), second: name(1, 2), rule_id: "r".to_owned() };
    let mask = Mask { levels: vec![], pairs: vec![pair] };
    let space = MaskedSpace::new(factors(&sizes), &mask).unwrap();
    let policy = learned_policy(3, &sizes);
    let segments = BTreeMap::new();
    let mut seen: BTreeMap<Option<Vec<usize>>, (u32, f64)> = BTreeMap::new();
    for draw in 0..20_000 {
        let id = draw.to_string();
        let question =
            Question { decision_id: &id, space: &space, segments: &segments, protected: false };
        let verdict = decide(&policy, "v", &question).unwrap();
        let entry = seen.entry(verdict.action).or_insert((0, verdict.propensities.joint));
        entry.0 += 1;
    }
    assert_eq!(seen.len(), 6);
    for (count, propensity) in seen.values() {
        let frequency = f64::from(*count) / 20_000.0;
        assert!((frequency - propensity).abs() < 0.015, "{frequency} {propensity}");
    }
}

#[test]
fn the_whole_grid_of_the_messaging_catalogue_is_decided_exactly() {
    let sizes = [5, 6, 8, 12, 6, 2];
    let pair = |f, l, g, m| PairExclusion {
        first: name(f, l),
        second: name(g, m),
        rule_id: "r".to_owned(),
    };
    let pairs = vec![
        pair(0, 1, 2, 3),
        pair(0, 2, 3, 5),
        pair(1, 4, 2, 6),
        pair(1, 5, 5, 1),
        pair(2, 0, 4, 3),
    ];
    let space = MaskedSpace::new(factors(&sizes), &Mask { levels: vec![], pairs }).unwrap();
    let policy = learned_policy(11, &sizes);
    let segments = BTreeMap::new();
    let question =
        Question { decision_id: "d", space: &space, segments: &segments, protected: false };
    let distribution = Distribution::new(&policy, &question).unwrap();
    let sum: f64 = every_action(&sizes).iter().map(|a| distribution.joint_propensity(a)).sum();
    assert!((sum + distribution.null_propensity() - 1.0).abs() < 1e-9);
}
