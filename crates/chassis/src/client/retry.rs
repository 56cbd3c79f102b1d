//! Which answers are worth another attempt, and after how long (gRFC A6).

use std::time::Duration;

use http::HeaderMap;
use tonic::Code;

/// Attempts of one call, the first included.
pub(super) const ATTEMPTS_MAX: u32 = 4;

const FIRST_DELAY: Duration = Duration::from_millis(100);
const DELAY_MAX: Duration = Duration::from_secs(1);
/// The server's wish: milliseconds to wait, negative for "do not retry".
const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// What to do about one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is an answer, good or bad.
    Final,
    /// The server could not be reached or does not serve now.
    Retry {
        /// The server's wish for the delay, if it has one.
        pushback: Option<Duration>,
    },
}

/// Judges the head of an answer: only `UNAVAILABLE` is ever retried.
pub(super) fn judge(headers: &HeaderMap) -> Verdict {
    let code = headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()));
    if code != Some(Code::Unavailable) {
        return Verdict::Final;
    }
    let pushback = headers.get(PUSHBACK).and_then(|value| value.to_str().ok());
    match pushback.map(str::parse::<u64>) {
        None => Verdict::Retry { pushback: None },
        Some(Ok(millis)) => Verdict::Retry { pushback: Some(Duration::from_millis(millis)) },
        Some(Err(_)) => Verdict::Final,
    }
}

/// Whether what answered with this code may answer otherwise later: it was away, busy or cut off, and
/// said nothing about the request. For work that can wait; a single call is repeated by the channel.
pub const fn may_pass(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::Unknown
            | Code::Cancelled
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
    )
}

/// The delay before the attempt after the `attempt`-th: 0.1 s, doubled each time up to 1 s, within
/// ±20 % of that by `jitter` (0 to 255).
pub(super) fn delay(attempt: u32, jitter: u8) -> Duration {
    let base = FIRST_DELAY.saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(DELAY_MAX);
    base.mul_f64(0.8 + 0.4 * f64::from(jitter) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: Code, pushback: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", (code as i32).into());
        if let Some(value) = pushback {
            headers.insert(PUSHBACK, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_unavailable_is_retried() {
        for code in 0..=16 {
            let code = Code::from_i32(code);
            let retried = judge(&answer(code, None)) != Verdict::Final;
            assert_eq!(retried, code == Code::Unavailable, "{code:?}");
        }
        assert_eq!(judge(&HeaderMap::new()), Verdict::Final);
    }

    #[test]
    fn the_server_can_ask_for_a_delay_or_for_no_retry() {
        let pushback = Some(Duration::from_millis(30));
        assert_eq!(judge(&answer(Code::Unavailable, Some("30"))), Verdict::Retry { pushback });
        assert_eq!(judge(&answer(Code::Unavailable, Some("-1"))), Verdict::Final);
    }

    #[test]
    fn delays_double_up_to_a_second_with_jitter() {
        assert_eq!(delay(1, 0), Duration::from_millis(80));
        assert_eq!(delay(2, 255), Duration::from_millis(240));
        assert!(delay(9, 255) <= Duration::from_millis(1_200));
    }
}
