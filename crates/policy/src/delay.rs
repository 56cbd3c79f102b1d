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

/// How soon those who pay within the horizon pay, per channel: what became of contacts, by day.
///
/// The next contact ends what can be seen of one, so that whoever would have paid late is missing among the
/// payers. Such contacts count as far as they were seen (Kaplan and Meier 1958).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DelayCurve {
    contacts: BTreeMap<String, Followed>,
}

/// What became of the contacts of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Followed {
    /// Paid after so many days.
    paid: Vec<f64>,
    /// Unpaid when the next contact came after so many days.
    cut: Vec<f64>,
    /// Unpaid at the horizon.
    unpaid: f64,
}

impl DelayCurve {
    /// Counts a contact that was followed by money after so many days; delays behind the horizon count as
    /// unpaid. Contacts are counted once their horizon is over: the earlier paid ones alone would make payers
    /// look faster than they are.
    pub fn count(&mut self, channel: &str, delay_days: usize) {
        let followed = self.followed(channel);
        *followed.paid.get_mut(delay_days).unwrap_or(&mut followed.unpaid) += 1.0;
    }

    /// Counts a contact after which no money came in so many days, when the next contact was made; at the
    /// horizon or behind it, nobody interfered.
    pub fn count_unpaid(&mut self, channel: &str, days: usize) {
        let followed = self.followed(channel);
        *followed.cut.get_mut(days).unwrap_or(&mut followed.unpaid) += 1.0;
    }

    /// Counts a contact by what became of it: paid after so many days, or not in those that could be watched.
    pub fn count_followed(&mut self, channel: &str, paid_after: Option<usize>, watched: usize) {
        match paid_after {
            Some(days) => self.count(channel, days),
            None => self.count_unpaid(channel, watched),
        }
    }

    fn followed(&mut self, channel: &str) -> &mut Followed {
        self.contacts.entry(channel.to_owned()).or_insert_with(Followed::nobody)
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
        let Some(followed) = self.contacts.get(channel) else { return prior / EXPECTED_PAYERS };
        let (so_far, all) = followed.payers(days);
        ((prior + so_far) / (EXPECTED_PAYERS + all)).clamp(0.0, 1.0)
    }

    /// Adds another shard's counts, faded.
    pub fn merge(&mut self, other: &Self, share: f64) {
        for (channel, theirs) in &other.contacts {
            self.followed(channel).merge(theirs, share);
        }
    }
}

impl Followed {
    fn nobody() -> Self {
        Self { paid: vec![0.0; HORIZON_DAYS + 1], cut: vec![0.0; HORIZON_DAYS], unpaid: 0.0 }
    }

    /// How many have paid after so many days and how many within the horizon, had no next contact come.
    fn payers(&self, days: usize) -> (f64, f64) {
        let counted = self.paid.iter().chain(&self.cut).sum::<f64>() + self.unpaid;
        let (mut watched, mut still_unpaid) = (counted, counted);
        let (mut so_far, mut all) = (0.0, 0.0);
        for (day, paid) in self.paid.iter().enumerate().filter(|_| counted > 0.0) {
            // Each who is still watched stands for those of whom nothing can be seen any more, too.
            let paying = if *paid > 0.0 { still_unpaid * paid / watched } else { 0.0 };
            still_unpaid -= paying;
            watched -= paid + self.cut.get(day).unwrap_or(&0.0);
            all += paying;
            so_far += if day <= days { paying } else { 0.0 };
        }
        (so_far, all)
    }

    fn merge(&mut self, other: &Self, share: f64) {
        let ours = self.paid.iter_mut().chain(&mut self.cut).chain([&mut self.unpaid]);
        let theirs = other.paid.iter().chain(&other.cut).chain([&other.unpaid]);
        for (ours, theirs) in ours.zip(theirs) {
            *ours += share * theirs;
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
        (0..500).for_each(|_| curve.count_unpaid("sms", 28));
        assert!((curve.paid_by("sms", 1) - f64::midpoint(before, 1.0)).abs() < 1e-12);
    }

    #[test]
    fn whoever_the_next_contact_keeps_from_paying_late_is_no_fast_payer() {
        let mut curve = DelayCurve::default();
        // Of 2,000 a tenth pays on day 2, a tenth of the others on day 10; half are written to again on day 7.
        (0..200).for_each(|_| curve.count("sms", 2));
        (0..900).for_each(|_| curve.count_unpaid("sms", 7));
        (0..90).for_each(|_| curve.count("sms", 10));
        (0..810).for_each(|_| curve.count_unpaid("sms", 28));
        let prior = EXPECTED_PAYERS * DelayCurve::default().paid_by("sms", 7);
        let expected = (prior + 200.0) / (EXPECTED_PAYERS + 200.0 + 180.0);
        assert!((curve.paid_by("sms", 7) - expected).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_curve_rises_to_1(
            contacts in prop::collection::vec((any::<bool>(), 0usize..40), 0..60), faded in 0.1f64..1.0,
        ) {
            let (mut seen, mut curve) = (DelayCurve::default(), DelayCurve::default());
            for (paid, days) in contacts {
                if paid { seen.count("sms", days) } else { seen.count_unpaid("sms", days) }
            }
            curve.merge(&seen, faded);
            let shares: Vec<f64> = (0..=30).map(|day| curve.paid_by("sms", day)).collect();
            prop_assert!(shares.is_sorted());
            prop_assert!((shares[HORIZON_DAYS] - 1.0).abs() < f64::EPSILON);
        }
    }
}
