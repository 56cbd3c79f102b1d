//! The command line of `kulanz policy`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use kulanz_policy::Doubt;

/// `kulanz policy …`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Estimate what a policy would have earned on logged decisions, and whether it may go live; exit code
    /// 3 if not
    Evaluate(Box<EvaluateArgs>),
}

/// Options of `kulanz policy evaluate`.
#[derive(Clone, Debug, Args)]
pub struct EvaluateArgs {
    /// A CSV file with a header, one decision per row; docs/policy.md describes the columns
    pub file: PathBuf,
    /// What is evaluated: `uniform`, `constant:ACTION`, `column:NAME`, the column with its probability of
    /// the logged action, or `file:PATH`, a policy file that is asked each question of an exported log anew
    #[arg(long, value_name = "POLICY")]
    pub policy: Target,
    /// The column that names the action
    #[arg(long, value_name = "COLUMN", default_value = "action", conflicts_with = "factors")]
    pub action: String,
    /// A column that names the level of a factor, with its propensity in `propensity_COLUMN`; several may be
    /// given, instead of an action
    #[arg(long = "factor", value_name = "COLUMN", value_delimiter = ',')]
    pub factors: Vec<String>,
    /// How many actions `uniform` chooses from; without it, those that the log has
    #[arg(long, value_name = "COUNT", conflicts_with = "factors", value_parser = clap::value_parser!(u32).range(1..))]
    pub actions: Option<u32>,
    /// The column with the reward: numbers, or yes and no
    #[arg(long, value_name = "COLUMN", default_value = "reward")]
    pub reward: String,
    /// The column with the probability with which the logged action was taken
    #[arg(long, value_name = "COLUMN", default_value = "propensity")]
    pub propensity: String,
    /// A column with signs of harm, which may not become more
    #[arg(long, value_name = "COLUMN")]
    pub harm: Option<String>,
    /// A column with contacts, which may not become more
    #[arg(long, value_name = "COLUMN")]
    pub contacts: Option<String>,
    /// A column that names the group of the person, for parity
    #[arg(long, value_name = "COLUMN")]
    pub group: Option<String>,
    /// How much doubt is tolerated: as a tenant sets it with `SetObjectives`
    #[arg(long, value_enum, default_value_t = GateKind::Strict)]
    pub gate: GateKind,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// How much doubt the gate tolerates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateKind {
    /// None
    Strict,
    /// As much as a small portfolio needs
    Wide,
}

impl From<GateKind> for Doubt {
    fn from(kind: GateKind) -> Self {
        match kind {
            GateKind::Strict => Self::Strict,
            GateKind::Wide => Self::Wide,
        }
    }
}

/// The policy that is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Every action, or every level of every factor, as often.
    Uniform,
    /// Always the same: an action, or `factor=level,…`.
    Constant(String),
    /// Whatever a column says.
    Column(String),
    /// The policy of a file.
    File(PathBuf),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("constant", action)) if !action.is_empty() => {
                Ok(Self::Constant(action.to_owned()))
            }
            Some(("column", name)) if !name.is_empty() => Ok(Self::Column(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            None if text == "uniform" => Ok(Self::Uniform),
            _ => {
                Err("must be `uniform`, `constant:ACTION`, `column:NAME` or `file:PATH`".to_owned())
            }
        }
    }
}
