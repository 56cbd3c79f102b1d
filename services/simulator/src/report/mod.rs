//! What a study shows: a page that needs nothing but itself, and the same figures as JSON.

mod chart;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use crate::run::VINTAGES;
use crate::study::{GroupFigures, PolicyFigures, Study, Uplift, WorldFigures};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The page.
    #[error("the page cannot be written: {0}")]
    Page(#[from] askama::Error),
    /// The figures.
    #[error("the figures cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// The figures as JSON, the same bytes for the same study; docs/simulation.md describes it.
pub fn json(study: &Study) -> Result<String, ReportError> {
    Ok(serde_json::to_string_pretty(study)? + "\n")
}

/// The page: self-contained, without a time stamp, the same bytes for the same study.
pub fn html(study: &Study) -> Result<String, ReportError> {
    let rows = study.summaries.iter().map(Row::of).collect();
    let curves = (1..=VINTAGES).map(|vintage| chart::liquidation(study, vintage)).collect();
    let page = Page {
        study,
        rows,
        distribution: chart::uplifts(study),
        curves,
        wording: wording(study),
        worlds: study.worlds.iter().map(World::of).collect(),
    };
    Ok(page.render()?)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    study: &'a Study,
    rows: Vec<Row>,
    distribution: String,
    curves: Vec<String>,
    wording: Vec<String>,
    worlds: Vec<World<'a>>,
}

struct Row {
    policy: String,
    uplifts: Vec<String>,
    uplift_90: String,
    last: String,
    worst: String,
    contacts: String,
    complaints: String,
}

impl Row {
    fn of(summary: &crate::study::Summary) -> Self {
        Self {
            policy: summary.policy.clone(),
            uplifts: summary.uplifts.iter().map(against).collect(),
            uplift_90: percent(summary.uplift_90),
            last: percent(summary.uplift_last_vintage),
            worst: share(summary.worst_cumulative_loss),
            contacts: format!("{:.2}", summary.contacts_per_100_eur),
            complaints: format!("{:.1}", summary.complaints_per_10_000_contacts),
        }
    }
}

struct World<'a> {
    figures: &'a WorldFigures,
    gate: Vec<String>,
    intercepts: String,
    mix: String,
    recovered: String,
    amount: String,
    policies: Vec<[String; 9]>,
}

impl<'a> World<'a> {
    fn of(figures: &'a WorldFigures) -> Self {
        let baseline = &figures.baseline;
        let shares = |values: [f64; 3]| values.map(share).join(" / ");
        Self {
            figures,
            gate: figures.policies.iter().filter_map(gate).collect(),
            intercepts: baseline.intercepts.map(|value| format!("{value:.2}")).join(" / "),
            mix: shares(baseline.mix),
            recovered: shares(baseline.recovered),
            amount: share(baseline.amount_of_all),
            policies: figures.policies.iter().map(cells).collect(),
        }
    }
}

fn cells(figures: &PolicyFigures) -> [String; 9] {
    let group = |group: Option<&GroupFigures>, show: fn(&GroupFigures) -> String| {
        group.map(|found| format!("{}: {}", found.group, show(found))).unwrap_or_default()
    };
    let harm = |found: &GroupFigures| format!("{:+.1}", found.more_harm_per_1_000);
    [
        figures.policy.clone(),
        format!("{:.2}", figures.net_eur_per_debtor),
        percent(figures.uplift),
        share(figures.worst_cumulative_loss),
        figures.contacts.to_string(),
        figures.complaints.to_string(),
        figures
            .curves
            .iter()
            .map(|curve| format!("{:.0}", curve.cost_eur))
            .collect::<Vec<_>>()
            .join(" / "),
        group(figures.most_harmed.as_ref(), harm),
        group(figures.least_gained.as_ref(), |found| percent(found.uplift)),
    ]
}

/// What the gate found of a policy and of those planted beside it, and how the policy was let in.
fn gate(figures: &PolicyFigures) -> Option<String> {
    let ramp = figures.ramp.as_ref()?;
    let gate = ramp.gate.as_ref()?;
    let verdict = |passes| if passes { "passes" } else { "is refused" };
    let found = gate.estimate.map(|estimate| {
        let [estimate, low, high] = estimate.map(percent);
        format!(", {estimate} ({low} to {high}) against the log")
    });
    let decisions = gate.effective.map(|count| format!(" on {count:.0} effective decisions"));
    let against = gate.against.iter().map(|why| format!("; {why}"));
    let planted = [("good policy", gate.planted_good_passes), ("bad one", gate.planted_bad_passes)];
    let planted = planted
        .into_iter()
        .filter_map(|(kind, passes)| Some(format!("; the planted {kind} {}", verdict(passes?))));
    let before = (!gate.refused.is_empty()).then(|| refused(&gate.refused));
    let told: String =
        found.into_iter().chain(decisions).chain(against).chain(before).chain(planted).collect();
    let steps: Vec<String> =
        ramp.steps.iter().map(|(day, part)| format!("{} from day {day}", share(*part))).collect();
    let killed = if ramp.killed { "; stopped for harm" } else { "" };
    let steps = if gate.passes { steps.join(", ") } else { "nobody".to_owned() };
    let (policy, verdict) = (&figures.policy, verdict(gate.passes));
    Some(format!("Gate: {policy} {verdict}{told}. Ramp: {steps}{killed}."))
}

/// How often each kind of objection was made to those that were asked for before: what stands before the colon names it.
fn refused(refusals: &[(u32, Vec<String>)]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reasons) in refusals {
        let named = reasons.iter().map(|why| why.split(':').next().unwrap_or(why));
        for kind in named.collect::<BTreeSet<&str>>() {
            *kinds.entry(kind).or_default() += 1;
        }
    }
    let kinds: Vec<String> = kinds.iter().map(|(kind, times)| format!("{kind} {times}")).collect();
    format!("; refused {} times before ({})", refusals.len(), kinds.join(", "))
}

fn against(uplift: &Uplift) -> String {
    format!(
        "against {}: {} ({} to {}), loss in {} of worlds",
        uplift.against,
        percent(uplift.median),
        percent(uplift.low),
        percent(uplift.high),
        share(uplift.worlds_with_loss),
    )
}

/// What may be said of the study, and no more.
fn wording(study: &Study) -> Vec<String> {
    let head = study
        .summaries
        .iter()
        .find(|summary| summary.policy == "oracle")
        .and_then(|summary| summary.uplifts.iter().find(|uplift| uplift.against == "static"));
    let room = head.map_or_else(
        || "the best possible gain of which was not measured".to_owned(),
        |head| format!("in which choosing with full knowledge gains {}", percent(head.median)),
    );
    let others = study.summaries.iter().filter(|summary| summary.policy != "static");
    others
        .filter_map(|summary| {
            let own = summary.uplifts.iter().find(|uplift| uplift.against == "static")?;
            Some(format!(
                "In {} synthetic worlds, {room}, the policy {} gains {} over static dunning at the \
                 median (5 to 95 % of worlds: {} to {}), and loses in {} of them.",
                study.worlds.len(),
                summary.policy,
                percent(own.median),
                percent(own.low),
                percent(own.high),
                share(own.worlds_with_loss),
            ))
        })
        .collect()
}

fn percent(value: f64) -> String {
    format!("{:+.2} %", value * 100.0)
}

fn share(value: f64) -> String {
    format!("{:.1} %", value * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_objection_is_counted_once_for_each_question() {
        let because = |reasons: &[&str]| reasons.iter().map(ToString::to_string).collect();
        let refusals = [
            (7, because(&["thin_evidence: few", "thin_level: few", "thin_level: fewer"])),
            (14, because(&["thin_level: few"])),
        ];
        let told = refused(&refusals);
        assert_eq!(told, "; refused 2 times before (thin_evidence 1, thin_level 2)");
    }
}
