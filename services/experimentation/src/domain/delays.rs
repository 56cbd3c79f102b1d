//! How soon people pay: counts by day, whatever the number of people.
//!
//! A day is a span of 24 hours since the person came in. Who has not paid yet tells something, too, and more with
//! every day; so those whose outcome is open are kept by the date on which they came in, and how long they
//! have been followed is worked out at the look.

mod reading;

use std::collections::BTreeMap;

use kulanz_statistics::{Followed, LifeTable, Refusal};
use serde::{Deserialize, Serialize};

use super::measure::Measure;
use super::totals::Counted;

pub use reading::{Delay, Early, Quantile, read};

/// People by the day of their first payment that stayed; those without one stand at the horizon.
type Days = BTreeMap<u32, u64>;

/// How soon the people of an arm pay who came under the same weights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delays {
    /// Those whose outcome is complete.
    complete: Days,
    /// The others, by the date on which they came in, as days since 1970.
    open: BTreeMap<i64, Days>,
}

/// Where and when one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Days until an outcome is complete.
    pub days: u32,
    /// The date of the look, as days since 1970.
    pub today: i64,
}

impl Delays {
    /// Takes a person in of whom it is known.
    pub fn add(&mut self, person: &Counted) {
        if let Some(day) = day_of(person) {
            *self.days_of(person).entry(day).or_default() += 1;
        }
    }

    /// Takes a person out again.
    pub fn remove(&mut self, person: &Counted) -> Result<(), Refusal> {
        let Some(day) = day_of(person) else { return Ok(()) };
        let days = self.days_of(person);
        let people = days.get_mut(&day).ok_or(Refusal::NothingToRemove)?;
        *people -= 1;
        if *people == 0 {
            days.remove(&day);
        }
        self.open.retain(|_, days| !days.is_empty());
        Ok(())
    }

    /// All people.
    pub fn people(&self) -> u64 {
        self.complete.values().chain(self.open.values().flat_map(BTreeMap::values)).sum()
    }

    /// Payers per day, of the people whose outcome is complete.
    pub fn payers(&self, horizon: Horizon) -> Vec<u64> {
        (0..horizon.days).map(|day| self.complete.get(&day).copied().unwrap_or(0)).collect()
    }

    /// The days for which so many people at least have been followed.
    pub fn reach(&self, horizon: Horizon, least: u64) -> u32 {
        let mut followed: BTreeMap<u32, u64> = BTreeMap::new();
        for (days, _, people) in self.followed(horizon) {
            *followed.entry(days).or_default() += people;
        }
        let mut so_far = 0;
        let enough = |(_, people): &(u32, u64)| {
            so_far += people;
            so_far >= least
        };
        followed.into_iter().rev().find(enough).map_or(0, |(days, _)| days)
    }

    /// The first `days` days as everybody was followed on them.
    pub fn table(&self, horizon: Horizon, days: u32) -> Result<LifeTable, Refusal> {
        let mut table = LifeTable::new(days)?;
        for (followed, day, people) in self.followed(horizon) {
            // A payment after the last whole day is not known of those who came in later on that date.
            let seen =
                if day < followed { Followed::Paid(day) } else { Followed::Unpaid(followed) };
            table.add_all(seen, people);
        }
        Ok(table)
    }

    /// Whole days followed, day of payment, people. Whoever came in late on a date has been followed for one day
    /// less than the dates say, and so that is taken for all of that date.
    fn followed(&self, horizon: Horizon) -> impl Iterator<Item = (u32, u32, u64)> {
        let whole = move |date: &i64| {
            let days = (horizon.today - date - 1).clamp(0, i64::from(horizon.days));
            u32::try_from(days).unwrap_or(0)
        };
        let complete = self.complete.iter().map(move |(day, people)| (horizon.days, *day, *people));
        let open = self.open.iter().flat_map(move |(date, days)| {
            days.iter().map(move |(day, people)| (whole(date), *day, *people))
        });
        complete.chain(open)
    }

    fn days_of(&mut self, person: &Counted) -> &mut Days {
        if person.matured {
            &mut self.complete
        } else {
            self.open.entry(person.exposed_on).or_default()
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "days between 0 and the horizon, which is at most 365"
)]
fn day_of(person: &Counted) -> Option<u32> {
    person.values.get(&Measure::DaysToPayment).map(|days| days.floor() as u32)
}

#[cfg(test)]
mod tests;
