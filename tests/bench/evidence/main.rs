//! `make bench`, the part without a server: how often intervals and alarms are wrong under continuous
//! looking, and how fast people are assigned. Arguments choose: `coverage`, `sample_ratio`, `assignment`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement fails by panicking and prints what it found"
)]

mod assignment;
mod coverage;
mod population;
mod random;
mod sample_ratio;
#[path = "../table.rs"]
mod table;

use table::{Goal, Row};

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if wants("coverage") {
        coverage::run();
    }
    if wants("sample_ratio") {
        sample_ratio::run();
    }
    if wants("assignment") {
        assignment::run();
    }
}

/// Tells a figure that stands alone.
fn tell(measure: &str, ours: f64, goal: Goal) {
    Row { measure, ours, beside: None, goal }.tell();
}

/// Runs 0..runs on every core and adds up what they return, run by run the same on any machine.
fn on_every_core<T: Send>(
    runs: u64,
    start: impl Fn() -> T + Sync,
    one: impl Fn(&mut T, u64) + Sync,
    join: impl Fn(&mut T, T),
) -> T {
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        let work = |core: u64| {
            let (start, one) = (&start, &one);
            scope.spawn(move || {
                let mut found = start();
                (core..runs)
                    .step_by(usize::try_from(cores).unwrap())
                    .for_each(|run| one(&mut found, run));
                found
            })
        };
        let threads: Vec<_> = (0..cores).map(work).collect();
        let mut total = start();
        for thread in threads {
            join(&mut total, thread.join().unwrap());
        }
        total
    })
}
