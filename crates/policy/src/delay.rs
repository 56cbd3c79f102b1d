//! Money comes late: how much an unpaid decision counts as a failure before its horizon is over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Days after which a decision is over: what has not been paid by then was not caused by it.
pub const HORIZON_DAYS: usize = 28;
/// Days after a decision at which what has not been paid is learned, a little more each time.
pub const MILESTONES: [usize; 4] = [1, 3, 7, HORIZON_DAYS];
/// Payers that the expectation counts as, before any is seen.
const EXPECTED_PAYERS: f64 = 50.0;
/// Mean delay that is expected, in days.
const EXPECTED_DELAY: f64 = 5.0;

/// How soon those who pay within the horizon pay, per channel: counts per day of delay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DelayCurve {
    payers: BTreeMap<String, Vec<f64>>,
}

impl DelayCurve {
    /// Counts a payer of a cohort whose horizon is over; counting earlier ones would make payers look
    /// faster than they are. Delays behind the horizon do not count.
    pub fn count(&mut self, channel: &str, delay_days: usize) {
        if delay_days <= HORIZON_DAYS {
            self.days(channel)[delay_days] += 1.0;
        }
    }

    /// Takes a counted payer back.
    pub fn uncount(&mut self, channel: &str, delay_days: usize) {
        if delay_days <= HORIZON_DAYS {
            self.days(channel)[delay_days] -= 1.0;
        }
    }

    fn days(&mut self, channel: &str) -> &mut Vec<f64> {
        self.payers.entry(channel.to_owned()).or_insert_with(|| vec![0.0; HORIZON_DAYS + 1])
    }

    /// The share of payers who have paid after so many days: the weight with which an unpaid decision
    /// counts as a failure. 1 at the horizon.
    #[expect(clippy::cast_precision_loss, reason = "at most 28 days")]
    pub fn paid_by(&self, channel: &str, days: usize) -> f64 {
        if days >= HORIZON_DAYS {
            return 1.0;
        }
        let expected = |days: usize| 1.0 - libm::exp(-(days as f64) / EXPECTED_DELAY);
        let prior = EXPECTED_PAYERS * expected(days) / expected(HORIZON_DAYS);
        let Some(payers) = self.payers.get(channel) else { return prior / EXPECTED_PAYERS };
        let so_far: f64 = payers[..=days].iter().sum();
        ((prior + so_far) / (EXPECTED_PAYERS + payers.iter().sum::<f64>())).clamp(0.0, 1.0)
    }

    /// Adds another shard's counts, faded.
    pub fn merge(&mut self, other: &Self, share: f64) {
        for (channel, theirs) in &other.payers {
            for (ours, theirs) in self.days(channel).iter_mut().zip(theirs) {
                *ours += share * theirs;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn before_any_payer_is_seen_the_curve_is_the_expected_one() {
        let curve = DelayCurve::default();
        let expected = (1.0 - (-0.6_f64).exp()) / (1.0 - (-5.6_f64).exp());
        assert!((curve.paid_by("sms", 3) - expected).abs() < 1e-12);
    }

    #[test]
    fn fast_payers_make_an_unpaid_decision_count_sooner_on_their_channel_alone() {
        let mut curve = DelayCurve::default();
        let before = curve.paid_by("sms", 1);
        (0..50).for_each(|_| curve.count("sms", 0));
        assert!((curve.paid_by("sms", 1) - f64::midpoint(before, 1.0)).abs() < 1e-12);
        assert!((curve.paid_by("letter", 1) - before).abs() < 1e-12);
        (0..50).for_each(|_| curve.uncount("sms", 0));
        assert!((curve.paid_by("sms", 1) - before).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_curve_rises_to_1(delays in prop::collection::vec(0usize..40, 0..60)) {
            let mut curve = DelayCurve::default();
            for delay in &delays {
                curve.count("sms", *delay);
            }
            let shares: Vec<f64> = (0..=30).map(|day| curve.paid_by("sms", day)).collect();
            prop_assert!(shares.is_sorted());
            prop_assert!((shares[HORIZON_DAYS] - 1.0).abs() < f64::EPSILON);
        }
    }
}
