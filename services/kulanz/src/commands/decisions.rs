//! `kulanz decisions`: the log of decisions of a tenant as a table.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use anyhow::Context;
use kulanz_chassis::{Role, Settings};
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1::{ListDecisionsRequest, decision::Action};

use crate::cli::{AccessArgs, DecisionsCommand};
use crate::decisions::{Export, Form};
use crate::session::Session;
use crate::terminal;

/// Exports the log.
pub(super) async fn run(
    command: DecisionsCommand,
    settings: &Settings,
) -> anyhow::Result<ExitCode> {
    let DecisionsCommand::Export { out, policy, from, until, contacts, access } = command;
    let filter = ListDecisionsRequest {
        policy_key: policy.unwrap_or_default(),
        from: from.map(timestamp),
        until: until.map(timestamp),
        ..ListDecisionsRequest::default()
    };
    let Some(path) = out else {
        let export = Export::new(Form::Csv, std::io::stdout());
        fill(export, filter, contacts, &access, settings).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let file = File::create(&path).with_context(|| format!("write {}", path.display()))?;
    let export = Export::new(Form::of(&path), BufWriter::new(file));
    let count = fill(export, filter, contacts, &access, settings).await?;
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
