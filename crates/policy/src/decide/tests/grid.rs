//! Deciding over the whole of messaging's catalogue.

use std::fmt::Write;

use pulp::WithSimd;

use super::*;
use crate::decide::worth::Work;

fn catalogue() -> Space {
    let factors = Schema::default().factors.into_iter().map(|known| known.factor);
    Space::new(factors.collect()).unwrap()
}

/// A mask as law and consent make it, with pairs of which one has no weight.
fn usual_mask() -> Mask {
    let pair = |(f, l), (g, m)| PairExclusion {
        first: LevelName::new(f, l),
        second: LevelName::new(g, m),
        rule_id: "r".to_owned(),
    };
    Mask {
        levels: level_mask([
            LevelName::new("channel", "whatsapp"),
            LevelName::new("motive", "social_proof"),
        ]),
        pairs: vec![
            pair(("channel", "sms"), ("offer", "conversation")),
            pair(("channel", "letter"), ("slot", "late_week_evening")),
            pair(("tone", "formal"), ("salutation", "du")),
            pair(("slot", "mid_week_midday"), ("offer", "promise")),
        ],
    }
}

#[test]
fn over_the_whole_grid_propensities_sum_to_one_and_frequencies_match() {
    for mask in [Mask::default(), usual_mask()] {
        let asked = Asked::new(learned(Schema::default(), 7, 300), catalogue(), &mask);
        let distribution = asked.distribution(false);
        let every = asked.every_action();
        assert_eq!(every.len(), 34_560);
        let sum: f64 = every.iter().map(|action| distribution.joint(action)).sum();
        assert!((sum + distribution.null() - 1.0).abs() < 1e-9, "{sum}");

        let mut seen: BTreeMap<Option<Action>, f64> = BTreeMap::new();
        let mut stream = DecisionStream::new(3);
        let draws = 100_000.0;
        for _ in 0..100_000 {
            *seen.entry(distribution.draw(&mut stream).action).or_default() += 1.0;
        }
        for (action, count) in seen.iter().filter(|(_, count)| **count > 100.0) {
            let expected = action.map_or(distribution.null(), |action| distribution.joint(&action));
            let deviation = (expected * (1.0 - expected) * draws).sqrt();
            assert!((count - expected * draws).abs() < 4.0 * deviation, "{action:?} {count}");
        }
    }
}

#[test]
fn over_the_whole_grid_elimination_finds_the_best_of_every_draw() {
    let asked = Asked::new(learned(Schema::default(), 11, 300), catalogue(), &usual_mask());
    let distribution = asked.distribution(false);
    let permitted: Vec<Action> =
        asked.every_action().into_iter().filter(|action| asked.mask.permits(action)).collect();
    for draw in [0, 17, 63] {
        let best = permitted.iter().map(|action| asked.worth(action, Some(draw)));
        let best = best.fold(f64::NEG_INFINITY, f64::max);
        let found = distribution.draws()[draw].unwrap();
        assert!(asked.worth(&found, Some(draw)) > best - 1e-4);
    }
}

#[test]
fn the_largest_contributions_are_the_reasons() {
    let asked = Asked::new(learned(Schema::default(), 7, 300), catalogue(), &Mask::default());
    let verdict = asked.decide("some decision", false);
    let reasons: Vec<_> = verdict.reasons().collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons.is_sorted_by(|a, b| a.value.abs() >= b.value.abs()));
    let names = asked.policy.schema().feature_names();
    assert!(reasons.iter().all(|reason| !names[reason.feature].starts_with("person")));
}

/// The bits of 300 verdicts, as they came out where this was written. Another machine, compiler or
/// instruction set must find the same, or logged decisions can no longer be replayed.
#[test]
fn decisions_are_the_same_to_the_last_bit_on_every_machine() {
    let asked = Asked::new(learned(Schema::default(), 23, 200), catalogue(), &usual_mask());
    let mut text = asked.policy.version().to_owned();
    for id in 0..300 {
        let verdict = asked.decide(&id.to_string(), id % 10 == 0);
        let levels = verdict.action.map(|action| action.levels().collect::<Vec<_>>());
        let bits: Vec<u64> =
            verdict.propensities.marginals().iter().map(|share| share.to_bits()).collect();
        let value = verdict.value.to_bits();
        let joint = verdict.propensities.joint.to_bits();
        write!(text, "{levels:?}{bits:?}{value}{joint}").unwrap();
    }
    assert_eq!(crate::random::seed([&text]), 15_512_918_602_528_828_885);
}

#[test]
fn the_kernel_finds_the_same_bits_without_vector_instructions() {
    let asked = Asked::new(learned(Schema::default(), 23, 200), catalogue(), &usual_mask());
    let question = asked.question("d", false);
    let mut kept = None;
    let program = tied(&asked.plan, &asked.mask, &mut kept).unwrap();
    let run = |plain: bool| {
        let mut scratch = Scratch::default();
        let work = Work {
            policy: &asked.policy,
            plan: &asked.plan,
            question: &question,
            masked: &asked.mask,
            program,
            scratch: &mut scratch,
        };
        let values = if plain { work.with_simd(pulp::Scalar::new()) } else { best(work) };
        let actions: Vec<Action> = (0..DRAWS).map(|draw| program.trace(&scratch, draw)).collect();
        (values.lanes().iter().map(|value| value.to_bits()).collect::<Vec<_>>(), actions)
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn a_warm_start_acts_like_the_plain_policy_until_evidence_says_otherwise() {
    let plain = [("channel", "sms"), ("tone", "formal"), ("offer", "pay_now")];
    let mut learner = Learner::new(Schema::default());
    learner.prefer(&plain.map(|(factor, level)| LevelName::new(factor, level)), 2.0);
    let policy = learner.refresh(&Dials::default()).unwrap();
    let asked = Asked::new(policy, catalogue(), &Mask::default());
    let distribution = asked.distribution(false);
    for (factor, level) in plain {
        let (factor, level) = asked.plan.space().position(&LevelName::new(factor, level)).unwrap();
        assert!(distribution.marginal(factor, level) > 0.75, "{factor} {level}");
    }
    let situation = asked.situation.clone();
    let schema = Schema::default();
    for turn in 0..4_000 {
        let letter = [("channel", "letter"), ("tone", "formal"), ("offer", "pay_now")];
        let levels = if turn % 2 == 0 { letter } else { plain };
        let outcome = f64::from(u8::from(turn % 2 == 0 && turn % 8 < 6));
        let features = schema.features(&situation, levels);
        learner.learn(Objective::Paid, &features, 0.2, outcome, 1.0).unwrap();
    }
    let policy = learner.refresh(&Dials::default()).unwrap();
    let asked = Asked::new(policy, catalogue(), &Mask::default());
    assert!(asked.distribution(false).marginal(0, 2) > 0.9);
}
