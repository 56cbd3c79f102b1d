//! The report as lines for a terminal.

use kulanz_policy::{Estimate, Estimator, Evaluation, GroupParity};

use super::report::Report;

/// Lines without colours, for people and for grep.
pub fn render(report: &Report) -> Vec<String> {
    let value = &report.value;
    let mut lines = vec![format!("{} decisions, {} per decision", value.decisions, report.reward)];
    if report.left_out > 0 {
        let why = "nothing else could have been done there, or the person was erased";
        lines.push(format!("{} rows are left out: {why}", report.left_out));
    }
    if !report.not_judged.is_empty() {
        let others = report.not_judged.join(", ");
        lines.push(format!(
            "factor by factor alone: the propensity is of {others} as well, of which the policy is taken to do what the log does"
        ));
    }
    table(value, &mut lines);
    for (what, found) in [("harm", &report.harm), ("contacts", &report.contacts)] {
        if let Some(found) = found {
            lines.push(String::new());
            lines.push(format!("{what} per decision"));
            table(found, &mut lines);
        }
    }
    if !report.parity.is_empty() {
        lines.push(String::new());
        lines.extend(report.parity.iter().map(group));
    }
    lines.push(String::new());
    verdict(report, &mut lines);
    lines
}

fn table(found: &Evaluation, lines: &mut Vec<String>) {
    let head = ["", "value", "std error", "95 % interval", "effective", "against the log"];
    let [first, value, error, interval, effective, gained] = head;
    lines.push(format!(
        "{first:9} {value:>11} {error:>11} {interval:^25} {effective:>10} {gained:^25}"
    ));
    let Estimate { value, standard_error, .. } = found.incumbent;
    let within = within(&found.incumbent);
    let decisions = found.decisions;
    lines.push(format!(
        "{:9} {value:>11.6} {standard_error:>11.6} {within:>25} {decisions:>8}.0",
        "the log"
    ));
    for valued in &found.estimates {
        let Estimate { value, standard_error, .. } = valued.value;
        let (within, gained) = (self::within(&valued.value), self::within(&valued.difference));
        let (name, effective) = (valued.estimator.name(), valued.effective);
        lines.push(format!(
            "{name:9} {value:>11.6} {standard_error:>11.6} {within:>25} {effective:>10.1} {gained:>25}"
        ));
    }
}

fn within(found: &Estimate) -> String {
    format!("[{:.6}, {:.6}]", found.lower, found.upper)
}

fn group(found: &GroupParity) -> String {
    let GroupParity { group, ratio, lower, upper, incumbent, effective } = found;
    format!(
        "group {group}: {ratio:.2} of the others [{lower:.2}, {upper:.2}], {incumbent:.2} in the log; effective {effective:.1}"
    )
}

fn verdict(report: &Report, lines: &mut Vec<String>) {
    let rests = report.rests_on.map(Estimator::name).unwrap_or_default();
    if report.passes {
        lines.push(format!("passes, by {rests}"));
    } else {
        lines.push(format!("refused, by {rests}"));
        lines.extend(report.against.iter().map(|against| format!("  {}", against.text)));
    }
}
