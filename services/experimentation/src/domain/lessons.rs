//! What one contact teaches, given what has followed it so far.
//!
//! What has not been paid yet counts as a failure only as far as those who pay would have paid by now
//! (partial credit for delay); a payment counts in full, and only at the milestone after it, so that no
//! success is learned before the failures of its like. The next contact ends what can be seen of one: what
//! may still come is expected of the next (one-step advantage), harm as often as the log shows it. What was
//! agreed is worth what came of it and what is still expected, set right with each due.

mod gain;

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{DelayCurve, Expectation, HORIZON_DAYS, MILESTONES, Objective, passed_on};

use super::agreement::{AgreedDue, Fate};
use super::outcome::OutcomeKind;
use super::usual::Usual;
use gain::{Gain, Reach};

/// The outcomes that tell something of a contact: the others change nothing that is learned.
pub const TELLING: [OutcomeKind; 10] = [
    OutcomeKind::Payment,
    OutcomeKind::Reversal,
    OutcomeKind::Arrangement,
    OutcomeKind::Promise,
    OutcomeKind::Kept,
    OutcomeKind::Broken,
    OutcomeKind::Ended,
    OutcomeKind::Missed,
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
    /// Minor units that came in, below zero where they went back; of what was agreed, all of it; 0 where no money
    /// is involved.
    pub minor_units: i64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The promise or arrangement that a payment counts for; empty for none.
    pub toward: String,
    /// What was agreed, where something was.
    pub dues: Vec<AgreedDue>,
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
    /// Where the next contact ended it, what was expected of the person then, and of harm what is usual.
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

    fn seen(&self, now: DateTime<Utc>, usual: &Usual) -> Option<Seen> {
        let (until, milestone) = (self.until(now)?, self.milestone(now)?);
        let cut = self.cut();
        let days = cut.map_or(milestone, |(days, _)| days);
        let expected = |(_, next): (usize, Next)| Expectation { harm: usual.harm, ..next.expected };
        Some(Seen {
            until,
            paid_by: usual.delay.paid_by(self.channel, days),
            expected_next: cut.map(expected),
        })
    }

    /// Lets the curve know how soon money came, or how long none was seen, once nothing can change it.
    pub fn shape(&self, now: DateTime<Utc>, curve: &mut DelayCurve) {
        let Some(until) = self.until(now).filter(|_| self.is_over(now)) else { return };
        let watched = self.cut().map_or(HORIZON_DAYS, |(days, _)| days);
        let paid_after = self.delay_days(&self.gain(Reach { until, agreed_until: until }));
        curve.count_followed(self.channel, paid_after, watched);
    }

    /// Days until the first payment that counts and stayed.
    fn delay_days(&self, gain: &Gain) -> Option<usize> {
        let waited = gain.first_at? - self.sent_at;
        Some(usize::try_from(waited.num_days()).unwrap_or(0))
    }

    fn is_harmed_until(&self, until: DateTime<Utc>) -> bool {
        let harm = |event: &Event| OutcomeKind::HARM.contains(&event.kind);
        self.events.iter().any(|event| harm(event) && event.occurred_at <= until)
    }

    /// Euros that the contact brought: what came until the next contact and stayed, what came and is to come of what
    /// was agreed until then, and, where nothing is, what was expected from the next one on to the end of its
    /// horizon.
    pub fn brought(&self, usual: &Usual) -> f64 {
        let agreed_until = DateTime::<Utc>::MAX_UTC;
        let gain = self.gain(Reach { until: self.end(), agreed_until });
        // What is expected of a person who has agreed on something is that.
        let next = self.cut().map_or(0.0, |(_, next)| next.expected.recovery());
        let left =
            if gain.coming > 0.0 { 0.0 } else { passed_on(next, self.seen_by(&usual.delay)) };
        gain.whole() / 100.0 + left
    }

    /// The chance that the person objected or complained within the horizon: 1 where that was seen, else
    /// what is left of it after the next contact.
    pub fn harmed(&self, usual: &Usual) -> f64 {
        if self.is_harmed() { 1.0 } else { passed_on(usual.harm, self.seen_by(&usual.delay)) }
    }

    /// Whether the person objected or complained within the horizon.
    pub fn is_harmed(&self) -> bool {
        self.is_harmed_until(self.end())
    }

    /// How much could be seen before the next contact: the share of payers who pay until then, 1 where none came.
    pub fn seen_by(&self, delay: &DelayCurve) -> f64 {
        self.cut().map_or(1.0, |(days, _)| delay.paid_by(self.channel, days))
    }

    fn end(&self) -> DateTime<Utc> {
        self.sent_at + days(HORIZON_DAYS)
    }

    /// Everything that can be learned of the contact at this instant; nothing before its first milestone.
    pub fn lessons(&self, now: DateTime<Utc>, usual: &Usual) -> Vec<Lesson> {
        let Some(seen) = self.seen(now, usual) else { return Vec::new() };
        // What is agreed stays with the contact; of it, too, nothing counts before the milestones are over.
        let agreed_until = if self.is_over(now) { now.max(seen.until) } else { seen.until };
        let gain = self.gain(Reach { until: seen.until, agreed_until });
        let mut lessons = vec![paid(&seen, &gain), self.harm(&seen)];
        lessons.extend(self.share(&gain));
        lessons.extend(self.speed(&gain));
        lessons.extend(self.kept());
        lessons
    }

    fn harm(&self, seen: &Seen) -> Lesson {
        let objective = Objective::Harm;
        if self.is_harmed_until(seen.until) {
            return Lesson { objective, outcome: 1.0, weight: 1.0 };
        }
        seen.nothing(objective, |expected| expected.harm)
    }

    /// How much, where any of it comes: of what was agreed also what is still to come. Learned as far as any comes,
    /// so that both together are the value of the contact.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
    fn share(&self, gain: &Gain) -> Option<Lesson> {
        let whole = gain.whole();
        let share = whole / gain.probability / self.balance.max(1) as f64;
        (whole > 0.0 && gain.probability > 0.0).then(|| Lesson {
            objective: Objective::Share,
            outcome: share.clamp(0.0, 1.0),
            weight: gain.probability,
        })
    }

    /// How soon, where money came in.
    fn speed(&self, gain: &Gain) -> Option<Lesson> {
        let days = self.delay_days(gain)?;
        let early = i64::try_from(days).is_ok_and(|days| days <= EARLY_DAYS);
        let outcome = f64::from(u8::from(early));
        Some(Lesson { objective: Objective::Speed, outcome, weight: 1.0 })
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

/// Whether anything comes: what is still to come of what was agreed as far as it is likely. It counts in full, as
/// money does: nobody waits any longer to see it.
fn paid(seen: &Seen, gain: &Gain) -> Lesson {
    let objective = Objective::Paid;
    if gain.probability > 0.0 {
        return Lesson { objective, outcome: gain.probability, weight: 1.0 };
    }
    seen.nothing(objective, |expected| expected.paid)
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
