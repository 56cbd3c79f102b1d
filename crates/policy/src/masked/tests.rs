use super::*;
use crate::space::{Factor, LevelExclusion, PairExclusion};
use proptest::prelude::*;

fn name(factor: usize, level: usize) -> LevelName {
    LevelName::new(&format!("f{factor}"), &format!("l{level}"))
}

fn space(sizes: &[usize]) -> Space {
    let factor = |(position, size): (usize, &usize)| Factor {
        name: format!("f{position}"),
        levels: (0..*size).map(|level| format!("l{level}")).collect(),
    };
    Space::new(sizes.iter().enumerate().map(factor).collect()).unwrap()
}

fn pair(first: LevelName, second: LevelName) -> PairExclusion {
    PairExclusion { first, second, rule_id: "r".to_owned() }
}

fn every_action(sizes: &[usize]) -> Vec<Action> {
    let actions = sizes.iter().fold(vec![vec![]], |actions: Vec<Vec<usize>>, size| {
        let longer = |action: &Vec<usize>| {
            (0..*size).map(|level| [action.clone(), vec![level]].concat()).collect::<Vec<_>>()
        };
        actions.iter().flat_map(longer).collect()
    });
    actions.iter().map(|levels| Action::new(levels).unwrap()).collect()
}

/// A count, which is a whole number.
fn number(count: f64) -> usize {
    format!("{count}").parse().unwrap()
}

prop_compose! {
    fn masks()(
        sizes in prop::collection::vec(1usize..4, 1..5),
        levels in prop::collection::vec((0usize..4, 0usize..3), 0..4),
        pairs in prop::collection::vec((0usize..4, 0usize..3, 0usize..4, 0usize..3), 0..10),
    ) -> (Vec<usize>, Masked) {
        let known = |factor: usize, level: usize| sizes.get(factor).is_some_and(|s| level < *s);
        let levels = levels.into_iter().filter(|(f, l)| known(*f, *l)).map(|(f, l)|
            LevelExclusion { level: name(f, l), rule_id: "r".to_owned() }).collect();
        let pairs = pairs.into_iter()
            .filter(|(f, l, g, m)| f != g && known(*f, *l) && known(*g, *m))
            .map(|(f, l, g, m)| pair(name(f, l), name(g, m))).collect();
        let masked = Masked::new(&space(&sizes), &Mask { levels, pairs }).unwrap();
        (sizes, masked)
    }
}

proptest! {
    #[test]
    fn counting_agrees_with_walking_through_every_action((sizes, masked) in masks()) {
        let permitted: Vec<Action> =
            every_action(&sizes).into_iter().filter(|action| masked.permits(action)).collect();
        prop_assert_eq!(number(masked.count()), permitted.len());
        for (factor, size) in sizes.iter().enumerate() {
            for level in 0..*size {
                let with = permitted.iter().filter(|action| action.level(factor) == level).count();
                prop_assert_eq!(number(masked.count_with(factor, level)), with);
            }
        }
    }

    #[test]
    fn an_even_draw_is_permitted((sizes, masked) in masks(), seed: u64) {
        prop_assume!(masked.count() > 0.0);
        let action = masked.draw(&mut DecisionStream::new(seed));
        prop_assert!(masked.permits(&action), "{:?} {:?}", sizes, action);
    }
}

#[test]
fn every_permitted_action_is_drawn_equally_often() {
    let pairs = vec![pair(name(0, 1), name(1, 2)), pair(name(1, 0), name(2, 0))];
    let masked = Masked::new(&space(&[2, 3, 2]), &Mask { levels: vec![], pairs }).unwrap();
    let mut stream = DecisionStream::new(5);
    let mut seen = std::collections::BTreeMap::<Action, u32>::new();
    for _ in 0..40_000 {
        *seen.entry(masked.draw(&mut stream)).or_default() += 1;
    }
    assert_eq!(seen.len(), number(masked.count()));
    let expected = 40_000.0 / masked.count();
    for count in seen.values() {
        assert!((f64::from(*count) - expected).abs() < 4.0 * expected.sqrt(), "{count} {expected}");
    }
}

#[test]
fn a_mask_must_name_levels_of_the_space_two_factors_and_its_rule() {
    let space = space(&[2, 2]);
    let excluded = |level: LevelName, rule_id: &str| {
        let exclusion = LevelExclusion { level, rule_id: rule_id.to_owned() };
        Masked::new(&space, &Mask { levels: vec![exclusion], pairs: vec![] })
    };
    assert_eq!(excluded(name(0, 7), "r"), Err(SpaceError::UnknownLevel(name(0, 7))));
    assert_eq!(excluded(name(0, 1), ""), Err(SpaceError::RuleMissing));
    let within = Mask { levels: vec![], pairs: vec![pair(name(0, 0), name(0, 1))] };
    assert_eq!(Masked::new(&space, &within), Err(SpaceError::PairWithinFactor("f0".to_owned())));
}

#[test]
fn pairs_that_tie_too_much_together_are_refused() {
    let sizes = [64; 8];
    let pairs = (0..8).flat_map(|f| (f + 1..8).map(move |g| pair(name(f, 0), name(g, 0))));
    let mask = Mask { levels: vec![], pairs: pairs.collect() };
    assert_eq!(Masked::new(&space(&sizes), &mask), Err(SpaceError::TooEntangled));
}
