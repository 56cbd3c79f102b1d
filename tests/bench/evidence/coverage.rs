//! 2,000 experiments without a difference, looked at every 100 people an arm up to 20,000: how often
//! anything ever claims one.

use std::time::Instant;

use kulanz_statistics::{Adjustment, Comparison, Moments, Rules, compare};

use crate::population::{POPULATIONS, Population};
use crate::random::Random;
use crate::table::Goal;
use crate::{on_every_core, tell};

const RUNS: u64 = 2_000;
const LOOKS: u64 = 200;
const UNITS_PER_LOOK: u64 = 100;

/// Runs in which something claimed a difference.
#[derive(Default)]
struct Wrong {
    /// The interval of a fixed sample, at any look.
    naive: u64,
    /// The sequence as it is shown: from 50 conversions in each arm.
    shown: u64,
    /// The sequence from the first look, which nobody is shown.
    held_back: u64,
    /// The interval of a fixed sample, at the last look.
    last: u64,
    /// Widths of the sequence by the fixed interval's, at the last look.
    widths: f64,
    /// Last looks at which the sequence was shown.
    readable: u64,
}

pub fn run() {
    println!(
        "A/A, {RUNS} runs, a look every {UNITS_PER_LOOK} to {} per arm, 95 %",
        LOOKS * UNITS_PER_LOOK
    );
    println!(
        "{:24} {:>11} {:>11} {:>13} {:>11} {:>7}",
        "data", "fixed, ever", "shown, ever", "all, ever", "fixed, last", "width"
    );
    let start = Instant::now();
    let (mut worst, mut widest) = (0.0_f64, 0.0_f64);
    for (number, population) in (0u64..).zip(&POPULATIONS) {
        let found = on_every_core(
            RUNS,
            Wrong::default,
            |wrong, run| {
                wrong.experiment(population, &mut Random::of(number, run));
            },
            Wrong::join,
        );
        let per_cent = |runs: u64| runs as f64 / RUNS as f64 * 100.0;
        let width = found.widths / found.readable as f64;
        println!(
            "{:24} {:>9.1} % {:>9.1} % {:>11.1} % {:>9.1} % {width:>7.2}",
            population.name,
            per_cent(found.naive),
            per_cent(found.shown),
            per_cent(found.held_back),
            per_cent(found.last),
        );
        worst = worst.max(per_cent(found.shown));
        widest = widest.max(width);
    }
    println!("{:.1} s", start.elapsed().as_secs_f64());
    tell(
        "A/A, sequences that are ever wrong over 200 looks, worst data, %",
        worst,
        Goal::AtMost(5.0),
    );
    let measure = "A/A, width of the sequence by that of a fixed interval, widest data";
    tell(measure, widest, Goal::AtMost(1.65));
}

impl Wrong {
    fn experiment(&mut self, population: &Population, random: &mut Random) {
        let rules = Rules::default();
        let unguarded = Rules { conversions: 0, ..rules };
        let mut arms = [Moments::default(); 2];
        let (mut naive, mut shown, mut held_back) = (false, false, false);
        for look in 1..=LOOKS {
            for arm in &mut arms {
                arm.merge(&population.units(random, UNITS_PER_LOOK));
            }
            let Ok(found) = at(population, &arms, &unguarded).absolute else { continue };
            let always = found.always_valid.unwrap();
            let claimed = !always.interval.contains(0.0);
            let enough = arms.iter().all(|arm| arm.converted() >= rules.conversions);
            held_back |= claimed;
            shown |= claimed && enough;
            naive |= !found.interval.contains(0.0);
            if look == LOOKS {
                self.last += u64::from(!found.interval.contains(0.0));
                self.widths += always.interval.width() / found.interval.width();
                self.readable += 1;
            }
        }
        self.naive += u64::from(naive);
        self.shown += u64::from(shown);
        self.held_back += u64::from(held_back);
    }

    fn join(&mut self, other: Self) {
        self.naive += other.naive;
        self.shown += other.shown;
        self.held_back += other.held_back;
        self.last += other.last;
        self.widths += other.widths;
        self.readable += other.readable;
    }
}

fn at(population: &Population, arms: &[Moments; 2], rules: &Rules) -> Comparison {
    let [control, treatment] = arms;
    let adjustment = if population.adjusted {
        Adjustment::by_covariate(population.metric, &[control, treatment]).unwrap()
    } else {
        Adjustment::NONE
    };
    compare(population.metric, control, treatment, &adjustment, rules).unwrap()
}
