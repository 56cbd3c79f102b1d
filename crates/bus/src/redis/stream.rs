use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, aio::MultiplexedConnection, streams::StreamInfoGroupsReply,
};

use crate::outbox::PARTITIONS;

/// Every service publishes and consumes; a stream may only be cut below what all others have read.
pub(crate) const SERVICES: [&str; 5] =
    ["claims", "experimentation", "messaging", "payments", "personas"];

/// Redis did not do what was asked, or could not be reached.
#[derive(Debug, thiserror::Error)]
#[error("the queue server failed: {0}")]
pub struct QueueError(#[from] redis::RedisError);

/// Where the streams are.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    prefix: String,
}

impl Queue {
    /// The queue server at `url` (`redis://…`, `rediss://…`). `prefix` begins every key, `kulanz`.
    pub fn new(url: &str, prefix: &str) -> Result<Self, QueueError> {
        Ok(Self { client: Client::open(url)?, prefix: prefix.to_owned() })
    }

    /// Whether the server answers.
    pub async fn ping(&self) -> Result<(), QueueError> {
        let mut connection = self.connect(Duration::from_secs(2)).await?;
        Ok(redis::cmd("PING").query_async(&mut connection).await?)
    }

    /// Whether the groups of `services` have read and acknowledged all that is on the streams.
    pub async fn is_drained(&self, services: &[&str]) -> Result<bool, QueueError> {
        let mut connection = self.connect(Duration::from_secs(2)).await?;
        for producer in SERVICES {
            for partition in 0..PARTITIONS {
                let stream = self.stream(producer, partition);
                let exists: bool =
                    redis::cmd("EXISTS").arg(&stream).query_async(&mut connection).await?;
                if !exists {
                    continue;
                }
                let groups: StreamInfoGroupsReply = redis::cmd("XINFO")
                    .arg("GROUPS")
                    .arg(&stream)
                    .query_async(&mut connection)
                    .await?;
                let mut of_services =
                    groups.groups.iter().filter(|group| services.contains(&group.name.as_str()));
                if of_services.any(|group| group.pending > 0 || group.lag != Some(0)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// A connection of its own: blocking reads would hold up whoever shares it.
    pub(crate) async fn connect(
        &self,
        response_timeout: Duration,
    ) -> Result<MultiplexedConnection, QueueError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(response_timeout));
        Ok(self.client.get_multiplexed_async_connection_with_config(&config).await?)
    }

    /// The stream of one partition. The braces keep it, its dead letters and its leases in one slot of
    /// a cluster.
    pub(crate) fn stream(&self, producer: &str, partition: u32) -> String {
        format!("{}.{{{producer}.v1:{partition}}}", self.prefix)
    }

    pub(crate) fn dead_letters(&self, producer: &str, partition: u32) -> String {
        format!("{}.dlq", self.stream(producer, partition))
    }

    pub(crate) fn lease(&self, producer: &str, partition: u32, group: &str) -> String {
        format!("{}.lease.{group}", self.stream(producer, partition))
    }

    /// Reads what is new for `group` under a consumer's name and forgets it, as a process does that is
    /// killed between reading and handling. For tests of the recovery.
    #[doc(hidden)]
    pub async fn take_and_drop(
        &self,
        producer: &str,
        group: &str,
        consumer: &str,
    ) -> Result<(), QueueError> {
        let mut connection = self.connect(Duration::from_secs(2)).await?;
        for partition in 0..PARTITIONS {
            let stream = self.stream(producer, partition);
            let mut command = redis::cmd("XREADGROUP");
            command.arg("GROUP").arg(group).arg(consumer).arg("STREAMS").arg(stream).arg(">");
            command.query_async::<redis::Value>(&mut connection).await?;
        }
        Ok(())
    }
}
