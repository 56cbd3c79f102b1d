//! Receipts from providers. The call is public; its signature names the tenant and proves that the
//! provider was given the receipt key: `v2.<tenant id>.<HMAC-SHA256, hexadecimal>` over tenant,
//! message, kind, code and `seconds.nanos` of the instant (empty where it is not stated), a line break
//! after each.

use hmac::{Hmac, KeyInit, Mac};
use kulanz_chassis::{Answer, Code, Fault, answer};
use kulanz_proto::convert::instant;
use kulanz_proto::messaging::v1 as proto;
use kulanz_store::Begin;
use kulanz_types::{MessageId, TenantId};
use sha2::Sha256;
use tonic::{Request, Status};

use super::convert::id;
use crate::app::Messaging;
use crate::app::receipts::{Receipt, take};
use crate::error::Error;

pub(super) async fn report(
    service: &Messaging,
    request: Request<proto::ReportReceiptRequest>,
) -> Answer<proto::ReportReceiptResponse> {
    let request = request.into_inner();
    let tenant = signer(service, &request).ok_or_else(unsigned)?;
    answer(accept(service, tenant, &request).await)
}

async fn accept(
    service: &Messaging,
    tenant: TenantId,
    request: &proto::ReportReceiptRequest,
) -> Result<proto::ReportReceiptResponse, Error> {
    let message_id: MessageId = id("message_id", &request.message_id)?;
    let kind = kind(request.kind())?;
    if !is_code(&request.provider_code) {
        return Err(Error::field("provider_code", "must be a code of at most 64 characters"));
    }
    let begun = service.store.begin_write(tenant, "ReportReceipt", &request.request_id, request);
    let work = match begun.await? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let stated = request.occurred_at.as_ref().map(instant).transpose();
    let stated = stated.map_err(|error| Error::field("occurred_at", error.to_string()))?;
    let at = stated.unwrap_or(work.now());
    let changed = take(&work, message_id, kind, at, &request.provider_code).await?;
    Ok(work.finish(proto::ReportReceiptResponse { changed }).await?)
}

/// A code and not a text: it is kept readably and must name nobody.
fn is_code(code: &str) -> bool {
    let plain = |one: char| one.is_ascii_alphanumeric() || " ._:/-".contains(one);
    code.len() <= 64 && code.chars().all(plain)
}

fn kind(wire: proto::ReceiptKind) -> Result<Receipt, Error> {
    match wire {
        proto::ReceiptKind::Delivered => Ok(Receipt::Delivered),
        proto::ReceiptKind::Failed => Ok(Receipt::Failed),
        proto::ReceiptKind::Opened => Ok(Receipt::Opened),
        proto::ReceiptKind::Complained => Ok(Receipt::Complained),
        proto::ReceiptKind::Unspecified => Err(Error::field("kind", "must be stated")),
    }
}

/// The tenant whose receipt this is, if the signature is good.
fn signer(service: &Messaging, request: &proto::ReportReceiptRequest) -> Option<TenantId> {
    let (tenant, mark) = request.signature.strip_prefix("v2.")?.rsplit_once('.')?;
    let mark = data_encoding::HEXLOWER.decode(mark.as_bytes()).ok()?;
    mac(&service.receipt_key, tenant, request)?.verify_slice(&mark).ok()?;
    tenant.parse().ok()
}

fn mac(
    key: &[u8; 32],
    tenant: &str,
    request: &proto::ReportReceiptRequest,
) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    let kind = request.kind().as_str_name();
    let instant = request.occurred_at.map(|at| format!("{}.{}", at.seconds, at.nanos));
    let instant = instant.unwrap_or_default();
    for part in [tenant, &request.message_id, kind, &request.provider_code, &instant] {
        mac.update(part.as_bytes());
        mac.update(b"\n");
    }
    Some(mac)
}

/// What a provider that holds the key writes into `signature`.
pub fn sign(
    key: &[u8; 32],
    tenant: TenantId,
    request: &proto::ReportReceiptRequest,
) -> Option<String> {
    let tenant = tenant.to_string();
    let mark = mac(key, &tenant, request)?.finalize().into_bytes();
    Some(format!("v2.{tenant}.{}", data_encoding::HEXLOWER.encode(&mark)))
}

fn unsigned() -> Status {
    Fault::new(Code::Unauthenticated, "SIGNATURE_INVALID")
        .into_status("messaging.kulanz.dev", "the signature is not valid")
}
