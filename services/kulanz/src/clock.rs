//! Calls to the virtual business clock of a running constellation.

use chrono::{DateTime, Utc};
use kulanz_proto::convert::{ConvertError, instant};
use kulanz_proto::testing::v1::advance_request::Target;
use kulanz_proto::testing::v1::clock_service_client::ClockServiceClient;
use kulanz_proto::testing::v1::{AdvanceRequest, GetRequest};
use prost_types::Timestamp;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::session::Session;
use crate::span::Span;

/// The clock cannot be read or moved.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// Nobody answers.
    #[error("no constellation answers; is `kulanz dev` running?")]
    Unreachable(#[from] tonic::transport::Error),
    /// It was refused, or what fell due failed.
    #[error("the clock refuses")]
    Refused(#[from] Status),
    /// The answer holds no instant.
    #[error("the clock names no time")]
    NoTime,
    /// The answer's instant is none.
    #[error("the clock names no time")]
    Unreadable(#[from] ConvertError),
}

/// The business time.
pub async fn get(endpoint: &Endpoint, session: &Session) -> Result<DateTime<Utc>, ClockError> {
    let answer = client(endpoint).await?.get(session.request(GetRequest {})).await?;
    read(answer.into_inner().now)
}

/// Moves the business time; returns once everything that fell due is done.
pub async fn advance(
    endpoint: &Endpoint,
    session: &Session,
    by: Span,
) -> Result<DateTime<Utc>, ClockError> {
    let by = prost_types::Duration { seconds: by.duration().num_seconds(), nanos: 0 };
    let request = session.request(AdvanceRequest { target: Some(Target::By(by)) });
    read(client(endpoint).await?.advance(request).await?.into_inner().now)
}

/// An instant as people in Germany read it.
pub fn in_berlin(instant: DateTime<Utc>) -> String {
    instant.with_timezone(&chrono_tz::Europe::Berlin).format("%A %d %B %Y, %H:%M").to_string()
}

/// Not through the client stack: days of due work take longer than any call's deadline.
async fn client(endpoint: &Endpoint) -> Result<ClockServiceClient<Channel>, ClockError> {
    Ok(ClockServiceClient::new(endpoint.connect().await?))
}

fn read(now: Option<Timestamp>) -> Result<DateTime<Utc>, ClockError> {
    Ok(instant(&now.ok_or(ClockError::NoTime)?)?)
}
