//! How a tool reaches a running constellation and proves who it is.

use std::error::Error;
use std::sync::Arc;

use anyhow::Context;
use chrono::Duration;
use kulanz_chassis::auth::OPERATOR;
use kulanz_chassis::{
    ClientPolicy, Clients, Constellation, Descriptors, Grant, KeyRing, Role, Settings, outgoing_as,
};
use kulanz_types::{Seeds, TenantId};
use tonic::Status;
use tonic_types::StatusExt;

use crate::cli::AccessArgs;
use crate::state::DevState;

/// How long the token of one command is valid, in business time.
const COMMAND_LIFETIME: Duration = Duration::hours(1);

/// Virtual time moves in weeks.
const HOUSE_LIFETIME: Duration = Duration::days(3_650);

/// Clients of a running constellation, and the token to call them with.
pub struct Session {
    /// The services.
    pub clients: Clients,
    token: String,
}

impl Session {
    /// A session under the given token, or under one that the operator's key vouches for.
    pub fn open(settings: &Settings, access: &AccessArgs, role: Role) -> anyhow::Result<Self> {
        let token = match access.token.clone() {
            Some(token) => token,
            None => own_token(settings, access, role)?,
        };
        Ok(Self { clients: clients(settings)?, token })
    }

    /// A session without a tenant, for calls about the house itself.
    pub fn operator(settings: &Settings) -> anyhow::Result<Self> {
        let state = DevState::load(settings)?;
        let grant =
            Grant::user("command-line", None::<TenantId>, &[Role::Operator], COMMAND_LIFETIME);
        Ok(Self { clients: clients(settings)?, token: mint(settings, &state, &grant)? })
    }

    /// The operator's session with a constellation of this very process.
    pub fn house(constellation: &Constellation) -> anyhow::Result<Self> {
        let grant = Grant::user("house", None::<TenantId>, &[Role::Operator], HOUSE_LIFETIME);
        let token = constellation.issuer(OPERATOR)?.mint(&grant)?;
        Ok(Self::new(constellation.clients()?, token))
    }

    /// A session with clients and a token that exist already.
    pub fn new(clients: Clients, token: String) -> Self {
        Self { clients, token }
    }

    /// The bearer token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A request under this session's token.
    pub fn request<T>(&self, message: T) -> tonic::Request<T> {
        outgoing_as(&self.token, message)
    }
}

fn own_token(settings: &Settings, access: &AccessArgs, role: Role) -> anyhow::Result<String> {
    let state = DevState::load(settings)?;
    let tenant = Some(state.tenant_or(access.tenant)?);
    mint(settings, &state, &Grant::user("command-line", tenant, &[role], COMMAND_LIFETIME))
}

/// A token under the operator's key, dated by business time.
pub fn mint(settings: &Settings, state: &DevState, grant: &Grant) -> anyhow::Result<String> {
    let keys = KeyRing::load(&settings.auth.keys)
        .with_context(|| format!("no keys in {}", settings.auth.keys.display()))?;
    let issuer = keys.issuer(OPERATOR, &settings.auth.audience, state.clock(settings))?;
    Ok(issuer.mint(grant)?)
}

/// Clients without an identity of their own: they forward the token of each request.
pub fn clients(settings: &Settings) -> anyhow::Result<Clients> {
    let policy = ClientPolicy::from(&settings.grpc);
    let descriptors = Arc::new(Descriptors::load()?);
    Ok(Clients::connect(&settings.services, &policy, None, &descriptors)?)
}

/// One cause of a failure in a line: of a refused call its code, its text and every field at fault.
pub fn told(error: &(dyn Error + 'static)) -> String {
    let Some(status) = error.downcast_ref::<Status>() else { return error.to_string() };
    let fields = status.get_details_bad_request().into_iter().flat_map(|one| one.field_violations);
    let fields = fields.map(|one| format!("; {}: {}", one.field, one.description));
    format!("{:?}, {}{}", status.code(), status.message(), fields.collect::<String>())
}

/// A fresh `request_id`.
pub fn request_id(seeds: &Seeds) -> String {
    uuid::Builder::from_random_bytes(seeds.bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kulanz_chassis::{Fault, Violation};

    #[test]
    fn a_refusal_is_told_with_every_field_at_fault() {
        let fault = Fault::invalid(vec![Violation::new("a", "x"), Violation::new("b", "y")]);
        let status = fault.into_status("claims.kulanz.dev", "two fields are wrong");
        assert_eq!(told(&status), "InvalidArgument, two fields are wrong; a: x; b: y");
    }
}
