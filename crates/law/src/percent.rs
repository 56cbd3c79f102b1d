use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One per cent in the unit of [`Percent`].
const ONE: i64 = 10_000;

/// A rate in per cent, exact to four decimals: `5.00`, `-0.88`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(i64);

/// A text that is no decimal number of per cent with at most four decimals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a percentage with at most four decimals")]
pub struct ParsePercentError;

impl Percent {
    /// Whole per cent, `Percent::whole(5)` is `5.00`.
    pub const fn whole(percent: i32) -> Self {
        Self(percent as i64 * ONE)
    }

    /// Hundredths of a per cent, `Percent::basis_points(250)` is `2.50`.
    pub const fn basis_points(points: i32) -> Self {
        Self(points as i64 * (ONE / 100))
    }

    /// The rate in ten-thousandths of a per cent, that is in millionths of the amount.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The sum of two rates: base rate and points over it. Saturates far outside any legal rate.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl FromStr for Percent {
    type Err = ParsePercentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(decimals) || decimals.len() > 4 || whole.len() > 6 {
            return Err(ParsePercentError);
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| ParsePercentError);
        let value = number(whole)? * ONE + number(&format!("{decimals:0<4}"))?;
        Ok(Self(if negative { -value } else { value }))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let decimals = format!("{:04}", size % ONE.unsigned_abs());
        let shown = decimals.trim_end_matches('0');
        write!(out, "{sign}{}.{shown:0<2}", size / ONE.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_and_prints_its_decimals() {
        for text in ["5.00", "-0.88", "0.12", "10.27", "3.6215"] {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), text);
        }
        assert_eq!("7.5".parse::<Percent>().unwrap().to_string(), "7.50");
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "-", "1,5", "1.", ".5", "1.23456", "1e2", "+5"] {
            assert_eq!(text.parse::<Percent>(), Err(ParsePercentError), "{text}");
        }
    }
}
