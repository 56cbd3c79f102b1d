//! How often a split raises an alarm: even ones over 60 daily looks, and ones of 51 to 49.

use kulanz_statistics::{ALARM, sample_ratio, sample_ratio_e_value};

use crate::random::Random;
use crate::table::Goal;
use crate::{on_every_core, tell};

const RUNS: u64 = 20_000;
const DAYS: u64 = 60;
const WEIGHTS: [f64; 2] = [0.5, 0.5];

pub fn run() {
    println!("sample ratio, planned 50 : 50, alarm at e >= {ALARM} beside chi-square p < 0.001");
    println!("{:44} {:>7} {:>12} {:>12}", "true split, looks", "runs", "e-process", "chi-square");
    let even = row("50 : 50, 60 looks, 640 people a day", RUNS, DAYS, 640, 0.5);
    row("51 : 49, 1 look at 20,000 people", 2_000, 1, 20_000, 0.51);
    row("51 : 49, 1 look at 20,000 people an arm", 2_000, 1, 40_000, 0.51);
    row("51 : 49, 1 look at 50,000 people an arm", 2_000, 1, 100_000, 0.51);
    let uneven = row("51 : 49, 60 looks, 20,000 people a day", 500, DAYS, 20_000, 0.51);
    tell("sample ratio, false alarms, %", even, Goal::AtMost(0.1));
    tell("sample ratio, 51 : 49 found with 20,000 people a day, %", uneven, Goal::AtLeast(95.0));
}

/// One row of the table; the share of alarms of the e-process in per cent.
fn row(name: &str, runs: u64, looks: u64, people: u64, share: f64) -> f64 {
    let found = on_every_core(
        runs,
        || [0_u64; 2],
        |alarms, run| {
            let raised = alarms_of(&mut Random::of(people + looks, run), looks, people, share);
            alarms[0] += u64::from(raised[0]);
            alarms[1] += u64::from(raised[1]);
        },
        |total, more| {
            total[0] += more[0];
            total[1] += more[1];
        },
    );
    let per_cent = found.map(|alarms| alarms as f64 / runs as f64 * 100.0);
    println!("{name:44} {runs:>7} {:>10.2} % {:>10.2} %", per_cent[0], per_cent[1]);
    per_cent[0]
}

fn alarms_of(random: &mut Random, looks: u64, people: u64, share: f64) -> [bool; 2] {
    let mut units = [0_u64; 2];
    let mut raised = [false; 2];
    for _ in 0..looks {
        let first = drawn(random, people, share);
        units[0] += first;
        units[1] += people - first;
        raised[0] |= sample_ratio_e_value(&units, &WEIGHTS).unwrap() >= ALARM;
        raised[1] |= sample_ratio(&units, &WEIGHTS).unwrap().p_value < 0.001;
    }
    raised
}

/// How many of the people fall to the first arm; 64 at a time where the coin is fair.
fn drawn(random: &mut Random, people: u64, share: f64) -> u64 {
    if (share - 0.5).abs() < f64::EPSILON && people.is_multiple_of(64) {
        return (0..people / 64).map(|_| u64::from(random.next().count_ones())).sum();
    }
    (0..people).filter(|_| random.unit() < share).count() as u64
}
