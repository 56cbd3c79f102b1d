//! The command line of `kulanz experiment`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use kulanz_statistics::Level;

/// `kulanz experiment …`.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// Compute every case of a file of published cases (`GrowthBook`'s SDK suite, gbstats) and print
    /// what differs
    Verify {
        /// The file; docs/experiments.md describes the formats
        file: PathBuf,
    },
    /// Analyse a table of observations: differences, intervals, p-values, split
    Analyze(Box<AnalyzeArgs>),
}

/// Options of `kulanz experiment analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// A CSV file with a header: commas, semicolons or tabs
    pub file: PathBuf,
    /// The column that names the person or other unit; its rows are added up. Without it every row is
    /// a unit
    #[arg(long, value_name = "COLUMN")]
    pub unit: Option<String>,
    /// The column that names the arm
    #[arg(long, value_name = "COLUMN")]
    pub arm: String,
    /// The column with the outcome: numbers, or yes and no
    #[arg(long, value_name = "COLUMN")]
    pub metric: String,
    /// A column with what was known of the unit before exposure (CUPED)
    #[arg(long, value_name = "COLUMN")]
    pub covariate: Option<String>,
    /// A column by whose sum the sum of the outcome is divided
    #[arg(long, value_name = "COLUMN")]
    pub denominator: Option<String>,
    /// Quantiles of the outcome to show of each arm, such as 0.5,0.9 for days to payment
    #[arg(long, value_name = "PART", value_delimiter = ',', value_parser = part)]
    pub quantile: Vec<f64>,
    /// The arm with which the others are compared; without it `control`, or the first by name
    #[arg(long, value_name = "ARM")]
    pub control: Option<String>,
    /// The share of each arm as planned; without it they are equal
    #[arg(long, value_name = "ARM=SHARE", value_delimiter = ',')]
    pub weights: Vec<Weight>,
    /// Where the confidence sequence is narrowest: units of both arms together. Chosen before the first
    /// look
    #[arg(long, value_name = "UNITS", default_value_t = kulanz_statistics::PLANNED_UNITS)]
    pub at: u64,
    /// The error probability of every interval
    #[arg(long, value_name = "ALPHA", default_value = "0.05", value_parser = level)]
    pub level: Level,
    /// Print JSON instead of text
    #[arg(long)]
    pub json: bool,
}

/// The planned share of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// The arm.
    pub arm: String,
    /// Its share, in any unit.
    pub share: f64,
}

impl FromStr for Weight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "is written ARM=SHARE, such as control=0.5".to_owned();
        let (arm, share) = text.rsplit_once('=').ok_or_else(wanted)?;
        let share: f64 = share.parse().map_err(|_| wanted())?;
        if arm.is_empty() || !share.is_finite() || share < 0.0 {
            return Err(wanted());
        }
        Ok(Self { arm: arm.to_owned(), share })
    }
}

fn part(text: &str) -> Result<f64, String> {
    let part: Option<f64> = text.parse().ok();
    part.filter(|part| 0.0 < *part && *part < 1.0)
        .ok_or_else(|| "must lie between 0 and 1, such as 0.9".to_owned())
}

fn level(text: &str) -> Result<Level, String> {
    let alpha: f64 = text.parse().map_err(|_| "must be a number such as 0.05".to_owned())?;
    Level::new(alpha).map_err(|refusal| refusal.to_string())
}
