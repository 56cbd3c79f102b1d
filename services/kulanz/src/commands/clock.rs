//! `kulanz clock`.

use kulanz_chassis::Settings;
use tonic::transport::Endpoint;

use crate::cli::ClockCommand;
use crate::clock;
use crate::session::Session;
use crate::terminal;

/// Shows or moves the business time of a running constellation.
pub(super) async fn run(command: ClockCommand, settings: &Settings) -> anyhow::Result<()> {
    let session = Session::operator(settings)?;
    let endpoint = Endpoint::from_shared(settings.services.claims.clone())?;
    let now = match command {
        ClockCommand::Get => clock::get(&endpoint, &session).await?,
        ClockCommand::Advance { by } => {
            let progress = terminal::spinner("doing what falls due");
            let now = clock::advance(&endpoint, &session, by).await;
            progress.finish_and_clear();
            now?
        }
    };
    terminal::line(format!("{} in Berlin", clock::in_berlin(now)));
    Ok(())
}
