//! What a running `kulanz dev` leaves for the tools of another terminal: `dev.toml` beside its keys.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use kulanz_chassis::Settings;
use kulanz_chassis::config::ClockMode;
use kulanz_types::{CreditorId, SharedClock, SystemClock, TenantId, VirtualClock};
use serde::{Deserialize, Serialize};

/// The facts that tools cannot know otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevState {
    /// The sample tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The sample creditor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creditor: Option<CreditorId>,
    /// Virtual business time; missing where time is real.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<DateTime<Utc>>,
}

impl DevState {
    /// Reads the state beside the keys of these settings; empty where there is none.
    pub fn load(settings: &Settings) -> anyhow::Result<Self> {
        let path = path(settings);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("read {}", path.display()))
    }

    /// Writes the state beside the keys.
    pub fn save(&self, settings: &Settings) -> anyhow::Result<()> {
        let path = path(settings);
        let text = toml::to_string(self).context("write dev.toml")?;
        // Renamed into place, so that no tool ever reads half of it.
        let draft = path.with_extension("toml.new");
        std::fs::write(&draft, text).with_context(|| format!("write {}", draft.display()))?;
        std::fs::rename(&draft, &path).with_context(|| format!("write {}", path.display()))
    }

    /// The tenant asked for, or that of `kulanz dev`.
    pub fn tenant_or(&self, asked: Option<TenantId>) -> anyhow::Result<TenantId> {
        asked.or(self.tenant).context("no tenant: give --tenant, or start `kulanz dev --sample`")
    }

    /// Business time as far as a tool can know it.
    pub fn clock(&self, settings: &Settings) -> SharedClock {
        match (self.now, settings.clock.mode) {
            (Some(now), _) => Arc::new(VirtualClock::new(now)),
            (None, ClockMode::Virtual) => Arc::new(VirtualClock::new(settings.clock.start)),
            (None, ClockMode::Real) => Arc::new(SystemClock),
        }
    }
}

fn path(settings: &Settings) -> PathBuf {
    settings.auth.keys.parent().unwrap_or_else(|| Path::new(".")).join("dev.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kulanz_types::{Clock, Seeds};

    #[test]
    fn what_is_saved_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::from_overlay("").unwrap();
        settings.auth.keys = folder.path().join("keys");
        assert_eq!(DevState::load(&settings).unwrap(), DevState::default());
        let now = SystemClock.now();
        let tenant = TenantId::generate(&Seeds::fixed(1), now);
        let state = DevState { tenant: Some(tenant), creditor: None, now: Some(now) };
        state.save(&settings).unwrap();
        assert_eq!(DevState::load(&settings).unwrap(), state);
    }
}
