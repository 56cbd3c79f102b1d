//! Deterministic hashing of a unit to a number in [0, 1), equal to `GrowthBook`'s SDKs.
//!
//! The text is walked in UTF-16 code units, as JavaScript and Python do: hashing UTF-8 bytes gives
//! other buckets to every id with an umlaut.

/// Which of `GrowthBook`'s two published hash rules turns text into a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashVersion {
    /// `fnv(value + seed)`, 1,000 buckets. Biased for similar seeds; namespaces still use it.
    V1,
    /// `fnv(decimal(fnv(seed + value)))`, 10,000 buckets. What new experiments use.
    V2,
}

impl HashVersion {
    /// The rule of that number; there is none other than 1 and 2.
    pub fn numbered(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}

const FNV_OFFSET: u32 = 0x811C_9DC5;
const FNV_PRIME: u32 = 0x0100_0193;

/// FNV-1a over UTF-16 code units; a code unit may exceed 255 and is mixed in whole.
pub fn fnv1a32(units: impl Iterator<Item = u16>) -> u32 {
    continued(FNV_OFFSET, units)
}

fn continued(hash: u32, units: impl Iterator<Item = u16>) -> u32 {
    units.fold(hash, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(FNV_PRIME))
}

/// Goes on over a text. An ASCII text, as ids are, has one code unit per byte.
fn continued_over(hash: u32, text: &str) -> u32 {
    if text.is_ascii() {
        continued(hash, text.bytes().map(u16::from))
    } else {
        continued(hash, text.encode_utf16())
    }
}

/// A seed whose part of the `V2` hash is computed once, for many units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashedSeed(u32);

impl HashedSeed {
    /// Hashes the seed.
    pub fn new(seed: &str) -> Self {
        Self(continued_over(FNV_OFFSET, seed))
    }

    /// The unit's place, as [`hash_to_unit`] gives it for `V2`.
    pub fn place(self, value: &str) -> f64 {
        f64::from(of_decimal(continued_over(self.0, value)) % 10_000) / 10_000.0
    }
}

/// The places of one unit under several seeds. The hashes do not depend on each other, so they go side
/// by side through the text and the machine computes several at once.
pub fn places<const N: usize>(seeds: &[HashedSeed; N], value: &str) -> [f64; N] {
    let mut inner = seeds.map(|seed| seed.0);
    let mut mix = |unit: u32| {
        for hash in &mut inner {
            *hash = (*hash ^ unit).wrapping_mul(FNV_PRIME);
        }
    };
    if value.is_ascii() {
        value.bytes().for_each(|byte| mix(u32::from(byte)));
    } else {
        value.encode_utf16().for_each(|unit| mix(u32::from(unit)));
    }
    of_decimals(inner).map(|hash| f64::from(hash % 10_000) / 10_000.0)
}

/// The hashes of the numbers' decimal digits.
fn of_decimals<const N: usize>(numbers: [u32; N]) -> [u32; N] {
    let mut digits = Digits { left: numbers, number: numbers, hash: [FNV_OFFSET; N] };
    digits.mix::<1_000_000_000>();
    digits.mix::<100_000_000>();
    digits.mix::<10_000_000>();
    digits.mix::<1_000_000>();
    digits.mix::<100_000>();
    digits.mix::<10_000>();
    digits.mix::<1_000>();
    digits.mix::<100>();
    digits.mix::<10>();
    digits.mix::<1>();
    digits.hash
}

/// Numbers whose decimal digits are hashed, from the first.
struct Digits<const N: usize> {
    left: [u32; N],
    number: [u32; N],
    hash: [u32; N],
}

impl<const N: usize> Digits<N> {
    /// Mixes in the digit of that weight, where the number is long enough to have it.
    fn mix<const WEIGHT: u32>(&mut self) {
        for lane in 0..N {
            let digit = self.left[lane] / WEIGHT;
            self.left[lane] -= digit * WEIGHT;
            let mixed = (self.hash[lane] ^ (u32::from(b'0') + digit)).wrapping_mul(FNV_PRIME);
            let written = WEIGHT == 1 || self.number[lane] >= WEIGHT;
            self.hash[lane] = if written { mixed } else { self.hash[lane] };
        }
    }
}

/// The hash of a number's decimal digits.
fn of_decimal(mut number: u32) -> u32 {
    let mut digits = [0_u8; 10];
    let mut start = digits.len();
    loop {
        start -= 1;
        // One decimal digit always fits.
        digits[start] = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        if number == 0 {
            break;
        }
    }
    continued(FNV_OFFSET, digits[start..].iter().map(|digit| u16::from(*digit)))
}

/// The unit's place in [0, 1): a multiple of 1/1,000 (`V1`) or 1/10,000 (`V2`).
pub fn hash_to_unit(version: HashVersion, seed: &str, value: &str) -> f64 {
    match version {
        HashVersion::V1 => {
            let hash = continued_over(continued_over(FNV_OFFSET, value), seed);
            f64::from(hash % 1_000) / 1_000.0
        }
        HashVersion::V2 => HashedSeed::new(seed).place(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn v2(seed: &str, value: &str) -> f64 {
        hash_to_unit(HashVersion::V2, seed, value)
    }

    #[test]
    fn the_published_vectors_of_both_versions_are_met() {
        assert_eq!(fnv1a32("tone-2026q3debtor-000001".encode_utf16()), 3_818_922_586);
        for (seed, value, expected) in [
            ("tone-2026q3", "debtor-000001", 0.1199),
            ("tone-2026q3", "debtor-000002", 0.8069),
            ("exp-channel", "9f1c2b7e-1111-4222-8333-444455556666", 0.6892),
            ("", "a", 0.0216),
        ] {
            assert!((v2(seed, value) - expected).abs() < f64::EPSILON, "{seed} {value}");
        }
        let first = hash_to_unit(HashVersion::V1, "tone-2026q3", "debtor-000001");
        assert!((first - 0.464).abs() < f64::EPSILON);
    }

    #[test]
    fn umlauts_and_surrogate_pairs_are_hashed_as_utf_16() {
        assert!((v2("Ü-Test", "Jürgen Müßig") - 0.2265).abs() < f64::EPSILON);
        assert!((v2("seed", "😀42") - 0.0984).abs() < f64::EPSILON);
    }

    #[test]
    fn numbers_of_every_length_are_hashed_as_they_are_written() {
        for number in [0, 7, 10, 99, 1_000, 54_321, 999_999, 1_000_000, 99_999_999, 4_294_967_295] {
            let written = fnv1a32(number.to_string().encode_utf16());
            assert_eq!(of_decimals([number]), [written]);
            assert_eq!(of_decimal(number), written);
        }
    }

    #[test]
    fn there_is_no_third_rule() {
        assert_eq!(HashVersion::numbered(1), Some(HashVersion::V1));
        assert_eq!(HashVersion::numbered(2), Some(HashVersion::V2));
        assert_eq!([0, 3, 99].map(HashVersion::numbered), [None; 3]);
    }

    proptest! {
        #[test]
        fn the_fast_way_is_the_definition(seed in ".*", value in ".*") {
            let inner = fnv1a32(format!("{seed}{value}").encode_utf16());
            let outer = fnv1a32(inner.to_string().encode_utf16());
            prop_assert_eq!(v2(&seed, &value).to_bits(), (f64::from(outer % 10_000) / 1e4).to_bits());
            let first = fnv1a32(format!("{value}{seed}").encode_utf16());
            let found = hash_to_unit(HashVersion::V1, &seed, &value);
            prop_assert_eq!(found.to_bits(), (f64::from(first % 1_000) / 1e3).to_bits());
        }

        #[test]
        fn side_by_side_every_seed_gives_the_place_it_gives_alone(seeds in prop::array::uniform5(".*"), value in ".*") {
            let hashed = seeds.each_ref().map(|seed| HashedSeed::new(seed));
            let alone = seeds.each_ref().map(|seed| v2(seed, &value).to_bits());
            prop_assert_eq!(places(&hashed, &value).map(f64::to_bits), alone);
        }

        #[test]
        fn every_unit_has_one_place_below_one(seed in ".*", value in ".*") {
            for version in [HashVersion::V1, HashVersion::V2] {
                let place = hash_to_unit(version, &seed, &value);
                prop_assert!((0.0..1.0).contains(&place));
                prop_assert!(place.to_bits() == hash_to_unit(version, &seed, &value).to_bits());
            }
        }
    }
}
