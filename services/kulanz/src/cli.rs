//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kulanz_chassis::Role;
use kulanz_types::{CreditorId, TenantId};

use crate::experiment::args::ExperimentCommand;
use crate::law::args::LawCommand;
use crate::policy::args::PolicyCommand;
use crate::simulate::SimulateArgs;
use crate::span::Span;

/// Fair digital debt collection: a portfolio of claims goes in, each person is contacted in a
/// fitting way, answered, paid and booked.
#[derive(Debug, Parser)]
#[command(name = "kulanz", version, propagate_version = true)]
pub struct Cli {
    /// A TOML file that overlays the defaults; the environment overlays both
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole constellation in this process, for trying out and developing
    Dev(DevArgs),
    /// Run one service, or all of them, on PostgreSQL and Redis
    Serve {
        /// What to run
        #[arg(value_enum)]
        part: Part,
    },
    /// Bring the databases up to date
    Migrate,
    /// Import a creditor's portfolio
    Import(ImportArgs),
    /// Bank statements
    #[command(subcommand)]
    Statement(StatementCommand),
    /// Make a bearer token
    Token(TokenArgs),
    /// The virtual business clock
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Events and due work that wait or failed
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// The audit log of a tenant
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The log of decisions of a tenant
    #[command(subcommand)]
    Decisions(DecisionsCommand),
    /// Ask every service for its health
    Check,
    /// The legal calculator, without a server
    #[command(subcommand)]
    Law(LawCommand),
    /// Check assignment and analyse experiments from files, without a server
    #[command(subcommand)]
    Experiment(ExperimentCommand),
    /// Evaluate policies on logs of decisions from files, without a server
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Play policies against each other in simulated worlds, without a server
    Simulate(SimulateArgs),
}

/// A part of the constellation that runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "each variant is the service it is named after")]
pub enum Part {
    All,
    Claims,
    Personas,
    Experimentation,
    Messaging,
    Payments,
    Portal,
}

/// Which clock `kulanz dev` runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClockKind {
    /// Stands still at a working day's morning until it is advanced
    Virtual,
    /// The machine's
    Real,
}

/// Options of `kulanz dev`.
#[derive(Debug, Args)]
pub struct DevArgs {
    /// Where data and keys are kept
    #[arg(long, default_value = "kulanz-data", value_name = "FOLDER")]
    pub data: PathBuf,
    /// Keep the data in memory only; keys stay in the data folder
    #[arg(long)]
    pub memory: bool,
    /// Make the same ids and random choices in every run from an empty folder
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Which clock business runs on
    #[arg(long, value_enum, default_value_t = ClockKind::Virtual)]
    pub clock: ClockKind,
    /// Load an invented agency with a creditor and a few hundred claims
    #[arg(long)]
    pub sample: bool,
}

/// How a tool finds its tenant and proves who it is.
#[derive(Debug, Args)]
pub struct AccessArgs {
    /// A bearer token; without one, a token is made with the operator's key
    #[arg(long, env = "KULANZ_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// The tenant; without one, that of `kulanz dev`
    #[arg(long, env = "KULANZ_TENANT", value_name = "ID")]
    pub tenant: Option<TenantId>,
}

/// Options of `kulanz import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The creditor's file
    pub file: PathBuf,
    /// How the file becomes claims; see docs/import.md
    #[arg(long, value_name = "FILE")]
    pub map: PathBuf,
    /// Whose claims they are; without one, the creditor of `kulanz dev`
    #[arg(long, value_name = "ID")]
    pub creditor: Option<CreditorId>,
    /// Only read the file and list its faults, without a running service
    #[arg(long, conflicts_with = "dry_run")]
    pub check: bool,
    /// Let claims check every row and keep nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where the report goes; without one, FILE.report.csv in the current folder
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Where rejected rows go, to be corrected and imported again; without one, NAME.rejected.csv in
    /// the current folder
    #[arg(long, value_name = "FILE")]
    pub rejected: Option<PathBuf>,
    /// Who imports.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// `kulanz statement …`.
#[derive(Debug, Subcommand)]
pub enum StatementCommand {
    /// Import a bank statement (camt.053) and book what it says
    Import {
        /// The bank's file
        file: PathBuf,
        /// Who imports.
        #[command(flatten)]
        access: AccessArgs,
    },
}

/// Options of `kulanz token`.
#[derive(Debug, Args)]
pub struct TokenArgs {
    /// What the holder may do; several may be given
    #[arg(long = "role", value_parser = role, default_value = "agent", value_name = "ROLE")]
    pub roles: Vec<Role>,
    /// The tenant; without one, that of `kulanz dev`
    #[arg(long, env = "KULANZ_TENANT", value_name = "ID")]
    pub tenant: Option<TenantId>,
    /// Who holds it, as it stands in histories
    #[arg(long, default_value = "operator", value_name = "NAME")]
    pub subject: String,
    /// How long it is valid, in business time: 15m, 12h, 14d
    #[arg(long, default_value = "12h", value_name = "SPAN")]
    pub lifetime: Span,
}

/// `kulanz clock …`.
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Show the business time
    Get,
    /// Move the business time forward; whatever falls due on the way is done
    Advance {
        /// How far: 90m, 12h, 14d
        by: Span,
    },
}

/// `kulanz audit …`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Write every sealed record as a line of JSON
    Export {
        /// Where to; without it, to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Who asks.
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Check that no sealed record was changed, removed or put in between; fails at the first that was
    Verify {
        /// A file that `audit export` wrote; without it, the log of the running service
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// A record as it was seen earlier; several may be given. Shows a log that was cut or written anew
        #[arg(long = "anchor", value_name = "SEQUENCE:HASH")]
        anchors: Vec<Anchor>,
        /// Who asks.
        #[command(flatten)]
        access: AccessArgs,
    },
}

/// `kulanz decisions …`.
#[derive(Debug, Subcommand)]
pub enum DecisionsCommand {
    /// Write every logged decision with what came of it as a row of a table, see docs/decision-log.md
    Export {
        /// Where to: Parquet where the name ends in `.parquet`, else CSV; without it, CSV to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Only decisions of this policy key
        #[arg(long, value_name = "KEY")]
        policy: Option<String>,
        /// Only decisions from this instant: 2026-11-01T00:00:00Z
        #[arg(long, value_name = "INSTANT")]
        from: Option<DateTime<Utc>>,
        /// Only decisions before this instant
        #[arg(long, value_name = "INSTANT")]
        until: Option<DateTime<Utc>>,
        /// Only decisions to contact, not those to say nothing
        #[arg(long)]
        contacts: bool,
        /// Who asks.
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Check that no logged decision was changed, removed or put in between; fails at the first that was
    Verify {
        /// A decision as it was seen earlier; several may be given. Shows a log that was cut or written anew
        #[arg(long = "anchor", value_name = "SEQUENCE:HASH")]
        anchors: Vec<Anchor>,
        /// Who asks.
        #[command(flatten)]
        access: AccessArgs,
    },
}

/// A record of a chained log as it was seen earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its place in the chain.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
}

impl FromStr for Anchor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "is written SEQUENCE:HASH, as `verify` prints it".to_owned();
        let (sequence, hash) = text.split_once(':').ok_or_else(wanted)?;
        let sequence = sequence.parse().map_err(|_| wanted())?;
        let hexadecimal = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sequence < 1 || !hexadecimal {
            return Err(wanted());
        }
        Ok(Self { sequence, hash: hash.to_ascii_lowercase() })
    }
}

/// `kulanz outbox …`.
#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// What waits and what failed, for each service
    List,
    /// One event, without its payload
    Show {
        /// The event's id
        event: String,
    },
    /// Hand failed events and failed work on once more
    Redrive {
        /// One event; without it, everything that failed
        event: Option<String>,
    },
    /// Hand on once more what happened since an instant; consumers leave out what they know
    Replay {
        /// Business time, RFC 3339: 2026-11-16T09:00:00Z
        #[arg(long)]
        since: DateTime<Utc>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    let roles = [
        ("admin", Role::Admin),
        ("operator", Role::Operator),
        ("agent", Role::Agent),
        ("analyst", Role::Analyst),
        ("integration", Role::Integration),
    ];
    let known = roles.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = roles.iter().find(|(name, _)| *name == text);
    found.map(|(_, role)| *role).ok_or_else(|| format!("known roles: {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_anchor_is_a_place_and_a_whole_hash() {
        let hash = "0f".repeat(32);
        let anchor: Anchor = format!("12:{hash}").parse().unwrap();
        assert_eq!(anchor, Anchor { sequence: 12, hash: hash.clone() });
        for wrong in ["12", "12:0f", &format!("0:{hash}"), &format!("x:{hash}")] {
            assert!(wrong.parse::<Anchor>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_role_that_no_user_can_have_is_refused() {
        assert!(Cli::try_parse_from(["kulanz", "token", "--role", "service"]).is_err());
        assert!(Cli::try_parse_from(["kulanz", "token", "--role", "admin"]).is_ok());
    }
}
