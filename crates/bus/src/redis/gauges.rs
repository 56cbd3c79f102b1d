//! How far behind the readers are. `stream` and `group` are names of services, never of people.

use std::sync::LazyLock;

use opentelemetry::{
    KeyValue,
    metrics::{Gauge, Meter},
};
use redis::streams::StreamInfoGroup;

static METER: LazyLock<Meter> = LazyLock::new(|| opentelemetry::global::meter("kulanz.bus"));

/// Entries on the stream that the group has not been given yet.
static LAG: LazyLock<Gauge<u64>> =
    LazyLock::new(|| METER.u64_gauge("kulanz.queue.lag").with_unit("{entry}").build());
/// Entries given to a consumer and not acknowledged.
static PENDING: LazyLock<Gauge<u64>> =
    LazyLock::new(|| METER.u64_gauge("kulanz.queue.pending").with_unit("{entry}").build());
/// Entries that some group could not handle.
static DEAD: LazyLock<Gauge<u64>> =
    LazyLock::new(|| METER.u64_gauge("kulanz.queue.dead_letters").with_unit("{entry}").build());

/// Records how one group stands on one stream.
pub(super) fn group(stream: &str, group: &StreamInfoGroup) {
    let labels = [
        KeyValue::new("messaging.destination.name", stream.to_owned()),
        KeyValue::new("messaging.consumer.group.name", group.name.clone()),
    ];
    // Redis does not know the lag after entries were removed by hand; pending still tells of trouble.
    LAG.record(group.lag.unwrap_or(0) as u64, &labels);
    PENDING.record(group.pending as u64, &labels);
}

/// Records how many dead letters a stream has.
pub(super) fn dead_letters(stream: &str, count: u64) {
    DEAD.record(count, &[KeyValue::new("messaging.destination.name", stream.to_owned())]);
}
