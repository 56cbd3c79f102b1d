//! What the counts say.

use kulanz_statistics::{Estimate, Level, LifeTable, LogRank, Ranks, Refusal, day_at};

use super::{Delays, Horizon};
use crate::domain::experiment::Design;
use crate::domain::totals::Totals;

/// Which quantiles are read.
const QUANTILES: [f64; 2] = [0.5, 0.9];
/// The number of payers at which their bounds are narrowest, fixed for every experiment before it begins.
const PAYERS: u64 = 1_000;
/// People who must have been followed to a day before anything is said of it.
const FOLLOWED: u64 = 20;
/// The hazard ratio that the bet on sooner or later payment is on.
const HAZARD_RATIO: f64 = 1.1;

/// How soon the people of an arm pay who came under the same weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    /// The arm, by its place; 0 is the control.
    pub arm: usize,
    /// The version of the weights.
    pub bucket_version: i64,
    /// People, whether or not their outcome is complete.
    pub people: u64,
    /// Of the payers whose days are over; none with fewer than two of them.
    pub quantiles: Vec<Quantile>,
    /// What is known of all of them; `Err` says why nothing is.
    pub early: Result<Early, String>,
}

/// The day by which a part of the payers have paid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The part, between 0 and 1.
    pub quantile: f64,
    /// The day.
    pub day: u32,
    /// Bounds that hold however often one looks; `None` where there are too few payers.
    pub lower: Option<u32>,
    /// The upper one.
    pub upper: Option<u32>,
}

/// What people whose outcome is open tell together with the others (Kaplan and Meier).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Early {
    /// The days that it is about: the first of the horizon, equally many in all arms.
    pub days: u32,
    /// The share of whom money comes within them.
    pub paid_share: Estimate,
    /// Days to the first money, at most all of them.
    pub mean_days: Estimate,
    /// Evidence that the arm pays sooner or later than the control; 1 for the control.
    pub e_value: f64,
}

/// Reads how soon people pay, by version of the weights and arm.
pub fn read(design: &Design, totals: &Totals, today: i64) -> Vec<Delay> {
    let horizon = Horizon { days: design.maturity_days, today };
    let of_version = |(bucket_version, arms): (i64, Vec<Delays>)| {
        let reach = |arm: &Delays| arm.reach(horizon, FOLLOWED);
        // Beside each other, arms are read to the same day.
        let days = arms.iter().map(reach).filter(|days| *days > 0).min();
        let table = |arm: &Delays| -> Option<LifeTable> {
            let days = days.filter(|_| reach(arm) > 0)?;
            arm.table(horizon, days).ok()
        };
        let tables: Vec<_> = arms.iter().map(table).collect();
        let delay = |(arm, delays): (usize, &Delays)| Delay {
            arm,
            bucket_version,
            people: delays.people(),
            quantiles: quantiles(&delays.payers(horizon)),
            early: early(&tables, arm),
        };
        arms.iter().enumerate().map(delay).collect::<Vec<_>>()
    };
    totals.delays(&design.arm_keys()).flat_map(of_version).collect()
}

fn early(tables: &[Option<LifeTable>], arm: usize) -> Result<Early, String> {
    let Some(table) = &tables[arm] else {
        return Err(format!("fewer than {FOLLOWED} persons have been in for a whole day"));
    };
    let control = tables[0].as_ref().filter(|_| arm > 0);
    let read = || -> Result<Early, Refusal> {
        let bet = control.map(|control| LogRank::of(HAZARD_RATIO, control, table)).transpose()?;
        Ok(Early {
            days: u32::try_from(table.paid().len()).unwrap_or(u32::MAX),
            paid_share: table.paid_share()?,
            mean_days: table.mean_days()?,
            e_value: bet.map_or(1.0, |bet| bet.e_value()),
        })
    };
    read().map_err(|why| why.to_string())
}

fn quantiles(payers: &[u64]) -> Vec<Quantile> {
    let all: u64 = payers.iter().sum();
    let read = |quantile: f64| {
        let ranks = Ranks::sequential(all, quantile, Level::FIVE_PERCENT, PAYERS).ok()?;
        let day = |rank: Option<u64>| rank.and_then(|rank| day_at(payers, rank));
        let (lower, upper) = (day(ranks.lower), day(ranks.upper));
        Some(Quantile { quantile, day: day_at(payers, Ranks::point(all, quantile))?, lower, upper })
    };
    QUANTILES.into_iter().filter_map(read).collect()
}
