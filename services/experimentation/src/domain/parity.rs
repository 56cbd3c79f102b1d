//! How groups of persons are treated, whoever decides. The groups are the caller's, and kept nowhere.

use std::collections::BTreeMap;

use kulanz_statistics::{
    Adjustment, Interval, Metric, Moments, Observation, Quantity, Refusal, Rules, compare,
};

use super::outcome::OutcomeKind;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rate {
    /// Share of the contacts in a formal tone.
    HarshTone,
    /// Share of the contacts that offer time or a choice.
    BestOffer,
    /// Messages sent.
    Contacts,
    /// Whether the person objected or complained.
    Complaints,
    /// Whether instalments or a deferral were agreed on.
    Plans,
}

impl Rate {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::HarshTone, Self::BestOffer, Self::Contacts, Self::Complaints, Self::Plans];

    /// As the contract writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HarshTone => "harsh_tone",
            Self::BestOffer => "best_offer",
            Self::Contacts => "contacts",
            Self::Complaints => "complaints",
            Self::Plans => "plans",
        }
    }
}

/// Tones that keep the distance.
const HARSH: [&str; 2] = ["formal", "firm"];
/// Offers that leave the person time, or the choice.
const BEST: [&str; 3] = ["choice", "instalments", "deferral"];
/// Persons of a group, and of everyone else, before they are compared.
const LEAST: u64 = 500;
/// Ratios that count as equal.
const EQUAL: Interval = Interval { lower: 0.8, upper: 1.25 };

/// One value of each rate for a person; a tone or an offer has only who was addressed with one.
pub type Treatment = BTreeMap<Rate, f64>;

/// How a person was treated, from what was decided and what happened.
pub fn treatment(decided: &[BTreeMap<String, String>], happened: &[OutcomeKind]) -> Treatment {
    let any = |kinds: &[OutcomeKind]| {
        f64::from(u8::from(happened.iter().any(|kind| kinds.contains(kind))))
    };
    let sent = happened.iter().filter(|kind| **kind == OutcomeKind::Sent).count();
    let plain = [
        (Rate::Contacts, f64::from(u32::try_from(sent).unwrap_or(u32::MAX))),
        (Rate::Complaints, any(&OutcomeKind::HARM)),
        (Rate::Plans, any(&[OutcomeKind::Arrangement])),
    ];
    let of_words = [
        (Rate::HarshTone, share(decided, "tone", &HARSH)),
        (Rate::BestOffer, share(decided, "offer", &BEST)),
    ];
    let of_words = of_words.into_iter().filter_map(|(rate, share)| Some((rate, share?)));
    plain.into_iter().chain(of_words).collect()
}

/// The share of the decisions with one of these levels, of those that have the factor.
fn share(decided: &[BTreeMap<String, String>], factor: &str, levels: &[&str]) -> Option<f64> {
    let chosen: Vec<_> = decided.iter().filter_map(|action| action.get(factor)).collect();
    let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let hits = chosen.iter().filter(|level| levels.contains(&level.as_str())).count();
    (!chosen.is_empty()).then(|| count(hits) / count(chosen.len()))
}

/// Sums by group and rate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups(BTreeMap<String, BTreeMap<Rate, Moments>>);

/// One rate of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRate {
    /// The group.
    pub group: String,
    /// What is compared.
    pub rate: Rate,
    /// Persons.
    pub units: u64,
    /// Mean per person.
    pub mean: f64,
    /// The mean over that of everyone else, and where it lies however often one looks.
    pub ratio: Option<(f64, Interval)>,
}

impl GroupRate {
    /// Whether the group is surely treated otherwise.
    pub fn is_flagged(&self) -> bool {
        let outside = |(_, interval): (f64, Interval)| {
            interval.upper < EQUAL.lower || interval.lower > EQUAL.upper
        };
        self.ratio.is_some_and(outside)
    }
}

impl Groups {
    /// Takes in a person.
    pub fn add(&mut self, group: &str, treatment: &Treatment) -> Result<(), Refusal> {
        let sums = self.0.entry(group.to_owned()).or_default();
        treatment.iter().try_for_each(|(rate, value)| {
            sums.entry(*rate).or_default().add(&Observation::of(*value))
        })
    }

    /// Every rate of every group.
    pub fn rates(&self) -> Vec<GroupRate> {
        let of_group = |group: &String| Rate::ALL.map(|rate| self.rate(group, rate));
        self.0.keys().flat_map(of_group).collect()
    }

    fn rate(&self, group: &String, rate: Rate) -> GroupRate {
        let sums = |name: &String| {
            self.0.get(name).and_then(|sums| sums.get(&rate)).copied().unwrap_or_default()
        };
        let own = sums(group);
        let mut others = Moments::default();
        self.0.keys().filter(|other| *other != group).for_each(|other| others.merge(&sums(other)));
        GroupRate {
            group: group.clone(),
            rate,
            units: own.units(),
            mean: own.mean(Quantity::Outcome),
            ratio: ratio(&own, &others),
        }
    }
}

fn ratio(own: &Moments, others: &Moments) -> Option<(f64, Interval)> {
    if own.units().min(others.units()) < LEAST {
        return None;
    }
    let rules = Rules { conversions: 0, ..Rules::default() };
    let found = compare(Metric::Mean, others, own, &Adjustment::NONE, &rules).ok()?;
    let relative = found.relative.ok()?;
    let around = relative.always_valid.ok()?.interval;
    let interval = Interval { lower: 1.0 + around.lower, upper: 1.0 + around.upper };
    Some((1.0 + relative.difference.effect, interval))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups of so many persons, of whom so many were addressed formally.
    fn groups(of: &[(&str, u32, u32)]) -> Groups {
        let mut groups = Groups::default();
        for (group, persons, formal) in of {
            for number in 0..*persons {
                let tone = if number < *formal { "formal" } else { "plain" };
                let decided = [BTreeMap::from([("tone".to_owned(), tone.to_owned())])];
                groups.add(group, &treatment(&decided, &[OutcomeKind::Sent])).unwrap();
            }
        }
        groups
    }

    fn harsh(groups: &Groups, group: &str) -> GroupRate {
        let mut rates = groups.rates().into_iter();
        rates.find(|it| it.group == group && it.rate == Rate::HarshTone).unwrap()
    }

    #[test]
    fn a_group_that_is_surely_treated_otherwise_is_flagged_and_one_like_the_others_is_not() {
        let found = groups(&[("a", 3_000, 1_500), ("b", 3_000, 600), ("c", 3_000, 600)]);
        let of_a = harsh(&found, "a");
        let (ratio, interval) = of_a.ratio.unwrap();
        assert!((ratio - 2.5).abs() < 1e-9 && interval.contains(2.5), "{interval:?}");
        assert!(of_a.is_flagged());
        assert!(!harsh(&groups(&[("a", 3_000, 600), ("b", 3_000, 600)]), "a").is_flagged());
    }

    #[test]
    fn below_five_hundred_persons_on_either_side_nothing_is_compared() {
        let few = groups(&[("a", 499, 250), ("b", 3_000, 600)]);
        for group in ["a", "b"] {
            assert_eq!(harsh(&few, group).ratio, None);
        }
        assert!((harsh(&few, "a").mean - 250.0 / 499.0).abs() < 1e-9);
        assert!(harsh(&groups(&[("a", 500, 250), ("b", 500, 100)]), "a").ratio.is_some());
    }

    #[test]
    fn of_a_person_who_was_never_addressed_no_tone_is_counted() {
        let known = treatment(&[], &[OutcomeKind::Dispute, OutcomeKind::Arrangement]);
        let expected = [(Rate::Contacts, 0.0), (Rate::Complaints, 1.0), (Rate::Plans, 1.0)];
        assert_eq!(known, expected.into());
    }
}
