use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SubsecRound, TimeZone, Utc};
use chrono_tz::Europe::Berlin;

/// Business time: due dates, quiet hours, quotes, links, token expiry, interest. Machine time
/// (deadlines, leases, back-off) is never read from here.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant of the business, in whole microseconds, which both databases keep.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock as services hold it.
pub type SharedClock = Arc<dyn Clock>;

/// Real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads real time")]
    fn now(&self) -> DateTime<Utc> {
        to_micros(Utc::now())
    }
}

/// Time that stands still until it is moved; it never runs backwards.
#[derive(Debug, Clone)]
pub struct VirtualClock(Arc<Mutex<DateTime<Utc>>>);

impl VirtualClock {
    /// A clock that shows `start`.
    pub fn new(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(to_micros(start))))
    }

    /// Moves to `instant`; an earlier instant than the present one changes nothing.
    pub fn set(&self, instant: DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(to_micros(instant));
    }

    /// Moves forward by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now() + span);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts an instant to what PostgreSQL keeps, so that a value read back equals the one written.
pub fn to_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.trunc_subsecs(6)
}

/// The civil date in Germany at `instant`: the date that has legal meaning.
pub fn berlin_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&Berlin).date_naive()
}

/// The instant at which clocks in Germany show `time` on `date`. A time that summer time skips is
/// the first one after the gap; of one that comes twice, the earlier.
pub fn berlin_time(date: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = date.and_time(time);
    let instant = Berlin
        .from_local_datetime(&local)
        .earliest()
        .or_else(|| Berlin.from_local_datetime(&(local + Duration::hours(1))).earliest());
    instant.map_or_else(|| local.and_utc(), |found| found.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_civil_date_is_that_of_berlin_and_not_of_greenwich() {
        let late = Utc.with_ymd_and_hms(2026, 11, 16, 23, 30, 0).unwrap();
        assert_eq!(berlin_date(late), NaiveDate::from_ymd_opt(2026, 11, 17).unwrap());
    }

    #[test]
    fn ten_o_clock_in_berlin_is_nine_in_winter_and_eight_in_summer() {
        let ten = NaiveTime::from_hms_opt(10, 0, 0).unwrap();
        let winter = berlin_time(NaiveDate::from_ymd_opt(2026, 11, 16).unwrap(), ten);
        let summer = berlin_time(NaiveDate::from_ymd_opt(2026, 7, 1).unwrap(), ten);
        assert_eq!(winter.to_rfc3339(), "2026-11-16T09:00:00+00:00");
        assert_eq!(summer.to_rfc3339(), "2026-07-01T08:00:00+00:00");
    }

    #[test]
    fn a_virtual_clock_never_runs_backwards() {
        let clock = VirtualClock::new(DateTime::UNIX_EPOCH + Duration::days(1));
        clock.set(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + Duration::days(1));
        clock.advance(Duration::hours(2));
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + Duration::hours(26));
    }
}
