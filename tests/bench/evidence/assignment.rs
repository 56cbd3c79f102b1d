//! People assigned per second on one core: 20 experiments each, hash and bucket.

use std::hint::black_box;
use std::time::Instant;

use kulanz_statistics::assignment::bucket::{bucket_ranges, choose_variation};
use kulanz_statistics::assignment::hash::{HashedSeed, places};

use crate::table::Goal;
use crate::tell;

const EXPERIMENTS: usize = 20;
const PEOPLE: usize = 200_000;
const ROUNDS: usize = 7;

pub fn run() {
    println!("assignment, one core, {EXPERIMENTS} experiments a person, median of {ROUNDS} rounds");
    // Ids as they are: a prefix and 26 characters.
    let people: Vec<String> =
        (0..PEOPLE).map(|number| format!("debtor_01h455vb4pex5vsknkd{number:07}")).collect();
    let short: Vec<String> = (0..PEOPLE).map(|number| format!("debtor-{number:06}")).collect();
    let seeds: [HashedSeed; EXPERIMENTS] =
        std::array::from_fn(|number| HashedSeed::new(&format!("tone-2026q{number}")));
    let ranges = bucket_ranges(3, 1.0, Some(&[0.5, 0.3, 0.2]));
    let hash_only = |person: &str| places(&seeds, person).iter().sum::<f64>();
    let arms = |person: &str| {
        let arm = |place: f64| choose_variation(place, &ranges).unwrap_or(0);
        places(&seeds, person).into_iter().map(arm).sum::<usize>() as f64
    };
    rate("hash only, ids of 13 characters", &short, hash_only);
    let usual = rate("hash only, ids of 33 characters", &people, hash_only);
    rate("hash and arm, ids of 13 characters", &short, arms);
    tell("assignment to 20 experiments, hash only, one core, people/s", usual, Goal::AtLeast(1e6));
}

fn rate(name: &str, people: &[String], assign: impl Fn(&str) -> f64) -> f64 {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let sum: f64 = people.iter().map(|person| assign(black_box(person))).sum();
            black_box(sum);
            people.len() as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let rate = rates[ROUNDS / 2];
    println!(
        "{name:40} {rate:>12.0} people/s  {:>7.1} M hashes/s",
        rate * EXPERIMENTS as f64 / 1e6
    );
    rate
}
