//! The clients of the five domain services.

use std::sync::Arc;

use kulanz_proto::claims::v1::claims_service_client::ClaimsServiceClient;
use kulanz_proto::experimentation::v1::experimentation_service_client::ExperimentationServiceClient;
use kulanz_proto::messaging::v1::messaging_service_client::MessagingServiceClient;
use kulanz_proto::payments::v1::payments_service_client::PaymentsServiceClient;
use kulanz_proto::personas::v1::personas_service_client::PersonasServiceClient;
use tonic::transport::Endpoint;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use super::{ClientPolicy, KulanzChannel, ServiceTokens};
use crate::config::ServicesSettings;
use crate::descriptors::Descriptors;

/// Greatest answer that is accepted: a batch of debtors with their claims.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A configured address is not a URL.
#[derive(Debug, thiserror::Error)]
#[error("the address of {service} is not usable")]
pub struct ClientError {
    service: &'static str,
    #[source]
    source: tonic::transport::Error,
}

/// The clients of the domain services under one identity. Connections are made when first used and
/// remade when lost.
#[derive(Clone, Debug)]
pub struct Clients {
    claims: KulanzChannel,
    personas: KulanzChannel,
    experimentation: KulanzChannel,
    messaging: KulanzChannel,
    payments: KulanzChannel,
}

impl Clients {
    /// Clients of the services at these addresses; without `tokens` only forwarded tokens are sent.
    pub fn connect(
        addresses: &ServicesSettings,
        policy: &ClientPolicy,
        tokens: Option<&Arc<ServiceTokens>>,
        descriptors: &Arc<Descriptors>,
    ) -> Result<Self, ClientError> {
        let channel = |service, address: &str| {
            let transport = transport(address).map_err(|source| ClientError { service, source })?;
            Ok(KulanzChannel::new(transport, policy.clone(), tokens.cloned(), descriptors.clone()))
        };
        Ok(Self {
            claims: channel("claims", &addresses.claims)?,
            personas: channel("personas", &addresses.personas)?,
            experimentation: channel("experimentation", &addresses.experimentation)?,
            messaging: channel("messaging", &addresses.messaging)?,
            payments: channel("payments", &addresses.payments)?,
        })
    }

    /// Claims, debtors and what they owe.
    pub fn claims(&self) -> ClaimsServiceClient<KulanzChannel> {
        ClaimsServiceClient::new(self.claims.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// What kind of person a debtor is.
    pub fn personas(&self) -> PersonasServiceClient<KulanzChannel> {
        PersonasServiceClient::new(self.personas.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Decisions and their outcomes.
    pub fn experimentation(&self) -> ExperimentationServiceClient<KulanzChannel> {
        ExperimentationServiceClient::new(self.experimentation.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Messages and contact preferences.
    pub fn messaging(&self) -> MessagingServiceClient<KulanzChannel> {
        MessagingServiceClient::new(self.messaging.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Payments and arrangements.
    pub fn payments(&self) -> PaymentsServiceClient<KulanzChannel> {
        PaymentsServiceClient::new(self.payments.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }
}

fn transport(address: &str) -> Result<super::channel::Transport, tonic::transport::Error> {
    let channel = Endpoint::from_shared(address.to_owned())?
        .http2_adaptive_window(true)
        .tcp_nodelay(true)
        .connect_timeout(std::time::Duration::from_secs(5))
        .connect_lazy();
    Ok(BoxCloneSyncService::new(channel.map_err(Into::into)))
}
