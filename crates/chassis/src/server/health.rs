//! `grpc.health.v1`: what probes and load balancers ask.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Always `SERVING` while the process runs: a liveness probe that touched the database would
/// restart every replica when the database is slow.
pub const LIVENESS: &str = "liveness";

/// The health of one server: the whole under `""`, each service under its full name.
#[derive(Clone, Debug)]
pub struct Health {
    reporter: HealthReporter,
    services: Vec<String>,
    closed: Arc<AtomicBool>,
}

impl Health {
    /// `NOT_SERVING` for everything but liveness, before the port is bound.
    pub async fn new(services: Vec<String>) -> Self {
        let health = Self { reporter: HealthReporter::new(), services, closed: Arc::default() };
        health.reporter.set_service_status(LIVENESS, ServingStatus::Serving).await;
        health.not_ready().await;
        health
    }

    /// Calls are welcome, unless the server is on its way out.
    pub async fn ready(&self) {
        if !self.closed.load(Ordering::Acquire) {
            self.set(ServingStatus::Serving).await;
        }
    }

    /// No new calls, please.
    pub async fn not_ready(&self) {
        self.set(ServingStatus::NotServing).await;
    }

    /// No new calls any more, whatever a watcher says later.
    pub async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.not_ready().await;
    }

    pub(super) fn reporter(&self) -> HealthReporter {
        self.reporter.clone()
    }

    async fn set(&self, status: ServingStatus) {
        self.reporter.set_service_status("", status).await;
        for service in &self.services {
            self.reporter.set_service_status(service, status).await;
        }
    }
}
