//! What a call in progress knows about itself: kept beside the task, so that whatever it calls in
//! turn inherits the request id and what is left of the deadline.

use std::time::Duration;

use tokio::time::Instant;

/// Metadata key of the request id.
pub const REQUEST_ID: &str = "x-request-id";

/// Facts of the call that this task serves.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// When the caller stops waiting, in machine time.
    pub deadline: Instant,
    /// Names the call in logs and answers, chosen by the caller or made at the edge.
    pub request_id: String,
}

tokio::task_local! {
    static CURRENT: CallContext;
}

impl CallContext {
    /// Runs `future` as part of this call.
    pub async fn scope<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }

    /// The call that this task serves, if it serves one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

/// What is left until `deadline`; `None` once it has passed.
pub fn remaining(deadline: Instant) -> Option<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    (!left.is_zero()).then_some(left)
}

/// Reads a `grpc-timeout` value: up to eight digits and a unit.
pub fn parse_timeout(value: &str) -> Option<Duration> {
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3_600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

/// Writes a `grpc-timeout` value in the finest unit that eight digits hold.
pub fn format_timeout(timeout: Duration) -> String {
    let (micros, millis) = (timeout.as_micros(), timeout.as_millis());
    if micros < 100_000_000 {
        format!("{micros}u")
    } else if millis < 100_000_000 {
        format!("{millis}m")
    } else {
        format!("{}S", timeout.as_secs().min(99_999_999))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_survives_the_wire() {
        for timeout in
            [Duration::from_micros(7), Duration::from_millis(250), Duration::from_mins(10)]
        {
            assert_eq!(parse_timeout(&format_timeout(timeout)), Some(timeout));
        }
        assert_eq!(parse_timeout("2H"), Some(Duration::from_hours(2)));
        for wrong in ["", "5", "S", "123456789S", "1x", "é"] {
            assert_eq!(parse_timeout(wrong), None);
        }
    }
}
