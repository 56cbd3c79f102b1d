//! The baseline: log-odds of settling by age class, set so that static dunning recovers what the public
//! figures say, and the mix of ages at which the yield of the amount is theirs, too.
//!
//! Only intercepts and the mix are fitted, never an effect. See docs/simulation.md for what the public
//! figures are taken to mean.

use serde::Serialize;

use crate::behaviour::Nature;
use crate::calendar::{Calendar, FIRST};
use crate::policies::{FixedSequence, Sequence};
use crate::population::{Age, Person, Population};
use crate::run::{Rules, play};
use crate::world::{World, WorldError};

/// People of each age class on whom the intercepts are fitted.
const PEOPLE: u32 = 2_000;
/// Where intercepts are looked for.
const RANGE: [f64; 2] = [-8.0, 6.0];
/// Halvings of the range: to a thousandth.
const HALVINGS: u32 = 14;
/// How far off a share may be, at the sampling error of the fit.
const TOLERANCE: f64 = 0.02;

/// What a world was set to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Baseline {
    /// Log-odds of settling of each age class.
    pub intercepts: [f64; 3],
    /// Share of each age class among the claims.
    pub mix: [f64; 3],
    /// Share of cases recovered, by age class.
    pub recovered: [f64; 3],
    /// Share of the amount paid, by age class.
    pub amount: [f64; 3],
    /// Share of the whole amount paid, at this mix.
    pub amount_of_all: f64,
}

/// Fits the baseline of a world.
pub fn calibrate(world: &World) -> Result<Baseline, WorldError> {
    let targets = &world.parameters.targets;
    let horizon = targets.horizon_days as u32;
    let intake = world.parameters.claims.intake_days as u32;
    let rules = Rules::new(horizon, intake);
    let calendar = Calendar::new(FIRST, rules.length() + 70);
    let mut baseline = Baseline {
        intercepts: [0.0; 3],
        mix: [0.0; 3],
        recovered: [0.0; 3],
        amount: [0.0; 3],
        amount_of_all: 0.0,
    };
    let wanted = [targets.young, targets.middle, targets.old];
    for age in Age::ALL {
        let class = age as usize;
        let mut mix = [0.0; 3];
        mix[class] = 1.0;
        let people = Population::of_world(world, mix).people(PEOPLE);
        let fit = Fit { world, calendar: &calendar, rules: &rules, people: &people, class };
        let intercept = fit.intercept(wanted[class])?;
        let [recovered, amount] = fit.shares(intercept);
        baseline.intercepts[class] = intercept;
        baseline.recovered[class] = recovered;
        baseline.amount[class] = amount;
    }
    let claims = &world.parameters.claims;
    let stated = [claims.share_young, claims.share_middle];
    baseline.mix = if stated.iter().sum::<f64>() <= 0.0 {
        mix_for(&baseline.amount, targets.amount)
    } else {
        [stated[0], stated[1], (1.0 - stated[0] - stated[1]).max(0.0)]
    };
    baseline.amount_of_all = mean(&baseline.mix, &baseline.amount);
    Ok(baseline)
}

struct Fit<'a> {
    world: &'a World,
    calendar: &'a Calendar,
    rules: &'a Rules,
    people: &'a [Person],
    class: usize,
}

impl Fit<'_> {
    /// Share of cases and of the amount that static dunning recovers.
    fn shares(&self, intercept: f64) -> [f64; 2] {
        let nature =
            Nature { world: self.world, calendar: self.calendar, intercepts: [intercept; 3] };
        let mut policy = FixedSequence(Sequence::static_dunning());
        let tally = play(&nature, self.people, self.rules, &mut policy);
        [tally.recovered()[self.class], tally.yielded()]
    }

    /// The intercept at which the wanted share of cases recovers, by halving.
    fn intercept(&self, wanted: f64) -> Result<f64, WorldError> {
        let [mut low, mut high] = RANGE;
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.shares(middle)[0] < wanted { low = middle } else { high = middle }
        }
        let found = f64::midpoint(low, high);
        let nearest = self.shares(found)[0];
        if (nearest - wanted).abs() <= TOLERANCE {
            return Ok(found);
        }
        let target = ["targets.young", "targets.middle", "targets.old"][self.class];
        Err(WorldError::Unreachable { target, wanted, nearest })
    }
}

/// The mix of ages at which the amounts of the classes come to the wanted yield: each class is larger
/// than the one before it by the same factor. Where no factor gets there, the nearest.
fn mix_for(amount: &[f64; 3], wanted: f64) -> [f64; 3] {
    let mix = |factor: f64| {
        let all = 1.0 + factor + factor * factor;
        [1.0 / all, factor / all, factor * factor / all]
    };
    // Older claims yield less: the greater the factor, the smaller the yield.
    let (mut low, mut high) = (0.02_f64.ln(), 50.0_f64.ln());
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if mean(&mix(middle.exp()), amount) > wanted { low = middle } else { high = middle }
    }
    mix(f64::midpoint(low, high).exp())
}

fn mean(shares: &[f64; 3], values: &[f64; 3]) -> f64 {
    shares.iter().zip(values).map(|(share, value)| share * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Parameters;

    #[test]
    fn static_dunning_recovers_the_public_shares_of_cases_and_of_the_amount() {
        for number in [1, 2, 3] {
            let world = World::numbered(number).unwrap();
            let baseline = calibrate(&world).unwrap();
            for (recovered, wanted) in baseline.recovered.into_iter().zip([0.53, 0.23, 0.13]) {
                assert!((recovered - wanted).abs() < 0.01, "{number}: {baseline:?}");
            }
            assert!((baseline.amount_of_all - 0.11).abs() < 0.005, "{number}: {baseline:?}");
        }
    }

    #[test]
    fn a_share_that_nobody_can_pay_is_refused_by_name() {
        let mut parameters = Parameters { version: 1, ..Parameters::default() };
        parameters.cash.median_eur = 1.0;
        parameters.cash.savers = 0.0;
        let world = World::of("poor".to_owned(), 1, parameters).unwrap();
        let refused = calibrate(&world).unwrap_err();
        assert!(matches!(refused, WorldError::Unreachable { target: "targets.young", .. }));
    }

    #[test]
    fn shares_of_cases_alone_never_come_to_the_yield_whatever_the_mix_of_ages() {
        // Were both figures shares of one thing, no mix would do: the least of 53, 23 and 13 is above 11.
        let same = mix_for(&[0.53, 0.23, 0.13], 0.11);
        assert!(mean(&same, &[0.53, 0.23, 0.13]) > 0.13);
        let apart = mix_for(&[0.36, 0.14, 0.07], 0.11);
        assert!((mean(&apart, &[0.36, 0.14, 0.07]) - 0.11).abs() < 1e-6);
        assert!(apart[2] > apart[1] && apart[1] > apart[0]);
    }
}
