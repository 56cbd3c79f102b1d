//! What one contact teaches, given what has followed it so far.
//!
//! What has not been paid yet counts as a failure only as far as those who pay would have paid by now
//! (partial credit for delay); a payment counts in full, and only at the milestone after it, so that no
//! success is learned before the failures of its like. The next contact ends what can be seen of one: what
//! may still come is expected of the next (one-step advantage).

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{
    DelayCurve, Expectation, HORIZON_DAYS, MILESTONES, Objective, Stayed, passed_on, stayed,
};

use super::agreement::{Agreement, Fate, News, agreements};
use super::known::KEPT;
use super::outcome::OutcomeKind;

/// The outcomes that tell something of a contact: the others change nothing that is learned.
pub const TELLING: [OutcomeKind; 9] = [
    OutcomeKind::Payment,
    OutcomeKind::Reversal,
    OutcomeKind::Arrangement,
    OutcomeKind::Promise,
    OutcomeKind::Kept,
    OutcomeKind::Broken,
    OutcomeKind::Ended,
    OutcomeKind::Dispute,
    OutcomeKind::Complaint,
];

/// One outcome that is booked to the contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: OutcomeKind,
    /// The payment, promise or arrangement it belongs to; empty where it stands alone.
    pub about: String,
    /// Minor units that came in, below zero where they went back; 0 where no money is involved.
    pub minor_units: i64,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// The next contact with the same person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Next {
    /// When it was made.
    pub sent_at: DateTime<Utc>,
    /// What was expected of the person when it was decided.
    pub expected: Expectation,
}

/// A contact and what followed it.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// When it was made.
    pub sent_at: DateTime<Utc>,
    /// By which channel.
    pub channel: &'a str,
    /// What was owed, in minor units.
    pub balance: i64,
    /// What is booked to it, in any order.
    pub events: &'a [Event],
    /// The contact after it, if there was one: what happens from then on is booked to that one, but for what
    /// becomes of plans and promises.
    pub next: Option<Next>,
}

/// How far a contact can be seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// What happened until then counts.
    until: DateTime<Utc>,
    /// The share of payers who have paid in the days that were seen.
    paid_by: f64,
    /// Where the next contact ended it, what was expected of the person then.
    expected_next: Option<Expectation>,
}

/// One outcome to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesson {
    /// Of which objective.
    pub objective: Objective,
    /// How it came out, 0..=1.
    pub outcome: f64,
    /// How much it counts, 0..=1.
    pub weight: f64,
}

/// Money within this many days is early.
const EARLY_DAYS: i64 = 7;

impl Story<'_> {
    /// The last milestone that has passed.
    pub fn milestone(&self, now: DateTime<Utc>) -> Option<usize> {
        let age = (now - self.sent_at).num_days();
        MILESTONES.iter().rev().copied().find(|days| i64::try_from(*days).is_ok_and(|d| d <= age))
    }

    /// The next contact within the horizon, and the days until it.
    fn cut(&self) -> Option<(usize, Next)> {
        let next = self.next?;
        let days = usize::try_from((next.sent_at - self.sent_at).num_days()).unwrap_or(0);
        (days < HORIZON_DAYS).then_some((days, next))
    }

    /// Until when it has been seen; `None` before its first milestone.
    fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.sent_at + days(self.milestone(now)?);
        Some(self.cut().map_or(until, |(_, next)| until.max(next.sent_at)))
    }

    fn seen(&self, now: DateTime<Utc>, curve: &DelayCurve) -> Option<Seen> {
        let (until, milestone) = (self.until(now)?, self.milestone(now)?);
        let cut = self.cut();
        let days = cut.map_or(milestone, |(days, _)| days);
        Some(Seen {
            until,
            paid_by: curve.paid_by(self.channel, days),
            expected_next: cut.map(|(_, next)| next.expected),
        })
    }

    /// Lets the curve know how soon money came, or how long none was seen, once nothing can change it.
    pub fn shape(&self, now: DateTime<Utc>, curve: &mut DelayCurve) {
        if !self.is_over(now) {
            return;
        }
        let watched = self.cut().map_or(HORIZON_DAYS, |(days, _)| days);
        curve.count_followed(self.channel, self.delay_days(now), watched);
    }

    /// Days until the first payment that counts and stayed.
    fn delay_days(&self, now: DateTime<Utc>) -> Option<usize> {
        let until = self.until(now)?;
        let first = self.payments(until).find(|payment| payment.minor_units > 0)?.at;
        Some(usize::try_from((first - self.sent_at).num_days()).unwrap_or(0))
    }

    /// What came in until then and has not gone back since, in minor units.
    fn money(&self, until: DateTime<Utc>) -> i64 {
        self.payments(until).fold(0, |sum, payment| sum.saturating_add(payment.minor_units))
    }

    /// The payments that came until then, in order of time, each with what stayed of it.
    fn payments(&self, until: DateTime<Utc>) -> impl Iterator<Item = Stayed<'_, DateTime<Utc>>> {
        let movements = self.events.iter().filter_map(|event| {
            event.kind.movement(event.occurred_at, &event.about, event.minor_units)
        });
        stayed(movements).into_iter().filter(move |payment| payment.at <= until)
    }

    /// The promises and arrangements of the contact. They end when they end: what became of one counts whenever
    /// it became known.
    fn agreements(&self) -> Vec<Agreement<'_>> {
        agreements(self.events.iter().map(|event| News {
            at: event.occurred_at,
            kind: event.kind,
            about: &event.about,
        }))
    }

    fn is_harmed_until(&self, until: DateTime<Utc>) -> bool {
        let harm = |event: &Event| OutcomeKind::HARM.contains(&event.kind);
        self.events.iter().any(|event| harm(event) && event.occurred_at <= until)
    }

    /// Euros that the contact brought: what came until the next contact and stayed, and what was expected from
    /// there on to the end of its horizon.
    pub fn brought(&self, curve: &DelayCurve) -> f64 {
        self.recovered() + self.left(curve, Expectation::recovery)
    }

    /// Money that came within the horizon and stayed, in units of the currency.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
    fn recovered(&self) -> f64 {
        self.money(self.end()) as f64 / 100.0
    }

    /// The chance that the person objected or complained within the horizon: 1 where that was seen, else
    /// what is left of it after the next contact.
    pub fn harmed(&self, curve: &DelayCurve) -> f64 {
        if self.is_harmed_until(self.end()) {
            return 1.0;
        }
        self.left(curve, |expected| expected.harm)
    }

    /// What the next contact leaves to be expected.
    fn left(&self, curve: &DelayCurve, expected: impl Fn(&Expectation) -> f64) -> f64 {
        self.cut().map_or(0.0, |(days, next)| {
            passed_on(expected(&next.expected), curve.paid_by(self.channel, days))
        })
    }

    fn end(&self) -> DateTime<Utc> {
        self.sent_at + days(HORIZON_DAYS)
    }

    /// Everything that can be learned of the contact at this instant; nothing before its first milestone.
    pub fn lessons(&self, now: DateTime<Utc>, curve: &DelayCurve) -> Vec<Lesson> {
        let Some(seen) = self.seen(now, curve) else { return Vec::new() };
        let mut lessons = vec![self.paid(&seen), self.harm(&seen)];
        lessons.extend(self.once_paid(now, seen.until));
        lessons.extend(self.kept());
        lessons
    }

    fn paid(&self, seen: &Seen) -> Lesson {
        let objective = Objective::Paid;
        let agreements = self.agreements();
        if self.money(seen.until) > 0 || agreements.iter().any(|it| it.fate == Fate::Kept) {
            return Lesson { objective, outcome: 1.0, weight: 1.0 };
        }
        if agreements.iter().any(|it| it.runs_since(seen.until)) {
            return Lesson { objective, outcome: KEPT, weight: seen.paid_by };
        }
        seen.nothing(objective, |expected| expected.paid)
    }

    fn harm(&self, seen: &Seen) -> Lesson {
        let objective = Objective::Harm;
        if self.is_harmed_until(seen.until) {
            return Lesson { objective, outcome: 1.0, weight: 1.0 };
        }
        seen.nothing(objective, |expected| expected.harm)
    }

    /// How much and how soon, where money came in.
    #[expect(clippy::cast_precision_loss, reason = "a share of two amounts")]
    fn once_paid(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Lesson> {
        let Some(delay) = self.delay_days(now) else { return Vec::new() };
        let share = (self.money(until) as f64 / self.balance.max(1) as f64).clamp(0.0, 1.0);
        let early = i64::try_from(delay).is_ok_and(|delay| delay <= EARLY_DAYS);
        let lesson = |objective, outcome| Lesson { objective, outcome, weight: 1.0 };
        vec![lesson(Objective::Share, share), lesson(Objective::Speed, f64::from(u8::from(early)))]
    }

    fn kept(&self) -> Option<Lesson> {
        let agreements = self.agreements();
        let any = |fate| agreements.iter().any(|it| it.fate == fate);
        (any(Fate::Kept) || any(Fate::Broken)).then(|| Lesson {
            objective: Objective::Kept,
            outcome: f64::from(u8::from(any(Fate::Kept))),
            weight: 1.0,
        })
    }

    /// Whether the contact's horizon is over, so that its delay may shape the curve.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.milestone(now) == Some(HORIZON_DAYS)
    }
}

impl Seen {
    /// Nothing has come: a failure as far as it would have come by now, or, where the next contact ended the
    /// wait, what is left to be expected.
    fn nothing(&self, objective: Objective, expected: impl Fn(&Expectation) -> f64) -> Lesson {
        let Some(next) = &self.expected_next else {
            return Lesson { objective, outcome: 0.0, weight: self.paid_by };
        };
        Lesson { objective, outcome: passed_on(expected(next), self.paid_by), weight: 1.0 }
    }
}

fn days(days: usize) -> TimeDelta {
    TimeDelta::days(i64::try_from(days).unwrap_or(0))
}

#[cfg(test)]
mod tests;
