//! Contact preferences and the contact budget.

use chrono::NaiveDate;
use kulanz_chassis::{Answer, Caller, Violations, answer, status};
use kulanz_proto::convert::{optional, timestamp};
use kulanz_proto::messaging::v1 as proto;
use kulanz_store::Begin;
use kulanz_types::{DebtorId, TenantId, berlin_date};
use tonic::Request;

use super::convert::{channel, id, preferences};
use crate::app::Messaging;
use crate::app::preferences as app;
use crate::domain::catalogue::Channel;
use crate::error::Error;
use crate::store::contacts::preference::Preferences;

pub(super) async fn set_preferences(
    service: &Messaging,
    request: Request<proto::SetContactPreferencesRequest>,
) -> Answer<proto::SetContactPreferencesResponse> {
    let caller = Caller::of(&request)?;
    let tenant = caller.tenant()?;
    let request = request.into_inner();
    let (debtor, wishes) = read(&request).map_err(status)?;
    caller.may_see(debtor)?;
    answer(set(service, tenant, debtor, &wishes, &request).await)
}

async fn set(
    service: &Messaging,
    tenant: TenantId,
    debtor: DebtorId,
    wishes: &Preferences,
    request: &proto::SetContactPreferencesRequest,
) -> Result<proto::SetContactPreferencesResponse, Error> {
    let method = "SetContactPreferences";
    let begun = service.store.begin_write(tenant, method, &request.request_id, request);
    let work = match begun.await? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    app::set(&work, debtor, wishes).await?;
    let preferences = Some(preferences(debtor.to_string(), wishes));
    Ok(work.finish(proto::SetContactPreferencesResponse { preferences }).await?)
}

fn read(request: &proto::SetContactPreferencesRequest) -> Result<(DebtorId, Preferences), Error> {
    let wishes = request.preferences.as_ref();
    let wishes = wishes.ok_or_else(|| Error::field("preferences", "is required"))?;
    let debtor = id("preferences.debtor_id", &wishes.debtor_id)?;
    let (from, until) = (wishes.from_hour, wishes.until_hour);
    let mut wrong = Violations::default();
    wrong
        .require(
            from.is_none_or(|hour| (0..=23).contains(&hour)),
            "preferences.from_hour",
            "must lie between 0 and 23",
        )
        .require(
            until.is_none_or(|hour| (1..=24).contains(&hour)),
            "preferences.until_hour",
            "must lie between 1 and 24",
        )
        .require(
            from.zip(until).is_none_or(|(from, until)| from < until),
            "preferences.until_hour",
            "must lie after from_hour",
        );
    wrong.into_result().map_err(Error::Invalid)?;
    let hour = |hour: Option<i32>| hour.and_then(|hour| u32::try_from(hour).ok());
    let paused_until = optional(wishes.paused_until)
        .map_err(|error| Error::field("preferences.paused_until", error.to_string()))?;
    let wishes = Preferences {
        preferred: channels("preferences.preferred_channels", &wishes.preferred_channels)?,
        refused: channels("preferences.refused_channels", &wishes.refused_channels)?,
        consented: channels("preferences.consented_channels", &wishes.consented_channels)?,
        from_hour: hour(from),
        until_hour: hour(until),
        paused_until,
    };
    Ok((debtor, wishes))
}

fn channels(field: &str, wire: &[i32]) -> Result<Vec<Channel>, Error> {
    let mut channels = Vec::new();
    for one in wire {
        let stated = channel(field, *one)?;
        channels.push(stated.ok_or_else(|| Error::field(field, "must name a channel"))?);
    }
    Ok(channels)
}

pub(super) async fn pause(
    service: &Messaging,
    request: Request<proto::PauseContactRequest>,
) -> Answer<proto::PauseContactResponse> {
    let tenant = Caller::of(&request)?.tenant()?;
    answer(pause_contact(service, tenant, &request.into_inner()).await)
}

async fn pause_contact(
    service: &Messaging,
    tenant: TenantId,
    request: &proto::PauseContactRequest,
) -> Result<proto::PauseContactResponse, Error> {
    let debtor: DebtorId = id("debtor_id", &request.debtor_id)?;
    let last: Option<NaiveDate> = optional(request.paused_until)
        .map_err(|error| Error::field("paused_until", error.to_string()))?;
    let begun = service.store.begin_write(tenant, "PauseContact", &request.request_id, request);
    let work = match begun.await? {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    if last.is_some_and(|last| last < berlin_date(work.now())) {
        return Err(Error::field("paused_until", "must not lie in the past"));
    }
    app::leave_alone(&work, debtor, last).await?;
    Ok(work.finish(proto::PauseContactResponse { paused_until: request.paused_until }).await?)
}

pub(super) async fn budget(
    service: &Messaging,
    request: Request<proto::GetContactBudgetRequest>,
) -> Answer<proto::GetContactBudgetResponse> {
    let caller = Caller::of(&request)?;
    let tenant = caller.tenant()?;
    let debtor: DebtorId = id("debtor_id", &request.get_ref().debtor_id).map_err(status)?;
    caller.may_see(debtor)?;
    answer(standing(service, tenant, debtor).await)
}

async fn standing(
    service: &Messaging,
    tenant: TenantId,
    debtor: DebtorId,
) -> Result<proto::GetContactBudgetResponse, Error> {
    let work = service.store.begin(tenant).await?;
    let standing = service.standing(&work, debtor).await?;
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    Ok(proto::GetContactBudgetResponse {
        used_this_week: count(standing.used),
        allowed_per_week: count(standing.allowed),
        next_allowed_at: standing.next.map(timestamp),
        preferences: Some(preferences(debtor.to_string(), &standing.wishes)),
        agency_paused_until: standing.agency_paused_until.map(Into::into),
    })
}
