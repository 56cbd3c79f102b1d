//! The settings as types. What each key means stands beside its default in `kulanz.default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;

/// The whole configuration of a process.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Business time.
    pub clock: ClockSettings,
    /// Where the data is.
    pub database: DatabaseSettings,
    /// Where events go.
    pub redis: RedisSettings,
    /// The gRPC port.
    pub grpc: GrpcSettings,
    /// Where the services are.
    pub services: ServicesSettings,
    /// Whose tokens count.
    pub auth: AuthSettings,
    /// Where logs, traces and metrics go.
    pub telemetry: TelemetrySettings,
    /// The debtor's pages.
    pub portal: PortalSettings,
    /// The page that shows what was sent.
    pub inbox: InboxSettings,
    /// Who carries messages.
    pub channels: Channels,
    /// When and how often people may be contacted.
    pub messaging: MessagingSettings,
    /// Terms of quotes, arrangements and promises.
    pub payments: PaymentsSettings,
    /// Messages to creditors' systems.
    pub webhooks: WebhooksSettings,
}

/// Which clock business time is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockMode {
    /// The machine's.
    Real,
    /// One that stands still until it is advanced.
    Virtual,
}

/// Section `[clock]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockSettings {
    /// Which clock.
    pub mode: ClockMode,
    /// Where virtual time starts.
    pub start: DateTime<Utc>,
}

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseBackend {
    /// Files, or memory where the folder is empty.
    Sqlite,
    /// A server.
    Postgres,
}

/// Section `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Which database.
    pub backend: DatabaseBackend,
    /// Folder of the SQLite files.
    pub folder: String,
    /// PostgreSQL as the service's own role.
    pub url: SecretString,
    /// PostgreSQL as the service's system role.
    pub system_url: SecretString,
    /// PostgreSQL as the owner.
    pub owner_url: SecretString,
    /// What every schema's name begins with.
    pub schema_prefix: String,
    /// Connections per service and replica.
    pub connections: u32,
}

impl DatabaseSettings {
    /// The schema of `service` on PostgreSQL.
    pub fn schema(&self, service: &str) -> String {
        format!("{}{service}", self.schema_prefix)
    }
}

/// Section `[redis]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// Where Redis is; empty for none.
    pub url: SecretString,
    /// What every key begins with.
    pub prefix: String,
}

/// Section `[grpc]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrpcSettings {
    /// Address of the port.
    pub listen: SocketAddr,
    unary_deadline_ms: u64,
    stream_deadline_ms: u64,
    /// Calls in progress at once.
    pub calls_max: usize,
    /// Reflection without a token.
    pub reflection: bool,
    drain_ms: u64,
    shutdown_ms: u64,
    connection_age_s: u64,
}

impl GrpcSettings {
    /// Longest time for a unary call.
    pub fn unary_deadline(&self) -> Duration {
        Duration::from_millis(self.unary_deadline_ms)
    }

    /// Longest time for a call that streams.
    pub fn stream_deadline(&self) -> Duration {
        Duration::from_millis(self.stream_deadline_ms)
    }

    /// How long to go on serving after SIGTERM.
    pub fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }

    /// How long running calls may take to finish after that.
    pub fn shutdown(&self) -> Duration {
        Duration::from_millis(self.shutdown_ms)
    }

    /// After which age connections are closed.
    pub fn connection_age(&self) -> Option<Duration> {
        (self.connection_age_s > 0).then(|| Duration::from_secs(self.connection_age_s))
    }
}

/// Section `[services]`: URLs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the address of the service it is named after")]
pub struct ServicesSettings {
    pub claims: String,
    pub personas: String,
    pub experimentation: String,
    pub messaging: String,
    pub payments: String,
}

impl ServicesSettings {
    /// All services at one address.
    pub fn all_at(address: SocketAddr) -> Self {
        let url = format!("http://{address}");
        Self {
            claims: url.clone(),
            personas: url.clone(),
            experimentation: url.clone(),
            messaging: url.clone(),
            payments: url,
        }
    }
}

/// Section `[auth]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// Folder of the keys; empty for keys in memory.
    pub keys: PathBuf,
    /// Issuers whose tokens are accepted.
    pub trusted_issuers: Vec<String>,
    /// The `aud` of tokens.
    pub audience: String,
}

/// Where telemetry goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TelemetryMode {
    /// Lines on standard error.
    Readable,
    /// A collector.
    Otlp,
}

/// Section `[telemetry]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Where it goes.
    pub mode: TelemetryMode,
    /// The collector.
    pub endpoint: String,
    /// What is logged.
    pub filter: String,
}

/// Section `[portal]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortalSettings {
    /// Address of the pages.
    pub listen: SocketAddr,
    /// What links begin with, without a slash at the end.
    pub base_url: String,
    /// How long a link opens the portal, in days.
    pub link_days: u16,
}

/// Section `[inbox]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxSettings {
    /// Address of the page.
    pub listen: SocketAddr,
}

/// Who carries the messages of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSettings {
    /// Nobody: they are shown on the inbox page.
    Inbox,
    /// A mail server.
    Smtp,
}

/// Section `[channels]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// E-mail.
    pub email: ChannelSettings,
    /// Text messages.
    pub sms: ChannelSettings,
    /// Paper.
    pub letter: ChannelSettings,
    /// The mail server.
    pub smtp: SmtpSettings,
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// STARTTLS, refused without it.
    Required,
    /// TLS from the first byte.
    Implicit,
    /// None.
    None,
}

/// Section `[channels.smtp]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// The server's name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Empty for none.
    pub username: String,
    /// Empty for none.
    pub password: SecretString,
    /// Protection of the connection.
    pub tls: SmtpTls,
    /// Address in the From line.
    pub from: String,
}

/// Section `[messaging]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagingSettings {
    /// First hour of contact in Berlin, 0 to 23.
    pub contact_from_hour: u32,
    /// Hour in Berlin at which contact ends, 1 to 24.
    pub contact_until_hour: u32,
    /// Most messages to one person in seven days.
    pub contacts_per_week: u32,
    /// Most messages to one person in thirty days.
    pub contacts_per_month: u32,
    /// Days of silence between two messages.
    pub days_between_contacts: u32,
}

/// Section `[payments]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentsSettings {
    /// Days that a quote can be accepted.
    pub quote_valid_days: u16,
    /// Days that an instalment may be late.
    pub tolerance_days: u16,
    /// Days after a promised date until the promise is judged.
    pub promise_grace_days: u16,
}

/// Section `[webhooks]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksSettings {
    /// Whether endpoints may be `http://`.
    pub allow_http: bool,
    /// Whether endpoints may lie in private networks.
    pub allow_private_addresses: bool,
    timeout_ms: u64,
}

impl WebhooksSettings {
    /// Longest time for one attempt.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}
