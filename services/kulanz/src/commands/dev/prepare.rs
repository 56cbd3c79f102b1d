//! The settings of `kulanz dev`: whatever the configuration says, one process on this machine.

use std::path::Path;

use anyhow::Context;
use kulanz_chassis::auth::ISSUERS;
use kulanz_chassis::config::{ClockMode, DatabaseBackend};
use kulanz_chassis::{KeyRing, MasterKey, Settings, constellation};
use kulanz_types::Seeds;

use crate::cli::{ClockKind, DevArgs};
use crate::state::DevState;

/// Settings and remembered state for this run; keys are made where they are missing.
pub(super) fn settings(
    args: &DevArgs,
    mut settings: Settings,
) -> anyhow::Result<(Settings, DevState)> {
    let fresh = args.memory || !has_data(&args.data);
    anyhow::ensure!(
        args.seed.is_none() || fresh,
        "--seed makes the same ids again: it needs --memory or an empty {}",
        args.data.display()
    );
    keys(&args.data.join("keys"))?;
    settings.auth.keys = args.data.join("keys");
    settings.database.backend = DatabaseBackend::Sqlite;
    settings.database.folder =
        if args.memory { String::new() } else { args.data.display().to_string() };
    settings.redis.url = String::new().into();
    settings.portal.base_url = format!("http://{}", settings.portal.listen);
    // Whoever tries webhooks receives them on this machine.
    settings.webhooks.allow_http = true;
    settings.webhooks.allow_private_addresses = true;
    let address = settings.grpc.listen;
    constellation::share_port(&mut settings, address);
    let mut state = if fresh { DevState::default() } else { DevState::load(&settings)? };
    match args.clock {
        ClockKind::Real => {
            settings.clock.mode = ClockMode::Real;
            state.now = None;
        }
        ClockKind::Virtual => {
            settings.clock.mode = ClockMode::Virtual;
            settings.clock.start = state.now.unwrap_or(settings.clock.start);
            state.now = Some(settings.clock.start);
        }
    }
    state.save(&settings)?;
    Ok((settings, state))
}

/// Keys come from the system, never from --seed: everyone knows the seed.
fn keys(folder: &Path) -> anyhow::Result<()> {
    let seeds = Seeds::from_os();
    KeyRing::load_or_generate(folder, &ISSUERS, &seeds)?;
    MasterKey::load_or_generate(folder, &seeds).context("make the master key")?;
    Ok(())
}

fn has_data(folder: &Path) -> bool {
    folder.join("claims.db").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(data: &Path) -> DevArgs {
        DevArgs {
            data: data.to_owned(),
            memory: false,
            seed: None,
            clock: ClockKind::Virtual,
            sample: false,
        }
    }

    #[test]
    fn virtual_time_goes_on_where_it_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let base = Settings::from_overlay("").unwrap();
        let (first, mut state) = settings(&args(folder.path()), base.clone()).unwrap();
        assert_eq!(first.clock.start, base.clock.start);
        let later = base.clock.start + chrono::Duration::days(14);
        state.now = Some(later);
        state.save(&first).unwrap();
        std::fs::write(folder.path().join("claims.db"), "").unwrap();
        let (second, _) = settings(&args(folder.path()), base).unwrap();
        assert_eq!(second.clock.start, later);
    }

    #[test]
    fn a_seed_is_refused_where_data_lies() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("claims.db"), "").unwrap();
        let args = DevArgs { seed: Some(1), ..args(folder.path()) };
        assert!(settings(&args, Settings::from_overlay("").unwrap()).is_err());
    }
}
