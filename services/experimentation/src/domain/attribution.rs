//! Which decision an outcome belongs to: that of the debtor's last message before it.

use chrono::{DateTime, Days, NaiveDate, Utc};
use kulanz_types::berlin_time;

/// A message that was sent because of a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// When it was handed over.
    pub sent_at: DateTime<Utc>,
    /// The message; decides between two of one instant, so that the answer never depends on order.
    pub message_id: String,
    /// The decision behind it.
    pub decision_id: String,
}

/// The last message at or before the outcome.
pub fn cause(messages: &[Sent], outcome_at: DateTime<Utc>) -> Option<&Sent> {
    messages.iter().filter(|message| message.sent_at <= outcome_at).max()
}

/// The first message of another decision after a decision's own first one.
pub fn following<'a>(messages: &'a [Sent], decision_id: &str) -> Option<&'a Sent> {
    let own = |message: &&Sent| message.decision_id == decision_id;
    let first = messages.iter().filter(own).min()?;
    messages.iter().filter(|message| !own(message) && *message > first).min()
}

/// When a payment took place, as far as a bank can say: it booked it by `booked_at`, and not later
/// than the end of the value date (Europe/Berlin). A message sent after that day has not caused it.
pub fn payment_instant(booked_at: DateTime<Utc>, value_date: Option<NaiveDate>) -> DateTime<Utc> {
    let end_of_day = value_date
        .and_then(|date| date.checked_add_days(Days::new(1)))
        .map(|next_day| berlin_time(next_day, chrono::NaiveTime::MIN));
    end_of_day.map_or(booked_at, |end| booked_at.min(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn sent(minutes: i64, id: &str) -> Sent {
        Sent { sent_at: at(minutes), message_id: id.to_owned(), decision_id: format!("d-{id}") }
    }

    #[test]
    fn the_last_message_before_the_payment_is_its_cause() {
        let messages = [sent(10, "a"), sent(20, "b"), sent(30, "c")];
        assert_eq!(cause(&messages, at(25)), Some(&messages[1]));
        assert_eq!(cause(&messages, at(20)), Some(&messages[1]));
        assert_eq!(cause(&messages, at(9)), None);
    }

    #[test]
    fn the_message_that_follows_a_decision_is_of_another_one_and_later() {
        let again = Sent { decision_id: "d-a".to_owned(), ..sent(15, "a again") };
        let messages = [sent(30, "c"), sent(10, "a"), again, sent(20, "b")];
        assert_eq!(following(&messages, "d-a"), Some(&messages[3]));
        assert_eq!(following(&messages, "d-b"), Some(&messages[0]));
        assert_eq!(following(&messages, "d-c"), None);
        assert_eq!(following(&messages, "never carried out"), None);
    }

    #[test]
    fn money_of_yesterdays_value_date_was_not_caused_by_todays_message() {
        let booked =
            berlin_time(NaiveDate::from_ymd_opt(2026, 11, 18).unwrap(), chrono::NaiveTime::MIN);
        let day_before = NaiveDate::from_ymd_opt(2026, 11, 16);
        assert_eq!(
            payment_instant(booked + TimeDelta::hours(9), day_before),
            booked - TimeDelta::days(1)
        );
        assert_eq!(payment_instant(booked, NaiveDate::from_ymd_opt(2026, 11, 18)), booked);
        assert_eq!(payment_instant(booked, None), booked);
    }

    proptest! {
        #[test]
        fn the_order_in_which_messages_arrive_does_not_matter(
            messages in prop::collection::vec((0i64..50, "[a-f]"), 0..8).prop_shuffle(), outcome in 0i64..60,
        ) {
            let messages: Vec<_> = messages.iter().map(|(minute, id)| sent(*minute, id)).collect();
            let mut sorted = messages.clone();
            sorted.sort();
            prop_assert_eq!(cause(&messages, at(outcome)), cause(&sorted, at(outcome)));
        }
    }
}
