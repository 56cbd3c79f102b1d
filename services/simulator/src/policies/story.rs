//! What came of one contact, in shares of what was owed: the reward that is learned from.
//!
//! A plan is worth what it is expected to bring within the horizon, a promise what is kept of promises, and
//! both are set right at each due date.

use kulanz_policy::{Due, arrangement_value};

use crate::behaviour::{Cause, Event};
use crate::calendar::Day;
use crate::run::News;

/// Days after a contact within which what happens counts as its own.
pub(super) const WINDOW: Day = 28;
/// Probability that a due instalment is paid, as the frozen model has it.
const KEPT_DUE: f64 = 0.95;
/// Probability that a promise is kept, as the frozen model has it.
const KEPT_PROMISE: f64 = 0.6;
/// Yearly rate at which later money is worth less.
const RATE: f64 = 0.05;
/// Days between two instalments.
const MONTH: Day = 30;

/// One contact and what came of it so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Story {
    /// When it was sent.
    pub sent: Day,
    /// Share of what was owed that came, or is expected to come, of it.
    pub value: f64,
    /// Days until it first was worth anything.
    pub after: Option<Day>,
    /// Whether a sign of harm followed.
    pub harmed: bool,
    ends: Day,
    owed_cents: i64,
    arranged: Arranged,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Arranged {
    Nothing,
    Promise,
    Plan { instalment_cents: i64, left: u32, due: Day, paid_cents: i64 },
}

/// What a piece of news changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// It is worth this share of what was owed.
    Worth(f64),
    /// It is worth nothing any more.
    Nothing,
    /// A sign of harm.
    Harm,
}

impl Story {
    /// Sent on a day to somebody who owes so much and is followed until the horizon ends.
    pub const fn new(sent: Day, owed_cents: i64, ends: Day) -> Self {
        let arranged = Arranged::Nothing;
        Self { sent, value: 0.0, after: None, harmed: false, ends, owed_cents, arranged }
    }

    /// Whether nothing can change it any more.
    pub fn is_over(&self, day: Day) -> bool {
        day > self.sent + 2 * WINDOW && self.arranged == Arranged::Nothing
    }

    /// Hears what happened after it and before the next contact.
    pub fn hear(&mut self, news: &News) -> Option<Change> {
        let own = news.day <= self.sent + WINDOW;
        match (news.event, self.arranged) {
            (Event::Settled, arranged) if own || arranged != Arranged::Nothing => {
                self.arranged = Arranged::Nothing;
                Some(self.worth(news.day, 1.0))
            }
            (Event::PlanAgreed { instalment_cents, count, first }, _) if own => {
                let paid_cents = 0;
                self.arranged =
                    Arranged::Plan { instalment_cents, left: count, due: first, paid_cents };
                Some(self.worth(news.day, self.arrangement()))
            }
            (Event::Paid { cents, cause: Cause::Instalment }, Arranged::Plan { .. }) => {
                self.receive(cents, news.day);
                Some(self.worth(news.day, self.arrangement()))
            }
            (Event::PlanBroken, Arranged::Plan { paid_cents, .. }) => {
                self.arranged = Arranged::Nothing;
                Some(self.worth(news.day, paid_cents as f64 / self.owed_cents.max(1) as f64))
            }
            (Event::Promised { .. }, _) if own => {
                self.arranged = Arranged::Promise;
                Some(self.worth(news.day, KEPT_PROMISE))
            }
            (Event::PromiseBroken, Arranged::Promise) => {
                self.arranged = Arranged::Nothing;
                Some(self.worth(news.day, 0.0))
            }
            (event, _) if own && event.is_harm() => {
                self.harmed = true;
                Some(Change::Harm)
            }
            _ => None,
        }
    }

    fn worth(&mut self, day: Day, value: f64) -> Change {
        self.value = value.clamp(0.0, 1.0);
        if self.value > 0.0 {
            self.after.get_or_insert((day - self.sent).min(WINDOW));
            Change::Worth(self.value)
        } else {
            self.after = None;
            Change::Nothing
        }
    }

    fn receive(&mut self, cents: i64, day: Day) {
        if let Arranged::Plan { left, due, paid_cents, .. } = &mut self.arranged {
            *left = left.saturating_sub(1);
            *due = day + MONTH;
            *paid_cents += cents;
        }
    }

    /// What a plan brought and is expected to bring within the horizon, as a share of what was owed.
    fn arrangement(&self) -> f64 {
        let Arranged::Plan { instalment_cents, left, due, paid_cents } = self.arranged else {
            return 0.0;
        };
        let dues = (0..left).map(|place| due + MONTH * place).filter(|due| *due < self.ends);
        let dues: Vec<Due> = dues
            .map(|due| Due {
                days: f64::from(due.saturating_sub(self.sent)),
                amount: instalment_cents as f64,
            })
            .collect();
        let coming = arrangement_value(&dues, KEPT_DUE, RATE);
        (paid_cents as f64 + coming) / self.owed_cents.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(day: Day, event: Event) -> News {
        News { person: 0, day, after: None, event, remaining_cents: 0 }
    }

    #[test]
    fn a_plan_is_worth_what_it_brings_within_the_horizon_and_broken_what_it_brought() {
        let mut story = Story::new(10, 100_000, 100);
        let plan = Event::PlanAgreed { instalment_cents: 10_000, count: 10, first: 20 };
        let Some(Change::Worth(agreed)) = story.hear(&news(12, plan)) else { panic!("{story:?}") };
        // Three of ten dues lie within the horizon.
        assert!(agreed > 0.26 && agreed < 0.3, "{agreed}");
        let paid = Event::Paid { cents: 10_000, cause: Cause::Instalment };
        let Some(Change::Worth(later)) = story.hear(&news(20, paid)) else { panic!("{story:?}") };
        assert!(later > agreed && later < 0.3, "{later}");
        assert_eq!(story.hear(&news(80, Event::PlanBroken)), Some(Change::Worth(0.1)));
        assert!(story.is_over(81) && story.after == Some(2));
    }

    #[test]
    fn a_broken_promise_is_worth_nothing_and_what_comes_late_is_not_its_own() {
        let mut story = Story::new(10, 100_000, 190);
        let promised = story.hear(&news(11, Event::Promised { due: 30 }));
        assert_eq!(promised, Some(Change::Worth(KEPT_PROMISE)));
        assert_eq!(story.hear(&news(45, Event::PromiseBroken)), Some(Change::Nothing));
        assert_eq!(story.hear(&news(46, Event::Settled)), None);
        assert_eq!(story.hear(&news(46, Event::Complained)), None);
        assert!(story.after.is_none() && !story.harmed);
    }
}
