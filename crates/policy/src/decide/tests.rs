mod grid;

use std::collections::BTreeMap;

use super::*;
use crate::learner::{Dials, Learner};
use crate::masked::bits;
use crate::objective::{Aims, Expectation, Objective};
use crate::policy::{DRAWS, Settings};
use crate::schema::{Context, Edges, Schema, SchemaFactor};
use crate::space::{Action, Factor, LevelExclusion, LevelName, Mask, PairExclusion, Space};
use proptest::prelude::*;

fn factors(sizes: &[usize]) -> Vec<Factor> {
    let factor = |(position, size): (usize, &usize)| Factor {
        name: format!("f{position}"),
        levels: (0..*size).map(|level| format!("l{level}")).collect(),
    };
    sizes.iter().enumerate().map(factor).collect()
}

/// A schema over these sizes that knows all pairs of neighbours and of the first with all.
fn schema(sizes: &[usize]) -> Schema {
    let pairs =
        (0..sizes.len()).flat_map(|low| (low + 1..sizes.len()).map(move |high| (low, high)));
    Schema {
        factors: factors(sizes)
            .into_iter()
            .map(|factor| SchemaFactor { factor, tau: 0.2 })
            .collect(),
        personas: vec!["planner".to_owned(), "waiter".to_owned()],
        pairs: pairs.filter(|(low, high)| *low == 0 || high - low == 1).collect(),
        edges: Edges::default(),
    }
}

/// A policy that learned random outcomes of two objectives.
fn learned(schema: Schema, seed: u64, outcomes: usize) -> Policy {
    let mut stream = DecisionStream::new(seed);
    let mut learner = Learner::new(schema.clone());
    for _ in 0..outcomes {
        let situation = situation(&schema, stream.unit());
        let level = |known: &SchemaFactor, stream: &mut DecisionStream| {
            usize::from(stream.bit(u64::MAX >> (64 - known.factor.levels.len())))
        };
        let levels: Vec<(&str, &str)> = schema
            .factors
            .iter()
            .map(|known| {
                let at = level(known, &mut stream);
                (known.factor.name.as_str(), known.factor.levels[at].as_str())
            })
            .collect();
        let features = schema.features(&situation, levels);
        for objective in [Objective::Paid, Objective::Harm] {
            learner.learn(objective, &features, 0.3, stream.unit().round(), 1.0).unwrap();
        }
    }
    learner.refresh(&Dials { seed, ..Dials::default() }).unwrap()
}

fn situation(schema: &Schema, planner: f64) -> Situation {
    let context = Context { balance: 400.0, age_days: 80.0, contacts: 0.0, open_claims: 2.0 };
    let people = BTreeMap::from([("planner".to_owned(), planner)]);
    schema.situation(&people, &context).unwrap()
}

fn weights() -> Weights {
    let expected = Expectation { balance: 400.0, share: 0.7, paid: 0.1, harm: 0.05, kept: 0.5 };
    Aims::default().weights(&expected).unwrap()
}

/// Everything a question borrows.
#[derive(Debug)]
struct Asked {
    policy: Policy,
    plan: Plan,
    mask: Masked,
    situation: Situation,
    weights: Weights,
    costs: Costs,
}

impl Asked {
    fn new(policy: Policy, space: Space, mask: &Mask) -> Self {
        let plan = Plan::new(&policy, space).unwrap();
        let costs = BTreeMap::from([(LevelName::new("f0", "l0"), 0.7)]);
        Self {
            mask: plan.mask(mask).unwrap(),
            situation: situation(policy.schema(), 0.6),
            weights: weights(),
            costs: plan.costs(&costs).unwrap(),
            plan,
            policy,
        }
    }

    fn question<'a>(&'a self, decision_id: &'a str, protected: bool) -> Question<'a> {
        Question {
            decision_id,
            mask: &self.mask,
            situation: &self.situation,
            weights: &self.weights,
            costs: &self.costs,
            silence: 0.0,
            protected,
        }
    }

    fn distribution(&self, protected: bool) -> Distribution<'_> {
        let question = self.question("d", protected);
        let mut scratch = Scratch::default();
        Distribution::new(&self.policy, &self.plan, &question, &mut scratch).unwrap()
    }

    fn decide(&self, id: &str, protected: bool) -> Verdict {
        let mut scratch = Scratch::default();
        decide(&self.policy, &self.plan, &self.question(id, protected), &mut scratch).unwrap()
    }

    fn every_action(&self) -> Vec<Action> {
        let every = |actions: Vec<Vec<usize>>, size: usize| {
            let longer = |action: &Vec<usize>| {
                (0..size).map(|level| [action.clone(), vec![level]].concat()).collect::<Vec<_>>()
            };
            actions.iter().flat_map(longer).collect()
        };
        let actions = self.plan.space().sizes().fold(vec![vec![]], every);
        actions.iter().map(|levels| Action::new(levels).unwrap()).collect()
    }

    /// What an action is worth in a draw, or by the mean, added up feature by feature.
    fn worth(&self, action: &Action, draw: Option<usize>) -> f64 {
        let schema = self.policy.schema();
        let contact = schema.features(&self.situation, self.plan.space().names(action));
        let person = schema.contact_block();
        let mut worth = 0.0;
        for belief in &self.policy.beliefs {
            let of_belief: f64 = contact
                .terms()
                .iter()
                .filter(|(feature, _)| *feature >= person)
                .map(|(feature, value)| {
                    let weight =
                        draw.map_or(belief.mean[*feature], |draw| belief.bank[*feature].lane(draw));
                    value * f64::from(weight)
                })
                .sum();
            worth += f64::from(self.weights.0[belief.objective.index()]) * of_belief;
        }
        let cost = |(factor, level): (usize, usize)| f64::from(self.costs.0[factor][level]);
        worth - action.levels().enumerate().map(cost).sum::<f64>()
    }
}

fn level_mask(names: impl IntoIterator<Item = LevelName>) -> Vec<LevelExclusion> {
    let exclusion = |level| LevelExclusion { level, rule_id: "r".to_owned() };
    names.into_iter().map(exclusion).collect()
}

fn name(factor: usize, level: usize) -> LevelName {
    LevelName::new(&format!("f{factor}"), &format!("l{level}"))
}

prop_compose! {
    fn asked()(
        sizes in prop::collection::vec(1usize..4, 1..6),
        levels in prop::collection::vec((0usize..6, 0usize..3), 0..4),
        pairs in prop::collection::vec((0usize..6, 0usize..3, 0usize..6, 0usize..3), 0..8),
        seed: u64,
    ) -> Asked {
        let known = |factor: usize, level: usize| sizes.get(factor).is_some_and(|s| level < *s);
        let levels = levels.into_iter().filter(|(f, l)| known(*f, *l)).map(|(f, l)| name(f, l));
        let levels = level_mask(levels);
        let pairs = pairs.into_iter()
            .filter(|(f, l, g, m)| f != g && known(*f, *l) && known(*g, *m))
            .map(|(f, l, g, m)| PairExclusion {
                first: name(f, l), second: name(g, m), rule_id: "r".to_owned() })
            .collect();
        let space = Space::new(factors(&sizes)).unwrap();
        Asked::new(learned(schema(&sizes), seed, 40), space, &Mask { levels, pairs })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn elimination_finds_what_walking_through_every_action_finds(asked in asked()) {
        let permitted: Vec<Action> = asked.every_action().into_iter()
            .filter(|action| asked.mask.permits(action)).collect();
        let distribution = asked.distribution(false);
        for draw in 0..DRAWS {
            let best = permitted.iter().map(|action| asked.worth(action, Some(draw)))
                .fold(f64::NEG_INFINITY, f64::max);
            match distribution.draws()[draw] {
                Some(action) => {
                    prop_assert!(asked.mask.permits(&action));
                    let worth = asked.worth(&action, Some(draw));
                    prop_assert!(worth > best - 1e-4, "{} of {}", worth, best);
                }
                None => prop_assert!(best < 1e-4, "{}", best),
            }
        }
    }

    #[test]
    fn propensities_sum_to_one_and_are_zero_for_whatever_is_excluded(asked in asked()) {
        let distribution = asked.distribution(false);
        let mut sum = distribution.null();
        for action in asked.every_action() {
            let propensity = distribution.joint(&action);
            prop_assert_eq!(propensity > 0.0, asked.mask.permits(&action));
            sum += propensity;
        }
        prop_assert!((sum - 1.0).abs() < 1e-9, "{}", sum);
    }

    #[test]
    fn what_a_policy_reaches_on_average_is_the_sum_over_its_actions(asked in asked(), sample in any::<u64>()) {
        let distribution = asked.distribution(false);
        let mut stream = DecisionStream::new(sample);
        let acts = distribution.average(&mut stream, 1, |_| 1.0);
        prop_assert!((acts + distribution.null() - 1.0).abs() < 1e-9);
        let first = |action: &Action| f64::from(u8::from(action.level(0) == 0));
        let found = distribution.average(&mut stream, 400, first);
        // Only the even slice, 5 % of 95 %, is sampled.
        prop_assert!((found - distribution.marginal(0, 0)).abs() < 0.0475 * 0.2);
    }

    #[test]
    fn an_action_shifts_an_objective_by_what_a_verdict_says_of_it(asked in asked(), id in "[a-z0-9]{8}") {
        let verdict = asked.decide(&id, false);
        let Some(action) = verdict.action else { return Ok(()) };
        for predicted in verdict.predictions() {
            let found = shift(&asked.policy, &asked.plan, &asked.situation, &action, predicted.objective);
            prop_assert!((found.unwrap() - predicted.mean).abs() < 1e-5);
        }
        prop_assert_eq!(shift(&asked.policy, &asked.plan, &asked.situation, &action, Objective::Kept), None);
    }

    #[test]
    fn a_verdict_carries_its_exact_propensities(asked in asked(), id in "[a-z0-9]{8}") {
        let distribution = asked.distribution(false);
        let verdict = asked.decide(&id, false);
        prop_assert_eq!(&verdict, &asked.decide(&id, false));
        let Some(action) = verdict.action else {
            prop_assert_eq!(verdict.propensities.joint.to_bits(), distribution.null().to_bits());
            return Ok(());
        };
        prop_assert!(asked.mask.permits(&action));
        prop_assert_eq!(
            verdict.propensities.joint.to_bits(), distribution.joint(&action).to_bits());
        for (factor, marginal) in verdict.propensities.marginals().iter().enumerate() {
            let same = |other: &Action| other.level(factor) == action.level(factor);
            let added: f64 = asked.every_action().iter().filter(|other| same(other))
                .map(|other| distribution.joint(other)).sum();
            prop_assert!((marginal - added).abs() < 1e-9);
        }
        prop_assert!((f64::from(verdict.value) - asked.worth(&action, None)).abs() < 1e-3);
        prop_assert_eq!(verdict.predictions().count(), 2);
        prop_assert!(verdict.predictions().all(|p| p.deviation > 0.0 && p.mean.is_finite()));
    }

    #[test]
    fn a_protected_person_gets_the_best_safe_action_for_certain(asked in asked()) {
        let withheld = vec![name(0, 0), name(1, 1)];
        let settings =
            Settings { withheld_from_protected: withheld.clone(), ..Settings::default() };
        let policy = asked.policy.clone().with_settings(settings);
        let plan = Plan::new(&policy, asked.plan.space().clone()).unwrap();
        let asked = Asked { policy, plan, ..asked };
        let names_withheld = |action: &Action| asked.plan.space().names(action)
            .any(|(factor, level)| withheld.contains(&LevelName::new(factor, level)));
        let safe = |action: &Action| asked.mask.permits(action) && !names_withheld(action);
        let best = asked.every_action().iter().filter(|action| safe(action))
            .map(|action| asked.worth(action, None)).fold(f64::NEG_INFINITY, f64::max);
        let verdict = asked.decide("d", true);
        prop_assert!((verdict.propensities.joint - 1.0).abs() < f64::EPSILON);
        if let Some(action) = verdict.action {
            prop_assert!(safe(&action));
            prop_assert_eq!(verdict.origin, Origin::Safest);
            prop_assert!(asked.worth(&action, None) > best - 1e-4);
        } else {
            prop_assert!(best < 1e-4);
        }
        for id in 0..20 {
            prop_assert_eq!(asked.decide(&id.to_string(), true).action, verdict.action);
        }
    }

    #[test]
    fn a_policy_that_was_written_and_read_decides_bit_identically(asked in asked()) {
        let read = Policy::read(&asked.policy.write(), asked.policy.schema()).unwrap();
        prop_assert_eq!(&read, &asked.policy);
        let plan = Plan::new(&read, asked.plan.space().clone()).unwrap();
        for id in 0..20 {
            let id = id.to_string();
            let again = decide(&read, &plan, &asked.question(&id, false), &mut Scratch::default());
            prop_assert_eq!(again.unwrap(), asked.decide(&id, false));
        }
    }
}

#[test]
fn levels_and_factors_that_the_schema_does_not_know_are_tried_like_any_other() {
    let policy = learned(schema(&[2, 3]), 5, 100);
    let mut wider = factors(&[3, 3]);
    wider.push(Factor { name: "paper".to_owned(), levels: vec!["white".into(), "green".into()] });
    let asked = Asked::new(policy, Space::new(wider).unwrap(), &Mask::default());
    let distribution = asked.distribution(false);
    let sum: f64 = asked.every_action().iter().map(|action| distribution.joint(action)).sum();
    assert!((sum + distribution.null() - 1.0).abs() < 1e-9);
    assert!(distribution.marginal(2, 0) > 0.1 && distribution.marginal(2, 1) > 0.1);
    assert!(distribution.marginal(0, 2) > 0.01);
    let again = asked.distribution(false);
    assert_eq!(distribution.draws(), again.draws());
}

#[test]
fn a_mask_that_leaves_nothing_gives_silence_for_certain() {
    let space = Space::new(factors(&[2, 3])).unwrap();
    let mask = Mask { levels: level_mask([name(0, 0), name(0, 1)]), pairs: vec![] };
    let asked = Asked::new(learned(schema(&[2, 3]), 1, 10), space, &mask);
    for protected in [false, true] {
        let verdict = asked.decide("d", protected);
        assert_eq!(verdict, Verdict::silence(Origin::NothingPermitted, 1.0));
        assert!((asked.distribution(protected).null() - 1.0).abs() < f64::EPSILON);
    }
}

#[test]
fn a_contact_that_costs_more_than_it_can_bring_is_not_made() {
    let space = Space::new(factors(&[2, 3])).unwrap();
    let mut asked = Asked::new(learned(schema(&[2, 3]), 1, 10), space, &Mask::default());
    let costs = (0..2).map(|level| (name(0, level), 1_000.0)).collect();
    asked.costs = asked.plan.costs(&costs).unwrap();
    let distribution = asked.distribution(false);
    let expected = 1.0 - 0.95 * 0.05;
    assert!((distribution.null() - expected).abs() < 1e-12);
    let origins: Vec<Origin> =
        (0..200).map(|id| asked.decide(&id.to_string(), false).origin).collect();
    assert!(origins.contains(&Origin::NotWorthIt) && origins.contains(&Origin::Explored));
    assert!(!origins.contains(&Origin::Learned));
}

#[test]
fn a_mask_of_another_space_is_refused() {
    let policy = learned(schema(&[2, 3]), 1, 10);
    let other = Plan::new(&policy, Space::new(factors(&[4])).unwrap()).unwrap();
    let asked = Asked::new(policy, Space::new(factors(&[2, 3])).unwrap(), &Mask::default());
    let mask = other.mask(&Mask::default()).unwrap();
    let question = Question { mask: &mask, ..asked.question("d", false) };
    let refused = decide(&asked.policy, &asked.plan, &question, &mut Scratch::default());
    assert_eq!(refused, Err(SpaceError::OtherSpace));
}

#[test]
fn the_bits_of_a_word_come_in_order() {
    assert_eq!(bits(0b1001_0001).collect::<Vec<_>>(), [0, 4, 7]);
}
