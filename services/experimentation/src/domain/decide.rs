//! One decision: an action or silence, with the exact probability of what was chosen.

use std::collections::BTreeMap;

use super::elimination::{Elimination, Reduce, marginals, weight_of};
use super::policy::Policy;
use super::random::{DecisionStream, decision_seed};
use super::space::{MaskedSpace, SpaceError};

/// What is to be decided.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The caller's id of the decision; seeds the draw.
    pub decision_id: &'a str,
    /// The actions and what must not be chosen.
    pub space: &'a MaskedSpace,
    /// Membership in segments, each 0..=1, together at most 1.
    pub segments: &'a BTreeMap<String, f64>,
    /// A vulnerable or protected person: nothing is tried out on them.
    pub protected: bool,
}

/// Which part of the policy spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The learned weights.
    Learned,
    /// The slice drawn evenly from everything permitted.
    Explored,
    /// The best action without any draw, for protected people.
    Safest,
    /// Silence, drawn with its own probability.
    Silence,
    /// Silence, because the mask left nothing else.
    NothingPermitted,
}

impl Origin {
    /// As it stands in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Learned => "learned",
            Self::Explored => "explored",
            Self::Safest => "safest",
            Self::Silence => "silence",
            Self::NothingPermitted => "nothing_permitted",
        }
    }
}

/// The probabilities with which the policy acts for this question.
#[derive(Debug, Clone, PartialEq)]
pub struct Propensities {
    /// Of exactly what was chosen, silence included.
    pub joint: f64,
    /// Per factor, of the chosen level; empty for silence.
    pub marginals: Vec<f64>,
    /// Of silence.
    pub null: f64,
}

/// What the policy answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// One level position per factor; `None` is "say nothing now".
    pub action: Option<Vec<usize>>,
    /// Which part of the policy spoke.
    pub origin: Origin,
    /// How likely it was.
    pub propensities: Propensities,
}

impl Verdict {
    /// Silence because no action is permitted.
    pub fn nothing_permitted() -> Self {
        silence(Origin::NothingPermitted, 1.0)
    }
}

/// The policy's distribution over one question's space, ready to be drawn from.
pub struct Distribution<'a> {
    space: &'a MaskedSpace,
    learned: Vec<Vec<f64>>,
    uniform: Vec<Vec<f64>>,
    learned_sum: Elimination,
    uniform_sum: Elimination,
    epsilon: f64,
    null_share: f64,
}

/// Decides. The same policy version and question give the same answer to the last bit.
pub fn decide(
    policy: &Policy,
    version: &str,
    question: &Question<'_>,
) -> Result<Verdict, SpaceError> {
    if question.protected {
        return safest(policy, question);
    }
    let distribution = Distribution::new(policy, question)?;
    if !distribution.has_candidates() {
        return Ok(silence(Origin::NothingPermitted, 1.0));
    }
    let mut stream = DecisionStream::new(decision_seed(version, question.decision_id));
    distribution.draw(&mut stream)
}

impl<'a> Distribution<'a> {
    /// Prepares both parts of the mixture.
    pub fn new(policy: &Policy, question: &Question<'a>) -> Result<Self, SpaceError> {
        let space = question.space;
        let learned = policy.weights(space, &policy.means(space, question.segments));
        let uniform = space.uniform_weights();
        Ok(Self {
            learned_sum: Elimination::new(space, &learned, Reduce::Sum)?,
            uniform_sum: Elimination::new(space, &uniform, Reduce::Sum)?,
            space,
            learned,
            uniform,
            epsilon: policy.settings.epsilon,
            null_share: policy.settings.null_share,
        })
    }

    /// Whether the mask leaves any action besides silence.
    pub fn has_candidates(&self) -> bool {
        self.uniform_sum.total > 0.0
    }

    /// The probability of silence.
    pub fn null_propensity(&self) -> f64 {
        if self.has_candidates() { self.null_share } else { 1.0 }
    }

    /// The probability of exactly this action; 0 for one that the mask forbids.
    pub fn joint_propensity(&self, action: &[usize]) -> f64 {
        if !self.has_candidates() {
            return 0.0;
        }
        let learned = weight_of(self.space, &self.learned, action) / self.learned_sum.total;
        let uniform = weight_of(self.space, &self.uniform, action) / self.uniform_sum.total;
        self.mix(learned, uniform)
    }

    fn mix(&self, learned: f64, uniform: f64) -> f64 {
        (1.0 - self.null_share) * ((1.0 - self.epsilon) * learned + self.epsilon * uniform)
    }

    fn draw(&self, stream: &mut DecisionStream) -> Result<Verdict, SpaceError> {
        if stream.unit() < self.null_share {
            return Ok(silence(Origin::Silence, self.null_share));
        }
        let (origin, source) = if stream.unit() < self.epsilon {
            (Origin::Explored, &self.uniform_sum)
        } else {
            (Origin::Learned, &self.learned_sum)
        };
        let Some(action) = source.trace(|weights| stream.position(weights)) else {
            return Ok(silence(Origin::NothingPermitted, 1.0));
        };
        let propensities = self.propensities(&action)?;
        Ok(Verdict { action: Some(action), origin, propensities })
    }

    fn propensities(&self, action: &[usize]) -> Result<Propensities, SpaceError> {
        let learned = marginals(self.space, &self.learned, self.learned_sum.total, action)?;
        let uniform = marginals(self.space, &self.uniform, self.uniform_sum.total, action)?;
        let mixed = learned.iter().zip(&uniform).map(|(l, u)| self.mix(*l, *u)).collect();
        Ok(Propensities {
            joint: self.joint_propensity(action),
            marginals: mixed,
            null: self.null_share,
        })
    }
}

/// The permitted action of highest expected reward, for certain: Regulation (EU) 2024/1689 Art. 5(1)(b)
/// leaves no room for trying out on people whose situation makes them vulnerable.
fn safest(policy: &Policy, question: &Question<'_>) -> Result<Verdict, SpaceError> {
    let space = question.space;
    let mut means = policy.means(space, question.segments);
    for (means, allowed) in means.iter_mut().zip(&space.allowed) {
        for (mean, _) in means.iter_mut().zip(allowed).filter(|(_, allowed)| !**allowed) {
            *mean = 0.0;
        }
    }
    let best = Elimination::new(space, &means, Reduce::Max)?;
    let Some(action) = best.trace(position_of_largest) else {
        return Ok(silence(Origin::NothingPermitted, 1.0));
    };
    let marginals = vec![1.0; action.len()];
    let propensities = Propensities { joint: 1.0, marginals, null: 0.0 };
    Ok(Verdict { action: Some(action), origin: Origin::Safest, propensities })
}

fn position_of_largest(weights: &[f64]) -> usize {
    let larger = |best: usize, next: usize| if weights[next] > weights[best] { next } else { best };
    (0..weights.len()).reduce(larger).unwrap_or(0)
}

fn silence(origin: Origin, propensity: f64) -> Verdict {
    let propensities = Propensities { joint: propensity, marginals: Vec::new(), null: propensity };
    Verdict { action: None, origin, propensities }
}

#[cfg(test)]
mod tests {
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
            let question =
                Question { decision_id: "d", space: &space, segments: &segments, protected };
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
}
