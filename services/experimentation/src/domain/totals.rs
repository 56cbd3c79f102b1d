//! What is kept of an experiment: for each version of the weights, arm and measure, counts, sums, squares and
//! products over the people. A look costs the same whatever their number, and a person can be taken out again.

use std::collections::BTreeMap;

use kulanz_statistics::{Moments, Observation, Refusal};
use serde::{Deserialize, Serialize};

use super::delays::Delays;
use super::measure::{MEASURES, Measure, Values};

/// A person as the sums hold them.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The arm.
    pub arm: String,
    /// Under which weights they came.
    pub bucket_version: i64,
    /// The date on which they came, as days since 1970.
    pub exposed_on: i64,
    /// What was predicted before; people of whom nothing was count as 0, which is as good as anything that
    /// was known before the arm was.
    pub covariate: Option<f64>,
    /// Whether the outcome is complete.
    pub matured: bool,
    /// What happened came to.
    pub values: Values,
}

impl Counted {
    /// What each measure has of the person; of a ratio, both parts.
    fn observations(&self) -> impl Iterator<Item = (Measure, Observation)> {
        let covariate = self.covariate.unwrap_or(0.0);
        let plain = self.values.iter().map(move |(measure, value)| {
            (*measure, Observation { covariate, ..Observation::of(*value) })
        });
        let ratios = MEASURES.iter().filter_map(move |(measure, _)| {
            let (numerator, denominator) = measure.parts()?;
            let outcome = *self.values.get(&numerator)?;
            let denominator = *self.values.get(&denominator)?;
            Some((*measure, Observation { outcome, covariate, denominator }))
        });
        plain.chain(ratios)
    }
}

type Sums = BTreeMap<Measure, Moments>;

/// How people are counted. It grows with every change of what is kept of them: sums of another layout are not
/// mended but counted anew, from what happened to their people.
const LAYOUT: u32 = 3;

/// The sums of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// How they were counted.
    layout: u32,
    /// People by the bucket version under which they came. Versions have other weights and another time, and
    /// so are never thrown together where arms are compared.
    versions: BTreeMap<i64, Version>,
}

/// All that is read of sums before it is known how they were counted.
#[derive(Deserialize)]
struct Marked {
    /// 0 where nothing is said.
    #[serde(default)]
    layout: u32,
}

/// People who came under the same weights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Version {
    /// Those whose outcome is complete, by arm.
    matured: BTreeMap<String, Sums>,
    /// The others.
    open: BTreeMap<String, Sums>,
    /// All of them, by arm.
    people: BTreeMap<String, u64>,
    /// How soon they pay, by arm.
    delays: BTreeMap<String, Delays>,
}

impl Default for Totals {
    fn default() -> Self {
        Self { layout: LAYOUT, versions: BTreeMap::new() }
    }
}

impl Totals {
    /// Reads what was stored, empty text for nothing. `None` if it was counted by another layout.
    pub fn stored(text: &str) -> Result<Option<Self>, serde_json::Error> {
        if text.is_empty() {
            return Ok(Some(Self::default()));
        }
        let marked: Marked = serde_json::from_str(text)?;
        if marked.layout == LAYOUT { serde_json::from_str(text).map(Some) } else { Ok(None) }
    }

    /// Takes a person in.
    pub fn add(&mut self, person: &Counted) -> Result<(), Refusal> {
        let version = self.versions.entry(person.bucket_version).or_default();
        version.each(person, Moments::add)?;
        *version.people.entry(person.arm.clone()).or_default() += 1;
        version.delays.entry(person.arm.clone()).or_default().add(person);
        Ok(())
    }

    /// Takes a person out again, as if they had never been in.
    pub fn remove(&mut self, person: &Counted) -> Result<(), Refusal> {
        let version = self.versions.entry(person.bucket_version).or_default();
        version.each(person, Moments::remove)?;
        let people = version.people.entry(person.arm.clone()).or_default();
        *people = people.checked_sub(1).ok_or(Refusal::NothingToRemove)?;
        version.delays.entry(person.arm.clone()).or_default().remove(person)
    }

    /// The sums of a measure in an arm, with or without those whose outcome is still open.
    pub fn moments(&self, arm: &str, measure: Measure, include_open: bool) -> Moments {
        let mut all = Moments::default();
        for version in self.versions.values() {
            all.merge(&version.moments(arm, measure, include_open));
        }
        all
    }

    /// The same in each of `arms` for every version, the first first.
    pub fn by_version(
        &self,
        arms: &[String],
        measure: Measure,
        include_open: bool,
    ) -> Vec<Vec<Moments>> {
        let of = |version: &Version| {
            arms.iter().map(|arm| version.moments(arm, measure, include_open)).collect()
        };
        self.versions.values().map(of).collect()
    }

    /// How soon people of each of `arms` pay, by bucket version.
    pub fn delays<'a>(
        &'a self,
        arms: &'a [String],
    ) -> impl Iterator<Item = (i64, Vec<Delays>)> + 'a {
        self.versions.iter().map(move |(number, version)| {
            let delays = |arm| version.delays.get(arm).cloned().unwrap_or_default();
            (*number, arms.iter().map(delays).collect())
        })
    }

    /// How many people came into each of `arms`, by bucket version.
    pub fn split<'a>(&'a self, arms: &'a [String]) -> impl Iterator<Item = (i64, Vec<u64>)> + 'a {
        self.versions.iter().map(move |(number, version)| {
            let people = |arm| version.people.get(arm).copied().unwrap_or(0);
            (*number, arms.iter().map(people).collect())
        })
    }
}

impl Version {
    fn each(
        &mut self,
        person: &Counted,
        change: impl Fn(&mut Moments, &Observation) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let part = if person.matured { &mut self.matured } else { &mut self.open };
        let sums = part.entry(person.arm.clone()).or_default();
        for (measure, observation) in person.observations() {
            change(sums.entry(measure).or_default(), &observation)?;
        }
        Ok(())
    }

    fn moments(&self, arm: &str, measure: Measure, include_open: bool) -> Moments {
        let of = |part: &BTreeMap<String, Sums>| {
            part.get(arm).and_then(|sums| sums.get(&measure)).copied().unwrap_or_default()
        };
        let mut moments = of(&self.matured);
        if include_open {
            moments.merge(&of(&self.open));
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(arm: u8, matured: bool, recovered: f64, covariate: Option<f64>) -> Counted {
        let paid = f64::from(u8::from(recovered > 0.0));
        let values = [(Measure::RecoveredAmount, recovered), (Measure::Paid, paid)].into();
        let (arm, bucket_version, exposed_on) = (format!("arm-{arm}"), 1, 0);
        Counted { arm, bucket_version, exposed_on, covariate, matured, values }
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
            prop_assert_eq!(Totals::stored(&stored).unwrap(), Some(totals));
        }
    }

    #[test]
    fn sums_of_another_layout_are_not_taken_for_those_of_this_one() {
        let pooled = r#"{"matured":{},"open":{},"split":{}}"#;
        assert_eq!(Totals::stored(pooled).unwrap(), None);
        assert_eq!(Totals::stored("").unwrap(), Some(Totals::default()));
        assert!(Totals::stored("{").is_err());
    }

    #[test]
    fn versions_are_kept_apart_and_can_be_thrown_together() {
        let mut totals = Totals::default();
        for (bucket_version, recovered) in [(2, 30.0), (1, 10.0), (2, 20.0)] {
            totals.add(&Counted { bucket_version, ..person(0, true, recovered, None) }).unwrap();
        }
        let arms = ["arm-0".to_owned(), "arm-1".to_owned()];
        let units = |moments: &Moments| moments.units();
        let by_version = totals.by_version(&arms, Measure::Paid, false);
        let counts: Vec<Vec<u64>> =
            by_version.iter().map(|arms| arms.iter().map(units).collect()).collect();
        assert_eq!(counts, [[1, 0], [2, 0]]);
        assert_eq!(totals.moments("arm-0", Measure::Paid, false).units(), 3);
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
