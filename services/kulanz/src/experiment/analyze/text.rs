//! The analysis as lines for a terminal.

use kulanz_statistics::{Interval, Metric};

use super::report::{Analysis, Arm, Beside, Both, Bounds, Figures, Given, Quantile, Split};

/// Lines without colours, for people and for grep.
pub fn render(analysis: &Analysis) -> Vec<String> {
    let kind = match analysis.kind {
        Metric::Proportion => "proportion",
        Metric::Mean => "mean",
        Metric::Ratio => "ratio",
    };
    let mut lines =
        vec![format!("metric {} ({kind}), control {}", analysis.metric, analysis.control)];
    lines.push(split(&analysis.split));
    lines.push(String::new());
    arms(&analysis.arms, &mut lines);
    for arm in &analysis.arms {
        lines.extend(arm.quantiles.iter().map(|found| quantile(&arm.arm, found)));
    }
    for comparison in &analysis.comparisons {
        lines.push(String::new());
        beside(comparison, analysis, &mut lines);
    }
    lines
}

fn split(split: &Split) -> String {
    let weights = if split.weights_given { "weights as given" } else { "equal weights assumed" };
    let verdict =
        if split.alarm { "MISMATCH: the arms are not what was planned" } else { "no alarm" };
    let Split { chi_square, degrees, p_value, e_value, .. } = split;
    format!(
        "split: {verdict} ({weights}; chi-square {chi_square:.3}, d.o.f. {degrees}, p {}; e {})",
        short(*p_value),
        short(*e_value)
    )
}

fn arms(arms: &[Arm], lines: &mut Vec<String>) {
    let width = arms.iter().map(|arm| arm.arm.chars().count()).max().unwrap_or_default().max(3);
    let adjusted = arms.iter().any(|arm| arm.adjusted_mean.is_some());
    let head = if adjusted { format!(" {:>14}", "adjusted") } else { String::new() };
    lines
        .push(format!("{:width$} {:>10} {:>10} {:>14}{head}", "arm", "units", "converted", "mean"));
    for arm in arms {
        let mean = |given: &Given<f64>| match given {
            Given::Found(mean) => format!("{:>14}", figure(*mean)),
            Given::Refused { refused } => format!(" {refused}"),
        };
        let adjusted = arm.adjusted_mean.as_ref().map(|given| format!(" {}", mean(given)));
        let (name, units, converted) = (&arm.arm, arm.units, arm.converted);
        let (plain, adjusted) = (mean(&arm.mean), adjusted.unwrap_or_default());
        lines.push(format!("{name:width$} {units:>10} {converted:>10} {plain}{adjusted}"));
    }
}

fn quantile(arm: &str, found: &Given<Quantile>) -> String {
    let end = |end: Option<f64>| end.map_or("-".to_owned(), figure);
    let within = |it: Bounds| format!("[{}, {}]", end(it.lower), end(it.upper));
    match found {
        Given::Refused { refused } => format!("{arm} quantiles: {refused}"),
        Given::Found(Quantile { part, value, fixed, always_valid }) => format!(
            "{arm} quantile {part}: {}, one look {}, any look {}",
            figure(*value),
            within(*fixed),
            within(*always_valid)
        ),
    }
}

fn beside(comparison: &Beside, analysis: &Analysis, lines: &mut Vec<String>) {
    let stands =
        if comparison.stands { "a difference, by e-BH over the arms" } else { "no verdict yet" };
    lines.push(format!("{} against {}: {stands}", comparison.arm, analysis.control));
    both("observed", &comparison.observed, analysis.level, lines);
    if let Some(adjusted) = &comparison.adjusted {
        let explained = match &adjusted.variance_explained {
            Given::Found(part) => format!("{:.1} % of the variance explained", part * 100.0),
            Given::Refused { refused } => refused.clone(),
        };
        lines.push(format!("  covariate: theta {}, {explained}", figure(adjusted.theta)));
        both("adjusted", &adjusted.figures, analysis.level, lines);
    }
}

fn both(what: &str, found: &Given<Both>, level: f64, lines: &mut Vec<String>) {
    match found {
        Given::Refused { refused } => lines.push(format!("  {what}: {refused}")),
        Given::Found(both) => {
            scale(&format!("{what} absolute"), &both.absolute, level, figure, lines);
            scale(&format!("{what} relative"), &both.relative, level, per_cent, lines);
        }
    }
}

fn scale(
    what: &str,
    found: &Given<Figures>,
    level: f64,
    write: fn(f64) -> String,
    lines: &mut Vec<String>,
) {
    let found = match found {
        Given::Refused { refused } => return lines.push(format!("  {what}: {refused}")),
        Given::Found(found) => found,
    };
    let share = figure((1.0 - level) * 100.0);
    let within =
        |interval: Interval| format!("[{}, {}]", write(interval.lower), write(interval.upper));
    lines.push(format!(
        "  {what}: {} (standard error {})",
        write(found.effect),
        write(found.standard_error)
    ));
    let (interval, p) = (within(found.fixed.interval), short(found.fixed.p_value));
    lines.push(format!("    one look      {share} % {interval}, p {p}"));
    lines.push(match &found.always_valid {
        Given::Refused { refused } => format!("    any look      {refused}"),
        Given::Found(always) => {
            let (interval, p, e) =
                (within(always.interval), short(always.p_value), short(always.e_value));
            format!("    any look      {share} % {interval}, p {p}, e {e}")
        }
    });
}

/// Six significant digits, without zeros at the end.
fn figure(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    #[expect(clippy::cast_possible_truncation, reason = "an exponent of a finite number")]
    let places = (5 - value.abs().log10().floor() as i32).clamp(0, 12);
    let text = format!("{value:.*}", usize::try_from(places).unwrap_or_default());
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

fn per_cent(part: f64) -> String {
    format!("{:+.2} %", part * 100.0)
}

/// p- and e-values: four digits, or a power of ten.
fn short(value: f64) -> String {
    if (0.001..100_000.0).contains(&value) || value == 0.0 {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
}
