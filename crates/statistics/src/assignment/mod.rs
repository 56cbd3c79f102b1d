//! Who gets which arm: `GrowthBook`'s hash and bucket ranges, so that every SDK of theirs agrees.

pub mod bucket;
pub mod hash;

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::bucket::{BucketRange, bucket_ranges, choose_variation, in_namespace};
    use super::hash::{HashVersion, hash_to_unit};

    /// Letters of one, two and three bytes, and one of two UTF-16 code units.
    const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_ÄÖÜäöüßéñłžŞΩЖ漢字€😀";

    /// `SplitMix64` from 0.
    struct Numbers(u64);

    impl Numbers {
        fn next_below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
        }
    }

    /// The digest is of the same lines as `growthbook` 4.0.0 (`PyPI`) gives them: `gbhash` of versions 1 and 2,
    /// `chooseVariation` over `getBucketRanges`, `inNamespace`.
    #[test]
    fn one_hundred_thousand_random_ids_fall_where_growthbook_puts_them() {
        let letters: Vec<char> = ALPHABET.chars().collect();
        let seeds = ["tone-2026q3", "Über-uns", "exp:2", ""];
        let splits: [(usize, f64, Option<&[f64]>); 3] = [
            (2, 1.0, None),
            (3, 0.7, Some(&[0.2, 0.3, 0.5])),
            (4, 0.25, Some(&[0.1, 0.2, 0.3, 0.4])),
        ];
        let (mut numbers, mut digest) = (Numbers(0), Sha256::new());
        for place in 0..100_000 {
            let length = 1 + numbers.next_below(36);
            let id: String =
                (0..length).map(|_| letters[numbers.next_below(letters.len())]).collect();
            let seed = seeds[place % seeds.len()];
            let [first, second] =
                [HashVersion::V1, HashVersion::V2].map(|version| hash_to_unit(version, seed, &id));
            let (arms, coverage, weights) = splits[place % splits.len()];
            let arm = choose_variation(second, &bucket_ranges(arms, coverage, weights));
            let arm = arm.map_or("-1".to_owned(), |arm| arm.to_string());
            let inside = in_namespace(&id, seed, BucketRange { start: 0.2, end: 0.65 });
            digest.update(format!("{first:.3} {second:.4} {arm} {}\n", u8::from(inside)));
        }
        let found = data_encoding::HEXLOWER.encode(&digest.finalize());
        assert_eq!(found, "b28dae50182b3510d344ea3818a9a7c51ee4b6aef9f2c6c45b392be40b55847d");
    }
}
