//! Calls about endpoints of creditors' systems and the messages to them.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::WebhookDeliveryState as WireState;
use kulanz_proto::claims::v1::replay_webhook_deliveries_request::Selection as Asked;
use kulanz_proto::convert::{instant, timestamp};
use kulanz_store::Begin;
use prost::Message;

use super::who::Who;
use super::{Api, begin, id};
use crate::app::webhooks::{self, NewEndpoint};
use crate::domain::webhook::WebhookType;
use crate::error::Error;
use crate::store::webhook_delivery::{DEAD, DELIVERED, Filter, PENDING, Selection};
use crate::store::{webhook_delivery, webhook_endpoint};

/// Makes an endpoint. The remembered answer is without the secret, which is added to each.
pub async fn create(
    api: &Api,
    who: Who,
    request: wire::CreateWebhookEndpointRequest,
) -> Result<wire::CreateWebhookEndpointResponse, Error> {
    let new = new_endpoint(api, request.endpoint.clone().unwrap_or_default())?;
    let begun = begin(api, &who, "CreateWebhookEndpoint", &request.request_id, &request).await?;
    let reply: wire::CreateWebhookEndpointResponse = match begun {
        Begin::Replayed(reply) => reply,
        Begin::Fresh(work) => {
            let row = webhooks::create(&work, new).await?;
            let endpoint = Some(endpoint(&row));
            work.finish(wire::CreateWebhookEndpointResponse { endpoint }).await?
        }
    };
    let endpoint = with_secret(api, &who, reply.endpoint).await?;
    Ok(wire::CreateWebhookEndpointResponse { endpoint })
}

fn new_endpoint(api: &Api, given: wire::WebhookEndpoint) -> Result<NewEndpoint, Error> {
    let creditor_id = match given.creditor_id.as_str() {
        "" => None,
        text => Some(id(text)?),
    };
    let mut violations = Violations::default();
    if let Err(problem) = api.webhook_reach.target(&given.url) {
        violations.add("endpoint.url", problem);
    }
    let known = |name: &String| WebhookType::named(name).is_some();
    violations.require(
        given.event_types.iter().all(known),
        "endpoint.event_types",
        "names an unknown type",
    );
    violations.into_result()?;
    let event_types = given.event_types.join(",");
    Ok(NewEndpoint { creditor_id, url: given.url, event_types, paused: given.paused })
}

/// The secret as it is now: nothing is sealed with it, so that nothing has to be kept of it.
async fn with_secret(
    api: &Api,
    who: &Who,
    endpoint: Option<wire::WebhookEndpoint>,
) -> Result<Option<wire::WebhookEndpoint>, Error> {
    let Some(mut endpoint) = endpoint else { return Ok(None) };
    let work = api.store.begin(who.tenant).await?;
    if let Some(row) = webhook_endpoint::find(&work, &endpoint.webhook_endpoint_id).await? {
        let secret = api.webhook_key.secret(&row.webhook_endpoint_id, row.generation);
        endpoint.secret = secret.text();
    }
    Ok(Some(endpoint))
}

/// Lists endpoints.
pub async fn list(
    api: &Api,
    who: Who,
    request: wire::ListWebhookEndpointsRequest,
) -> Result<wire::ListWebhookEndpointsResponse, Error> {
    let (size, token) = (request.page_size, &request.page_token);
    let page = api
        .page_key
        .request(who.tenant, "ListWebhookEndpoints", "", size, token)
        .map_err(Error::Page)?;
    let work = api.store.begin(who.tenant).await?;
    let rows = webhook_endpoint::list(&work, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.webhook_endpoint_id.clone());
    let endpoints = rows.iter().map(endpoint).collect();
    Ok(wire::ListWebhookEndpointsResponse { endpoints, next_page_token })
}

/// Pauses or resumes an endpoint.
pub async fn pause(
    api: &Api,
    who: Who,
    request: wire::PauseWebhookEndpointRequest,
) -> Result<wire::PauseWebhookEndpointResponse, Error> {
    let endpoint_id = id(&request.webhook_endpoint_id)?;
    let begun = begin(api, &who, "PauseWebhookEndpoint", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let row = webhooks::pause(&work, endpoint_id, request.paused).await?;
    let endpoint = Some(endpoint(&row));
    Ok(work.finish(wire::PauseWebhookEndpointResponse { endpoint }).await?)
}

/// Makes a new secret.
pub async fn rotate(
    api: &Api,
    who: Who,
    request: wire::RotateWebhookSecretRequest,
) -> Result<wire::RotateWebhookSecretResponse, Error> {
    let endpoint_id = id(&request.webhook_endpoint_id)?;
    let begun = begin(api, &who, "RotateWebhookSecret", &request.request_id, &request).await?;
    let reply: wire::RotateWebhookSecretResponse = match begun {
        Begin::Replayed(reply) => reply,
        Begin::Fresh(work) => {
            let row = webhooks::rotate(&work, endpoint_id).await?;
            let endpoint = Some(endpoint(&row));
            work.finish(wire::RotateWebhookSecretResponse { endpoint }).await?
        }
    };
    let endpoint = with_secret(api, &who, reply.endpoint).await?;
    Ok(wire::RotateWebhookSecretResponse { endpoint })
}

/// Ends an endpoint.
pub async fn delete(
    api: &Api,
    who: Who,
    request: wire::DeleteWebhookEndpointRequest,
) -> Result<wire::DeleteWebhookEndpointResponse, Error> {
    let endpoint_id = id(&request.webhook_endpoint_id)?;
    let begun = begin(api, &who, "DeleteWebhookEndpoint", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    webhooks::delete(&work, endpoint_id).await?;
    Ok(work.finish(wire::DeleteWebhookEndpointResponse {}).await?)
}

/// Lists messages, the newest first.
pub async fn deliveries(
    api: &Api,
    who: Who,
    request: wire::ListWebhookDeliveriesRequest,
) -> Result<wire::ListWebhookDeliveriesResponse, Error> {
    let state = match WireState::try_from(request.state) {
        Ok(WireState::Unspecified) => None,
        Ok(WireState::Pending) => Some(PENDING),
        Ok(WireState::Delivered) => Some(DELIVERED),
        Ok(WireState::Dead) => Some(DEAD),
        Err(_) => return Err(Error::field("state", "is unknown")),
    };
    let endpoint_id = Some(request.webhook_endpoint_id.clone()).filter(|wanted| !wanted.is_empty());
    let filter = Filter { endpoint_id, state };
    let query = wire::ListWebhookDeliveriesRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let (size, token) = (request.page_size, &request.page_token);
    let page = api
        .page_key
        .request(who.tenant, "ListWebhookDeliveries", query.encode_to_vec(), size, token)
        .map_err(Error::Page)?;
    let work = api.store.begin(who.tenant).await?;
    let rows = webhook_delivery::list(&work, &filter, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.webhook_delivery_id.clone());
    let deliveries = rows.into_iter().map(delivery).collect();
    Ok(wire::ListWebhookDeliveriesResponse { deliveries, next_page_token })
}

/// Sends messages again.
pub async fn replay(
    api: &Api,
    who: Who,
    request: wire::ReplayWebhookDeliveriesRequest,
) -> Result<wire::ReplayWebhookDeliveriesResponse, Error> {
    let endpoint_id = id(&request.webhook_endpoint_id)?;
    let selection = match &request.selection {
        Some(Asked::WebhookDeliveryId(one)) => Selection::One(one.clone()),
        Some(Asked::Dead(true)) => Selection::Dead,
        Some(Asked::Since(since)) => Selection::Since(
            instant(since).map_err(|error| Error::field("since", error.to_string()))?,
        ),
        Some(Asked::Dead(false)) => return Err(Error::field("dead", "must be true if it is set")),
        None => return Err(Error::field("selection", "is required")),
    };
    let begun = begin(api, &who, "ReplayWebhookDeliveries", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let count = webhooks::replay(&work, endpoint_id, &selection).await?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Ok(work.finish(wire::ReplayWebhookDeliveriesResponse { count }).await?)
}

fn endpoint(row: &webhook_endpoint::Model) -> wire::WebhookEndpoint {
    let names = row.event_types.split(',').filter(|name| !name.is_empty());
    wire::WebhookEndpoint {
        webhook_endpoint_id: row.webhook_endpoint_id.clone(),
        creditor_id: row.creditor_id.clone().unwrap_or_default(),
        url: row.url.clone(),
        event_types: names.map(str::to_owned).collect(),
        secret: String::new(),
        paused: row.paused,
        create_time: Some(timestamp(row.created_at)),
        paused_reason: row.paused_reason.clone(),
    }
}

fn delivery(row: webhook_delivery::Model) -> wire::WebhookDelivery {
    let state = match row.state.as_str() {
        DELIVERED => WireState::Delivered,
        DEAD => WireState::Dead,
        _ => WireState::Pending,
    };
    wire::WebhookDelivery {
        webhook_delivery_id: row.webhook_delivery_id,
        webhook_endpoint_id: row.webhook_endpoint_id,
        event_type: row.event_type,
        body: row.body,
        state: state.into(),
        attempts: i32::try_from(row.attempts).unwrap_or(i32::MAX),
        last_error: row.last_error,
        create_time: Some(timestamp(row.created_at)),
        next_attempt_at: row.next_attempt_at.map(timestamp),
    }
}
