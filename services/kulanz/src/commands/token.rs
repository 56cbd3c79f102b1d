//! `kulanz token`.

use kulanz_chassis::{Grant, Role, Settings};

use crate::cli::TokenArgs;
use crate::session::mint;
use crate::state::DevState;
use crate::terminal;

/// Prints a bearer token and nothing else, so that it can be used in another command.
pub(super) fn run(args: &TokenArgs, settings: &Settings) -> anyhow::Result<()> {
    let state = DevState::load(settings)?;
    // Only the operator works across tenants and needs none.
    let tenant = match args.tenant.or(state.tenant) {
        None if args.roles == [Role::Operator] => None,
        asked => Some(state.tenant_or(asked)?),
    };
    let grant = Grant::user(&args.subject, tenant, &args.roles, args.lifetime.duration());
    terminal::line(mint(settings, &state, &grant)?);
    Ok(())
}
