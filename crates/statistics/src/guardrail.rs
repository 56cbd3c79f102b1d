//! Metrics that must not get worse, as tests of non-inferiority.

use serde::{Deserialize, Serialize};

use crate::{Interval, Refusal};

/// Which way is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Worse {
    /// More is worse: complaints, opt-outs.
    Higher,
    /// Less is worse: money collected, plans kept.
    Lower,
}

/// A metric that must not get worse by more than a margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guardrail {
    worse: Worse,
    margin: f64,
}

impl Guardrail {
    /// The margin is in the unit of the interval it is held against, not negative.
    pub fn new(worse: Worse, margin: f64) -> Result<Self, Refusal> {
        if margin >= 0.0 && margin.is_finite() {
            Ok(Self { worse, margin })
        } else {
            Err(Refusal::Effect)
        }
    }

    /// Whether the treatment does harm: the whole interval of treatment minus control lies on the
    /// worse side. The experiment ends.
    pub fn is_harmed(&self, interval: Interval) -> bool {
        self.harm(interval).lower > 0.0
    }

    /// Whether the treatment is not inferior: even at the worse end of the interval the harm stays
    /// below the margin. Only then may it be shipped. A harm that is certain and small is both.
    pub fn is_kept(&self, interval: Interval) -> bool {
        self.harm(interval).upper < self.margin
    }

    fn harm(&self, interval: Interval) -> Interval {
        match self.worse {
            Worse::Higher => interval,
            Worse::Lower => Interval { lower: -interval.upper, upper: -interval.lower },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_guardrail_is_open_until_its_interval_speaks() {
        let complaints = Guardrail::new(Worse::Higher, 0.01).unwrap();
        let says = |lower, upper| {
            let interval = Interval { lower, upper };
            (complaints.is_harmed(interval), complaints.is_kept(interval))
        };
        assert_eq!(says(-0.02, 0.02), (false, false));
        assert_eq!(says(-0.02, 0.009), (false, true));
        assert_eq!(says(0.002, 0.02), (true, false));
        assert_eq!(says(0.002, 0.009), (true, true));
        assert_eq!(Guardrail::new(Worse::Higher, f64::NAN), Err(Refusal::Effect));
    }

    proptest! {
        #[test]
        fn less_money_is_as_bad_as_more_complaints(lower in -1.0f64..1.0, width in 0.0f64..1.0, margin in 0.0f64..1.0) {
            let up = Interval { lower, upper: lower + width };
            let down = Interval { lower: -up.upper, upper: -up.lower };
            let higher = Guardrail::new(Worse::Higher, margin).unwrap();
            let lower = Guardrail::new(Worse::Lower, margin).unwrap();
            prop_assert_eq!(higher.is_harmed(up), lower.is_harmed(down));
            prop_assert_eq!(higher.is_kept(up), lower.is_kept(down));
        }

        #[test]
        fn a_narrower_interval_never_takes_a_verdict_back(lower in -1.0f64..1.0, width in 0.0f64..1.0, margin in 0.0f64..1.0) {
            let wide = Interval { lower, upper: lower + width };
            let narrow = Interval { lower: lower + width / 4.0, upper: lower + width / 2.0 };
            let guardrail = Guardrail::new(Worse::Higher, margin).unwrap();
            prop_assert!(!guardrail.is_harmed(wide) || guardrail.is_harmed(narrow));
            prop_assert!(!guardrail.is_kept(wide) || guardrail.is_kept(narrow));
        }
    }
}
