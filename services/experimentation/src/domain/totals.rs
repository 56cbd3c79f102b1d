//! What is kept of an experiment: for each arm and measure, counts, sums, squares and products over its
//! people. A look costs the same whatever their number, and a person can be taken out again.

use std::collections::BTreeMap;

use kulanz_statistics::{Moments, Observation, Refusal};
use serde::{Deserialize, Serialize};

use super::measure::{Measure, Values};

/// A person as the sums hold them.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The arm.
    pub arm: String,
    /// Under which weights they came.
    pub bucket_version: i64,
    /// What was predicted before; people of whom nothing was count as 0, which is as good as anything that
    /// was known before the arm was.
    pub covariate: Option<f64>,
    /// Whether the outcome is complete.
    pub matured: bool,
    /// What happened came to.
    pub values: Values,
}

type Sums = BTreeMap<Measure, Moments>;

/// The sums of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// People whose outcome is complete, by arm.
    matured: BTreeMap<String, Sums>,
    /// The others.
    open: BTreeMap<String, Sums>,
    /// People by bucket version and arm.
    split: BTreeMap<i64, BTreeMap<String, u64>>,
}

impl Totals {
    /// Takes a person in.
    pub fn add(&mut self, person: &Counted) -> Result<(), Refusal> {
        self.each(person, Moments::add)?;
        let of_version = self.split.entry(person.bucket_version).or_default();
        *of_version.entry(person.arm.clone()).or_default() += 1;
        Ok(())
    }

    /// Takes a person out again, as if they had never been in.
    pub fn remove(&mut self, person: &Counted) -> Result<(), Refusal> {
        self.each(person, Moments::remove)?;
        let of_version = self.split.entry(person.bucket_version).or_default();
        let people = of_version.entry(person.arm.clone()).or_default();
        *people = people.checked_sub(1).ok_or(Refusal::NothingToRemove)?;
        Ok(())
    }

    fn each(
        &mut self,
        person: &Counted,
        change: impl Fn(&mut Moments, &Observation) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let part = if person.matured { &mut self.matured } else { &mut self.open };
        let sums = part.entry(person.arm.clone()).or_default();
        let covariate = person.covariate.unwrap_or(0.0);
        for (measure, value) in &person.values {
            let observation = Observation { covariate, ..Observation::of(*value) };
            change(sums.entry(*measure).or_default(), &observation)?;
        }
        Ok(())
    }

    /// The sums of a measure in an arm, with or without those whose outcome is still open.
    pub fn moments(&self, arm: &str, measure: Measure, include_open: bool) -> Moments {
        let of = |part: &BTreeMap<String, Sums>| {
            part.get(arm).and_then(|sums| sums.get(&measure)).copied().unwrap_or_default()
        };
        let mut moments = of(&self.matured);
        if include_open {
            moments.merge(&of(&self.open));
        }
        moments
    }

    /// How many people came into each of `arms`, by bucket version.
    pub fn split<'a>(&'a self, arms: &'a [String]) -> impl Iterator<Item = (i64, Vec<u64>)> + 'a {
        self.split.iter().map(move |(version, people)| {
            (*version, arms.iter().map(|arm| people.get(arm).copied().unwrap_or(0)).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(arm: u8, matured: bool, recovered: f64, covariate: Option<f64>) -> Counted {
        let paid = f64::from(u8::from(recovered > 0.0));
        let values = [(Measure::RecoveredAmount, recovered), (Measure::Paid, paid)].into();
        Counted { arm: format!("arm-{arm}"), bucket_version: 1, covariate, matured, values }
    }

    fn people() -> impl Strategy<Value = Vec<Counted>> {
        let one = (0u8..2, any::<bool>(), -500i32..90_000, prop::option::of(0.0f64..900.0))
            .prop_map(|(arm, matured, cents, covariate)| {
                person(arm, matured, f64::from(cents) / 100.0, covariate)
            });
        prop::collection::vec(one, 0..30)
    }

    fn figures(totals: &Totals) -> Vec<f64> {
        use kulanz_statistics::Quantity::{Covariate, Outcome};
        let mut all = Vec::new();
        for arm in ["arm-0", "arm-1"] {
            for measure in [Measure::RecoveredAmount, Measure::Paid] {
                let of = totals.moments(arm, measure, true);
                all.extend([
                    of.mean(Outcome),
                    of.variance(Outcome),
                    of.covariance(Outcome, Covariate),
                ]);
            }
        }
        all
    }

    proptest! {
        #[test]
        fn who_is_taken_out_leaves_what_would_be_without_them(kept in people(), erased in people()) {
            let mut totals = Totals::default();
            for one in kept.iter().chain(&erased) {
                totals.add(one).unwrap();
            }
            for one in &erased {
                totals.remove(one).unwrap();
            }
            let mut never = Totals::default();
            for one in &kept {
                never.add(one).unwrap();
            }
            for (left, right) in figures(&totals).into_iter().zip(figures(&never)) {
                prop_assert!((left - right).abs() <= 1e-9 * right.abs().max(1.0), "{left} {right}");
            }
            let arms = ["arm-0".to_owned(), "arm-1".to_owned()];
            let count = |totals: &Totals| totals.split(&arms).map(|(_, n)| n.iter().sum::<u64>()).sum::<u64>();
            prop_assert_eq!(count(&totals), kept.len() as u64);
        }

        #[test]
        fn what_is_stored_is_read_back_to_the_last_bit(kept in people()) {
            let mut totals = Totals::default();
            for one in &kept {
                totals.add(one).unwrap();
            }
            let stored = serde_json::to_string(&totals).unwrap();
            prop_assert_eq!(serde_json::from_str::<Totals>(&stored).unwrap(), totals);
        }
    }

    #[test]
    fn open_outcomes_count_only_where_they_are_asked_for() {
        let mut totals = Totals::default();
        totals.add(&person(0, true, 10.0, None)).unwrap();
        totals.add(&person(0, false, 30.0, None)).unwrap();
        let units = |open| totals.moments("arm-0", Measure::Paid, open).units();
        assert_eq!((units(false), units(true)), (1, 2));
        assert_eq!(totals.remove(&person(1, true, 1.0, None)), Err(Refusal::NothingToRemove));
    }
}
