use kulanz_store::Work;
use kulanz_types::WebhookDeliveryId;
use serde_json::{Value, json};

use super::wake;
use crate::domain::webhook::WebhookType;
use crate::error::Error;
use crate::store::webhook_delivery::{self, PENDING};
use crate::store::webhook_endpoint;

/// Something that creditors' systems are told. Nothing personal.
pub struct Notice<'a> {
    /// What kind.
    pub kind: WebhookType,
    /// Whose claim.
    pub creditor_id: &'a str,
    /// Ids and facts.
    pub data: Value,
}

/// Writes a message for every endpoint that wants to hear of it: it is sent if and only if the
/// transaction commits.
pub async fn tell(work: &Work, notice: Notice<'_>) -> Result<(), Error> {
    for endpoint in webhook_endpoint::listening(work, notice.creditor_id).await? {
        if endpoint.wants(notice.kind.name()) {
            webhook_delivery::insert(work, message(work, &endpoint, &notice)).await?;
            wake(work, &endpoint).await?;
        }
    }
    Ok(())
}

fn message(
    work: &Work,
    endpoint: &webhook_endpoint::Model,
    notice: &Notice<'_>,
) -> webhook_delivery::Model {
    let body = json!({
        "type": notice.kind.name(),
        "timestamp": work.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "data": notice.data,
    });
    webhook_delivery::Model {
        tenant_id: work.tenant().to_string(),
        webhook_delivery_id: WebhookDeliveryId::generate(work.seeds(), work.now()).to_string(),
        webhook_endpoint_id: endpoint.webhook_endpoint_id.clone(),
        event_type: notice.kind.name().to_owned(),
        body: body.to_string(),
        state: PENDING.to_owned(),
        attempts: 0,
        last_error: String::new(),
        created_at: work.now(),
        next_attempt_at: Some(work.now()),
    }
}
