//! What a token says, and which issuer may say it.

use chrono::Duration;
use kulanz_types::{DebtorId, TenantId};
use serde::{Deserialize, Serialize};

use super::{CLAIMS, OPERATOR};
use crate::caller::{Caller, DebtorScope, Role};

/// What a new token shall say.
#[derive(Clone, Debug)]
pub struct Grant {
    pub(crate) subject: String,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) roles: Vec<Role>,
    pub(crate) debtor: Option<DebtorScope>,
    pub(crate) lifetime: Duration,
}

impl Grant {
    /// A person or system of a tenant; an operator may have no tenant.
    pub fn user(name: &str, tenant: Option<TenantId>, roles: &[Role], lifetime: Duration) -> Self {
        Self {
            subject: format!("user:{name}"),
            tenant,
            roles: roles.to_vec(),
            debtor: None,
            lifetime,
        }
    }

    /// A service of the constellation acting for a tenant.
    pub fn service(name: &str, tenant: Option<TenantId>, lifetime: Duration) -> Self {
        Self {
            subject: format!("service:{name}"),
            tenant,
            roles: vec![Role::Service],
            debtor: None,
            lifetime,
        }
    }

    /// A debtor who opened an access link.
    pub fn debtor(tenant: TenantId, scope: DebtorScope, lifetime: Duration) -> Self {
        Self {
            subject: format!("debtor:{}", scope.debtor_id),
            tenant: Some(tenant),
            roles: vec![Role::Debtor],
            debtor: Some(scope),
            lifetime,
        }
    }
}

/// The claims of a token on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenClaims {
    /// Who signed, also the key id of the header.
    pub iss: String,
    /// For which constellation.
    pub aud: String,
    /// Who calls: `user:…`, `service:…`, `debtor:…`.
    pub sub: String,
    /// For which tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// What the caller is to the house.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// The one debtor of a debtor's token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debtor: Option<DebtorId>,
    /// Why a debtor's token was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Business time of issue, seconds since 1970.
    pub iat: i64,
    /// Business time from which the token is void, seconds since 1970.
    pub exp: i64,
}

impl TokenClaims {
    /// The caller that these claims describe, `None` where their issuer may not say so.
    pub fn caller(self) -> Option<Caller> {
        let debtor = match (self.debtor, self.purpose) {
            (Some(debtor_id), Some(purpose)) => Some(DebtorScope { debtor_id, purpose }),
            (None, None) => None,
            _ => return None,
        };
        let caller = Caller { subject: self.sub, tenant: self.tenant, roles: self.roles, debtor };
        may_issue(&self.iss, &caller).then_some(caller)
    }
}

/// The operator vouches for users, claims for debtors, every service for itself and nobody else.
pub(super) fn may_issue(issuer: &str, caller: &Caller) -> bool {
    let is_own_service =
        caller.subject == format!("service:{issuer}") && caller.roles == [Role::Service];
    match &caller.debtor {
        Some(scope) => {
            issuer == CLAIMS
                && caller.tenant.is_some()
                && caller.roles == [Role::Debtor]
                && caller.subject == format!("debtor:{}", scope.debtor_id)
        }
        None if issuer == OPERATOR => {
            caller.subject.starts_with("user:")
                && !caller.is(Role::Service)
                && !caller.is(Role::Debtor)
        }
        None => is_own_service,
    }
}
