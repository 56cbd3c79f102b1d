//! Randomness from a seed alone: equal on every machine, so that every logged decision can be drawn again
//! bit for bit, and every policy made again from what it learned.

use sha2::{Digest, Sha256};

/// The 64-bit seed of a decision: the first eight bytes of SHA-256 over version and id, parted by a
/// zero byte. Seeding by person instead would draw the same action for a person for ever.
pub fn decision_seed(policy_version: &str, decision_id: &str) -> u64 {
    seed([policy_version, decision_id])
}

/// A seed from words, parted by zero bytes.
pub(crate) fn seed<const N: usize>(words: [&str; N]) -> u64 {
    let mut hash = Sha256::new();
    for (position, word) in words.iter().enumerate() {
        if position > 0 {
            hash.update([0]);
        }
        hash.update(word);
    }
    hash.finalize().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// `SplitMix64` (Steele, Lea, Flood 2014): integer operations only, equal on every machine.
#[derive(Debug, Clone)]
pub struct DecisionStream(u64);

impl DecisionStream {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number in [0, 1) of 53 bits.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A level drawn in proportion to its weight; the weights hold at least one positive number.
    pub(crate) fn weighted(&mut self, weights: &[(u8, f64)]) -> u8 {
        let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        let mut last = 0;
        for (level, weight) in weights.iter().filter(|(_, weight)| *weight > 0.0) {
            last = *level;
            if left < *weight {
                break;
            }
            left -= weight;
        }
        last
    }

    /// The position of one of the bits that are set, each as likely; at least one is.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 64")]
    pub(crate) fn bit(&mut self, word: u64) -> u8 {
        let skip = (self.unit() * f64::from(word.count_ones())) as usize;
        crate::masked::bits(word).nth(skip).unwrap_or(0)
    }

    /// A number of the standard normal distribution by Marsaglia's polar method.
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // First outputs of the reference implementation of SplitMix64 for seed 1234567.
        let mut stream = DecisionStream::new(1_234_567);
        assert_eq!(stream.next(), 6_457_827_717_110_365_317);
        assert_eq!(stream.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn version_and_id_cannot_be_shifted_into_each_other() {
        assert_ne!(decision_seed("1", "23"), decision_seed("12", "3"));
    }

    #[test]
    fn a_level_without_weight_is_never_drawn() {
        let mut stream = DecisionStream::new(7);
        let weights = [(0, 0.0), (3, 0.3), (4, 0.0), (6, 0.7)];
        assert!((0..1_000).all(|_| matches!(stream.weighted(&weights), 3 | 6)));
        assert!((0..1_000).all(|_| matches!(stream.bit(0b100_1000), 3 | 6)));
    }

    #[test]
    fn normal_numbers_have_mean_0_and_variance_1() {
        let mut stream = DecisionStream::new(3);
        let draws: Vec<f64> = (0..100_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 1e5;
        let fourth = draws.iter().map(|draw| draw.powi(4)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.013 && (variance - 1.0).abs() < 0.018, "{mean} {variance}");
        assert!((fourth - 3.0).abs() < 0.13, "{fourth}");
    }
}
