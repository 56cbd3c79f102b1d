//! `make bench`: the policy on one core, without any server. Deciding over messaging's whole grid with exact
//! propensities, learning, refreshing, and replaying a log bit by bit, beside Vowpal Wabbit on the same
//! contexts. Words after `--` choose: `decide`, `learn`, `refresh`, `replay`, `vowpal`;
//! `uplift` runs only when asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measurement fails by panicking and prints what it found"
)]

mod replay;
#[path = "../table.rs"]
mod table;
mod uplift;
mod vowpal;
mod world;

use std::time::Instant;

use kulanz_policy::{Dials, Objective, Scratch, decide};

use table::{Goal, Row};
use world::World;

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let world = World::new();
    if wants("decide") {
        measure_decide(&world);
    }
    if wants("learn") {
        measure_learn(&world);
    }
    if wants("refresh") {
        measure_refresh(&world);
    }
    if wants("replay") {
        replay::run(&world, 1_000_000);
    }
    if wanted.iter().any(|word| word == "uplift") {
        uplift::run();
    }
    if wants("vowpal") {
        vowpal::run(&world);
    }
}

/// Microseconds of each call, sorted.
fn times(count: usize, mut call: impl FnMut(usize)) -> Vec<f64> {
    let mut times: Vec<f64> = (0..count)
        .map(|turn| {
            let start = Instant::now();
            call(turn);
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

fn print(what: &str, sorted: &[f64], aims: &[(usize, f64)]) {
    let at = |percent: usize| sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)];
    println!("{what}: p50 {:.1} us, p99 {:.1} us", at(50), at(99));
    for (percent, most) in aims {
        let measure = format!("{what}, p{percent}, us");
        let (ours, goal) = (at(*percent), Goal::AtMost(*most));
        Row { measure: &measure, ours, beside: None, goal }.tell();
    }
}

fn measure_decide(world: &World) {
    let mut scratch = Scratch::default();
    let mut run = |what: &str, world: &World, masked: bool, aims: &[(usize, f64)]| {
        let sorted = times(100_000, |turn| {
            let id = world.id(turn);
            let question = world.question(turn, id, masked);
            std::hint::black_box(
                decide(&world.policy, &world.plan, &question, &mut scratch).unwrap(),
            );
        });
        print(what, &sorted[..], aims);
    };
    let aims = [(50, 30.0), (99, 60.0)];
    run("decide over 34,560 actions, two objectives", world, false, &aims);
    run("decide with a usual mask, two objectives", world, true, &aims);
    run("decide over 34,560 actions, five objectives", &world.with_all_objectives(), false, &[]);
}

fn measure_learn(world: &World) {
    let mut learner = world.learner.clone();
    let sorted = times(50_000, |turn| {
        let (features, outcome) = world.outcome(turn);
        learner.learn(Objective::Paid, features, 0.1, outcome, 1.0).unwrap();
    });
    print("learn one outcome", &sorted, &[(50, 15.0)]);
}

fn measure_refresh(world: &World) {
    let mut learner = world.learner.clone();
    let sorted = times(9, |turn| {
        let dials = Dials { seed: turn as u64, ..Dials::default() };
        std::hint::black_box(learner.refresh(&dials).unwrap());
    });
    print("refresh two objectives of 1,165 weights", &sorted, &[(50, 100_000.0)]);
}
