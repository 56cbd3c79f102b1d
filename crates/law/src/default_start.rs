use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use kulanz_types::calendar::{State, next_working_day};

/// What puts a debtor into default (§ 286 BGB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultFacts {
    /// The day on which the debt fell due.
    pub due: NaiveDate,
    /// Whether contract and law fix that day by the calendar: an invoice alone does not.
    pub due_by_calendar: bool,
    /// The day on which a reminder reached the debtor.
    pub reminder: Option<NaiveDate>,
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
}

impl DefaultReason {
    /// The norm, as a statement cites it.
    pub const fn norm(self) -> &'static str {
        match self {
            Self::CalendarDay => "§ 286 Abs. 2 Nr. 1 BGB",
            Self::Reminder => "§ 286 Abs. 1 BGB",
            Self::ThirtyDays => "§ 286 Abs. 3 BGB",
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
    [calendar_day(facts), reminder(facts), thirty_days(facts)].into_iter().flatten().min()
}

fn calendar_day(facts: &DefaultFacts) -> Option<DefaultStart> {
    let first_day = next_working_day(facts.due, facts.state).succ_opt()?;
    facts.due_by_calendar.then_some(DefaultStart { first_day, reason: DefaultReason::CalendarDay })
}

/// A reminder before the debt is due has no effect, one on the due date itself comes too early.
fn reminder(facts: &DefaultFacts) -> Option<DefaultStart> {
    let received = facts.reminder.filter(|received| *received > facts.due)?;
    Some(DefaultStart { first_day: received.succ_opt()?, reason: DefaultReason::Reminder })
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
    fn the_earliest_reason_counts() {
        let facts = DefaultFacts {
            consumer: false,
            reminder: Some(date("2026-02-10")),
            ..consumer("2026-02-02")
        };
        assert_eq!(first(facts), Some(("2026-02-11".into(), DefaultReason::Reminder)));
    }
}
