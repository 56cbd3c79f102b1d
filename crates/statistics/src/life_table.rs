//! Payments that have not come yet: the share still unpaid on each day after exposure (Kaplan and
//! Meier 1958, in whole days), and the mean days to payment within a horizon.

use serde::{Deserialize, Serialize};

use crate::moments::count;
use crate::{Estimate, Refusal};

/// How long one person was followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Paid on this day after exposure; 0 is the day of exposure.
    Paid(u32),
    /// Has not paid on this many whole days, the day of exposure included; what comes is unknown.
    Unpaid(u32),
}

/// Counts of payments and of people lost from view, per day. Adds up over shards; people are taken
/// out as they were put in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeTable {
    units: u64,
    paid: Vec<u64>,
    /// By days followed, the horizon included.
    left: Vec<u64>,
}

impl LifeTable {
    /// An empty table of that many days.
    pub fn new(horizon: u32) -> Result<Self, Refusal> {
        if horizon == 0 {
            return Err(Refusal::Horizon);
        }
        let days = horizon as usize;
        Ok(Self { units: 0, paid: vec![0; days], left: vec![0; days + 1] })
    }

    /// Takes a person in. Whoever is followed beyond the horizon counts as unpaid within it.
    pub fn add(&mut self, followed: Followed) {
        self.add_all(followed, 1);
    }

    /// Takes in so many people who were followed alike.
    pub fn add_all(&mut self, followed: Followed, people: u64) {
        self.units += people;
        *self.cell(followed) += people;
    }

    /// Takes a person out again.
    pub fn remove(&mut self, followed: Followed) -> Result<(), Refusal> {
        let cell = self.cell(followed);
        *cell = cell.checked_sub(1).ok_or(Refusal::NothingToRemove)?;
        self.units -= 1;
        Ok(())
    }

    /// Takes in another table of the same horizon.
    pub fn merge(&mut self, other: &Self) -> Result<(), Refusal> {
        if self.paid.len() != other.paid.len() {
            return Err(Refusal::Horizon);
        }
        self.units += other.units;
        self.paid.iter_mut().zip(&other.paid).for_each(|(mine, theirs)| *mine += theirs);
        self.left.iter_mut().zip(&other.left).for_each(|(mine, theirs)| *mine += theirs);
        Ok(())
    }

    /// Payments per day.
    pub fn paid(&self) -> &[u64] {
        &self.paid
    }

    /// People who could still pay on each day: neither paid nor lost from view before.
    pub fn at_risk(&self) -> Vec<u64> {
        let mut here = self.units;
        let mut earlier = 0;
        let day = |(paid, left): (&u64, &u64)| {
            here -= earlier + left;
            earlier = *paid;
            here
        };
        self.paid.iter().zip(&self.left).map(day).collect()
    }

    /// The share unpaid at the end of each day.
    pub fn unpaid(&self) -> Result<Vec<f64>, Refusal> {
        let mut share = 1.0;
        let day = |(paid, at_risk): (&u64, u64)| {
            if share > 0.0 {
                if at_risk == 0 {
                    return Err(Refusal::NobodyAtRisk);
                }
                share *= count(at_risk - paid) / count(at_risk);
            }
            Ok(share)
        };
        self.paid.iter().zip(self.at_risk()).map(day).collect()
    }

    /// The share paid within the horizon, with Greenwood's variance: what the share will be once
    /// everybody is followed to the end.
    pub fn paid_share(&self) -> Result<Estimate, Refusal> {
        let last = self.unpaid()?.last().copied().unwrap_or(1.0);
        let variance = self.hazards().map(|hazard| last * last * hazard).sum();
        Ok(self.estimate(1.0 - last, variance))
    }

    /// The mean days to payment, where whoever does not pay counts with the whole horizon (restricted
    /// mean survival time). The area under [`LifeTable::unpaid`].
    pub fn mean_days(&self) -> Result<Estimate, Refusal> {
        let unpaid = self.unpaid()?;
        let mut area: f64 = unpaid.iter().sum();
        let mean = area;
        let mut variance = 0.0;
        for (hazard, unpaid) in self.hazards().zip(&unpaid) {
            variance += area * area * hazard;
            area -= unpaid;
        }
        Ok(self.estimate(mean, variance))
    }

    fn estimate(&self, figure: f64, variance_of_mean: f64) -> Estimate {
        let variance = variance_of_mean * count(self.units);
        Estimate { units: self.units, mean: figure, unadjusted: figure, variance }
    }

    /// Greenwood's terms d / (n (n - d)); 0 where everybody paid, since nothing remains after.
    fn hazards(&self) -> impl Iterator<Item = f64> {
        let days = self.paid.iter().zip(self.at_risk());
        days.map(|(paid, at_risk)| {
            let staying = at_risk - paid;
            let product = count(at_risk) * count(staying);
            if staying == 0 { 0.0 } else { count(*paid) / product }
        })
    }

    fn cell(&mut self, followed: Followed) -> &mut u64 {
        let horizon = self.paid.len();
        match followed {
            Followed::Paid(day) if (day as usize) < horizon => &mut self.paid[day as usize],
            Followed::Paid(_) => &mut self.left[horizon],
            Followed::Unpaid(days) => &mut self.left[(days as usize).min(horizon)],
        }
    }
}

#[cfg(test)]
mod tests;
