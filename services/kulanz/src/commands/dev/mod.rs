//! `kulanz dev`: the whole constellation in one process, ready to be looked at.

mod prepare;
pub(crate) mod sample;
mod summary;
mod view;

use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use kulanz_chassis::{Boot, Constellation, MasterKey, Settings, telemetry};
use kulanz_types::Seeds;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::DevArgs;
use crate::state::DevState;
use crate::web::{self, WebServer};
use crate::{house, signals, terminal};

/// Starts everything, loads the sample if asked, says where to look, and runs until a signal.
pub(super) async fn run(args: DevArgs, settings: Settings) -> anyhow::Result<()> {
    let ending = signals::ending()?;
    let (settings, mut state) = prepare::settings(&args, settings)?;
    let guard = telemetry::init(&settings.telemetry, "dev")?;
    let seeds = args.seed.map_or_else(Seeds::from_os, Seeds::fixed);
    let stop = CancellationToken::new();
    let constellation = start(settings.clone(), seeds.clone()).await?;
    let web = pages(&constellation, &settings, seeds.clone(), &stop).await?;
    let work = async {
        let view = view::load(&args, &constellation, &settings, &seeds, &mut state).await?;
        summary::print(&view, &settings);
        carry_on(&constellation, &settings, state).await
    };
    let signal = tokio::select! {
        signal = ending => signal,
        result = work => return result,
    };
    stop.cancel();
    for server in web {
        server.ended().await;
    }
    constellation.shutdown(signal).await;
    guard.shutdown();
    Ok(())
}

async fn start(settings: Settings, seeds: Seeds) -> anyhow::Result<Constellation> {
    let listen = settings.grpc.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be used; is another `kulanz dev` running?"))?;
    let boot = Boot {
        definitions: house::definitions(),
        settings: Arc::new(settings),
        seeds,
        listener,
        replica: "dev".to_owned(),
        // The bus is driven from here, so that a run with --seed repeats exactly.
        background: false,
    };
    Ok(Constellation::start(boot).await?)
}

async fn pages(
    constellation: &Constellation,
    settings: &Settings,
    seeds: Seeds,
    stop: &CancellationToken,
) -> anyhow::Result<Vec<WebServer>> {
    let master = MasterKey::load(&settings.auth.keys)?;
    let portal = web::portal(constellation.clients()?, &master, settings, seeds);
    let listen = settings.portal.listen;
    let portal =
        web::serve(listen, portal, stop).await.with_context(|| format!("bind {listen}"))?;
    let listen = settings.inbox.listen;
    let inbox = web::inbox(constellation.pages()).merge(web::clock::pages(constellation)?);
    let inbox = web::serve(listen, inbox, stop).await.with_context(|| format!("bind {listen}"))?;
    Ok(vec![portal, inbox])
}

/// Does whatever follows from each change, and remembers the virtual time for the next start.
async fn carry_on(
    constellation: &Constellation,
    settings: &Settings,
    mut state: DevState,
) -> anyhow::Result<()> {
    loop {
        if let Err(error) = constellation.run_until_idle().await {
            tracing::error!(%error, "run the bus");
        }
        if state.now.is_some() {
            remember(constellation.clock().now(), &mut state, settings)?;
        }
        let rung = constellation.stores().map(|store| Box::pin(store.signal().notified()));
        tokio::select! {
            _ = futures::future::select_all(rung) => {}
            () = tokio::time::sleep(std::time::Duration::from_millis(250)) => {}
        }
    }
}

fn remember(now: DateTime<Utc>, state: &mut DevState, settings: &Settings) -> anyhow::Result<()> {
    if state.now != Some(now) {
        state.now = Some(now);
        state.save(settings)?;
    }
    Ok(())
}

/// Runs the bus until nothing is left, with a sign of life.
async fn settle(constellation: &Constellation, what: &'static str) -> anyhow::Result<()> {
    let progress = terminal::spinner(what);
    let result = constellation.run_until_idle().await;
    progress.finish_and_clear();
    Ok(result?)
}
