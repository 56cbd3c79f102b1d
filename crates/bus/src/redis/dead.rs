use redis::{
    Value,
    aio::MultiplexedConnection,
    streams::{StreamId, StreamRangeReply},
};
use std::time::Duration;

use super::{Queue, QueueError, stream::SERVICES};
use crate::{Envelope, HandlerError, admin::DeadLetter, outbox::PARTITIONS};

/// Moves one entry of a partition to its dead letters: written and acknowledged in one step.
pub(super) async fn bury(
    connection: &mut MultiplexedConnection,
    streams: (&str, &str),
    group: &str,
    entry: &StreamId,
    death: (usize, &HandlerError),
) -> Result<(), QueueError> {
    let ((stream, dead_letters), (attempts, error)) = (streams, death);
    let mut pipeline = redis::pipe();
    let command = pipeline.atomic().cmd("XADD").arg(dead_letters).arg("*");
    command.arg("entry").arg(&entry.id).arg("group").arg(group);
    command.arg("attempts").arg(attempts).arg("error").arg(error.to_string());
    for (name, value) in &entry.map {
        if let Value::BulkString(bytes) = value {
            command.arg(name).arg(bytes.as_slice());
        }
    }
    pipeline.cmd("XACK").arg(stream).arg(group).arg(&entry.id);
    Ok(pipeline.query_async::<()>(connection).await?)
}

/// The dead letters of every stream, each with the group that could not handle it.
pub async fn list_dead(queue: &Queue) -> Result<Vec<(String, DeadLetter)>, QueueError> {
    let mut connection = queue.connect(Duration::from_secs(5)).await?;
    let mut found = Vec::new();
    for (producer, partition) in every_stream() {
        let key = queue.dead_letters(producer, partition);
        for entry in range(&key, &mut connection).await? {
            found.extend(read(&entry));
        }
    }
    Ok(found)
}

/// Puts the dead letter of `event_id` back on its stream; groups that handled it leave it out. Whether
/// there was one.
pub async fn redrive(queue: &Queue, event_id: &str) -> Result<bool, QueueError> {
    let mut connection = queue.connect(Duration::from_secs(5)).await?;
    let mut found = false;
    for (producer, partition) in every_stream() {
        let (stream, dead) =
            (queue.stream(producer, partition), queue.dead_letters(producer, partition));
        for entry in range(&dead, &mut connection).await? {
            let Some((_, letter)) = read(&entry) else { continue };
            if letter.event_id == event_id {
                revive(&mut connection, (&stream, &dead), &entry, &letter).await?;
                found = true;
            }
        }
    }
    Ok(found)
}

async fn revive(
    connection: &mut MultiplexedConnection,
    (stream, dead): (&str, &str),
    entry: &StreamId,
    letter: &DeadLetter,
) -> Result<(), QueueError> {
    let mut pipeline = redis::pipe();
    let command = pipeline.atomic().cmd("XADD").arg(stream).arg("*");
    for (name, value) in letter.envelope.fields() {
        command.arg(name).arg(value);
    }
    pipeline.cmd("XDEL").arg(dead).arg(&entry.id);
    Ok(pipeline.query_async::<()>(connection).await?)
}

async fn range(
    key: &str,
    connection: &mut MultiplexedConnection,
) -> Result<Vec<StreamId>, QueueError> {
    let reply: StreamRangeReply =
        redis::cmd("XRANGE").arg(key).arg("-").arg("+").query_async(connection).await?;
    Ok(reply.ids)
}

fn every_stream() -> impl Iterator<Item = (&'static str, u32)> {
    SERVICES.into_iter().flat_map(|producer| (0..PARTITIONS).map(move |number| (producer, number)))
}

fn read(entry: &StreamId) -> Option<(String, DeadLetter)> {
    let envelope = envelope(entry)?;
    let text = |name: &str| bytes(entry, name).map(|b| String::from_utf8_lossy(b).into_owned());
    let letter = DeadLetter {
        event_id: envelope.id.to_string(),
        producer: envelope.producer.clone(),
        kind: envelope.kind.clone(),
        attempts: text("attempts")?.parse().ok()?,
        error: text("error")?,
        envelope,
    };
    Some((text("group")?, letter))
}

/// The event in a stream entry; `None` where it is not one of ours.
pub(super) fn envelope(entry: &StreamId) -> Option<Envelope> {
    Envelope::from_fields(|name| bytes(entry, name))
}

fn bytes<'a>(entry: &'a StreamId, name: &str) -> Option<&'a [u8]> {
    match entry.map.get(name)? {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}
