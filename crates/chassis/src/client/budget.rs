//! The retry budget of one channel (gRFC A6 throttling): failures drain it, successes refill it
//! slowly, so that retries never multiply an outage.

use std::sync::atomic::{AtomicU32, Ordering};

const MAX_MILLI_TOKENS: u32 = 10_000;
const FAILURE_COST: u32 = 1_000;
const SUCCESS_GAIN: u32 = 100;

/// Retries are allowed while more than half of the tokens are left.
#[derive(Debug)]
pub(super) struct RetryBudget(AtomicU32);

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicU32::new(MAX_MILLI_TOKENS))
    }
}

impl RetryBudget {
    /// Notes a call that was answered.
    pub(super) fn answered(&self) {
        self.change(|tokens| (tokens + SUCCESS_GAIN).min(MAX_MILLI_TOKENS));
    }

    /// Notes a call that was not, and says whether it may be repeated.
    pub(super) fn may_retry(&self) -> bool {
        self.change(|tokens| tokens.saturating_sub(FAILURE_COST)) > MAX_MILLI_TOKENS / 2
    }

    fn change(&self, by: impl Fn(u32) -> u32) -> u32 {
        let before =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |tokens| Some(by(tokens)));
        by(before.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_exhausts_the_budget_and_answers_restore_it() {
        let budget = RetryBudget::default();
        let allowed = (0..10).filter(|_| budget.may_retry()).count();
        assert_eq!(allowed, 4);
        for _ in 0..70 {
            budget.answered();
        }
        assert!(budget.may_retry());
    }
}
