//! What the night watch found, as counters that an alert can stand on.

use std::sync::LazyLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Meter};

static METER: LazyLock<Meter> =
    LazyLock::new(|| opentelemetry::global::meter("kulanz.experimentation"));

/// Alarms on the night that they were first raised.
static ALARMS: LazyLock<Counter<u64>> =
    LazyLock::new(|| METER.u64_counter("kulanz.policy.alarms").with_unit("{alarm}").build());
/// Policies that a rule took out of use.
static STOPS: LazyLock<Counter<u64>> =
    LazyLock::new(|| METER.u64_counter("kulanz.policy.stops").with_unit("{policy}").build());

/// Counts an alarm under its kind: levels and personas stand in the log.
pub fn alarm(policy_key: &str, alarm: &str) {
    ALARMS.add(1, &[key(policy_key), KeyValue::new("kulanz.alarm", kind(alarm).to_owned())]);
}

/// Counts the end of a policy.
pub fn stopped(policy_key: &str, rule: &'static str) {
    STOPS.add(1, &[key(policy_key), KeyValue::new("kulanz.rule", rule)]);
}

fn key(policy_key: &str) -> KeyValue {
    KeyValue::new("kulanz.policy.key", policy_key.to_owned())
}

fn kind(alarm: &str) -> &str {
    alarm.split_once('=').map_or(alarm, |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_are_counted_by_kind_however_many_levels_and_personas_there_are() {
        assert_eq!(kind("calibration:channel=email"), "calibration:channel");
        assert_eq!(kind("context:balance"), "context:balance");
    }
}
