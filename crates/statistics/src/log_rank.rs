//! Who pays sooner, before the cohort has matured: a log-rank test that may be looked at every day
//! (ter Schure, Pérez-Ortiz, Ly, Grünwald, arXiv 2011.06931; R package `safestats`).

use crate::moments::count;
use crate::{LifeTable, Refusal};

/// Payments of one day and the people who could have made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentDay {
    /// Payments of the control.
    pub control_paid: u64,
    /// Payments of the treatment.
    pub treatment_paid: u64,
    /// Unpaid people of the control in the morning.
    pub control_at_risk: u64,
    /// Unpaid people of the treatment in the morning.
    pub treatment_at_risk: u64,
}

/// A bet that the treatment pays θ times as readily as the control, and one that it pays 1/θ times; each
/// figure as its logarithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRank {
    theta: f64,
    sooner: f64,
    later: f64,
}

impl LogRank {
    /// Bets on a hazard ratio of `theta`, above 1; 1.1 is usual.
    pub fn new(theta: f64) -> Result<Self, Refusal> {
        if theta > 1.0 && theta.is_finite() {
            Ok(Self { theta: theta.ln(), sooner: 0.0, later: 0.0 })
        } else {
            Err(Refusal::Effect)
        }
    }

    /// The bet over all days of two tables of the same horizon.
    pub fn of(theta: f64, control: &LifeTable, treatment: &LifeTable) -> Result<Self, Refusal> {
        let mut bet = Self::new(theta)?;
        if control.paid().len() != treatment.paid().len() {
            return Err(Refusal::Horizon);
        }
        let at_risk = control.at_risk().into_iter().zip(treatment.at_risk());
        let paid = control.paid().iter().zip(treatment.paid());
        for ((control_paid, treatment_paid), (control_at_risk, treatment_at_risk)) in
            paid.zip(at_risk)
        {
            bet.add(PaymentDay {
                control_paid: *control_paid,
                treatment_paid: *treatment_paid,
                control_at_risk,
                treatment_at_risk,
            })?;
        }
        Ok(bet)
    }

    /// Takes in a day. Several payments of one day are taken together, whatever their order: the chance
    /// of their split by θ over that without a difference (hypergeometric).
    pub fn add(&mut self, day: PaymentDay) -> Result<(), Refusal> {
        if day.control_paid > day.control_at_risk || day.treatment_paid > day.treatment_at_risk {
            return Err(Refusal::NobodyAtRisk);
        }
        self.sooner += ln_factor(&day, self.theta);
        self.later += ln_factor(&day, -self.theta);
        Ok(())
    }

    /// The e-value against "the treatment does not pay sooner".
    pub fn e_value_sooner(&self) -> f64 {
        self.sooner.exp()
    }

    /// The e-value against "no difference", either way: half of the money on each bet.
    pub fn e_value(&self) -> f64 {
        0.5 * (self.sooner.exp() + self.later.exp())
    }
}

/// ln of θ^d₁ / E[θ^J], where J is how many of the day's payments fall to the treatment by chance.
fn ln_factor(day: &PaymentDay, ln_theta: f64) -> f64 {
    let payments = day.control_paid + day.treatment_paid;
    let least = payments.saturating_sub(day.control_at_risk);
    let most = payments.min(day.treatment_at_risk);
    // Chances relative to that of `least`, each from its neighbour, in logarithms: thousands of
    // payments leave the range of numbers.
    let (mut chance, mut even, mut tilted) = (0.0, 0.0, 0.0);
    for here in least..most {
        let up = count(day.treatment_at_risk - here) * count(payments - here);
        let down = count(here + 1) * count(day.control_at_risk + here + 1 - payments);
        chance += (up / down).ln();
        even = ln_of_sum(even, chance);
        tilted = ln_of_sum(tilted, chance + count(here + 1 - least) * ln_theta);
    }
    count(day.treatment_paid - least) * ln_theta - (tilted - even)
}

/// ln(eᵃ + eᵇ).
fn ln_of_sum(a: f64, b: f64) -> f64 {
    a.max(b) + (-(a - b).abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Followed;
    use proptest::prelude::*;
    use statrs::distribution::{Discrete, Hypergeometric};

    fn factor(day: PaymentDay) -> f64 {
        let mut bet = LogRank::new(1.1).unwrap();
        bet.add(day).unwrap();
        bet.e_value_sooner()
    }

    fn day(control_paid: u64, treatment_paid: u64, at_risk: (u64, u64)) -> PaymentDay {
        let (control_at_risk, treatment_at_risk) = at_risk;
        PaymentDay { control_paid, treatment_paid, control_at_risk, treatment_at_risk }
    }

    #[test]
    fn one_payment_is_worth_what_the_printed_formula_says() {
        let (y0, y1) = (30.0, 20.0);
        let treated = factor(day(0, 1, (30, 20)));
        assert!((treated - 1.1 * (y0 + y1) / (y0 + 1.1 * y1)).abs() < 1e-12);
        let control = factor(day(1, 0, (30, 20)));
        assert!((control - (y0 + y1) / (y0 + 1.1 * y1)).abs() < 1e-12);
    }

    #[test]
    fn a_treatment_that_pays_sooner_wins_its_bet_and_the_other_way_loses_it() {
        let table = |paid: u32| {
            let mut table = LifeTable::new(30).unwrap();
            for number in 0..3000u32 {
                let pays = number % 10 < paid;
                table.add(if pays { Followed::Paid(number % 30) } else { Followed::Unpaid(30) });
            }
            table
        };
        let e = |control, treated| LogRank::of(1.1, &table(control), &table(treated)).unwrap();
        assert!(e(3, 5).e_value_sooner() > 1000.0 && e(3, 5).e_value() > 500.0);
        assert!(e(5, 3).e_value_sooner() < 0.01 && e(5, 3).e_value() > 500.0);
        assert!(e(4, 4).e_value() < 1.1);
    }

    #[test]
    fn more_payments_than_people_and_a_ratio_of_one_are_refused() {
        let mut bet = LogRank::new(1.1).unwrap();
        assert_eq!(bet.add(day(3, 0, (2, 9))), Err(Refusal::NobodyAtRisk));
        assert_eq!(LogRank::new(1.0), Err(Refusal::Effect));
        let tables = [30, 31].map(|days| LifeTable::new(days).unwrap());
        assert_eq!(LogRank::of(1.1, &tables[0], &tables[1]), Err(Refusal::Horizon));
    }

    proptest! {
        /// The defining property of an e-value: by chance alone a day neither wins nor loses.
        #[test]
        fn every_day_is_a_fair_bet(control in 1u64..60, treatment in 1u64..60, payments in 0u64..40) {
            let payments = payments.min(control + treatment);
            let chance = Hypergeometric::new(control + treatment, treatment, payments).unwrap();
            let least = payments.saturating_sub(control);
            let expected: f64 = (least..=payments.min(treatment)).map(|treated| {
                chance.pmf(treated) * factor(day(payments - treated, treated, (control, treatment)))
            }).sum();
            prop_assert!((expected - 1.0).abs() < 1e-9, "{}", expected);
        }
    }
}
