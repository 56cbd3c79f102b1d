//! What an experiment can show, before it starts.

use kulanz_statistics::{Level, Looks, Metric, Plan};

use super::experiment::{Design, Flaw};

/// How often a true effect of the least size is to be found.
const POWER: f64 = 0.8;

impl Design {
    /// What is wrong with the baseline.
    pub(super) fn plan_flaw(&self) -> Option<Flaw> {
        let baseline = self.baseline?;
        let share = self.primary_metric.metric() == Metric::Proportion;
        let mean_is_sound =
            baseline.mean.is_finite() && (!share || (baseline.mean > 0.0 && baseline.mean < 1.0));
        let deviation_is_sound =
            baseline.deviation.is_none_or(|deviation| deviation > 0.0 && deviation.is_finite());
        if !mean_is_sound {
            Some(("baseline_mean".to_owned(), "must be a number; of a share, between 0 and 1"))
        } else if !deviation_is_sound {
            Some(("baseline_deviation".to_owned(), "must be a number above 0"))
        } else if share && baseline.deviation.is_some() {
            Some(("baseline_deviation".to_owned(), "that of a share follows from its mean"))
        } else {
            None
        }
    }

    /// What is missing to start.
    pub fn missing_to_start(&self) -> Vec<&'static str> {
        let baseline = self.baseline;
        let deviation = baseline.is_some_and(|baseline| {
            baseline.deviation.is_some() || self.primary_metric.metric() == Metric::Proportion
        });
        [
            (baseline.is_some(), "baseline_mean"),
            (deviation || baseline.is_none(), "baseline_deviation"),
            (self.planned_units > 0, "planned_units"),
        ]
        .into_iter()
        .filter_map(|(known, field)| (!known).then_some(field))
        .collect()
    }

    /// The variance of the primary measure per person, as planned.
    fn planned_variance(&self) -> Option<f64> {
        let baseline = self.baseline?;
        match self.primary_metric.metric() {
            Metric::Proportion => Some(baseline.mean * (1.0 - baseline.mean)),
            Metric::Mean | Metric::Ratio => baseline.deviation.map(|deviation| deviation.powi(2)),
        }
    }

    /// Persons planned for control and one treatment together, by the weights of the start: where its sequence
    /// is narrowest. Later weights do not move it: what a sequence says holds only if its plan was fixed before
    /// the first look.
    pub fn planned_pair(&self, arm: usize) -> u64 {
        self.planned_in(0) + self.planned_in(arm)
    }

    /// The smallest absolute effect that every treatment shows with power 0.8 at the planned number,
    /// however often one looks. `None` while the plan is not whole, or an arm would get fewer than two.
    pub fn minimum_detectable_effect(&self) -> Option<f64> {
        let variance = self.planned_variance()?;
        let of_arm = |arm: usize| {
            let looks = Looks::Always { planned_units: self.planned_pair(arm) };
            let plan = Plan { variance, level: Level::FIVE_PERCENT, power: POWER, looks };
            plan.detectable_effect(self.planned_in(0), self.planned_in(arm)).ok()
        };
        let effects: Option<Vec<f64>> = (1..self.arms.len()).map(of_arm).collect();
        effects?.into_iter().reduce(f64::max)
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a number of persons, which is below 2^53 and not negative"
    )]
    fn planned_in(&self, arm: usize) -> u64 {
        let weight = self.weights_of(1).get(arm).copied().unwrap_or(0.0);
        (self.planned_units as f64 * weight).floor() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::experiment::Baseline;
    use super::super::experiment::tests::design;
    use super::super::measure::Measure;
    use super::*;

    #[test]
    fn the_least_effect_is_that_of_the_formula_by_hand() {
        // N = 20,000: 2 ln(1/0.05) = 5.991465 and N rho^2 = 5.991465 + ln 6.991465 = 7.936155; the sequence
        // reaches sqrt(2 * 8.936155/7.936155 * (ln(8.936155)/2 + 2.995732)) = 3.035209 standard errors,
        // power 0.8 adds 0.841621; one of them is sqrt(0.06 * 0.94 * 2/10,000) = 0.003358571.
        let found = design().minimum_detectable_effect().unwrap();
        assert!((found - (3.035_209 + 0.841_621) * 0.003_358_571).abs() < 1e-8, "{found}");
    }

    #[test]
    fn new_weights_move_no_plan() {
        let planned = design();
        let mut changed = design();
        changed.earlier_weights.push(changed.weights());
        (changed.arms[0].weight, changed.arms[1].weight) = (0.1, 0.7);
        assert_eq!((changed.planned_pair(1), changed.planned_pair(0)), (20_000, 20_000));
        assert_eq!(changed.minimum_detectable_effect(), planned.minimum_detectable_effect());
    }

    #[test]
    fn a_mean_needs_its_deviation_and_a_share_has_none() {
        let of = |primary_metric, baseline| Design { primary_metric, baseline, ..design() };
        let mean = Baseline { mean: 40.0, deviation: None };
        let money = of(Measure::RecoveredAmount, Some(mean));
        assert_eq!(money.missing_to_start(), ["baseline_deviation"]);
        assert_eq!(money.minimum_detectable_effect(), None);
        let spread = Some(Baseline { mean: 40.0, deviation: Some(120.0) });
        assert!(of(Measure::RecoveredAmount, spread).minimum_detectable_effect().is_some());
        assert_eq!(of(Measure::Paid, spread).flaws()[0].0, "baseline_mean");
        let ratio = of(Measure::RecoveredPerContact, Some(mean));
        assert_eq!(ratio.missing_to_start(), ["baseline_deviation"]);
        let share = Some(Baseline { mean: 0.4, deviation: Some(0.5) });
        assert_eq!(of(Measure::Paid, share).flaws()[0].0, "baseline_deviation");
        let nothing = Design { planned_units: 0, ..of(Measure::Paid, None) };
        assert_eq!(nothing.missing_to_start(), ["baseline_mean", "planned_units"]);
    }
}
