//! Configuration: one commented default file, overlaid by a file, overlaid by the environment.
//! Unknown keys are refused and every broken relation is listed before anything starts.

mod check;
mod settings;

use std::path::Path;

use figment::Figment;
use figment::providers::{Env, Format, Toml};

pub use settings::{
    AuthSettings, ChannelSettings, Channels, ClockMode, ClockSettings, DatabaseBackend,
    DatabaseSettings, GrpcSettings, InboxSettings, MessagingSettings, PaymentsSettings,
    PortalSettings, RedisSettings, ServicesSettings, Settings, SmtpSettings, SmtpTls,
    TelemetryMode, TelemetrySettings,
};

/// The defaults, with a comment on every key.
pub const DEFAULTS: &str = include_str!("../kulanz.default.toml");

const PREFIX: &str = "KULANZ__";

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A source cannot be read, a key is unknown or a value has another type.
    #[error("the configuration cannot be read: {0}")]
    Read(#[from] Box<figment::Error>),
    /// Values that are readable do not fit each other.
    #[error("the configuration does not fit together:\n  - {}", violations.join("\n  - "))]
    Relations {
        /// One sentence per violation.
        violations: Vec<String>,
    },
}

impl Settings {
    /// Whether there is an inbox page: where e-mail ends in the inbox, or time is virtual. The page asks
    /// nobody who they are, so it is not there where a mail server carries what is real.
    pub fn shows_inbox(&self) -> bool {
        self.channels.email == ChannelSettings::Inbox || self.clock.mode == ClockMode::Virtual
    }

    /// Reads the defaults, then `file`, then the environment, and checks the result.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        Self::from_figment(&figment.merge(Env::prefixed(PREFIX).split("__")))
    }

    /// Reads the defaults overlaid by a TOML text: for tests and for the modes that the binary
    /// composes itself.
    pub fn from_overlay(overlay: &str) -> Result<Self, ConfigError> {
        Self::from_figment(&Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(overlay)))
    }

    fn from_figment(figment: &Figment) -> Result<Self, ConfigError> {
        let settings: Self = figment.extract().map_err(Box::new)?;
        let violations = check::violations(&settings);
        if violations.is_empty() {
            Ok(settings)
        } else {
            Err(ConfigError::Relations { violations })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete_and_fit_together() {
        let settings = Settings::from_overlay("").unwrap();
        assert_eq!(settings.grpc.listen.port(), 50_051);
    }

    #[test]
    fn there_is_no_inbox_page_beside_a_mail_server_in_real_time() {
        let smtp = "[channels]\nemail = \"smtp\"\n[channels.smtp]\nhost = \"mail.example\"\n\
                    from = \"post@example.org\"\n";
        let shows = |text: &str| Settings::from_overlay(text).unwrap().shows_inbox();
        assert!(shows(""));
        assert!(!shows(smtp));
        assert!(shows(&format!("[clock]\nmode = \"virtual\"\n{smtp}")));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = Settings::from_overlay("[grpc]\nlisen = \"x\"").unwrap_err().to_string();
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn every_broken_relation_is_named() {
        let overlay = "[database]\nbackend = \"postgres\"\n[channels]\nemail = \"smtp\"\n\
                       [messaging]\ncontact_from_hour = 21";
        let Err(ConfigError::Relations { violations }) = Settings::from_overlay(overlay) else {
            panic!("accepted");
        };
        for key in
            ["database.url", "database.system_url", "channels.smtp.host", "contact_from_hour"]
        {
            assert!(violations.iter().any(|text| text.contains(key)), "{key}: {violations:?}");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        let overlay = "[channels.smtp]\npassword = \"hunter2\"";
        let settings = Settings::from_overlay(overlay).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
