//! What the tools print: results on standard output, progress on standard error.

use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Prints one line. A reader that has gone away is no fault of ours.
pub fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints lines in a box that cannot be overlooked.
pub fn boxed(lines: &[&str]) {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    line(format!("┌{}┐", "─".repeat(width + 2)));
    for text in lines {
        line(format!("│ {text}{} │", " ".repeat(width - text.chars().count())));
    }
    line(format!("└{}┘", "─".repeat(width + 2)));
}

/// A bar for work whose extent is known. Invisible where standard error is no terminal.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:24} {bar:32} {pos}/{len}  {elapsed}");
    let bar = ProgressBar::new(length).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A sign of life for work whose extent is unknown.
pub fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}

/// A count with its noun: `1 row`, `2 rows`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}
