//! Promises and arrangements, each judged by itself: that one took the place of another must not hide that
//! either was broken.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::outcome::OutcomeKind;

/// What became of a promise or an arrangement so far. Of several that are told, the last one here holds, in
/// whatever order they become known: one that was kept is broken where its money went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It still runs.
    Open,
    /// It ended without being kept or broken.
    Ended,
    /// It was kept to its end.
    Kept,
    /// It was broken.
    Broken,
}

impl Fate {
    const fn told_by(kind: OutcomeKind) -> Option<Self> {
        match kind {
            OutcomeKind::Arrangement | OutcomeKind::Promise | OutcomeKind::Missed => {
                Some(Self::Open)
            }
            OutcomeKind::Ended => Some(Self::Ended),
            OutcomeKind::Kept => Some(Self::Kept),
            OutcomeKind::Broken => Some(Self::Broken),
            _ => None,
        }
    }
}

/// A payment that was agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgreedDue {
    /// When it is to arrive.
    pub on: NaiveDate,
    /// How much, above zero.
    pub minor_units: i64,
}

/// News of a promise or an arrangement; others are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct News<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: OutcomeKind,
    /// The promise or arrangement; empty where nothing says which.
    pub about: &'a str,
    /// What was agreed, where it was made.
    pub dues: &'a [AgreedDue],
}

/// A promise or an arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement<'a> {
    /// Which; empty where nothing says.
    pub about: &'a str,
    /// When it was made; `None` where only its end was heard of.
    pub made_at: Option<DateTime<Utc>>,
    /// When it was kept, if it ever was.
    pub kept_at: Option<DateTime<Utc>>,
    /// When last an instalment was not there after the days of grace.
    pub missed_at: Option<DateTime<Utc>>,
    /// Whether it is a promise, which binds to nothing.
    pub is_promise: bool,
    /// What was agreed, in order of time; empty where nothing says.
    pub dues: &'a [AgreedDue],
    /// What became of it.
    pub fate: Fate,
}

impl<'a> Agreement<'a> {
    const fn of(about: &'a str) -> Self {
        Self {
            about,
            made_at: None,
            kept_at: None,
            missed_at: None,
            is_promise: false,
            dues: &[],
            fate: Fate::Open,
        }
    }

    fn hear(&mut self, news: News<'a>, fate: Fate) {
        self.fate = self.fate.max(fate);
        match news.kind {
            OutcomeKind::Missed => self.missed_at = self.missed_at.max(Some(news.at)),
            OutcomeKind::Kept => _ = self.kept_at.get_or_insert(news.at),
            _ if fate == Fate::Open && self.made_at.is_none() => {
                self.made_at = Some(news.at);
                self.is_promise = news.kind == OutcomeKind::Promise;
                self.dues = news.dues;
            }
            _ => {}
        }
    }
}

/// Every promise and arrangement that was heard of. What does not say which one it is about is about the last that
/// was made before, has no name either, and still runs.
pub fn agreements<'a>(news: impl IntoIterator<Item = News<'a>>) -> Vec<Agreement<'a>> {
    let mut news: Vec<News<'a>> = news.into_iter().collect();
    news.sort_unstable();
    let mut all: Vec<Agreement<'a>> = Vec::new();
    for one in news {
        let Some(fate) = Fate::told_by(one.kind) else { continue };
        let follows = !matches!(one.kind, OutcomeKind::Arrangement | OutcomeKind::Promise);
        let named = |it: &Agreement<'_>| !one.about.is_empty() && it.about == one.about;
        let alone = |it: &Agreement<'_>| {
            one.about.is_empty() && it.about.is_empty() && follows && it.fate == Fate::Open
        };
        let known = all.iter().rposition(|it| named(it) || alone(it)).unwrap_or_else(|| {
            all.push(Agreement::of(one.about));
            all.len() - 1
        });
        all[known].hear(one, fate);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::OutcomeKind::{Arrangement, Broken, Ended, Kept, Payment, Promise};
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn fates(news: &[(OutcomeKind, &'static str, i64)]) -> Vec<(&'static str, Fate)> {
        let news =
            news.iter().map(|&(kind, about, day)| News { at: at(day), kind, about, dues: &[] });
        agreements(news).iter().map(|it| (it.about, it.fate)).collect()
    }

    #[test]
    fn a_promise_that_gave_way_does_not_hide_that_the_next_one_was_broken() {
        let made = [(Promise, "a", 1), (Ended, "a", 5), (Promise, "b", 5), (Broken, "b", 20)];
        assert_eq!(fates(&made), [("a", Fate::Ended), ("b", Fate::Broken)]);
        assert_eq!(fates(&made[..3]), [("a", Fate::Ended), ("b", Fate::Open)]);
    }

    #[test]
    fn a_plan_whose_last_payment_went_back_was_not_kept() {
        let kept = [(Arrangement, "a", 1), (Kept, "a", 30), (Payment, "p", 30)];
        assert_eq!(fates(&kept), [("a", Fate::Kept)]);
        assert_eq!(fates(&[&kept[..], &[(Broken, "a", 40)]].concat()), [("a", Fate::Broken)]);
    }

    #[test]
    fn an_end_without_a_name_is_of_the_last_one_that_runs() {
        let both = [(Promise, "", 1), (Promise, "named", 2), (Arrangement, "", 3), (Broken, "", 9)];
        let expected = [("", Fate::Open), ("named", Fate::Open), ("", Fate::Broken)];
        assert_eq!(fates(&both), expected);
        assert_eq!(fates(&[(Kept, "", 1), (Promise, "", 2)]), [("", Fate::Kept), ("", Fate::Open)]);
    }

    proptest! {
        #[test]
        fn the_order_in_which_news_arrive_does_not_matter(
            news in prop::collection::vec((prop::sample::select(OutcomeKind::ALL.to_vec()),
                prop::sample::select(vec!["", "a", "b"]), 0i64..40), 0..9).prop_shuffle(),
        ) {
            let mut sorted = news.clone();
            sorted.sort_by_key(|(kind, about, day)| (*day, *kind, *about));
            prop_assert_eq!(fates(&news), fates(&sorted));
        }
    }
}
