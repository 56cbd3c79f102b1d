//! What one contact does: delivered, seen, considered, answered.

use super::days::logistic;
use super::event::Event;
use super::life::{Life, Nature, State};
use crate::calendar::Day;
use crate::population::{Address, Person};
use crate::random::{Draws, Purpose};
use crate::space::{Action, Factor, level};

/// Days until a dispute is decided.
const DECISION_DAYS: Day = 28;
/// Share of promises that are kept, as the oracle reckons.
const PROMISE_KEPT: f64 = 0.6;
/// Instalments of half a year.
const HALF_A_YEAR: f64 = 6.0;
/// Days until the right address is found.
const SEARCH_DAYS: Day = 30;

/// The answers, in the order in which one draw walks through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Pay,
    Plan,
    Promise,
    Dispute,
    Complain,
}

/// The odds of each answer against ignoring; zero where it is not possible.
#[derive(Debug, Clone, Copy)]
struct Odds([(Answer, f64); 5]);

impl Odds {
    fn pick(&self, draw: f64) -> Option<Answer> {
        let all: f64 = 1.0 + self.0.iter().map(|(_, odds)| odds).sum::<f64>();
        let mut left = draw * all;
        for (answer, odds) in self.0 {
            if left < odds {
                return Some(answer);
            }
            left -= odds;
        }
        None
    }

    /// Share of the debt that the answer is expected to bring, where a plan brings `plan` of it.
    fn brings(&self, plan: f64) -> f64 {
        let all: f64 = 1.0 + self.0.iter().map(|(_, odds)| odds).sum::<f64>();
        let worth = |answer| match answer {
            Answer::Pay => 1.0,
            Answer::Plan => plan,
            Answer::Promise => PROMISE_KEPT,
            Answer::Dispute | Answer::Complain => 0.0,
        };
        self.0.iter().map(|(answer, odds)| worth(*answer) * odds).sum::<f64>() / all
    }
}

impl Nature<'_> {
    /// A contact reaches out to a person.
    pub fn contact(
        &self,
        person: &Person,
        life: &mut Life,
        action: Action,
        day: Day,
        events: &mut Vec<Event>,
    ) {
        let mut draws = self.draws(person, Purpose::Contact, life.contacts);
        let luck: [f64; 5] = std::array::from_fn(|_| draws.uniform());
        life.contacts += 1;
        self.fade(life, day);
        let channel = action.of(Factor::Channel);
        if person.address(channel) == Address::Bad && !life.found {
            life.bounced |= 1 << channel;
            events.push(Event::Bounced { channel });
            return;
        }
        if person.wrong_person && !life.found {
            if luck[0] < self.world.parameters.reach.wrong_person_tells {
                life.state = State::Sought { until: day + SEARCH_DAYS };
                events.push(Event::WrongPerson { channel });
            }
            return;
        }
        if luck[0] < self.seen(person, action, day) {
            self.read(person, life, action, day, &luck, &mut draws, events);
        }
        life.habit += 1.0;
        life.annoyance += 0.4 + 0.6 * person.traits.reactance;
    }

    #[expect(clippy::too_many_arguments, reason = "one contact and the luck drawn for it")]
    fn read(
        &self,
        person: &Person,
        life: &mut Life,
        action: Action,
        day: Day,
        luck: &[f64; 5],
        draws: &mut Draws,
        events: &mut Vec<Event>,
    ) {
        let channel = action.of(Factor::Channel);
        let wear = &self.world.parameters.wear;
        if luck[1] < logistic(wear.opt_out + wear.annoyance_complaint * life.annoyance) {
            life.opted_out |= 1 << channel;
            events.push(Event::OptedOut { channel });
        }
        if luck[2] >= self.considers(person, life) {
            return;
        }
        life.knows_portal |= channel != level::LETTER || luck[4] < person.traits.digital;
        let answer = self.odds(person, life, action, day).pick(luck[3]);
        let met = &mut life.motives_met[usize::from(action.of(Factor::Motive))];
        *met = met.saturating_add(1);
        self.answer(person, life, answer, channel, day, draws, events);
    }

    #[expect(clippy::too_many_arguments, reason = "one answer and what it depends on")]
    fn answer(
        &self,
        person: &Person,
        life: &mut Life,
        answer: Option<Answer>,
        channel: u8,
        day: Day,
        draws: &mut Draws,
        events: &mut Vec<Event>,
    ) {
        match answer {
            None => {}
            Some(Answer::Pay) => {
                // Whoever had decided already does not decide later.
                let on = day + self.delay(person, day, draws);
                life.state = match life.state {
                    State::Intending { on: earlier, again } => {
                        State::Intending { on: earlier.min(on), again }
                    }
                    _ => State::Intending { on, again: false },
                };
            }
            Some(Answer::Plan) => {
                self.agree_on_plan(person, life, day, channel != level::LETTER, events);
            }
            Some(Answer::Promise) => {
                let due = self.calendar.next_payday(day + 2, person.payday);
                life.promises += 1;
                life.promised_before = true;
                life.state = State::Promised { due };
                events.push(Event::Promised { due });
            }
            Some(Answer::Dispute) => {
                let rightly = person.unfounded;
                life.state = State::Disputed { until: day + DECISION_DAYS, rightly };
                events.push(Event::Disputed { rightly });
            }
            Some(Answer::Complain) => {
                life.annoyance += 1.0;
                events.push(Event::Complained);
            }
        }
    }

    /// Chance that a delivered message is seen.
    fn seen(&self, person: &Person, action: Action, day: Day) -> f64 {
        let reach = &self.world.parameters.reach;
        let channel = action.of(Factor::Channel);
        let base = [
            reach.email_seen,
            reach.sms_seen,
            reach.letter_seen,
            reach.whatsapp_seen,
            reach.portal_push_seen,
        ][usize::from(channel)];
        let digital = if channel == level::LETTER {
            0.0
        } else {
            reach.digital_slope * (person.traits.digital - 0.5)
                - self.world.parameters.drift.channel_fatigue * f64::from(day) / 100.0
        };
        logistic(base + digital - reach.avoidance_slope * person.traits.avoidance)
    }

    fn considers(&self, person: &Person, life: &Life) -> f64 {
        let reaction = &self.world.parameters.reaction;
        logistic(
            reaction.considered + reaction.willingness * person.traits.willingness
                - reaction.avoidance * person.traits.avoidance
                - self.world.parameters.wear.habituation * life.habit,
        )
    }

    /// The multinomial logit of the answers. What cannot be paid is not among them.
    fn odds(&self, person: &Person, life: &Life, action: Action, day: Day) -> Odds {
        let reaction = &self.world.parameters.reaction;
        let effects = &self.world.effects;
        let at_once = self.can_pay_at_once(life);
        let mut leaning = person.leaning;
        leaning.traits[Factor::Offer as usize] = if at_once { -0.5 } else { 0.5 };
        let met = life.motives_met[usize::from(action.of(Factor::Motive))];
        let wording = self.world.parameters.wear.wording_left.powi(i32::from(met));
        let turned = f64::from(day) >= self.world.parameters.drift.reversal_day;
        let sign = if turned { -1.0 } else { 1.0 };
        let settling =
            self.settling(person, life, day) + sign * effects.settling(action, &leaning, wording);
        let offer = action.of(Factor::Offer);
        let pull = |offers: &[u8]| {
            if offers.contains(&offer) { sign * effects.offer_pull } else { 0.0 }
        };
        let founded = !person.unfounded;
        let possible = |can: bool, odds: f64| if can && founded { odds.exp() } else { 0.0 };
        let need = if at_once { 0.0 } else { reaction.plan_need };
        let plan = self.plan_for(person, life).is_some();
        let unfounded = if founded { 0.0 } else { reaction.dispute_unfounded };
        let complain = reaction.complain
            + reaction.complain_reactance * person.traits.reactance
            + self.world.parameters.wear.annoyance_complaint * life.annoyance
            + effects.complaining(action)
            - if offer == level::CONVERSATION { effects.offer_pull } else { 0.0 };
        Odds([
            (Answer::Pay, possible(at_once, settling + reaction.pay + pull(&[level::PAY_NOW]))),
            (
                Answer::Plan,
                possible(
                    plan,
                    settling
                        + reaction.plan
                        + need
                        + pull(&[level::INSTALMENTS, level::CONVERSATION]),
                ),
            ),
            (
                Answer::Promise,
                possible(
                    can_pay_after_payday(person, life),
                    settling + reaction.promise + pull(&[level::PROMISE, level::DEFERRAL]),
                ),
            ),
            (Answer::Dispute, (reaction.dispute + unfounded).exp()),
            (Answer::Complain, complain.exp()),
        ])
    }

    /// Days from the decision to the money: on the same day, on payday, or some days later.
    fn delay(&self, person: &Person, day: Day, draws: &mut Draws) -> Day {
        let delay = &self.world.parameters.delay;
        let (kind, score) = (draws.uniform(), draws.normal());
        if kind < delay.same_day {
            0
        } else if kind < delay.same_day + delay.payday {
            self.calendar.next_payday(day, person.payday) - day
        } else {
            (delay.median_days * (delay.sigma * score).exp()).min(60.0) as Day
        }
    }

    /// Habituation and annoyance fade with the days since the last contact.
    fn fade(&self, life: &mut Life, day: Day) {
        let days = f64::from(day.saturating_sub(life.last_contact));
        let left = (-days / self.world.parameters.wear.memory_days).exp();
        life.habit *= left;
        life.annoyance *= left;
        life.last_contact = day;
    }

    /// The share of the debt that a contact on this day is expected to bring within half a year: what only
    /// the oracle knows.
    pub fn expected_share(&self, person: &Person, life: &Life, action: Action, day: Day) -> f64 {
        let channel = action.of(Factor::Channel);
        let reachable = person.address(channel) != Address::Bad || life.found;
        if !reachable || (person.wrong_person && !life.found) {
            return 0.0;
        }
        let mut then = life.clone();
        self.fade(&mut then, day);
        let plan = self.plan_for(person, &then);
        let plan = plan.map_or(0.0, |(_, count)| (HALF_A_YEAR / f64::from(count)).min(1.0));
        self.seen(person, action, day)
            * self.considers(person, &then)
            * self.odds(person, &then, action, day).brings(plan)
    }
}

/// Whether all could be paid once the next income has come.
fn can_pay_after_payday(person: &Person, life: &Life) -> bool {
    let coming = if life.purse.has_income() { person.usual_eur } else { 0.0 };
    life.remaining_cents as f64 / 100.0 <= life.purse.available_eur() + coming
}
