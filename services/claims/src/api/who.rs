//! Who calls, and what they may reach.

use kulanz_chassis::{Caller, DebtorScope};
use kulanz_types::{AccessLinkId, DebtorId, TenantId};
use tonic::{Request, Status};

use crate::error::Error;

/// The purpose of a session that may see and answer claims.
pub const SELF_SERVICE: &str = "self_service";

/// The caller of a call, with its tenant.
pub struct Who {
    /// The tenant of the token.
    pub tenant: TenantId,
    /// Who acts, for the record.
    pub actor: String,
    debtor: Option<Session>,
}

/// The session of a debtor.
struct Session {
    debtor_id: DebtorId,
    /// Whether it may see and answer claims.
    self_service: bool,
    /// The link that opened it.
    link: Option<AccessLinkId>,
}

impl Session {
    fn of(scope: &DebtorScope) -> Self {
        let (name, link) = scope.purpose.split_once(':').unwrap_or((&scope.purpose, ""));
        Self {
            debtor_id: scope.debtor_id,
            self_service: name == SELF_SERVICE,
            link: link.parse().ok(),
        }
    }
}

/// What a session's token names as its purpose: what it is for, and the link that opened it.
pub fn purpose(name: &str, link: &str) -> String {
    format!("{name}:{link}")
}

impl Who {
    /// The caller of a request that needs a token.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        let caller = Caller::of(request)?;
        Ok(Self {
            tenant: caller.tenant()?,
            actor: caller.actor(),
            debtor: caller.debtor().map(Session::of),
        })
    }

    /// The debtor that the session is bound to.
    pub fn debtor(&self) -> Option<DebtorId> {
        self.debtor.as_ref().map(|session| session.debtor_id)
    }

    /// The link that opened the session.
    pub fn link(&self) -> Option<AccessLinkId> {
        self.debtor.as_ref().and_then(|session| session.link)
    }

    /// Refuses a debtor who reaches for the things of another, or beyond what the session is for, as if
    /// they were not there.
    pub fn may_see(&self, debtor_id: &str, resource: impl ToString) -> Result<(), Error> {
        match &self.debtor {
            Some(session)
                if !session.self_service || session.debtor_id.to_string() != debtor_id =>
            {
                Err(Error::not_found(resource))
            }
            _ => Ok(()),
        }
    }
}
