//! A service's own tokens, one per tenant, renewed before they expire.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use kulanz_types::TenantId;

use crate::auth::{AuthError, Grant, Issuer};

/// How long a service's token is valid, in business time.
const LIFETIME: Duration = Duration::minutes(15);
/// How much must be left of it when it is used.
const RESERVE: Duration = Duration::minutes(2);

/// The identity of a service towards the others.
#[derive(Debug)]
pub struct ServiceTokens {
    issuer: Issuer,
    minted: Mutex<HashMap<TenantId, (String, DateTime<Utc>)>>,
}

impl ServiceTokens {
    /// The identity whose key `issuer` holds.
    pub fn new(issuer: Issuer) -> Self {
        Self { issuer, minted: Mutex::default() }
    }

    /// A token for this tenant that does not expire in the next two minutes.
    pub fn token(&self, tenant: TenantId) -> Result<String, AuthError> {
        let now = self.issuer.clock().now();
        let mut minted = self.minted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, expires_at)) = minted.get(&tenant)
            && now + RESERVE < *expires_at
        {
            return Ok(token.clone());
        }
        let grant = Grant::service(self.issuer.name(), Some(tenant), LIFETIME);
        let token = self.issuer.mint(&grant)?;
        minted.insert(tenant, (token.clone(), now + LIFETIME));
        Ok(token)
    }
}
