//! Spans of time as people type them.

use std::fmt;
use std::str::FromStr;

use chrono::Duration;

/// A span in whole minutes, hours or days: `90m`, `12h`, `14d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(Duration);

/// A text is no span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a span is a whole number and a unit: 90m, 12h, 14d")]
pub struct SpanError;

impl Span {
    /// The span.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let unit = text.chars().last().ok_or(SpanError)?;
        let amount: u32 =
            text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| SpanError)?;
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return Err(SpanError),
        };
        Duration::try_minutes(i64::from(amount) * minutes).map(Self).ok_or(SpanError)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}m", self.0.num_minutes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        assert_eq!("14d".parse::<Span>().unwrap().duration(), Duration::days(14));
        assert_eq!("90m".parse::<Span>().unwrap().duration(), Duration::minutes(90));
        for wrong in ["", "d", "14", "-1d", "1.5h", "3w", "4294967296d"] {
            assert_eq!(wrong.parse::<Span>(), Err(SpanError));
        }
    }
}
