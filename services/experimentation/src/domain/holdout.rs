//! The permanent hold-out: five persons in a hundred on whom nothing is ever tried, so that there is always
//! somebody to compare with.

use super::bucket::{BucketRange, in_namespace};

/// The namespace, as assignment writes it with its leading `__`.
const NAMESPACE: &str = "holdout";
/// Its slice.
const SLICE: BucketRange = BucketRange { start: 0.0, end: 0.05 };

/// Whether the person takes part in no experiment and gets the static policy, for ever.
pub fn held_out(debtor_id: &str) -> bool {
    in_namespace(debtor_id, NAMESPACE, SLICE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_five_in_a_hundred_are_held_out_and_always_the_same() {
        let held: Vec<bool> = (0..10_000).map(|n| held_out(&format!("debtor_{n}"))).collect();
        let count = held.iter().filter(|held| **held).count();
        assert!((400..600).contains(&count), "{count}");
        assert!((0..10_000).all(|n| held[n] == held_out(&format!("debtor_{n}"))));
    }
}
