//! `kulanz decisions`: the log of decisions of a tenant as a table, and whether its chain holds.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use kulanz_chassis::{Role, Settings};
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1::{
    ChainFlaw, DecisionAnchor, DecisionBreak, ListDecisionsRequest, VerifyDecisionsRequest,
    VerifyDecisionsResponse, decision::Action,
};

use crate::cli::{AccessArgs, Anchor, DecisionsCommand};
use crate::decisions::{Export, Form};
use crate::session::Session;
use crate::terminal;

/// Exports the log or checks its chain.
pub(super) async fn run(
    command: DecisionsCommand,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    match command {
        DecisionsCommand::Export { out, policy, from, until, contacts, access } => {
            let filter = ListDecisionsRequest {
                policy_key: policy.unwrap_or_default(),
                from: from.map(timestamp),
                until: until.map(timestamp),
                ..ListDecisionsRequest::default()
            };
            export(out, filter, contacts, &access, settings).await
        }
        DecisionsCommand::Verify { anchors, access } => {
            Ok(report(&verify(anchors, &access, settings).await?))
        }
    }
}

async fn export(
    out: Option<PathBuf>,
    filter: ListDecisionsRequest,
    contacts: bool,
    access: &AccessArgs,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let Some(path) = out else {
        let export = Export::new(Form::Csv, std::io::stdout());
        fill(export, filter, contacts, access, settings).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let file = File::create(&path).with_context(|| format!("write {}", path.display()))?;
    let export = Export::new(Form::of(&path), BufWriter::new(file));
    let count = fill(export, filter, contacts, access, settings).await?;
    terminal::line(format!("{} in {}", terminal::count(count, "decision"), path.display()));
    Ok(ExitCode::SUCCESS)
}

async fn fill<W: Write + Send>(
    mut export: Export<W>,
    filter: ListDecisionsRequest,
    contacts: bool,
    access: &AccessArgs,
    settings: &Settings,
) -> anyhow::Result<u64> {
    let session = Session::open(settings, access, Role::Analyst)?;
    let asked = session.request(filter);
    let mut stream = session.clients.experimentation().list_decisions(asked).await?.into_inner();
    let mut count = 0;
    while let Some(entry) = stream.message().await? {
        let action = entry.decision.as_ref().and_then(|decision| decision.action.as_ref());
        if contacts && !matches!(action, Some(Action::Factored(_))) {
            continue;
        }
        export.add(&entry)?;
        count += 1;
    }
    export.finish()?;
    Ok(count)
}

/// The verdict of the service, which alone sees rows of people who were erased.
async fn verify(
    anchors: Vec<Anchor>,
    access: &AccessArgs,
    settings: &Settings,
) -> anyhow::Result<VerifyDecisionsResponse> {
    let session = Session::open(settings, access, Role::Analyst)?;
    let anchor = |it: Anchor| DecisionAnchor { sequence: it.sequence, chain_hash: it.hash };
    let anchors = anchors.into_iter().map(anchor).collect();
    let asked = session.request(VerifyDecisionsRequest { anchors });
    let mut steps = session.clients.experimentation().verify_decisions(asked).await?.into_inner();
    while let Some(step) = steps.message().await? {
        if step.finished {
            return Ok(step);
        }
    }
    anyhow::bail!("the service ended before the end of the log")
}

fn report(verdict: &VerifyDecisionsResponse) -> ExitCode {
    let length = u64::try_from(verdict.length).unwrap_or_default();
    terminal::line(format!("{} in order", terminal::count(length, "decision")));
    if length > 0 {
        terminal::line(format!("first: 1:{}", verdict.first_hash));
        terminal::line(format!("last:  {length}:{}", verdict.last_hash));
    }
    let Some(broken) = &verdict.broken else { return ExitCode::SUCCESS };
    terminal::line(format!("the chain is broken: {}", words(broken)));
    ExitCode::FAILURE
}

fn words(broken: &DecisionBreak) -> String {
    let DecisionBreak { sequence, decision_id, .. } = broken;
    let named = format!("decision {sequence} ({decision_id})");
    match broken.flaw() {
        ChainFlaw::Missing => {
            format!("decision {sequence} is missing: {decision_id} stands at its place")
        }
        ChainFlaw::Changed => format!("{named} was changed after it was logged"),
        ChainFlaw::Context => format!("what was known at {named} was changed after it was sealed"),
        ChainFlaw::End => format!(
            "at decision {sequence} the log does not end where its chain does: it was cut, or its end was \
             written anew"
        ),
        ChainFlaw::Anchor => {
            format!("{named} has another hash than it had earlier: the log was written anew")
        }
        ChainFlaw::Cut => {
            format!("decision {sequence} was seen earlier and is gone: the log was cut")
        }
        ChainFlaw::Unspecified => format!("{named} does not hold"),
    }
}
