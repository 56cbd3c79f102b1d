//! The table in which `make bench` ends: what was measured, beside what, and whether the goal is met.

use std::{
    fmt::{self, Display},
    fs::OpenOptions,
    io::Write as _,
};

/// Names the file that collects the rows of every bench of a run.
const FILE: &str = "KULANZ_BENCH_TABLE";

/// What is asked of a ratio, or of our figure where there is none.
#[derive(Clone, Copy)]
pub enum Goal {
    /// So much or more.
    #[allow(dead_code, reason = "not every bench asks for more")]
    AtLeast(f64),
    /// So much or less.
    #[allow(dead_code, reason = "not every bench asks for less")]
    AtMost(f64),
}

/// One measure.
pub struct Row<'a> {
    /// What, in which unit.
    pub measure: &'a str,
    /// Our figure.
    pub ours: f64,
    /// The bare counterpart's and the ratio of both, where there is one.
    pub beside: Option<(f64, f64)>,
    /// What is asked for.
    pub goal: Goal,
}

impl Row<'_> {
    /// Whether the goal is met.
    pub fn is_met(&self) -> bool {
        let judged = self.beside.map_or(self.ours, |(_, ratio)| ratio);
        match self.goal {
            Goal::AtLeast(least) => judged >= least,
            Goal::AtMost(most) => judged <= most,
        }
    }

    /// Prints it, and adds it to the table of the run.
    pub fn tell(&self) {
        println!("{self}");
        let Some(path) = std::env::var_os(FILE) else { return };
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        if file.metadata().unwrap().len() == 0 {
            writeln!(file, "{}", line("measure", ["ours", "bare", "ratio", "goal", "met"]))
                .unwrap();
        }
        writeln!(file, "{self}").unwrap();
    }
}

impl Display for Row<'_> {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bare, ratio) = match self.beside {
            Some((bare, ratio)) => (figure(bare), format!("{ratio:.2}")),
            None => ("-".to_owned(), "-".to_owned()),
        };
        let goal = match self.goal {
            Goal::AtLeast(least) => format!(">= {least}"),
            Goal::AtMost(most) => format!("<= {most}"),
        };
        let met = if self.is_met() { "yes" } else { "NO" };
        let cells = [&figure(self.ours), &bare, &ratio, &goal, met];
        text.write_str(&line(self.measure, cells))
    }
}

fn line(measure: &str, [ours, bare, ratio, goal, met]: [&str; 5]) -> String {
    format!("{measure:<72} {ours:>12} {bare:>12} {ratio:>6} {goal:>10} {met:>4}")
}

/// Whole numbers from a hundred on, two decimals below.
fn figure(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}
