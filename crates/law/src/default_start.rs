use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use kulanz_types::calendar::{State, next_working_day};

use crate::Rule;

/// What puts a debtor into default (§ 286 BGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultFacts {
    /// The day on which the debt fell due.
    pub due: NaiveDate,
    /// Whether contract and law fix that day by the calendar: an invoice alone does not.
    pub due_by_calendar: bool,
    /// The day on which a reminder reached the debtor.
    pub reminder: Option<NaiveDate>,
    /// The last day that the reminder gave the debtor to pay, where it set one.
    pub reminder_deadline: Option<NaiveDate>,
    /// The day on which the debtor refused seriously and finally.
    pub refusal: Option<NaiveDate>,
    /// The day on which a suit or a court payment order was served.
    pub served: Option<NaiveDate>,
    /// The day on which the invoice reached the debtor, for the thirty days.
    pub invoice_received: Option<NaiveDate>,
    /// Whether the debtor is a consumer (§ 13 BGB).
    pub consumer: bool,
    /// Whether the invoice warned of default after thirty days; consumers only (§ 286 Abs. 3 S. 1).
    pub warned: bool,
    /// Whose public holidays count at the place of performance.
    pub state: State,
}

/// Why the default began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefaultReason {
    /// A day fixed by the calendar passed (§ 286 Abs. 2 Nr. 1 BGB).
    CalendarDay,
    /// A reminder arrived after the due date (§ 286 Abs. 1 BGB).
    Reminder,
    /// Thirty days after due date and invoice (§ 286 Abs. 3 BGB).
    ThirtyDays,
    /// The deadline that a reminder set passed; whether default began before it is contested.
    ReminderDeadline,
    /// The debtor refused seriously and finally (§ 286 Abs. 2 Nr. 3 BGB).
    Refusal,
    /// A suit or a court payment order was served (§ 286 Abs. 1 S. 2, § 291 BGB).
    Served,
}

impl DefaultReason {
    /// The norm, as a statement cites it.
    pub const fn norm(self) -> &'static str {
        match self {
            Self::CalendarDay => "§ 286 Abs. 2 Nr. 1 BGB",
            Self::Reminder | Self::ReminderDeadline => "§ 286 Abs. 1 BGB",
            Self::ThirtyDays => "§ 286 Abs. 3 BGB",
            Self::Refusal => "§ 286 Abs. 2 Nr. 3 BGB",
            Self::Served => "§ 286 Abs. 1 S. 2, § 291 BGB",
        }
    }

    /// The rule with its versions and mark.
    pub const fn rule(self) -> Rule {
        match self {
            Self::CalendarDay => Rule::DefaultCalendarDay,
            Self::Reminder => Rule::DefaultReminder,
            Self::ThirtyDays => Rule::DefaultThirtyDays,
            Self::ReminderDeadline => Rule::DefaultReminderDeadline,
            Self::Refusal => Rule::DefaultRefusal,
            Self::Served => Rule::DefaultSuit,
        }
    }
}

/// The beginning of default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DefaultStart {
    /// The first day that bears interest: the triggering day does not count (§ 187 Abs. 1 BGB).
    pub first_day: NaiveDate,
    /// Why it began.
    pub reason: DefaultReason,
}

/// The earliest day from which the debtor is in default, none while nothing has put her there.
///
/// Without default there is neither interest (§ 288 BGB) nor a claim for collection costs (§ 280 Abs. 2
/// BGB), so a missing fact means none of both.
pub fn start_of_default(facts: &DefaultFacts) -> Option<DefaultStart> {
    let refusal = after_due(facts, facts.refusal, DefaultReason::Refusal);
    let served = after_due(facts, facts.served, DefaultReason::Served);
    [calendar_day(facts), reminder(facts), thirty_days(facts), refusal, served]
        .into_iter()
        .flatten()
        .min()
}

/// The day after an event, or after the due date where the event came first: nobody is in default with a
/// debt that is not due.
fn after_due(
    facts: &DefaultFacts,
    event: Option<NaiveDate>,
    reason: DefaultReason,
) -> Option<DefaultStart> {
    Some(DefaultStart { first_day: event?.max(facts.due).succ_opt()?, reason })
}

fn calendar_day(facts: &DefaultFacts) -> Option<DefaultStart> {
    let first_day = next_working_day(facts.due, facts.state).succ_opt()?;
    facts.due_by_calendar.then_some(DefaultStart { first_day, reason: DefaultReason::CalendarDay })
}

/// A reminder before the debt is due has no effect, one on the due date itself comes too early.
fn reminder(facts: &DefaultFacts) -> Option<DefaultStart> {
    let received = facts.reminder.filter(|received| *received > facts.due)?;
    let (last, reason) = match facts.reminder_deadline {
        Some(deadline) if deadline > received => (deadline, DefaultReason::ReminderDeadline),
        _ => (received, DefaultReason::Reminder),
    };
    Some(DefaultStart { first_day: last.succ_opt()?, reason })
}

fn thirty_days(facts: &DefaultFacts) -> Option<DefaultStart> {
    if facts.consumer && !facts.warned {
        return None;
    }
    let from = facts.due.max(facts.invoice_received?);
    let last = next_working_day(from.checked_add_days(Days::new(30))?, facts.state);
    Some(DefaultStart { first_day: last.succ_opt()?, reason: DefaultReason::ThirtyDays })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn consumer(due: &str) -> DefaultFacts {
        DefaultFacts {
            due: date(due),
            due_by_calendar: false,
            reminder: None,
            reminder_deadline: None,
            refusal: None,
            served: None,
            invoice_received: Some(date("2026-01-05")),
            consumer: true,
            warned: false,
            state: State::Nationwide,
        }
    }

    fn first(facts: DefaultFacts) -> Option<(String, DefaultReason)> {
        start_of_default(&facts).map(|start| (start.first_day.to_string(), start.reason))
    }

    #[test]
    fn a_consumer_is_not_in_default_by_an_unwarned_invoice_alone() {
        assert_eq!(first(consumer("2026-02-02")), None);
    }

    #[test]
    fn a_reminder_starts_interest_on_the_day_after_it_arrives() {
        let facts = DefaultFacts { reminder: Some(date("2026-02-20")), ..consumer("2026-02-02") };
        assert_eq!(first(facts), Some(("2026-02-21".into(), DefaultReason::Reminder)));
    }

    #[test]
    fn a_reminder_before_the_due_date_has_no_effect() {
        let facts = DefaultFacts { reminder: Some(date("2026-02-02")), ..consumer("2026-02-02") };
        assert_eq!(first(facts), None);
    }

    #[test]
    fn a_calendar_due_date_on_a_sunday_moves_to_the_next_working_day() {
        // 1 February 2026 is a Sunday.
        let facts = DefaultFacts { due_by_calendar: true, ..consumer("2026-02-01") };
        assert_eq!(first(facts), Some(("2026-02-03".into(), DefaultReason::CalendarDay)));
    }

    #[test]
    fn a_business_is_in_default_after_thirty_days_and_a_warned_consumer_too() {
        let business = DefaultFacts { consumer: false, ..consumer("2026-02-02") };
        // Thirty days after Monday 2 February end on Wednesday 4 March.
        assert_eq!(first(business), Some(("2026-03-05".into(), DefaultReason::ThirtyDays)));
        let warned = DefaultFacts { warned: true, ..consumer("2026-02-02") };
        assert_eq!(first(warned), first(business));
    }

    #[test]
    fn a_deadline_in_the_reminder_is_left_to_the_debtor() {
        let facts = DefaultFacts {
            reminder: Some(date("2026-02-20")),
            reminder_deadline: Some(date("2026-03-06")),
            ..consumer("2026-02-02")
        };
        assert_eq!(first(facts), Some(("2026-03-07".into(), DefaultReason::ReminderDeadline)));
    }

    #[test]
    fn a_refusal_and_an_order_served_count_from_the_next_day_but_not_before_the_debt_is_due() {
        let refused = DefaultFacts { refusal: Some(date("2026-02-09")), ..consumer("2026-02-02") };
        assert_eq!(first(refused), Some(("2026-02-10".into(), DefaultReason::Refusal)));
        let early = DefaultFacts { refusal: Some(date("2026-01-09")), ..consumer("2026-02-02") };
        assert_eq!(first(early), Some(("2026-02-03".into(), DefaultReason::Refusal)));
        let served = DefaultFacts { served: Some(date("2026-05-04")), ..consumer("2026-02-02") };
        assert_eq!(first(served), Some(("2026-05-05".into(), DefaultReason::Served)));
    }

    #[test]
    fn the_earliest_reason_counts() {
        let facts = DefaultFacts {
            consumer: false,
            reminder: Some(date("2026-02-10")),
            ..consumer("2026-02-02")
        };
        assert_eq!(first(facts), Some(("2026-02-11".into(), DefaultReason::Reminder)));
    }
}
