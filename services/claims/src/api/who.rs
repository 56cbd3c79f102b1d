//! Who calls, and what they may reach.

use kulanz_chassis::{Caller, DebtorScope};
use kulanz_types::{DebtorId, TenantId};
use tonic::{Request, Status};

use crate::error::Error;

/// The purpose of a session that may see and answer claims.
pub const SELF_SERVICE: &str = "self_service";
/// The purpose of a session that may change preferences only.
pub const PREFERENCES: &str = "preferences";

/// The caller of a call, with its tenant.
pub struct Who {
    /// The tenant of the token.
    pub tenant: TenantId,
    /// Who acts, for the record.
    pub actor: String,
    debtor: Option<DebtorScope>,
}

impl Who {
    /// The caller of a request that needs a token.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        let caller = Caller::of(request)?;
        Ok(Self {
            tenant: caller.tenant()?,
            actor: caller.actor(),
            debtor: caller.debtor().cloned(),
        })
    }

    /// The debtor that the session is bound to.
    pub fn debtor(&self) -> Option<DebtorId> {
        self.debtor.as_ref().map(|scope| scope.debtor_id)
    }

    /// Refuses a debtor who reaches for the things of another, or beyond what the session is for, as if
    /// they were not there.
    pub fn may_see(&self, debtor_id: &str, resource: impl ToString) -> Result<(), Error> {
        match &self.debtor {
            Some(scope)
                if scope.purpose != SELF_SERVICE || scope.debtor_id.to_string() != debtor_id =>
            {
                Err(Error::not_found(resource))
            }
            _ => Ok(()),
        }
    }
}
