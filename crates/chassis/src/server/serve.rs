//! Serving, and the orderly end of it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::HealthService;

use super::{Gate, Health};
use crate::config::GrpcSettings;

/// The server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The transport failed.
    #[error("the gRPC port failed")]
    Transport(#[from] tonic::transport::Error),
    /// Reflection cannot be offered.
    #[error("the descriptor set cannot be offered by reflection")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// Why the process is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C: somebody waits at the terminal, so nothing is drained.
    Interrupt,
    /// SIGTERM: load balancers first have to notice.
    Terminate,
}

/// How long the end may take.
#[derive(Clone, Copy, Debug)]
pub struct ServeOptions {
    /// How long to go on serving after SIGTERM.
    pub drain: Duration,
    /// How long running calls may take to finish after that.
    pub shutdown: Duration,
    /// Connections are told to go away at this age: the calls on them go on, new ones come on another.
    pub connection_age: Option<Duration>,
    /// How long calls may go on from there: as long as any call may take, for an import of a million rows
    /// must not break because its connection is old.
    pub longest_call: Duration,
}

impl From<&GrpcSettings> for ServeOptions {
    fn from(settings: &GrpcSettings) -> Self {
        Self {
            drain: settings.drain(),
            shutdown: settings.shutdown(),
            connection_age: settings.connection_age(),
            longest_call: settings.stream_deadline(),
        }
    }
}

/// Adds reflection, in both versions that tools speak.
pub fn reflection(routes: Routes) -> Result<Routes, ServeError> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(kulanz_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            // What stands in errors, so that tools can show it.
            .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(routes.add_service(builder().build_v1()?).add_service(builder().build_v1alpha()?))
}

/// Serves until `shutdown` resolves, then: not ready, drain, no new calls, a bounded wait for those
/// that run. Whatever still runs after that is cut off.
pub async fn serve(
    listener: TcpListener,
    routes: Routes,
    gate: &Arc<Gate>,
    health: Health,
    options: ServeOptions,
    shutdown: impl Future<Output = Signal> + Send + 'static,
) -> Result<(), ServeError> {
    let health_service = HealthServer::new(HealthService::from_health_reporter(health.reporter()));
    let routes = reflection(routes)?.add_service(health_service).prepare();
    // The builder's own setting is not applied to a listener that is already bound; without it each
    // small answer waits for the client's delayed acknowledgement, 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = builder(options)
        .layer(gate.layer())
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, async {
            let _ = stopped.await;
        });
    tokio::pin!(server);
    let end = tokio::select! {
        result = &mut server => return Ok(result?),
        () = wind_down(health, options.drain, shutdown) => {
            let _ = stop.send(());
            tokio::time::timeout(options.shutdown, server).await
        }
    };
    if let Ok(result) = end {
        return Ok(result?);
    }
    tracing::warn!("calls were still running at the end of grpc.shutdown_ms");
    Ok(())
}

async fn wind_down(health: Health, drain: Duration, shutdown: impl Future<Output = Signal>) {
    let signal = shutdown.await;
    health.close().await;
    if signal == Signal::Terminate {
        tokio::time::sleep(drain).await;
    }
}

fn builder(options: ServeOptions) -> Server {
    let server = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .http2_adaptive_window(Some(true));
    match options.connection_age {
        Some(age) => server.max_connection_age(age).max_connection_age_grace(options.longest_call),
        None => server,
    }
}
