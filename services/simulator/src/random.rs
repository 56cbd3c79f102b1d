//! Randomness by key: every draw is a function of (world, person, purpose, ordinal), whatever was drawn
//! before, so that two policies on one world meet the same luck (common random numbers).

/// What a draw is for. A number once given keeps its meaning, or worlds change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// The parameters of a numbered world.
    Parameters = 1,
    /// Latent traits.
    Traits = 2,
    /// Amount and age of the claim.
    Claim = 3,
    /// Addresses and whose they are.
    Reach = 4,
    /// What can be observed of the traits.
    Observed = 5,
    /// Income of a month.
    Income = 6,
    /// Settling of one's own accord on a day.
    SelfCure = 7,
    /// The reaction to the n-th contact.
    Contact = 8,
    /// The n-th due date of a plan.
    Instalment = 9,
    /// The n-th promise.
    Promise = 10,
    /// The treatment arm.
    Arm = 11,
    /// Choices of a policy that chooses by chance.
    Choice = 12,
    /// The day on which the claim is handed over.
    Intake = 13,
    /// Whose observed labels one gets where they are shuffled.
    Shuffle = 14,
}

/// A stream of draws under one key: `SplitMix64` (Steele, Lea, Flood 2014), which passes `BigCrush`.
#[derive(Debug, Clone)]
pub struct Draws {
    state: u64,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl Draws {
    /// The stream of a key.
    pub const fn of(world: u64, person: u32, purpose: Purpose, ordinal: u32) -> Self {
        let who = ((person as u64) << 32) | ordinal as u64;
        let state = mix(world.wrapping_add(GOLDEN).wrapping_add((purpose as u64) << 56));
        Self { state: mix(state ^ mix(who.wrapping_add(GOLDEN.wrapping_mul(purpose as u64)))) }
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number in the open interval from 0 to 1.
    pub const fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Whether an event of probability `chance` happens.
    pub const fn happens(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    /// A whole number below `bound`; 0 where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((self.uniform() * bound as f64) as usize).min(bound.saturating_sub(1))
    }

    /// A standard normal number (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// The standard normal distribution function, to 7.5e-8 (Abramowitz and Stegun 26.2.17).
pub fn normal_share(value: f64) -> f64 {
    const WEIGHTS: [f64; 5] =
        [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let step = 1.0 / (1.0 + 0.231_641_9 * value.abs());
    let polynomial = WEIGHTS.iter().rev().fold(0.0, |sum, weight| (sum + weight) * step);
    let tail = (-0.5 * value * value).exp() / std::f64::consts::TAU.sqrt() * polynomial;
    if value > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_draws_the_same_and_another_key_another() {
        let first = |world, person, purpose, n| Draws::of(world, person, purpose, n).uniform();
        let base = first(1, 2, Purpose::Contact, 3);
        assert_eq!(base.to_bits(), first(1, 2, Purpose::Contact, 3).to_bits());
        for other in [
            first(2, 2, Purpose::Contact, 3),
            first(1, 3, Purpose::Contact, 3),
            first(1, 2, Purpose::SelfCure, 3),
            first(1, 2, Purpose::Contact, 4),
        ] {
            assert_ne!(base.to_bits(), other.to_bits());
        }
    }

    #[test]
    fn draws_over_neighbouring_keys_are_uniform_and_uncorrelated() {
        let n = 100_000;
        let draw = |i| Draws::of(9, i, Purpose::Contact, 0).uniform() - 0.5;
        let mean: f64 = (0..n).map(draw).sum::<f64>() / f64::from(n);
        let lag: f64 = (0..n).map(|i| draw(i) * draw(i + 1)).sum::<f64>() / f64::from(n) * 12.0;
        let spread: f64 = (0..n).map(|i| draw(i).powi(2)).sum::<f64>() / f64::from(n) * 12.0;
        assert!(mean.abs() < 0.004 && lag.abs() < 0.013, "{mean} {lag}");
        assert!((spread - 1.0).abs() < 0.02, "{spread}");
    }

    #[test]
    fn the_normal_share_is_the_tables() {
        for (value, share) in [(0.0, 0.5), (1.0, 0.841_344_75), (-1.96, 0.024_997_9)] {
            assert!((normal_share(value) - share).abs() < 1e-6, "{value}");
        }
    }
}
