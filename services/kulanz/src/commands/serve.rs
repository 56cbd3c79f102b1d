//! `kulanz serve`: one part of the constellation, or all of it, as a long-running process.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use kulanz_chassis::config::{ClockMode, ServicesSettings};
use kulanz_chassis::{Boot, Constellation, Definition, Settings, telemetry};
use kulanz_types::Seeds;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::Part;
use crate::session::clients;
use crate::web::{self, WebServer};
use crate::{house, signals, terminal};

/// Runs until a signal, then ends in order.
pub(super) async fn run(part: Part, mut settings: Settings) -> anyhow::Result<()> {
    // Before anything slow, so that no signal is ever lost.
    let ending = signals::ending()?;
    let name = name(part);
    ensure_queue(part, &settings)?;
    let guard = telemetry::init(&settings.telemetry, name)?;
    if part == Part::All {
        settings.services = ServicesSettings::all_at(local(settings.grpc.listen));
    }
    let settings = Arc::new(settings);
    let stop = CancellationToken::new();
    let mut web = Vec::new();
    if matches!(part, Part::Portal | Part::All) {
        web.push(portal(&settings, &stop).await?);
    }
    let services = definitions(part);
    let running = if services.is_empty() { None } else { Some(start(services, &settings).await?) };
    let inbox = matches!(part, Part::Messaging | Part::All) && settings.shows_inbox();
    if let Some(running) = running.as_ref().filter(|_| inbox) {
        let mut pages = web::inbox(running.pages());
        if settings.clock.mode == ClockMode::Virtual {
            pages = pages.merge(web::clock::pages(running)?);
        }
        web.push(web::serve(settings.inbox.listen, pages, &stop).await.context("the inbox page")?);
    }
    terminal::line(format!("kulanz {name} is ready"));
    let signal = ending.await;
    if let Some(running) = running {
        running.shutdown(signal).await;
    }
    stop.cancel();
    for server in web {
        server.ended().await;
    }
    guard.shutdown();
    Ok(())
}

/// Without a queue server, events reach only the services of the same process.
fn ensure_queue(part: Part, settings: &Settings) -> anyhow::Result<()> {
    let alone = !matches!(part, Part::All | Part::Portal);
    anyhow::ensure!(
        !alone || !settings.redis.url.expose_secret().is_empty(),
        "one service alone needs redis.url, or the others never learn what happens there"
    );
    Ok(())
}

async fn start(
    definitions: Vec<Definition>,
    settings: &Arc<Settings>,
) -> anyhow::Result<Constellation> {
    let listen = settings.grpc.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("bind {listen}"))?;
    let boot = Boot {
        definitions,
        settings: Arc::clone(settings),
        seeds: Seeds::from_os(),
        listener,
        replica: replica(),
        background: true,
    };
    Ok(Constellation::start(boot).await?)
}

async fn portal(settings: &Settings, stop: &CancellationToken) -> anyhow::Result<WebServer> {
    let master = kulanz_chassis::MasterKey::load(&settings.auth.keys)
        .with_context(|| format!("no master.key in {}", settings.auth.keys.display()))?;
    let pages = web::portal(clients(settings)?, &master, settings, Seeds::from_os());
    web::serve(settings.portal.listen, pages, stop).await.context("the portal")
}

fn definitions(part: Part) -> Vec<Definition> {
    let all = part == Part::All;
    house::definitions().into_iter().filter(|one| all || one.name == name(part)).collect()
}

fn name(part: Part) -> &'static str {
    match part {
        Part::All => "all",
        Part::Claims => "claims",
        Part::Personas => "personas",
        Part::Experimentation => "experimentation",
        Part::Messaging => "messaging",
        Part::Payments => "payments",
        Part::Portal => "portal",
    }
}

/// The pod's name, the same after a restart of its container.
fn replica() -> String {
    std::env::var("HOSTNAME").unwrap_or_else(|_| "kulanz-0".to_owned())
}

/// Where this process reaches its own port.
fn local(listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), listen.port())
    } else {
        listen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_alone_needs_a_queue_server() {
        let settings = Settings::from_overlay("").unwrap();
        assert!(ensure_queue(Part::Claims, &settings).is_err());
        assert!(ensure_queue(Part::All, &settings).is_ok());
        assert!(ensure_queue(Part::Portal, &settings).is_ok());
    }

    #[test]
    fn every_service_has_a_part_of_its_own() {
        for definition in house::definitions() {
            let part = <Part as clap::ValueEnum>::from_str(definition.name, false).unwrap();
            assert_eq!(name(part), definition.name);
        }
    }
}
