//! How it usually goes after a contact, as the log of a policy key shows it.

use chrono::{DateTime, Utc};
use kulanz_policy::DelayCurve;
use serde::{Deserialize, Serialize};

use super::known::HARM;
use super::lessons::Story;

/// Contacts that the expectation counts as, before any is seen.
const EXPECTED_CONTACTS: f64 = 100.0;

/// What is expected of a contact that the next one cut short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usual {
    /// How soon those who pay pay.
    #[serde(flatten)]
    pub delay: DelayCurve,
    /// The chance that a contact draws a sign of harm within its horizon.
    #[serde(default = "expected_harm")]
    pub harm: f64,
}

const fn expected_harm() -> f64 {
    HARM
}

impl Default for Usual {
    fn default() -> Self {
        Self { delay: DelayCurve::default(), harm: HARM }
    }
}

impl Usual {
    /// What contacts show whose horizon is over. One that the next cut short counts as far as it was seen.
    pub fn after<'a>(stories: impl Iterator<Item = Story<'a>> + Clone, now: DateTime<Utc>) -> Self {
        let mut delay = DelayCurve::default();
        for story in stories.clone() {
            story.shape(now, &mut delay);
        }
        let (mut harmed, mut seen) = (EXPECTED_CONTACTS * HARM, EXPECTED_CONTACTS);
        for story in stories.filter(|story| story.is_over(now)) {
            let harm = story.is_harmed();
            harmed += f64::from(u8::from(harm));
            seen += if harm { 1.0 } else { story.seen_by(&delay) };
        }
        Self { delay, harm: harmed / seen }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::known::Known;
    use crate::domain::lessons::{Event, Next};
    use crate::domain::outcome::OutcomeKind;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn story(events: &[Event], next: Option<i64>) -> Story<'_> {
        let expected = Known::default().expectation();
        let next = next.map(|day| Next { sent_at: at(day), expected });
        Story { sent_at: at(0), channel: "email", balance: 10_000, events, next }
    }

    #[test]
    fn harm_is_as_frequent_as_the_log_shows_and_what_was_cut_short_counts_as_far_as_it_was_seen() {
        let objected = [Event {
            kind: OutcomeKind::Dispute,
            about: String::new(),
            minor_units: 0,
            occurred_at: at(3),
            toward: String::new(),
            dues: Vec::new(),
        }];
        let (harmed, quiet, cut) =
            (story(&objected, Some(7)), story(&[], None), story(&[], Some(7)));
        let all = [vec![harmed; 4], vec![quiet; 300], vec![cut; 500]].concat();
        let usual = |day| Usual::after(all.iter().copied(), at(day));
        assert_eq!(usual(27), Usual::default(), "nothing is over");
        let by_day_7 = usual(28).delay.paid_by("email", 7);
        assert!((0.5..0.9).contains(&by_day_7));
        let expected = (2.0 + 4.0) / (100.0 + 4.0 + 300.0 + 500.0 * by_day_7);
        assert!((usual(28).harm - expected).abs() < 1e-12);
    }

    #[test]
    fn a_curve_that_was_kept_alone_is_read_with_the_expected_harm() {
        let kept = serde_json::to_string(&DelayCurve::default()).unwrap();
        assert_eq!(serde_json::from_str::<Usual>(&kept).unwrap(), Usual::default());
        let usual = Usual { harm: 0.005, ..Usual::default() };
        let kept = serde_json::to_string(&usual).unwrap();
        assert_eq!(serde_json::from_str::<Usual>(&kept).unwrap(), usual);
    }
}
