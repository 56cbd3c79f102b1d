//! The web pages beside the gRPC port: the debtor's portal, and the inbox of what was sent.

pub mod clock;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use axum::serve::ListenerExt;
use kulanz_chassis::{Clients, MasterKey, Settings};
use kulanz_portal::PortalSettings;
use kulanz_types::Seeds;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long requests in progress may take once the server stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pages that are being served.
pub struct WebServer(JoinHandle<std::io::Result<()>>);

impl WebServer {
    /// Waits a while for the end after the stop.
    pub async fn ended(self) {
        if tokio::time::timeout(PATIENCE, self.0).await.is_err() {
            tracing::warn!("web requests were still running at the end");
        }
    }
}

/// Serves pages until `stop`.
pub async fn serve(
    listen: SocketAddr,
    pages: Router,
    stop: &CancellationToken,
) -> std::io::Result<WebServer> {
    let listener = TcpListener::bind(listen).await?;
    let stopped = stop.clone().cancelled_owned();
    let listener = listener.tap_io(|connection| {
        // Best effort: without it small pages wait for a delayed acknowledgement.
        let _ = connection.set_nodelay(true);
    });
    let server = axum::serve(listener, pages).with_graceful_shutdown(stopped);
    Ok(WebServer(tokio::spawn(async move { server.await })))
}

/// The debtor's pages.
pub fn portal(clients: Clients, master: &MasterKey, settings: &Settings, seeds: Seeds) -> Router {
    kulanz_portal::router(PortalSettings {
        clients,
        cookie_key: master.derive("portal cookie"),
        base_url: settings.portal.base_url.clone(),
        seeds,
    })
}

/// The services' own pages, with the inbox as the first of them.
pub fn inbox(pages: Router) -> Router {
    pages.route("/", get(|| async { Redirect::temporary("/inbox") }))
}
