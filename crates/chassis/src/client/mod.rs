//! The one client stack: identity, deadline, trace, request id and retries of every call that one
//! service makes to another.

mod budget;
mod channel;
mod clients;
mod retry;
mod tokens;

pub use channel::{ClientPolicy, KulanzChannel};
pub use clients::{ClientError, Clients};
pub use retry::may_pass;
pub use tokens::ServiceTokens;

use kulanz_types::TenantId;
use tonic::metadata::MetadataValue;

/// For which tenant the client stack adds the service's own token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnBehalfOf(pub TenantId);

/// A request under the calling service's own identity, for a tenant.
pub fn outgoing<T>(tenant: TenantId, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(OnBehalfOf(tenant));
    request
}

/// A request that forwards the bearer token of the person behind it.
pub fn outgoing_as<T>(token: &str, message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    // A token that is not ASCII is no token: the call then goes without one and is refused.
    if let Ok(value) = MetadataValue::try_from(format!("Bearer {token}")) {
        request.metadata_mut().insert("authorization", value);
    }
    request
}
