//! A promise to pay: the debtor names a day, we wait until then and a little longer. A promise is no
//! contract and costs nothing.

use chrono::{Days, NaiveDate};
use kulanz_types::calendar::banking_day_on_or_after;
use kulanz_types::{Money, MoneyError};

/// Days after the promised day on which money may still arrive: transfers take their time.
pub const TOLERANCE_DAYS: u64 = 3;
/// The furthest day that may be promised, in days from today.
pub const FURTHEST_DAYS: u64 = 30;

/// Where a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PromiseState {
    /// Waiting.
    Created,
    /// The money came in time.
    Kept,
    /// The money did not come in time, or what kept it went back.
    Expired,
    /// No longer of meaning: the claim is held, arranged, closed or promised anew.
    Invalidated,
}

/// Why a promise is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromiseRefusal {
    /// Not from today to [`FURTHEST_DAYS`] ahead.
    #[error("the promised day is not within the next 30 days")]
    Day,
    /// Not above zero and at most what is open.
    #[error("the promised amount is not above zero and at most what is open")]
    Amount,
}

/// A promise to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// How much.
    pub amount: Money,
    /// By when.
    pub promised_on: NaiveDate,
    /// What has arrived since the promise was made.
    pub received: Money,
    /// Where it stands.
    pub state: PromiseState,
}

impl Promise {
    /// A promise made today about a claim with `open` to pay.
    pub fn make(
        amount: Money,
        promised_on: NaiveDate,
        open: Money,
        today: NaiveDate,
    ) -> Result<Self, PromiseRefusal> {
        let latest = today.checked_add_days(Days::new(FURTHEST_DAYS)).unwrap_or(today);
        if !(today..=latest).contains(&promised_on) {
            return Err(PromiseRefusal::Day);
        }
        let fits = amount.currency() == open.currency()
            && (1..=open.minor_units()).contains(&amount.minor_units());
        if !fits {
            return Err(PromiseRefusal::Amount);
        }
        let received = Money::zero(amount.currency());
        Ok(Self { amount, promised_on, received, state: PromiseState::Created })
    }

    /// The last day on which money keeps the promise: a banking day after the tolerance.
    pub fn last_day(&self) -> NaiveDate {
        let days = Days::new(TOLERANCE_DAYS);
        banking_day_on_or_after(self.promised_on.checked_add_days(days).unwrap_or(self.promised_on))
    }

    /// Whether money with that value date counts for it.
    pub fn counts(&self, value_on: NaiveDate) -> bool {
        self.state == PromiseState::Created && value_on <= self.last_day()
    }

    /// Money with that value date arrived; whether it keeps the promise.
    pub fn receive(&mut self, amount: Money, value_on: NaiveDate) -> Result<bool, MoneyError> {
        if !self.counts(value_on) {
            return Ok(false);
        }
        self.received = self.received.checked_add(amount)?;
        let is_kept = self.received.minor_units() >= self.amount.minor_units();
        if is_kept {
            self.state = PromiseState::Kept;
        }
        Ok(is_kept)
    }

    /// Money that counted went back and this much of all that came in time is still there; whether that breaks a
    /// promise that was kept. Everyone was told that it was kept, so it does not wait again.
    pub fn take_back(&mut self, stayed: Money) -> bool {
        if !matches!(self.state, PromiseState::Created | PromiseState::Kept) {
            return false;
        }
        self.received = stayed;
        let fails = self.state == PromiseState::Kept
            && self.received.minor_units() < self.amount.minor_units();
        if fails {
            self.state = PromiseState::Expired;
        }
        fails
    }

    /// Looks at the promise on a day; whether it expired just now.
    pub fn look_at(&mut self, today: NaiveDate) -> bool {
        let expires = self.state == PromiseState::Created && today > self.last_day();
        if expires {
            self.state = PromiseState::Expired;
        }
        expires
    }

    /// Something else took its place; whether it was waiting.
    pub fn invalidate(&mut self) -> bool {
        let waits = self.state == PromiseState::Created;
        if waits {
            self.state = PromiseState::Invalidated;
        }
        waits
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn promise() -> Promise {
        let open = Money::eur(20_000);
        Promise::make(Money::eur(10_000), day("2026-03-12"), open, day("2026-03-02")).unwrap()
    }

    #[test]
    fn a_promise_is_kept_by_money_within_the_tolerance() {
        let mut promise = promise();
        // 12 March and three days is a Sunday.
        assert_eq!(promise.last_day(), day("2026-03-16"));
        assert_eq!(promise.receive(Money::eur(4_000), day("2026-03-10")), Ok(false));
        assert_eq!(promise.receive(Money::eur(6_000), day("2026-03-16")), Ok(true));
        assert_eq!(promise.state, PromiseState::Kept);
        assert!(!promise.look_at(day("2026-04-01")));
    }

    #[test]
    fn a_promise_whose_money_went_back_was_not_kept_unless_enough_stayed() {
        let mut waits = promise();
        assert_eq!(waits.receive(Money::eur(4_000), day("2026-03-10")), Ok(false));
        assert!(!waits.take_back(Money::eur(0)));
        assert_eq!(waits.receive(Money::eur(6_000), day("2026-03-10")), Ok(false));
        let mut kept = promise();
        assert_eq!(kept.receive(Money::eur(10_000), day("2026-03-10")), Ok(true));
        assert!(!kept.take_back(Money::eur(10_000)));
        assert!(kept.take_back(Money::eur(9_999)));
        assert_eq!(kept.state, PromiseState::Expired);
        assert!(!kept.take_back(Money::eur(0)));
    }

    #[test]
    fn a_promise_expires_on_the_day_after_the_tolerance() {
        let mut promise = promise();
        assert!(!promise.look_at(day("2026-03-16")));
        assert!(promise.look_at(day("2026-03-17")));
        assert_eq!(promise.receive(Money::eur(10_000), day("2026-03-17")), Ok(false));
        assert_eq!(promise.state, PromiseState::Expired);
    }

    #[test]
    fn an_invalidated_promise_is_neither_kept_nor_broken() {
        let mut promise = promise();
        assert!(promise.invalidate());
        assert!(!promise.look_at(day("2026-05-01")));
        assert_eq!(promise.receive(Money::eur(10_000), day("2026-03-10")), Ok(false));
    }

    #[test]
    fn days_and_amounts_out_of_range_are_refused() {
        let make = |cents, on: &str| {
            Promise::make(Money::eur(cents), day(on), Money::eur(500), day("2026-03-02"))
        };
        assert_eq!(make(100, "2026-03-01"), Err(PromiseRefusal::Day));
        assert_eq!(make(100, "2026-04-02"), Err(PromiseRefusal::Day));
        assert_eq!(make(501, "2026-03-10"), Err(PromiseRefusal::Amount));
        assert_eq!(make(0, "2026-03-10"), Err(PromiseRefusal::Amount));
        assert!(make(500, "2026-03-02").is_ok());
    }

    proptest! {
        #[test]
        fn a_promise_ends_once(steps in proptest::collection::vec((0..3_u8, 0..60_u64), 0..20)) {
            let mut promise = promise();
            let mut endings = 0;
            for (step, days) in steps {
                let on = day("2026-03-02") + Days::new(days);
                let ended = match step {
                    0 => promise.receive(Money::eur(6_000), on).unwrap(),
                    1 => promise.look_at(on),
                    _ => promise.invalidate(),
                };
                endings += u32::from(ended);
            }
            prop_assert!(endings <= 1);
            prop_assert_eq!(endings == 0, promise.state == PromiseState::Created);
        }
    }
}
