//! Restriction of processing.

use kulanz_proto::claims::v1 as wire;
use kulanz_store::Begin;

use super::access::debtor_id;
use super::erasure::check_reason;
use super::who::Who;
use super::{Api, begin, convert};
use crate::app::debtors;
use crate::app::restriction::restrict;
use crate::error::Error;

/// Restricts, or lifts.
pub async fn set(
    api: &Api,
    who: Who,
    request: wire::RestrictProcessingRequest,
) -> Result<wire::RestrictProcessingResponse, Error> {
    let id = debtor_id(&request.debtor_id)?;
    check_reason(&request.reason)?;
    let begun = begin(api, &who, "RestrictProcessing", &request.request_id, &request).await?;
    let view = match begun {
        Begin::Replayed(wire::RestrictProcessingResponse { .. }) => {
            let work = api.store.begin(who.tenant).await?;
            debtors::get(&work, id).await?
        }
        Begin::Fresh(work) => {
            let view = restrict(&work, id, request.restricted, &request.reason, &who.actor).await?;
            // Kept answers hold nothing personal: a repetition reads the debtor again.
            work.finish(wire::RestrictProcessingResponse::default()).await?;
            view
        }
    };
    Ok(wire::RestrictProcessingResponse { debtor: Some(convert::debtor(&view)?) })
}
