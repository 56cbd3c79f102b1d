//! `kulanz simulate`.

use std::num::NonZero;
use std::path::Path;

use anyhow::Context;
use kulanz_simulator::report;
use kulanz_simulator::study::{Plan, Study, study};
use kulanz_simulator::world::World;

use crate::rehearsal::{Decider, agencies, rehearse};
use crate::simulate::{Mode, SimulateArgs, claims_of};
use crate::terminal;

/// People of one agency in a rehearsal; more are dealt to several, which live side by side.
const AGENCY: usize = 10_000;

/// Plays the policies, prints what came of them and writes the report.
pub(super) fn run(args: &SimulateArgs) -> anyhow::Result<()> {
    let (policies, file) = (args.played()?, args.rehearsed()?);
    let decider = match (&file, args.explored()?) {
        (Some(file), _) => Decider::File(file),
        (None, Some(share)) => Decider::Learning(share),
        (None, None) => Decider::Usual,
    };
    let claims = match (&args.portfolio, &args.map) {
        (Some(file), Some(map)) => {
            let (claims, left_out) = claims_of(file, map, args.as_of)?;
            if left_out > 0 {
                terminal::line(format!("{} left out", terminal::count(left_out, "row")));
            }
            Some(claims)
        }
        _ => None,
    };
    let debtors = match &claims {
        Some(claims) => u32::try_from(claims.len()).context("too many claims")?,
        None => args.debtors,
    };
    let plan = Plan {
        worlds: worlds(args)?,
        debtors,
        days: args.days,
        policies,
        portfolio: claims.as_deref(),
        seed: args.seed,
        threads: std::thread::available_parallelism().map_or(1, NonZero::get),
    };
    let found = match args.mode {
        Mode::Fast => played(&plan)?,
        Mode::Full => lived(&plan, decider)?,
    };
    print(&found);
    write(args.json.as_deref(), || report::json(&found))?;
    write(args.html.as_deref(), || report::html(&found))
}

fn played(plan: &Plan<'_>) -> anyhow::Result<Study> {
    let runs = plan.worlds.len() * plan.names().len();
    let bar = terminal::bar(runs as u64, "playing worlds");
    let found = study(plan, &|| bar.inc(1));
    bar.finish_and_clear();
    Ok(found?)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a world file takes from 1 to 1,000 days of hand-over"
)]
fn lived(plan: &Plan<'_>, decider: Decider<'_>) -> anyhow::Result<Study> {
    let intake = |world: &World| world.parameters.claims.intake_days as u64;
    let days: u64 = plan.worlds.iter().map(|world| u64::from(plan.days) + intake(world)).sum();
    let agencies = agencies(plan.debtors, AGENCY) as u64;
    let bar = terminal::bar(days * agencies, "living days");
    let found = rehearse(plan, decider, AGENCY, &|| bar.inc(1));
    bar.finish_and_clear();
    let (study, refusals) = found?;
    for (what, count) in refusals {
        terminal::line(format!("{what}: {count}"));
    }
    Ok(study)
}

fn worlds(args: &SimulateArgs) -> anyhow::Result<Vec<World>> {
    if let Some(file) = &args.world {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        let world = World::read(&text).with_context(|| file.display().to_string())?;
        return Ok(vec![world]);
    }
    let named = args.worlds.0.iter().map(|id| World::named(*id));
    Ok(named.collect::<Result<_, _>>()?)
}

fn print(found: &Study) {
    for summary in &found.summaries {
        let Some(uplift) = summary.uplifts.iter().find(|uplift| uplift.against == "static") else {
            continue;
        };
        terminal::line(format!(
            "{:13} {:+6.2} % net euros against static (5 to 95 %: {:+.2} to {:+.2}), loss in {:.0} % \
             of worlds, worst cumulative loss {:.2} %",
            summary.policy,
            uplift.median * 100.0,
            uplift.low * 100.0,
            uplift.high * 100.0,
            uplift.worlds_with_loss * 100.0,
            summary.worst_cumulative_loss * 100.0,
        ));
    }
}

fn write(
    path: Option<&Path>,
    text: impl FnOnce() -> Result<String, report::ReportError>,
) -> anyhow::Result<()> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text()?).with_context(|| format!("write {}", path.display()))?;
    terminal::line(path.display());
    Ok(())
}
