//! What the handlers of a service give back to tonic.

use std::pin::Pin;

use futures::Stream;
use tonic::{Response, Status};

use crate::error::{ServiceError, status};

/// What a call is answered with.
pub type Answer<T> = Result<Response<T>, Status>;

/// Messages that are answered one after the other.
pub type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The outcome of a use case as tonic wants it.
pub fn answer<T, E: ServiceError>(outcome: Result<T, E>) -> Answer<T> {
    outcome.map(Response::new).map_err(status)
}
