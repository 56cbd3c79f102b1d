//! Randomness of one decision: a stream that depends on the policy version and the decision id and
//! on nothing else, so that every logged decision can be drawn again bit for bit.

use sha2::{Digest, Sha256};

/// The 64-bit seed of a decision: the first eight bytes of SHA-256 over version and id, parted by a
/// zero byte. Seeding by person instead would draw the same action for a person for ever.
pub fn decision_seed(policy_version: &str, decision_id: &str) -> u64 {
    let digest = Sha256::new()
        .chain_update(policy_version)
        .chain_update([0])
        .chain_update(decision_id)
        .finalize();
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// `SplitMix64` (Steele, Lea, Flood 2014): integer operations only, equal on every machine.
#[derive(Debug, Clone)]
pub struct DecisionStream(u64);

impl DecisionStream {
    /// The stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
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

    /// A position drawn in proportion to the weights; weight 0 is never drawn. The weights hold at
    /// least one positive number.
    pub fn position(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut left = self.unit() * total;
        let mut last = 0;
        for (position, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            last = position;
            if left < *weight {
                break;
            }
            left -= weight;
        }
        last
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
        assert!((0..1_000).all(|_| stream.position(&[0.0, 0.3, 0.0, 0.7, 0.0]) % 2 == 1));
    }
}
