//! What one contact teaches, given what has followed it so far.
//!
//! What has not been paid yet counts as a failure only as far as those who pay would have paid by now
//! (partial credit for delay); a payment counts in full, and only at the milestone after it, so that no
//! success is learned before the failures of its like.

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{DelayCurve, HORIZON_DAYS, MILESTONES, Objective};

use super::known::KEPT;
use super::outcome::OutcomeKind;

/// One outcome that is booked to the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: OutcomeKind,
    /// Minor units that came in, below zero where they went back; 0 where no money is involved.
    pub minor_units: i64,
    /// When.
    pub occurred_at: DateTime<Utc>,
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

    /// Days until the first payment that counts, where any money has stayed.
    pub fn delay_days(&self, now: DateTime<Utc>) -> Option<usize> {
        let until = self.sent_at + days(self.milestone(now)?);
        let paid = self.of(OutcomeKind::Payment).filter(|event| event.occurred_at <= until);
        let first = paid.map(|event| event.occurred_at).min()?;
        let net = self.money(until);
        (net > 0).then(|| usize::try_from((first - self.sent_at).num_days()).unwrap_or(0))
    }

    /// What came in until then and has not gone back since.
    fn money(&self, until: DateTime<Utc>) -> i64 {
        let paid = self.of(OutcomeKind::Payment).filter(|event| event.occurred_at <= until);
        paid.chain(self.of(OutcomeKind::Reversal))
            .fold(0, |sum: i64, event| sum.saturating_add(event.minor_units))
    }

    fn of(&self, kind: OutcomeKind) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    fn count(&self, kinds: &[OutcomeKind], until: DateTime<Utc>) -> usize {
        let counts = |event: &&Event| kinds.contains(&event.kind) && event.occurred_at <= until;
        self.events.iter().filter(counts).count()
    }

    /// Money that came within the horizon and stayed, in units of the currency.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
    pub fn recovered(&self) -> f64 {
        self.money(self.end()) as f64 / 100.0
    }

    /// Whether the person objected or complained within the horizon.
    pub fn is_harmed(&self) -> bool {
        self.count(&OutcomeKind::HARM, self.end()) > 0
    }

    fn end(&self) -> DateTime<Utc> {
        self.sent_at + days(HORIZON_DAYS)
    }

    /// Everything that can be learned of the contact at this instant; nothing before its first milestone.
    pub fn lessons(&self, now: DateTime<Utc>, curve: &DelayCurve) -> Vec<Lesson> {
        let Some(milestone) = self.milestone(now) else { return Vec::new() };
        let until = self.sent_at + days(milestone);
        let so_far = curve.paid_by(self.channel, milestone);
        let mut lessons = vec![self.paid(until, so_far), self.harm(until, so_far)];
        lessons.extend(self.once_paid(now, until));
        lessons.extend(self.kept());
        lessons
    }

    fn paid(&self, until: DateTime<Utc>, so_far: f64) -> Lesson {
        let objective = Objective::Paid;
        if self.money(until) > 0 || self.count(&[OutcomeKind::Kept], now_or_later()) > 0 {
            return Lesson { objective, outcome: 1.0, weight: 1.0 };
        }
        let agreed = [OutcomeKind::Arrangement, OutcomeKind::Promise];
        let pending =
            self.count(&agreed, until) > self.count(&[OutcomeKind::Broken], now_or_later());
        let outcome = if pending { KEPT } else { 0.0 };
        Lesson { objective, outcome, weight: so_far }
    }

    fn harm(&self, until: DateTime<Utc>, so_far: f64) -> Lesson {
        let harmed = self.count(&OutcomeKind::HARM, until) > 0;
        let weight = if harmed { 1.0 } else { so_far };
        Lesson { objective: Objective::Harm, outcome: f64::from(u8::from(harmed)), weight }
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
        let kept = self.count(&[OutcomeKind::Kept], now_or_later());
        let broken = self.count(&[OutcomeKind::Broken], now_or_later());
        (kept + broken > 0).then(|| Lesson {
            objective: Objective::Kept,
            outcome: f64::from(u8::from(kept > 0)),
            weight: 1.0,
        })
    }

    /// Whether the contact's horizon is over, so that its delay may shape the curve.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.milestone(now) == Some(HORIZON_DAYS)
    }
}

fn days(days: usize) -> TimeDelta {
    TimeDelta::days(i64::try_from(days).unwrap_or(0))
}

/// Plans end when they end: what became of one counts whenever it became known.
const fn now_or_later() -> DateTime<Utc> {
    DateTime::<Utc>::MAX_UTC
}

#[cfg(test)]
mod tests {
    use super::OutcomeKind::{Arrangement, Broken, Dispute, Kept, Payment, Reversal};
    use super::*;
    use proptest::prelude::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn told(events: &[(OutcomeKind, i64, i64)], day: i64) -> Vec<Lesson> {
        let event = |(kind, minor_units, day): &(OutcomeKind, i64, i64)| Event {
            kind: *kind,
            minor_units: *minor_units,
            occurred_at: at(*day),
        };
        let events: Vec<_> = events.iter().map(event).collect();
        let story = Story { sent_at: at(0), channel: "email", balance: 10_000, events: &events };
        story.lessons(at(day), &DelayCurve::default())
    }

    fn of(lessons: &[Lesson], objective: Objective) -> Option<(f64, f64)> {
        let lesson = lessons.iter().find(|lesson| lesson.objective == objective)?;
        Some((lesson.outcome, lesson.weight))
    }

    #[test]
    fn nothing_is_learned_before_the_first_milestone() {
        assert!(told(&[(Payment, 5_000, 0)], 0).is_empty());
    }

    #[test]
    fn what_is_unpaid_counts_the_more_the_longer_it_is() {
        let weight = |day| of(&told(&[], day), Objective::Paid).unwrap().1;
        assert!(weight(1) < weight(3) && weight(3) < weight(7));
        assert!((weight(28) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_payment_counts_in_full_at_the_milestone_after_it() {
        let paid_on_day_2 = [(Payment, 5_000, 2)];
        assert!(of(&told(&paid_on_day_2, 2), Objective::Paid).unwrap().0 < 0.5);
        let lessons = told(&paid_on_day_2, 3);
        assert_eq!(of(&lessons, Objective::Paid), Some((1.0, 1.0)));
        assert_eq!(of(&lessons, Objective::Share), Some((0.5, 1.0)));
        assert_eq!(of(&lessons, Objective::Speed), Some((1.0, 1.0)));
    }

    #[test]
    fn a_reversal_leaves_what_would_have_been_learned_without_the_payment() {
        let reversed = [(Payment, 5_000, 2), (Reversal, -5_000, 40)];
        assert_eq!(told(&reversed, 60), told(&[], 60));
    }

    #[test]
    fn a_plan_is_worth_what_plans_are_kept_until_it_is_kept_or_broken() {
        let agreed = (Arrangement, 0, 1);
        assert_eq!(of(&told(&[agreed], 30), Objective::Paid), Some((KEPT, 1.0)));
        let broken = told(&[agreed, (Broken, 0, 20)], 30);
        assert_eq!(of(&broken, Objective::Paid), Some((0.0, 1.0)));
        assert_eq!(of(&broken, Objective::Kept), Some((0.0, 1.0)));
        assert_eq!(of(&told(&[agreed, (Kept, 0, 20)], 30), Objective::Paid), Some((1.0, 1.0)));
    }

    #[test]
    fn an_objection_is_harm_and_no_failure_to_pay_by_itself() {
        let lessons = told(&[(Dispute, 0, 1)], 3);
        assert_eq!(of(&lessons, Objective::Harm), Some((1.0, 1.0)));
        assert_eq!(of(&lessons, Objective::Paid), of(&told(&[], 3), Objective::Paid));
    }

    proptest! {
        #[test]
        fn the_order_of_outcomes_does_not_matter(
            events in prop::collection::vec((prop::sample::select(vec![
                Payment, Reversal, Arrangement, Broken, Kept, Dispute]), 0i64..1_000, 0i64..40), 0..8)
                .prop_shuffle(),
            day in 0i64..60,
        ) {
            let mut sorted = events.clone();
            sorted.sort();
            prop_assert_eq!(told(&events, day), told(&sorted, day));
        }
    }
}
