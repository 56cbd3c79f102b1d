use crate::population::Person;
use crate::random::{Draws, Purpose};
use crate::world::Cash;

/// What a person could pay with. Never below zero, and nothing is paid that is not in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purse {
    free_eur: f64,
    savings_eur: f64,
    deviation: f64,
    income_broken: bool,
}

impl Purse {
    /// The purse at hand-over.
    pub fn of(person: &Person) -> Self {
        Self {
            free_eur: person.usual_eur * person.left_over,
            savings_eur: person.savings_eur,
            deviation: 0.0,
            income_broken: false,
        }
    }

    /// Free money and savings, EUR.
    pub const fn available_eur(&self) -> f64 {
        self.free_eur + self.savings_eur
    }

    /// Free money and savings in whole cents.
    pub const fn available_cents(&self) -> i64 {
        (self.available_eur() * 100.0) as i64
    }

    /// Whether income still comes in.
    pub const fn has_income(&self) -> bool {
        !self.income_broken
    }

    /// A day on which other things are bought.
    pub(super) const fn spend_a_day(&mut self, cash: &Cash) {
        self.free_eur *= 1.0 - cash.spent_daily;
    }

    /// A payday: the month's free money, which deviates from the usual by an AR(1) process and is gone
    /// while the income is broken. `left` is what a shock to everybody leaves.
    pub(super) fn receive(
        &mut self,
        world: u64,
        person: &Person,
        month: u32,
        cash: &Cash,
        left: f64,
    ) {
        let mut draws = Draws::of(world, person.number, Purpose::Income, month);
        let fresh = (1.0 - cash.persistence * cash.persistence).sqrt() * cash.shock_sigma;
        self.deviation = cash.persistence * self.deviation + fresh * draws.normal();
        let turns = draws.uniform();
        self.income_broken = if self.income_broken {
            turns >= cash.recovery_hazard
        } else {
            turns < cash.loss_hazard * (1.0 - 0.5 * person.traits.capacity).max(0.2)
        };
        if !self.income_broken {
            let month = person.usual_eur * self.deviation.exp() * left;
            self.free_eur += month;
        }
    }

    /// Takes a payment out, free money first. False, with nothing taken, where it is not there.
    #[must_use]
    pub(super) fn pay(&mut self, cents: i64) -> bool {
        if cents < 0 || cents > self.available_cents() {
            return false;
        }
        let euros = cents as f64 / 100.0;
        let from_free = euros.min(self.free_eur);
        self.free_eur -= from_free;
        self.savings_eur = (self.savings_eur - (euros - from_free)).max(0.0);
        true
    }
}
