//! A log of decisions, and the same decisions made again from the policy's file.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use kulanz_policy::{Plan, Policy, Schema, Scratch, Verdict, decide};

use crate::table::{Goal, Row};
use crate::world::World;

/// Decides `count` times, writes and reads the policy, decides again, and counts what differs.
pub fn run(world: &World, count: usize) {
    let start = Instant::now();
    let logged = log(world, &world.policy, &world.plan, count);
    let read = Policy::read(&world.policy.write(), &Schema::default()).unwrap();
    let plan = Plan::new(&read, world.plan.space().clone()).unwrap();
    let replayed = log(world, &read, &plan, count);
    let differences = logged.iter().zip(&replayed).filter(|(left, right)| left != right).count();
    println!("logged and replayed in {:.0} s", start.elapsed().as_secs_f64());
    let measure = format!("replay of {count} logged decisions, differences");
    let goal = Goal::AtMost(0.0);
    Row { measure: &measure, ours: differences as f64, beside: None, goal }.tell();
}

/// A hash of every bit of each verdict.
fn log(world: &World, policy: &Policy, plan: &Plan, count: usize) -> Vec<u64> {
    let mut scratch = Scratch::default();
    let decided = |turn: usize| {
        let id = turn.to_string();
        let question = world.question(turn, &id, turn.is_multiple_of(2));
        digest(&decide(policy, plan, &question, &mut scratch).unwrap())
    };
    (0..count).map(decided).collect()
}

fn digest(verdict: &Verdict) -> u64 {
    let mut hasher = DefaultHasher::new();
    verdict.action.hash(&mut hasher);
    verdict.origin.name().hash(&mut hasher);
    verdict.draw.hash(&mut hasher);
    let propensities = &verdict.propensities;
    for value in [propensities.joint, propensities.null].iter().chain(propensities.marginals()) {
        value.to_bits().hash(&mut hasher);
    }
    verdict.value.to_bits().hash(&mut hasher);
    for prediction in verdict.predictions() {
        (prediction.mean.to_bits(), prediction.deviation.to_bits()).hash(&mut hasher);
    }
    for reason in verdict.reasons() {
        (reason.feature, reason.value.to_bits()).hash(&mut hasher);
    }
    hasher.finish()
}
