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

const FNV_OFFSET: u32 = 0x811C_9DC5;
const FNV_PRIME: u32 = 0x0100_0193;

/// FNV-1a over UTF-16 code units; a code unit may exceed 255 and is mixed in whole.
pub fn fnv1a32(units: impl Iterator<Item = u16>) -> u32 {
    units.fold(FNV_OFFSET, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(FNV_PRIME))
}

/// The unit's place in [0, 1): a multiple of 1/1,000 (`V1`) or 1/10,000 (`V2`).
pub fn hash_to_unit(version: HashVersion, seed: &str, value: &str) -> f64 {
    match version {
        HashVersion::V1 => {
            let hash = fnv1a32(value.encode_utf16().chain(seed.encode_utf16()));
            f64::from(hash % 1_000) / 1_000.0
        }
        HashVersion::V2 => {
            let inner = fnv1a32(seed.encode_utf16().chain(value.encode_utf16()));
            let hash = fnv1a32(inner.to_string().encode_utf16());
            f64::from(hash % 10_000) / 10_000.0
        }
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

    proptest! {
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
