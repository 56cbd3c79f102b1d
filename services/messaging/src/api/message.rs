//! Sending, reading, cancelling and verifying messages.

use kulanz_chassis::{Answer, Caller, DebtorScope, answer, status};
use kulanz_proto::convert::{instant, timestamp};
use kulanz_proto::messaging::v1 as proto;
use kulanz_store::Begin;
use kulanz_types::{ClaimId, DebtorId, MessageId, TenantId};
use tonic::{Request, Response};

use super::convert::{self, channel, id, message_class, states};
use crate::app::outside::wire_channel;
use crate::app::send::Order;
use crate::app::{DAYS_AFTER_MESSAGE, DISPATCH, Messaging, plan_in};
use crate::domain::message::{MessageState, Step};
use crate::error::Error;
use crate::store::messages::{self, Filter, Message};

pub(super) async fn send(
    service: &Messaging,
    request: Request<proto::SendMessageRequest>,
) -> Answer<proto::SendMessageResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    let request = request.into_inner();
    answer(send_message(service, tenant, &request).await)
}

async fn send_message(
    service: &Messaging,
    tenant: TenantId,
    request: &proto::SendMessageRequest,
) -> Result<proto::SendMessageResponse, Error> {
    let order = order(request)?;
    // Claims is asked before the transaction begins: nobody is awaited inside one.
    let known = service.prepare_order(tenant, &order).await;
    let begun = service.store.begin_write(tenant, "SendMessage", &request.request_id, request);
    let work = match begun.await? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    known?;
    let message = service.order(&work, order).await?;
    let reply = proto::SendMessageResponse { message: Some(convert::message(&message, None)) };
    if request.validate_only {
        return Ok(reply);
    }
    Ok(work.finish(reply).await?)
}

fn order(request: &proto::SendMessageRequest) -> Result<Order, Error> {
    if request.claim_ids.is_empty() {
        return Err(Error::field("claim_ids", "must name at least one claim"));
    }
    let claims = request.claim_ids.iter().map(|claim| id::<ClaimId>("claim_ids", claim));
    let not_before = request.not_before.as_ref().map(instant).transpose();
    Ok(Order {
        debtor: id("debtor_id", &request.debtor_id)?,
        claims: claims.collect::<Result<_, _>>()?,
        channel: channel("channel", request.channel)?,
        class: message_class(request.policy_class()),
        levels: request.levels.clone(),
        not_before: not_before.map_err(|error| Error::field("not_before", error.to_string()))?,
        request_id: request.request_id.clone(),
    })
}

pub(super) async fn get(
    service: &Messaging,
    request: Request<proto::GetMessageRequest>,
) -> Answer<proto::GetMessageResponse> {
    let caller = Caller::of(&request)?;
    let tenant = caller.tenant()?;
    let message_id = id("message_id", &request.get_ref().message_id).map_err(status)?;
    let (message, shown) = load(service, tenant, message_id).await.map_err(status)?;
    if for_preferences(&caller) || caller.may_see(message.debtor).is_err() {
        return Err(status(Error::NotFound(message_id.to_string())));
    }
    Ok(Response::new(proto::GetMessageResponse { message: Some(shown) }))
}

/// Whether the session of a debtor may change preferences only: what was written is not shown to it.
fn for_preferences(caller: &Caller) -> bool {
    caller.debtor().is_some_and(DebtorScope::is_for_preferences)
}

async fn load(
    service: &Messaging,
    tenant: TenantId,
    id: MessageId,
) -> Result<(Message, proto::Message), Error> {
    let work = service.store.begin(tenant).await?;
    let found = messages::find(&work, id).await?;
    let message = found.ok_or_else(|| Error::NotFound(id.to_string()))?;
    let body = messages::body(&work, &message).await?;
    let shown = convert::message(&message, body);
    Ok((message, shown))
}

pub(super) async fn list(
    service: &Messaging,
    request: Request<proto::ListMessagesRequest>,
) -> Answer<proto::ListMessagesResponse> {
    let caller = Caller::of(&request)?;
    let tenant = caller.tenant()?;
    let request = request.into_inner();
    let filter = filter(&caller, &request).map_err(status)?;
    if let Some(debtor) = filter.debtor {
        caller.may_see(debtor)?;
        if for_preferences(&caller) {
            return Err(status(Error::NotFound(debtor.to_string())));
        }
    }
    answer(list_messages(service, tenant, &filter, &request).await)
}

/// A debtor's own token sees that debtor's messages, whether or not the request says so.
fn filter(caller: &Caller, request: &proto::ListMessagesRequest) -> Result<Filter, Error> {
    let stated = match request.debtor_id.as_str() {
        "" => None,
        stated => Some(id::<DebtorId>("debtor_id", stated)?),
    };
    let claim = match request.claim_id.as_str() {
        "" => None,
        stated => Some(id::<ClaimId>("claim_id", stated)?),
    };
    Ok(Filter {
        debtor: stated.or(caller.debtor().map(|scope| scope.debtor_id)),
        claim,
        states: states("states", &request.states)?,
    })
}

async fn list_messages(
    service: &Messaging,
    tenant: TenantId,
    filter: &Filter,
    request: &proto::ListMessagesRequest,
) -> Result<proto::ListMessagesResponse, Error> {
    let scope = format!("{filter:?}");
    let page = service
        .pages
        .request(tenant, "ListMessages", scope, request.page_size, &request.page_token)
        .map_err(Error::Page)?;
    let work = service.store.begin(tenant).await?;
    let rows = messages::list(&work, filter, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |message| message.id.to_string());
    let mut shown = Vec::with_capacity(rows.len());
    for message in &rows {
        let body = messages::body(&work, message).await?;
        shown.push(convert::message(message, body));
    }
    Ok(proto::ListMessagesResponse { messages: shown, next_page_token })
}

pub(super) async fn cancel(
    service: &Messaging,
    request: Request<proto::CancelMessageRequest>,
) -> Answer<proto::CancelMessageResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    let request = request.into_inner();
    answer(cancel_message(service, tenant, &request).await)
}

async fn cancel_message(
    service: &Messaging,
    tenant: TenantId,
    request: &proto::CancelMessageRequest,
) -> Result<proto::CancelMessageResponse, Error> {
    let message_id: MessageId = id("message_id", &request.message_id)?;
    let begun = service.store.begin_write(tenant, "CancelMessage", &request.request_id, request);
    let work = match begun.await? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let found = messages::find(&work, message_id).await?;
    let mut message = found.ok_or_else(|| Error::NotFound(message_id.to_string()))?;
    let next = message.state.after(Step::Cancel);
    let scheduled = message.state == MessageState::Scheduled;
    message.state =
        next.filter(|_| scheduled).ok_or_else(|| Error::MessageState(message_id.to_string()))?;
    message.state_reason.clone_from(&request.reason);
    messages::update(&work, &mut message).await?;
    work.unschedule(DISPATCH, message_id).await?;
    plan_in(&work, message.debtor, DAYS_AFTER_MESSAGE).await?;
    let reply = proto::CancelMessageResponse { message: Some(convert::message(&message, None)) };
    Ok(work.finish(reply).await?)
}

pub(super) async fn verify(
    service: &Messaging,
    request: Request<proto::VerifyMessageRequest>,
) -> Answer<proto::VerifyMessageResponse> {
    let found = service.verify(&request.into_inner().code).await.map_err(status)?;
    let reply = found.map_or_else(proto::VerifyMessageResponse::default, |genuine| {
        proto::VerifyMessageResponse {
            authentic: true,
            agency_name: genuine.agency,
            sent_at: Some(timestamp(genuine.sent_at)),
            channel: wire_channel(genuine.channel).into(),
            contact_phone: genuine.phone,
            register_number: genuine.register_number,
        }
    });
    Ok(Response::new(reply))
}
