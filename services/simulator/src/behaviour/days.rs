//! From one day to the next: income, what falls due, what one does of one's own accord.

use super::event::{Cause, Event};
use super::life::{Life, Nature, State};
use crate::calendar::Day;
use crate::population::Person;
use crate::random::Purpose;

impl Nature<'_> {
    /// Lives one day.
    pub fn live(&self, person: &Person, life: &mut Life, day: Day, events: &mut Vec<Event>) {
        if life.is_over() {
            return;
        }
        let cash = &self.world.parameters.cash;
        life.purse.spend_a_day(cash);
        let facts = self.calendar.facts(day);
        if facts.of_month == person.payday {
            let drift = &self.world.parameters.drift;
            let shocked = f64::from(day) >= drift.shock_day;
            let left = if shocked { 1.0 - drift.shock_depth } else { 1.0 };
            life.purse.receive(self.world.seed, person, facts.month, cash, left);
        }
        match life.state {
            State::Open => self.self_cure(person, life, day, events),
            State::Intending { on, again } if day >= on => {
                self.carry_out(person, life, day, again, events);
            }
            State::Promised { due } if day >= due => self.promise_due(person, life, events),
            State::Plan { due, .. } if day >= due => self.instalment_due(person, life, day, events),
            State::Disputed { until, rightly } if day >= until => {
                life.state = if rightly { State::Withdrawn } else { State::Open };
                if rightly {
                    events.push(Event::Withdrawn);
                }
            }
            State::Sought { until } if day >= until => {
                life.found = true;
                life.state = State::Open;
            }
            _ => {}
        }
    }

    /// Pays, or asks for a plan, without having been asked that day.
    fn self_cure(&self, person: &Person, life: &mut Life, day: Day, events: &mut Vec<Event>) {
        if person.unfounded {
            return;
        }
        let reaction = &self.world.parameters.reaction;
        let draw = self.draws(person, Purpose::SelfCure, day - person.enters).uniform();
        // Most days end here: no hazard in reach is greater.
        if draw > 0.25 {
            return;
        }
        let hazard = reaction.self_cure * self.settling(person, life, day).exp();
        let affordable = self.can_pay_at_once(life);
        let pays = if affordable { hazard * reaction.pay.exp() } else { 0.0 };
        if draw < pays {
            life.pay(life.remaining_cents, Cause::OwnAccord, events);
            return;
        }
        let need = if affordable { 0.0 } else { reaction.plan_need };
        if draw < pays + hazard * (reaction.plan + need).exp() {
            self.agree_on_plan(person, life, day, true, events);
        }
    }

    pub(super) fn can_pay_at_once(&self, life: &Life) -> bool {
        let share = self.world.parameters.reaction.at_once;
        life.remaining_cents as f64 / 100.0 <= share * life.purse.available_eur()
    }

    /// Does what was decided, where the money is there; waits for one payday where it is not.
    fn carry_out(
        &self,
        person: &Person,
        life: &mut Life,
        day: Day,
        again: bool,
        events: &mut Vec<Event>,
    ) {
        if life.pay(life.remaining_cents, Cause::Contact, events) {
            return;
        }
        life.state = if again {
            State::Open
        } else {
            State::Intending { on: self.calendar.next_payday(day + 1, person.payday), again: true }
        };
    }

    fn promise_due(&self, person: &Person, life: &mut Life, events: &mut Vec<Event>) {
        let chance = logistic(
            self.world.parameters.plans.promise_keep
                + self.world.parameters.reaction.willingness * person.traits.willingness,
        );
        let keeps = self.draws(person, Purpose::Promise, life.promises).happens(chance);
        if !(keeps && life.pay(life.remaining_cents, Cause::Promise, events)) {
            life.state = State::Open;
            events.push(Event::PromiseBroken);
        }
    }

    fn instalment_due(&self, person: &Person, life: &mut Life, day: Day, events: &mut Vec<Event>) {
        let State::Plan { instalment_cents, dues, missed, digital, .. } = life.state else {
            return;
        };
        let plans = &self.world.parameters.plans;
        let spare = life.purse.available_cents() as f64 / instalment_cents.max(1) as f64;
        let chance = logistic(
            plans.keep
                + plans.keep_willingness * person.traits.willingness
                + plans.keep_slack * spare.max(0.1).ln().min(3.0)
                + if digital { plans.keep_digital } else { 0.0 },
        );
        let keeps = self.draws(person, Purpose::Instalment, life.dues).happens(chance);
        life.dues += 1;
        let paid = keeps && life.pay(instalment_cents, Cause::Instalment, events);
        if life.is_over() {
            return;
        }
        if !paid {
            events.push(Event::InstalmentMissed);
        }
        let missed = if paid { 0 } else { missed + 1 };
        if missed >= 2 {
            life.state = State::Open;
            events.push(Event::PlanBroken);
            return;
        }
        let due = self.calendar.next_payday(day + 15, person.payday) + 1;
        life.state = State::Plan { instalment_cents, due, dues: dues + 1, missed, digital };
    }

    /// Agrees on the plan that the person can bear. False where there is none.
    pub(super) fn agree_on_plan(
        &self,
        person: &Person,
        life: &mut Life,
        day: Day,
        digital: bool,
        events: &mut Vec<Event>,
    ) -> bool {
        let Some((instalment_cents, count)) = self.plan_for(person, life) else { return false };
        let due = self.calendar.next_payday(day + 3, person.payday) + 1;
        life.state = State::Plan { instalment_cents, due, dues: 0, missed: 0, digital };
        life.knows_portal |= digital;
        events.push(Event::PlanAgreed { instalment_cents, count, first: due });
        true
    }
}

/// The logistic function.
pub(super) fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}
