//! `kulanz check`.

use std::process::ExitCode;
use std::time::Duration;

use kulanz_chassis::Settings;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::terminal;

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks every service for its health; fails unless all of them serve.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let services = &settings.services;
    let mut all_serve = true;
    for (address, service) in [
        (&services.claims, "kulanz.claims.v1.ClaimsService"),
        (&services.personas, "kulanz.personas.v1.PersonasService"),
        (&services.experimentation, "kulanz.experimentation.v1.ExperimentationService"),
        (&services.messaging, "kulanz.messaging.v1.MessagingService"),
        (&services.payments, "kulanz.payments.v1.PaymentsService"),
    ] {
        let answer = ask(address, service).await;
        all_serve &= answer == "SERVING";
        terminal::line(format!("{answer:<12} {service}  {address}"));
    }
    Ok(if all_serve { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(address: &str, service: &str) -> String {
    match tokio::time::timeout(PATIENCE, health(address, service)).await {
        Ok(Ok(ServingStatus::Serving)) => "SERVING".to_owned(),
        Ok(Ok(_)) => "NOT_SERVING".to_owned(),
        Ok(Err(_)) | Err(_) => "UNREACHABLE".to_owned(),
    }
}

async fn health(address: &str, service: &str) -> anyhow::Result<ServingStatus> {
    let channel = Endpoint::from_shared(address.to_owned())?.connect().await?;
    let request = HealthCheckRequest { service: service.to_owned() };
    Ok(HealthClient::new(channel).check(request).await?.into_inner().status())
}
