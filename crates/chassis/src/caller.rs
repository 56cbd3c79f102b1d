//! Who calls: the facts of a verified token, put into the request before it is decoded.

use kulanz_types::{DebtorId, TenantId};
use serde::{Deserialize, Serialize};
use tonic::{Code, Request, Status};

use crate::error::{CHASSIS_DOMAIN, Fault};

/// What a caller is to the house; a method's rule names the roles that may call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs a tenant: creditors, users, texts.
    Admin,
    /// Runs the house across tenants: creates tenants, moves the clock of a test system.
    Operator,
    /// Works on claims with debtors and creditors.
    Agent,
    /// Reads and evaluates, changes experiments, never a claim.
    Analyst,
    /// A creditor's or an agency's system: imports, statements, exports.
    Integration,
    /// Another service of the constellation.
    Service,
    /// A debtor who opened an access link.
    Debtor,
}

/// What a debtor's token is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebtorScope {
    /// The one debtor whose things may be touched.
    pub debtor_id: DebtorId,
    /// Why the session was opened, for example `portal`.
    pub purpose: String,
}

impl DebtorScope {
    /// How the purpose of a session begins that may change preferences and nothing else.
    pub const PREFERENCES: &str = "preferences";

    /// Whether the session may change preferences only: nothing about claims or messages is shown to it.
    pub fn is_for_preferences(&self) -> bool {
        self.purpose.starts_with(Self::PREFERENCES)
    }
}

/// The verified identity behind a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub(crate) subject: String,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) roles: Vec<Role>,
    pub(crate) debtor: Option<DebtorScope>,
}

impl Caller {
    /// The caller of a request. Public methods have none: `UNAUTHENTICATED`.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        request.extensions().get::<Self>().cloned().ok_or_else(|| {
            Fault::new(Code::Unauthenticated, "TOKEN_MISSING")
                .into_status(CHASSIS_DOMAIN, "this call needs a bearer token")
        })
    }

    /// A caller made by hand, for tests of handlers that run without a server.
    pub fn for_test(tenant: TenantId, subject: &str, roles: &[Role]) -> Self {
        Self {
            subject: subject.to_owned(),
            tenant: Some(tenant),
            roles: roles.to_vec(),
            debtor: None,
        }
    }

    /// The tenant of the token: the only place where a tenant may come from.
    pub fn tenant(&self) -> Result<TenantId, Status> {
        self.tenant.ok_or_else(|| {
            Fault::new(Code::PermissionDenied, "TENANT_MISSING")
                .into_status(CHASSIS_DOMAIN, "the token names no tenant")
        })
    }

    /// Who acts, for the record: `user:anna`, `service:messaging`, `debtor:debtor_…`.
    pub fn actor(&self) -> String {
        self.subject.clone()
    }

    /// The debtor that the token is bound to, if it is a debtor's.
    pub fn debtor(&self) -> Option<&DebtorScope> {
        self.debtor.as_ref()
    }

    /// The caller's roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Whether the caller has this role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Refuses a debtor who reaches for another debtor's things, as if they were not there.
    pub fn may_see(&self, debtor_id: DebtorId) -> Result<(), Status> {
        match &self.debtor {
            Some(scope) if scope.debtor_id != debtor_id => {
                Err(Fault::not_found(debtor_id).into_status(CHASSIS_DOMAIN, "not found"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kulanz_types::{Clock, Seeds, SystemClock};

    #[test]
    fn a_debtor_sees_only_their_own_things() {
        let (seeds, now) = (Seeds::fixed(1), SystemClock.now());
        let (own, other) = (DebtorId::generate(&seeds, now), DebtorId::generate(&seeds, now));
        let mut caller =
            Caller::for_test(TenantId::generate(&seeds, now), "debtor:x", &[Role::Debtor]);
        caller.debtor = Some(DebtorScope { debtor_id: own, purpose: "portal".into() });
        assert!(caller.may_see(own).is_ok());
        assert_eq!(caller.may_see(other).unwrap_err().code(), Code::NotFound);
    }

    #[test]
    fn a_request_without_a_token_has_no_caller() {
        let status = Caller::of(&Request::new(())).unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
    }
}
