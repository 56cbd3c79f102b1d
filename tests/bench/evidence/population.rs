//! The four kinds of data of the A/A runs; the two arms draw from the same.

use kulanz_statistics::{Metric, Moments, Sums};

use crate::random::Random;

pub struct Population {
    pub name: &'static str,
    pub metric: Metric,
    pub adjusted: bool,
    draw: fn(&mut Random, u64) -> Sums,
}

pub const POPULATIONS: [Population; 4] = [
    Population {
        name: "binary 6 %",
        metric: Metric::Proportion,
        adjusted: false,
        draw: |random, units| binary(random, units, 0.06),
    },
    Population {
        name: "binary 6 % with CUPED",
        metric: Metric::Proportion,
        adjusted: true,
        draw: predicted,
    },
    Population {
        name: "EUR, log-normal x pay",
        metric: Metric::Mean,
        adjusted: false,
        draw: amounts,
    },
    Population {
        name: "complaints 0.3 %",
        metric: Metric::Proportion,
        adjusted: false,
        draw: |random, units| binary(random, units, 0.003),
    },
];

impl Population {
    /// So many new units.
    pub fn units(&self, random: &mut Random, units: u64) -> Moments {
        Moments::from_sums(&(self.draw)(random, units)).unwrap()
    }
}

fn binary(random: &mut Random, units: u64, share: f64) -> Sums {
    let converted = (0..units).filter(|_| random.unit() < share).count();
    Sums::proportion(units, converted as u64)
}

/// Each person pays with the probability that was predicted: 0.6 u⁹, 6 % on average, which explains
/// about a quarter of the variance.
fn predicted(random: &mut Random, units: u64) -> Sums {
    let (mut converted, mut sum, mut squares, mut products) = (0, 0.0, 0.0, 0.0);
    for _ in 0..units {
        let share = 0.6 * random.unit().powi(9);
        sum += share;
        squares += share * share;
        if random.unit() < share {
            converted += 1;
            products += share;
        }
    }
    Sums::proportion(units, converted).with_covariate(sum, squares, products)
}

/// 6 % pay, with a median of 370 EUR and a standard deviation of the logarithm of 1.1.
fn amounts(random: &mut Random, units: u64) -> Sums {
    let (mut converted, mut sum, mut squares) = (0, 0.0, 0.0);
    for _ in 0..units {
        if random.unit() < 0.06 {
            let amount = 370.0 * (1.1 * random.normal()).exp();
            converted += 1;
            sum += amount;
            squares += amount * amount;
        }
    }
    Sums { converted, ..Sums::mean(units, sum, squares) }
}
