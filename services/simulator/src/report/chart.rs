//! Drawings as inline SVG.

use std::fmt::Write;

use crate::run::CURVE_WEEKS;
use crate::study::Study;

const COLOURS: [&str; 7] =
    ["#444444", "#1b7f79", "#c4562e", "#9a8c98", "#7a5195", "#2f6fb3", "#b88a00"];
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 28.0;

/// Liquidation curves of one vintage, a line a policy, the mean over the worlds.
pub(super) fn liquidation(study: &Study, vintage: usize) -> String {
    let lines: Vec<(String, Vec<f64>)> = study
        .summaries
        .iter()
        .map(|summary| (summary.policy.clone(), mean_curve(study, &summary.policy, vintage)))
        .collect();
    let top = lines.iter().flat_map(|(_, line)| line).fold(0.01_f64, |top, value| top.max(*value));
    let mut svg = open(&format!("Share of the amount paid, vintage {vintage} of 5"));
    let x = |week: usize| LEFT + (WIDTH - LEFT - 130.0) * week as f64 / (CURVE_WEEKS - 1) as f64;
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 30.0) * value / top;
    for step in 0..=4 {
        let value = top * f64::from(step) / 4.0;
        axis(&mut svg, y(value), &format!("{:.1} %", value * 100.0));
    }
    for (place, (policy, line)) in lines.iter().enumerate() {
        let points: Vec<String> = line
            .iter()
            .enumerate()
            .map(|(week, value)| format!("{:.1},{:.1}", x(week), y(*value)))
            .collect();
        let colour = COLOURS[place % COLOURS.len()];
        let _ = write!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" points=\"{}\"/>",
            points.join(" ")
        );
        legend(&mut svg, place, policy, colour);
    }
    for week in [0, 13, 25] {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">week {}</text>",
            x(week),
            HEIGHT - 8.0,
            week + 1
        );
    }
    svg + "</svg>"
}

/// The uplifts over static dunning, a dot a world, a row a policy.
pub(super) fn uplifts(study: &Study) -> String {
    let rows: Vec<(String, Vec<f64>)> = study
        .summaries
        .iter()
        .filter(|summary| summary.policy != "static")
        .map(|summary| {
            let own = study.worlds.iter().filter_map(|world| world.policy(&summary.policy));
            (summary.policy.clone(), own.map(|figures| figures.uplift).collect())
        })
        .collect();
    let all = || rows.iter().flat_map(|(_, uplifts)| uplifts);
    let low = all().fold(-0.01_f64, |low, value| low.min(*value));
    let high = all().fold(0.01_f64, |high, value| high.max(*value));
    let x = |value: f64| 110.0 + (WIDTH - 130.0) * (value - low) / (high - low);
    let mut svg = open("Net euros a debtor against static dunning, a dot a world");
    let _ = write!(
        svg,
        "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"24\" y2=\"{1:.1}\" stroke=\"#999\"/>",
        x(0.0),
        HEIGHT - BOTTOM
    );
    for (place, (policy, uplifts)) in rows.iter().enumerate() {
        let y = 40.0 + (HEIGHT - BOTTOM - 50.0) * place as f64 / rows.len().max(1) as f64;
        let _ = write!(svg, "<text x=\"4\" y=\"{:.1}\">{policy}</text>", y + 4.0);
        for uplift in uplifts {
            let colour = COLOURS[(place + 1) % COLOURS.len()];
            let _ = write!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\" fill-opacity=\".5\"/>",
                x(*uplift)
            );
        }
    }
    for value in [low, 0.0, high] {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:+.1} %</text>",
            x(value),
            HEIGHT - 8.0,
            value * 100.0
        );
    }
    svg + "</svg>"
}

fn mean_curve(study: &Study, policy: &str, vintage: usize) -> Vec<f64> {
    let curves: Vec<&Vec<f64>> = study
        .worlds
        .iter()
        .filter_map(|world| world.policy(policy))
        .flat_map(|figures| figures.curves.iter().filter(|curve| curve.vintage == vintage))
        .map(|curve| &curve.paid)
        .collect();
    let worlds = curves.len().max(1) as f64;
    let mean =
        |week: usize| curves.iter().filter_map(|curve| curve.get(week)).sum::<f64>() / worlds;
    (0..CURVE_WEEKS).map(mean).collect()
}

fn open(title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
         <text x=\"4\" y=\"14\" class=\"title\">{title}</text>"
    )
}

fn axis(svg: &mut String, y: f64, label: &str) {
    let _ = write!(
        svg,
        "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
        WIDTH - 130.0,
        LEFT - 4.0,
        y + 4.0
    );
}

fn legend(svg: &mut String, place: usize, policy: &str, colour: &str) {
    let y = 44.0 + 18.0 * place as f64;
    let _ = write!(
        svg,
        "<rect x=\"{0:.1}\" y=\"{1:.1}\" width=\"12\" height=\"3\" fill=\"{colour}\"/>\
         <text x=\"{2:.1}\" y=\"{y:.1}\">{policy}</text>",
        WIDTH - 120.0,
        y - 5.0,
        WIDTH - 102.0
    );
}
