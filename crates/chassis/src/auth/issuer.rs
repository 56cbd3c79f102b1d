//! Signs tokens.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kulanz_types::SharedClock;

use super::AuthError;
use super::grant::{Grant, TokenClaims, may_issue};
use crate::caller::Caller;

/// Signs tokens under one name.
#[derive(Clone)]
pub struct Issuer {
    name: String,
    audience: String,
    key: EncodingKey,
    clock: SharedClock,
}

impl Issuer {
    pub(super) fn new(name: &str, audience: &str, key: EncodingKey, clock: SharedClock) -> Self {
        Self { name: name.to_owned(), audience: audience.to_owned(), key, clock }
    }

    /// The name under which it signs.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The business clock that it dates tokens by.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// A token that says what `grant` asks for, refused where this issuer may not vouch for it.
    pub fn mint(&self, grant: &Grant) -> Result<String, AuthError> {
        let caller = Caller {
            subject: grant.subject.clone(),
            tenant: grant.tenant,
            roles: grant.roles.clone(),
            debtor: grant.debtor.clone(),
        };
        if !may_issue(&self.name, &caller) {
            let (issuer, subject) = (self.name.clone(), caller.subject);
            return Err(AuthError::NotItsToken { issuer, subject });
        }
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.name.clone());
        encode(&header, &self.claims(caller, grant), &self.key).map_err(AuthError::Sign)
    }

    fn claims(&self, caller: Caller, grant: &Grant) -> TokenClaims {
        let now = self.clock.now();
        let (debtor, purpose) = caller.debtor.map(|scope| (scope.debtor_id, scope.purpose)).unzip();
        TokenClaims {
            iss: self.name.clone(),
            aud: self.audience.clone(),
            sub: caller.subject,
            tenant: caller.tenant,
            roles: caller.roles,
            debtor,
            purpose,
            iat: now.timestamp(),
            exp: (now + grant.lifetime).timestamp(),
        }
    }
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Issuer({})", self.name)
    }
}
