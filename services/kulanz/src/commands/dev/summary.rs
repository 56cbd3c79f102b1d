//! What `kulanz dev` prints when it is ready.

use std::path::{Path, PathBuf};

use kulanz_chassis::Settings;

use super::view::View;
use crate::clock::in_berlin;
use crate::terminal::{boxed, line};

/// Says what happened and where to look.
pub(super) fn print(view: &View, settings: &Settings) {
    line("");
    happened(view);
    boxed(&[
        "For trying out, not for production: no row-level security, keys on this disk,",
        "every port on this machine only.",
    ]);
    let token = write_token(view, settings);
    look(view, settings);
    if let Some(token) = token {
        grpcurl(view, settings, &token);
    }
    line("\nCtrl-C ends it.");
}

fn happened(view: &View) {
    line(format!("Kulanz is running. Business time: {} in Berlin.", in_berlin(view.now)));
    if let Some(rows) = &view.rows {
        line(format!("\nportfolio   {rows}"));
    }
    if !view.personas.is_empty() {
        let parts: Vec<_> =
            view.personas.iter().map(|(name, count)| format!("{count} {name}")).collect();
        line(format!("personas    {}", parts.join(", ")));
    }
    if view.rows.is_some() {
        let (writing, silence) = view.decisions;
        line(format!("decisions   {writing} to write, {silence} to say nothing for now"));
        let parts: Vec<_> = view
            .messages
            .iter()
            .map(|((channel, state), count)| format!("{count} {channel} {state}"))
            .collect();
        line(format!("messages    {}\n", parts.join(", ")));
    }
}

fn look(view: &View, settings: &Settings) {
    if let Some(example) = &view.example {
        line(format!("\na debtor's pages   {}", example.url));
        line(format!("                   opens with the {}", example.second_factor));
    }
    line(format!("what was sent      http://{}/inbox", settings.inbox.listen));
    line(format!(
        "what comes next    http://{}/clock, or kulanz clock advance 14d",
        settings.inbox.listen
    ));
}

fn grpcurl(view: &View, settings: &Settings, token: &Path) {
    let address = settings.grpc.listen;
    let call =
        format!("grpcurl -plaintext -H \"authorization: Bearer $(cat '{}')\"", token.display());
    line("\nwith grpcurl, which needs no proto files:");
    line(format!("  grpcurl -plaintext {address} list"));
    if let Some(example) = &view.example {
        line(format!(
            "  {call} -d '{{\"claim_id\":\"{}\"}}' {address} kulanz.claims.v1.ClaimsService/GetStatement",
            example.claim_id
        ));
        line(format!(
            "  {call} -d '{{\"debtor_id\":\"{}\"}}' {address} kulanz.personas.v1.PersonasService/GetPersona",
            example.debtor_id
        ));
    }
}

/// Writes the token to a file: it is too long to be pasted, and must not be in a shell's history.
fn write_token(view: &View, settings: &Settings) -> Option<PathBuf> {
    let session = view.session.as_ref()?;
    let path = settings.auth.keys.with_file_name("token");
    let path = std::path::absolute(&path).unwrap_or(path);
    match write_private(&path, session.token()) {
        Ok(()) => Some(path),
        Err(error) => {
            tracing::warn!(%error, "the token could not be written");
            None
        }
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(text.as_bytes())
}
