//! Checks tokens.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use kulanz_types::SharedClock;
use tonic::Code;

use super::grant::TokenClaims;
use crate::caller::Caller;
use crate::error::Fault;

/// Tokens remembered at most; a service sees few, a flood of forged ones is never remembered.
const REMEMBERED_TOKENS_MAX: usize = 10_000;

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// There is none.
    #[error("this call needs a bearer token")]
    Missing,
    /// Not a token of a trusted issuer for this constellation.
    #[error("the bearer token is not valid here")]
    Invalid,
    /// It was valid once.
    #[error("the bearer token has expired")]
    Expired,
}

impl From<TokenFault> for Fault {
    fn from(fault: TokenFault) -> Self {
        let reason = match fault {
            TokenFault::Missing => "TOKEN_MISSING",
            TokenFault::Invalid => "TOKEN_INVALID",
            TokenFault::Expired => "TOKEN_EXPIRED",
        };
        Self::new(Code::Unauthenticated, reason).message(fault.to_string())
    }
}

#[derive(Clone)]
struct Verified {
    caller: Arc<Caller>,
    expires_at: i64,
}

/// Checks signature, issuer, audience and expiry, the latter by business time, and remembers the
/// result until then.
pub struct Verifier {
    keys: BTreeMap<String, DecodingKey>,
    validation: Validation,
    clock: SharedClock,
    remembered: RwLock<HashMap<String, Verified>>,
}

impl Verifier {
    pub(super) fn new(
        keys: BTreeMap<String, DecodingKey>,
        audience: &str,
        clock: SharedClock,
    ) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // Expiry is business time, which this library cannot know.
        validation.validate_exp = false;
        Self { keys, validation, clock, remembered: RwLock::default() }
    }

    /// The caller that a token stands for.
    pub fn verify(&self, token: &str) -> Result<Arc<Caller>, TokenFault> {
        let verified = match self.recall(token) {
            Some(verified) => verified,
            None => self.check(token)?,
        };
        if self.clock.now().timestamp() >= verified.expires_at {
            return Err(TokenFault::Expired);
        }
        Ok(verified.caller)
    }

    fn recall(&self, token: &str) -> Option<Verified> {
        self.remembered.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn check(&self, token: &str) -> Result<Verified, TokenFault> {
        let issuer = decode_header(token).ok().and_then(|header| header.kid);
        let issuer = issuer.ok_or(TokenFault::Invalid)?;
        let key = self.keys.get(&issuer).ok_or(TokenFault::Invalid)?;
        let claims = decode::<TokenClaims>(token, key, &self.validation)
            .map_err(|_| TokenFault::Invalid)?
            .claims;
        if claims.iss != issuer {
            return Err(TokenFault::Invalid);
        }
        let expires_at = claims.exp;
        let caller = Arc::new(claims.caller().ok_or(TokenFault::Invalid)?);
        let verified = Verified { caller, expires_at };
        self.remember(token, verified.clone());
        Ok(verified)
    }

    fn remember(&self, token: &str, verified: Verified) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_TOKENS_MAX {
            let now = self.clock.now().timestamp();
            remembered.retain(|_, known| known.expires_at > now);
            if remembered.len() >= REMEMBERED_TOKENS_MAX {
                remembered.clear();
            }
        }
        remembered.insert(token.to_owned(), verified);
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Verifier")
            .field("issuers", &self.keys.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Grant, ISSUERS, KeyRing};
    use super::*;
    use crate::caller::{DebtorScope, Role};
    use chrono::Duration;
    use kulanz_types::{Clock, DebtorId, Seeds, SystemClock, TenantId, VirtualClock};

    struct House {
        ring: KeyRing,
        clock: VirtualClock,
        tenant: TenantId,
        debtor: DebtorId,
    }

    fn house() -> House {
        let seeds = Seeds::fixed(3);
        let clock = VirtualClock::new(SystemClock.now());
        House {
            ring: KeyRing::generate(&ISSUERS, &seeds).unwrap(),
            tenant: TenantId::generate(&seeds, clock.now()),
            debtor: DebtorId::generate(&seeds, clock.now()),
            clock,
        }
    }

    impl House {
        fn issuer(&self, name: &str) -> super::super::Issuer {
            self.ring.issuer(name, "kulanz", Arc::new(self.clock.clone())).unwrap()
        }

        fn verifier(&self) -> Verifier {
            let trusted = ISSUERS.map(str::to_owned);
            self.ring.verifier(&trusted, "kulanz", Arc::new(self.clock.clone())).unwrap()
        }

        fn agent(&self) -> Grant {
            Grant::user("anna", Some(self.tenant), &[Role::Agent], Duration::minutes(10))
        }
    }

    #[test]
    fn a_token_tells_who_calls_until_it_expires() {
        let house = house();
        let token = house.issuer("operator").mint(&house.agent()).unwrap();
        let verifier = house.verifier();
        let caller = verifier.verify(&token).unwrap();
        assert_eq!(
            (caller.actor().as_str(), caller.tenant().unwrap()),
            ("user:anna", house.tenant)
        );
        house.clock.advance(Duration::minutes(10));
        assert_eq!(verifier.verify(&token), Err(TokenFault::Expired));
    }

    #[test]
    fn a_foreign_tampered_or_misdirected_token_is_invalid() {
        let house = house();
        let verifier = house.verifier();
        let foreign = KeyRing::generate(&ISSUERS, &Seeds::fixed(4)).unwrap();
        let clock: SharedClock = Arc::new(house.clock.clone());
        let stranger = foreign.issuer("operator", "kulanz", clock.clone()).unwrap();
        let elsewhere = house.ring.issuer("operator", "other", clock).unwrap();
        let mut tampered = house.issuer("operator").mint(&house.agent()).unwrap();
        let middle = tampered.len() / 2;
        let letter = if tampered.as_bytes()[middle] == b'A' { "B" } else { "A" };
        tampered.replace_range(middle..=middle, letter);
        for token in [
            stranger.mint(&house.agent()).unwrap(),
            elsewhere.mint(&house.agent()).unwrap(),
            tampered,
            "no.token".to_owned(),
        ] {
            assert_eq!(verifier.verify(&token), Err(TokenFault::Invalid));
        }
    }

    #[test]
    fn an_issuer_vouches_only_for_its_own() {
        let house = house();
        let hour = Duration::hours(1);
        let scope = DebtorScope { debtor_id: house.debtor, purpose: "portal".into() };
        let debtor = Grant::debtor(house.tenant, scope, hour);
        assert!(house.issuer("claims").mint(&debtor).is_ok());
        assert!(house.issuer("messaging").mint(&debtor).is_err());
        assert!(house.issuer("operator").mint(&debtor).is_err());
        let service = Grant::service("messaging", Some(house.tenant), hour);
        assert!(house.issuer("messaging").mint(&service).is_ok());
        assert!(house.issuer("payments").mint(&service).is_err());
        assert!(house.issuer("payments").mint(&house.agent()).is_err());
    }

    #[test]
    fn keys_survive_a_round_trip_through_their_folder() {
        let house = house();
        let folder = tempfile::tempdir().unwrap();
        let seeds = Seeds::fixed(9);
        let first = KeyRing::load_or_generate(folder.path(), &ISSUERS, &seeds).unwrap();
        let again = KeyRing::load_or_generate(folder.path(), &ISSUERS, &seeds).unwrap();
        let clock: SharedClock = Arc::new(house.clock.clone());
        let token = first.issuer("operator", "kulanz", clock.clone()).unwrap().mint(&house.agent());
        let verifier = again.verifier(&ISSUERS.map(str::to_owned), "kulanz", clock).unwrap();
        assert!(verifier.verify(&token.unwrap()).is_ok());
    }
}
