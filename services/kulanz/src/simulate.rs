//! What `kulanz simulate` is asked for, and how a creditor's file becomes the claims of a simulation.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use kulanz_experimentation::domain::goals::MOST_EXPLORED;
use kulanz_policy::{Policy, Schema};
use kulanz_simulator::population::Source as SimulatedClaim;
use kulanz_simulator::study::PolicyName;
use kulanz_simulator::world::WorldId;
use kulanz_types::Currency;

use crate::import::{ImportRecord, Source};

/// At which of two speeds worlds are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Policy against world, without any service
    Fast,
    /// The whole constellation in this process, with the policy of its services
    Full,
}

/// Options of `kulanz simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Worlds: numbers, ranges, null:N, adversarial:N; several by commas
    #[arg(long, value_parser = worlds, default_value = "1-10", value_name = "LIST")]
    pub worlds: Worlds,
    /// A world's parameter file instead; see docs/simulation.md
    #[arg(long, value_name = "FILE", conflicts_with = "worlds")]
    pub world: Option<PathBuf>,
    /// Debtors in each world; a portfolio brings its own number
    #[arg(long, default_value_t = 20_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub debtors: u32,
    /// Days from hand-over for which each debtor is followed
    #[arg(long, default_value_t = 180, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub days: u32,
    /// Policies to play beside static dunning, several by commas; without it, all. With --mode full the tenant's own
    /// policy decides, or that of a policy file, given as `file:PATH`
    #[arg(long = "policy", value_delimiter = ',', value_name = "NAME")]
    pub policies: Vec<Asked>,
    /// A creditor's file, whose amounts and ages the simulated people owe
    #[arg(long, value_name = "FILE", requires = "map")]
    pub portfolio: Option<PathBuf>,
    /// How that file becomes claims; see docs/import.md
    #[arg(long, value_name = "FILE", requires = "portfolio")]
    pub map: Option<PathBuf>,
    /// The day on which the file's claims are as old as they are; without one, its latest due date
    #[arg(long, value_name = "DATE", requires = "portfolio")]
    pub as_of: Option<NaiveDate>,
    /// Varies the luck of every world
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub seed: u64,
    /// At which speed
    #[arg(long, value_enum, default_value_t = Mode::Fast)]
    pub mode: Mode,
    /// With --mode full: share of the decisions that is tried out, 0 to 0.5; what is learned is let in as soon as the
    /// gate, which is set wide, lets it
    #[arg(long, value_name = "SHARE", conflicts_with = "policies")]
    pub explored: Option<f64>,
    /// Where the figures go
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where the page goes
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// A policy that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One that the simulator brings.
    Named(PolicyName),
    /// A policy file.
    File(PathBuf),
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some(path) => Ok(Self::File(path.into())),
            None => text.parse().map(Self::Named),
        }
    }
}

impl SimulateArgs {
    /// The policies to play beside static dunning, in the fast mode.
    ///
    /// # Errors
    /// Where a file is asked for, which decides only in the full mode.
    pub fn played(&self) -> anyhow::Result<Vec<PolicyName>> {
        if self.mode == Mode::Full || self.policies.is_empty() {
            return Ok(PolicyName::ALL.to_vec());
        }
        let named = self.policies.iter().map(|asked| match asked {
            Asked::Named(name) => Ok(*name),
            Asked::File(_) => {
                anyhow::bail!("--policy file:... decides only with --mode full, over all services")
            }
        });
        named.collect()
    }

    /// The share that is tried out in the full mode, where what is learned is let in.
    ///
    /// # Errors
    /// Where it is no share, or the mode is another.
    pub fn explored(&self) -> anyhow::Result<Option<f64>> {
        if let Some(share) = self.explored {
            let allowed = (0.0..=MOST_EXPLORED).contains(&share);
            anyhow::ensure!(allowed, "--explored takes a share from 0 to {MOST_EXPLORED}");
            anyhow::ensure!(self.mode == Mode::Full, "--explored counts with --mode full alone");
        }
        Ok(self.explored)
    }

    /// The policy file that decides in the full mode; `None` for the tenant's own policy.
    ///
    /// # Errors
    /// Where something else than one file is asked for, or the file cannot decide.
    pub fn rehearsed(&self) -> anyhow::Result<Option<Vec<u8>>> {
        match (self.mode, self.policies.as_slice()) {
            (Mode::Fast, _) | (Mode::Full, []) => Ok(None),
            (Mode::Full, [Asked::File(path)]) => {
                let bytes =
                    std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
                Policy::read(&bytes, &Schema::default())
                    .with_context(|| format!("take the policy of {}", path.display()))?;
                Ok(Some(bytes))
            }
            (Mode::Full, _) => anyhow::bail!(
                "--policy takes one policy file (file:PATH) with --mode full, or is left out: then the \
                 tenant's own policy decides"
            ),
        }
    }
}

/// A list of worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worlds(pub Vec<WorldId>);

/// Most worlds of one run.
const MOST_WORLDS: usize = 1_000;

fn worlds(text: &str) -> Result<Worlds, String> {
    let mut ids = Vec::new();
    for part in text.split(',') {
        let (kind, range) = part.split_once(':').map_or(("", part), |(kind, range)| (kind, range));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |text: &str| {
            text.parse::<u32>().map_err(|_| format!("{part}: {text} is no number of a world"))
        };
        let (first, last) = (number(first)?, number(last)?);
        if first > last || (last - first) as usize >= MOST_WORLDS {
            return Err(format!(
                "{part}: from 1 to {MOST_WORLDS} worlds, the smaller number first"
            ));
        }
        let name =
            |number| if kind.is_empty() { format!("{number}") } else { format!("{kind}:{number}") };
        for number in first..=last {
            ids.push(name(number).parse()?);
        }
    }
    if ids.len() > MOST_WORLDS {
        return Err(format!("at most {MOST_WORLDS} worlds at a time"));
    }
    Ok(Worlds(ids))
}

/// The claims of a creditor's file: what is good in it, and how many rows were left out.
pub fn claims_of(
    file: &Path,
    mapping: &Path,
    as_of: Option<NaiveDate>,
) -> anyhow::Result<(Vec<SimulatedClaim>, u64)> {
    let mapping =
        std::fs::read_to_string(mapping).with_context(|| format!("read {}", mapping.display()))?;
    let source = Source::open(file, &mapping, as_of)?;
    let mut rows = source.rows()?;
    let (mut records, mut left_out) = (Vec::new(), 0);
    while let Some(row) = rows.next_row()? {
        match row.record.filter(|record| record.amount.currency() == Currency::EUR) {
            Some(record) => records.push(record),
            None => left_out += 1,
        }
    }
    let latest = records.iter().map(|record| record.due_date).max();
    let Some(as_of) = as_of.or(latest) else {
        anyhow::bail!("{}: no row of it is a claim in euros", file.display());
    };
    Ok((records.iter().map(|record| simulated(record, as_of)).collect(), left_out))
}

fn simulated(record: &ImportRecord, as_of: NaiveDate) -> SimulatedClaim {
    let days = (as_of - record.due_date).num_days().max(0);
    SimulatedClaim {
        amount_cents: record.amount.minor_units(),
        age_months: u32::try_from(days * 12 / 365).unwrap_or(u32::MAX),
        email: record.debtor.email.is_some(),
        mobile: record.debtor.mobile.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;
    use kulanz_messaging::domain::catalogue::factors;
    use kulanz_simulator::space::FACTORS;

    #[test]
    fn the_simulated_space_is_the_catalogue_of_messaging() {
        let ours: Vec<_> = FACTORS.iter().map(|(name, levels)| (*name, levels.to_vec())).collect();
        assert_eq!(ours, factors());
    }

    fn asked(options: &[&str]) -> SimulateArgs {
        let line = ["kulanz", "simulate"].into_iter().chain(options.iter().copied());
        let Command::Simulate(args) = Cli::try_parse_from(line).unwrap().command else {
            panic!("it is simulate that was asked for");
        };
        args
    }

    #[test]
    fn a_policy_that_the_mode_does_not_read_is_refused_by_name() {
        assert_eq!(asked(&[]).played().unwrap(), PolicyName::ALL);
        assert_eq!(asked(&["--policy", "expert"]).played().unwrap(), [PolicyName::Expert]);
        let refused = asked(&["--policy", "file:my.policy"]).played().unwrap_err();
        assert!(refused.to_string().starts_with("--policy"), "{refused}");
        assert_eq!(asked(&["--mode", "full"]).rehearsed().unwrap(), None);
        for policies in ["static", "file:a,file:b"] {
            let refused = asked(&["--mode", "full", "--policy", policies]).rehearsed().unwrap_err();
            assert!(refused.to_string().starts_with("--policy"), "{refused}");
        }
    }

    #[test]
    fn what_is_tried_out_is_a_share_of_what_the_services_decide() {
        assert_eq!(asked(&["--mode", "full"]).explored().unwrap(), None);
        assert_eq!(asked(&["--mode", "full", "--explored", "0.5"]).explored().unwrap(), Some(0.5));
        for options in
            [["--mode", "full", "--explored", "0.51"], ["--mode", "fast", "--explored", "0.5"]]
        {
            let refused = asked(&options).explored().unwrap_err();
            assert!(refused.to_string().starts_with("--explored"), "{refused}");
        }
    }

    #[test]
    fn a_policy_file_that_cannot_decide_is_refused_before_the_first_day() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let policy = format!("file:{}", file.path().display());
        let refused = asked(&["--mode", "full", "--policy", &policy]).rehearsed().unwrap_err();
        assert!(format!("{refused:#}").ends_with("8 bytes are missing at least"), "{refused:#}");
        let missing = asked(&["--mode", "full", "--policy", "file:/nowhere/my.policy"]);
        let refused = missing.rehearsed().unwrap_err();
        assert_eq!(refused.to_string(), "read /nowhere/my.policy");
    }

    #[test]
    fn worlds_are_numbers_and_ranges_of_each_kind() {
        let ids = worlds("1-3,null:2,adversarial:4-5").unwrap().0;
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["1", "2", "3", "null:2", "adversarial:4", "adversarial:5"]);
        for wrong in ["", "3-1", "x", "null:", "good:1", "1-100000"] {
            assert!(worlds(wrong).is_err(), "{wrong}");
        }
    }
}
