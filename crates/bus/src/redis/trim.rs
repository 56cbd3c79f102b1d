use redis::{
    aio::MultiplexedConnection,
    streams::{StreamInfoGroupsReply, StreamPendingReply},
};

use super::{Queue, QueueError, gauges, stream::SERVICES};
use crate::outbox::PARTITIONS;

/// Measures the streams of `producer` and cuts them below the oldest entry that any group still needs.
/// Trimming past it would drop entries that were delivered and not acknowledged, without a trace.
pub(super) async fn trim(
    queue: &Queue,
    producer: &str,
    connection: &mut MultiplexedConnection,
) -> Result<(), QueueError> {
    for partition in 0..PARTITIONS {
        let stream = queue.stream(producer, partition);
        let exists: bool = redis::cmd("EXISTS").arg(&stream).query_async(connection).await?;
        if !exists {
            continue;
        }
        let dead = queue.dead_letters(producer, partition);
        let buried: u64 = redis::cmd("XLEN").arg(dead).query_async(connection).await?;
        gauges::dead_letters(&stream, buried);
        if let Some(floor) = floor(&stream, producer, connection).await? {
            redis::cmd("XTRIM")
                .arg(&stream)
                .arg("MINID")
                .arg("~")
                .arg(floor)
                .query_async::<()>(connection)
                .await?;
        }
    }
    Ok(())
}

/// The oldest entry still needed; `None` while a service has not yet made its group.
async fn floor(
    stream: &str,
    producer: &str,
    connection: &mut MultiplexedConnection,
) -> Result<Option<String>, QueueError> {
    let groups: StreamInfoGroupsReply =
        redis::cmd("XINFO").arg("GROUPS").arg(stream).query_async(connection).await?;
    for group in &groups.groups {
        gauges::group(stream, group);
    }
    let known = |service: &str| groups.groups.iter().any(|group| group.name == service);
    if !SERVICES.iter().filter(|service| **service != producer).all(|service| known(service)) {
        return Ok(None);
    }
    let mut floor: Option<(u64, u64, String)> = None;
    for group in &groups.groups {
        let needed = oldest_pending(stream, &group.name, connection)
            .await?
            .unwrap_or_else(|| group.last_delivered_id.clone());
        let (millis, sequence) = parts(&needed);
        floor = floor.into_iter().chain([(millis, sequence, needed)]).min();
    }
    Ok(floor.map(|(_, _, id)| id))
}

async fn oldest_pending(
    stream: &str,
    group: &str,
    connection: &mut MultiplexedConnection,
) -> Result<Option<String>, QueueError> {
    let reply: StreamPendingReply =
        redis::cmd("XPENDING").arg(stream).arg(group).query_async(connection).await?;
    Ok(match reply {
        StreamPendingReply::Data(data) => Some(data.start_id),
        _ => None,
    })
}

/// Entry ids order by their two numbers, not by their text.
fn parts(id: &str) -> (u64, u64) {
    let (millis, sequence) = id.split_once('-').unwrap_or((id, "0"));
    (millis.parse().unwrap_or(0), sequence.parse().unwrap_or(0))
}
