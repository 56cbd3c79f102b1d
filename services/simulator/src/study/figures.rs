//! What is shown of one policy in one world.

use serde::Serialize;

use super::groups::GroupFigures;
use crate::calibration::Baseline;
use crate::policies::RampLog;
use crate::population::Person;
use crate::run::{CURVE_WEEKS, Tally, VINTAGES};

/// A liquidation curve: the share of the amount handed over that was paid by each week, and what the
/// contacts took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Which fifth of the time of hand-over, from 1.
    pub vintage: usize,
    /// Contacts that went out.
    pub contacts: u64,
    /// What they cost, EUR.
    pub cost_eur: f64,
    /// Cumulative shares, a week each.
    pub paid: Vec<f64>,
}

/// How a policy was let in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RampFigures {
    /// Day and share of each step.
    pub steps: Vec<(u32, f64)>,
    /// Whether it was stopped for harm.
    pub killed: bool,
    /// Last estimate of policy less static, as a share of static, with its confidence sequence.
    pub estimate: Option<[f64; 3]>,
    /// What the gate found before anybody met the policy.
    pub gate: Option<GateFigures>,
}

/// What the gate found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateFigures {
    /// Whether the candidate passed.
    pub passes: bool,
    /// What stood against it.
    pub against: Vec<String>,
    /// What stood against those that were asked for before, by the day of the question.
    pub refused: Vec<(u32, Vec<String>)>,
    /// Candidate less log, as a share of what the log earned, with its 95 % interval.
    pub estimate: Option<[f64; 3]>,
    /// Effective sample size behind it, where the gate is the simulator's own.
    pub effective: Option<f64>,
    /// Whether a policy passed that was planted to be good, by the truth; where the truth was asked.
    pub planted_good_passes: Option<bool>,
    /// Whether one passed that was planted to be bad.
    pub planted_bad_passes: Option<bool>,
}

/// One policy in one world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyFigures {
    /// Its name.
    pub policy: String,
    /// EUR a debtor within the horizon, less the cost of contacts.
    pub net_eur_per_debtor: f64,
    /// The same within 90 days.
    pub net_90_eur_per_debtor: f64,
    /// EUR a debtor within the horizon.
    pub paid_eur_per_debtor: f64,
    /// Net euros against static dunning, as a share of it.
    pub uplift: f64,
    /// The same within 90 days.
    pub uplift_90: f64,
    /// The same without the cost of contacts.
    pub uplift_paid: f64,
    /// Net euros of the last fifth of the hand-overs against static dunning.
    pub uplift_last_vintage: f64,
    /// How far the policy ever lay behind static dunning, as a share of what static collects in all.
    pub worst_cumulative_loss: f64,
    /// Contacts that went out.
    pub contacts: u64,
    /// What they cost, EUR.
    pub cost_eur: f64,
    /// Contacts for each 100 EUR paid.
    pub contacts_per_100_eur: f64,
    /// Complaints.
    pub complaints: u64,
    /// Channels declined.
    pub opt_outs: u64,
    /// Disputes.
    pub disputes: u64,
    /// Claims withdrawn as unfounded.
    pub withdrawn: u64,
    /// Somebody else answered.
    pub wrong_persons: u64,
    /// Addresses that did not work.
    pub bounces: u64,
    /// Plans agreed.
    pub plans: u64,
    /// Plans broken.
    pub plans_broken: u64,
    /// Promises made.
    pub promises: u64,
    /// Promises broken.
    pub promises_broken: u64,
    /// Share of cases recovered, by age class.
    pub recovered: [f64; 3],
    /// Share of the amount paid.
    pub amount: f64,
    /// Of the quarters of every latent trait, the one with most harm beyond static dunning's.
    pub most_harmed: Option<GroupFigures>,
    /// The one that brings least beside static dunning.
    pub least_gained: Option<GroupFigures>,
    /// Liquidation curves.
    pub curves: Vec<Curve>,
    /// How it was let in, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ramp: Option<RampFigures>,
}

/// One world with every policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorldFigures {
    /// Its name.
    pub world: String,
    /// Seed of its luck.
    pub seed: u64,
    /// What it was set to.
    pub baseline: Baseline,
    /// The policies, static dunning first.
    pub policies: Vec<PolicyFigures>,
}

impl WorldFigures {
    /// A policy's figures.
    pub fn policy(&self, name: &str) -> Option<&PolicyFigures> {
        self.policies.iter().find(|figures| figures.policy == name)
    }
}

impl PolicyFigures {
    pub(super) fn of(
        policy: &str,
        people: &[Person],
        tally: &Tally,
        base: &Tally,
        ramp: Option<RampFigures>,
    ) -> Self {
        let groups = GroupFigures::all(people, tally, base);
        let debtors = tally.people.len().max(1) as f64;
        let cost_points: i64 = tally.people.iter().map(|person| person.cost_points).sum();
        let paid = tally.paid_eur();
        Self {
            policy: policy.to_owned(),
            net_eur_per_debtor: rounded(tally.net_eur() / debtors),
            net_90_eur_per_debtor: rounded(tally.net_90_eur() / debtors),
            paid_eur_per_debtor: rounded(paid / debtors),
            uplift: against(tally.net_eur(), base.net_eur()),
            uplift_90: against(tally.net_90_eur(), base.net_90_eur()),
            uplift_paid: against(paid, base.paid_eur()),
            uplift_last_vintage: against(tally.last_vintage_eur(), base.last_vintage_eur()),
            worst_cumulative_loss: worst_loss(tally, base),
            contacts: tally.contacts(),
            cost_eur: cost_points as f64 / 10_000.0,
            contacts_per_100_eur: rounded(tally.contacts() as f64 / paid.max(1.0) * 100.0),
            complaints: tally.complaints(),
            opt_outs: tally.opt_outs,
            disputes: tally.disputes,
            withdrawn: tally.withdrawn,
            wrong_persons: tally.wrong_persons,
            bounces: tally.bounces,
            plans: tally.plans,
            plans_broken: tally.plans_broken,
            promises: tally.promises,
            promises_broken: tally.promises_broken,
            recovered: tally.recovered().map(rounded),
            amount: rounded(tally.yielded()),
            most_harmed: GroupFigures::most_harmed(&groups),
            least_gained: GroupFigures::least_gained(&groups),
            curves: curves(tally),
            ramp,
        }
    }
}

impl RampFigures {
    pub(super) fn of(log: &RampLog, gate: Option<GateFigures>) -> Self {
        Self {
            steps: log.steps.clone(),
            killed: log.killed,
            estimate: log.estimate.map(|estimate| estimate.map(rounded)),
            gate,
        }
    }
}

/// The largest distance by which the policy's cumulative net euros lay below static dunning's.
fn worst_loss(tally: &Tally, base: &Tally) -> f64 {
    let (mut behind, mut worst) = (0_i64, 0_i64);
    for (ours, theirs) in tally.daily_points.iter().zip(&base.daily_points) {
        behind += theirs - ours;
        worst = worst.max(behind);
    }
    let all: i64 = base.daily_points.iter().sum();
    rounded(worst as f64 / all.max(1) as f64)
}

fn curves(tally: &Tally) -> Vec<Curve> {
    (0..VINTAGES)
        .map(|vintage| {
            let handed = tally.vintage_cents[vintage].max(1) as f64;
            let mut so_far = 0;
            let paid = (0..CURVE_WEEKS).map(|week| {
                so_far += tally.curve[vintage][week];
                rounded(so_far as f64 / handed)
            });
            Curve {
                vintage: vintage + 1,
                contacts: tally.vintage_contacts[vintage],
                cost_eur: tally.vintage_cost_points[vintage] as f64 / 10_000.0,
                paid: paid.collect(),
            }
        })
        .collect()
}

fn against(value: f64, base: f64) -> f64 {
    if base.abs() < 1e-9 { 0.0 } else { rounded(value / base - 1.0) }
}

/// Six decimals: what a reader needs, and a file that is not longer than that.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
