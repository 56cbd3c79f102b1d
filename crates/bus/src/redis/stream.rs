use std::time::Duration;

use redis::{AsyncConnectionConfig, Client, aio::MultiplexedConnection};

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
}
