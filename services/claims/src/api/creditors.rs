//! Creditor calls.

use kulanz_chassis::Violations;
use kulanz_law::Percent;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::timestamp;
use kulanz_store::Begin;
use prost::Message;

use super::who::Who;
use super::{Api, begin, convert, finish, id};
use crate::app::creditors::{self, Content};
use crate::domain::agency::CreditorProfile;
use crate::error::Error;
use crate::store::creditor;

/// Makes a creditor.
pub async fn create(
    api: &Api,
    who: Who,
    request: wire::CreateCreditorRequest,
) -> Result<wire::CreateCreditorResponse, Error> {
    let mut violations = Violations::default();
    violations.require(request.creditor.is_some(), "creditor", "is required");
    let content = content(request.creditor.clone().unwrap_or_default(), &mut violations);
    violations.into_result()?;
    let begun = begin(api, &who, "CreateCreditor", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let row = creditors::create(&work, &content).await?;
    let reply = wire::CreateCreditorResponse { creditor: Some(message(&row)?) };
    finish(work, request.validate_only, reply).await
}

/// Reads a creditor.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetCreditorRequest,
) -> Result<wire::GetCreditorResponse, Error> {
    let work = api.store.begin(who.tenant).await?;
    let row = creditors::get(&work, id(&request.creditor_id)?).await?;
    Ok(wire::GetCreditorResponse { creditor: Some(message(&row)?) })
}

/// Lists creditors.
pub async fn list(
    api: &Api,
    who: Who,
    request: wire::ListCreditorsRequest,
) -> Result<wire::ListCreditorsResponse, Error> {
    let filter =
        wire::ListCreditorsRequest { page_size: 0, page_token: String::new(), ..request.clone() };
    let page = api
        .page_key
        .request(
            who.tenant,
            "ListCreditors",
            filter.encode_to_vec(),
            request.page_size,
            &request.page_token,
        )
        .map_err(Error::Page)?;
    let work = api.store.begin(who.tenant).await?;
    let rows =
        creditor::list(&work, &request.external_ref, page.cursor(), page.limit() + 1).await?;
    let (rows, next_page_token) = page.finish(rows, |row| row.creditor_id.clone());
    let creditors = rows.iter().map(message).collect::<Result<_, _>>()?;
    Ok(wire::ListCreditorsResponse { creditors, next_page_token })
}

/// Changes a creditor.
pub async fn update(
    api: &Api,
    who: Who,
    request: wire::UpdateCreditorRequest,
) -> Result<wire::UpdateCreditorResponse, Error> {
    let given = request.creditor.clone().unwrap_or_default();
    let creditor_id = id(&given.creditor_id)?;
    let begun = begin(api, &who, "UpdateCreditor", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(reply) => return Ok(reply),
        Begin::Fresh(work) => work,
    };
    let row = creditors::get(&work, creditor_id).await?;
    if given.etag != row.version.to_string() {
        return Err(Error::EtagMismatch(row.creditor_id));
    }
    let mut merged = message(&row)?;
    let mut violations = Violations::default();
    for path in &request.update_mask.clone().unwrap_or_default().paths {
        take(&mut merged, &given, path, &mut violations);
    }
    let content = content(merged, &mut violations);
    violations.into_result()?;
    let row = creditors::update(&work, row, &content).await?;
    let reply = wire::UpdateCreditorResponse { creditor: Some(message(&row)?) };
    finish(work, request.validate_only, reply).await
}

fn take(into: &mut wire::Creditor, from: &wire::Creditor, path: &str, violations: &mut Violations) {
    match path {
        "name" => into.name.clone_from(&from.name),
        "address" => into.address.clone_from(&from.address),
        "external_ref" => into.external_ref.clone_from(&from.external_ref),
        "interest" => into.interest.clone_from(&from.interest),
        "deducts_input_vat" => into.deducts_input_vat = from.deducts_input_vat,
        "industry" => into.industry.clone_from(&from.industry),
        "contact_email" => into.contact_email.clone_from(&from.contact_email),
        _ => drop(violations.add("update_mask", format!("`{path}` cannot be changed"))),
    }
}

fn content(creditor: wire::Creditor, violations: &mut Violations) -> Content {
    violations.require(!creditor.name.trim().is_empty(), "creditor.name", "is required");
    let interest = creditor.interest.unwrap_or_default();
    let rate = interest.contractual_rate;
    if !rate.is_empty() {
        let field = "creditor.interest.contractual_rate";
        let parsed = violations.parse(field, rate.parse::<Percent>());
        violations.require(
            parsed.is_none_or(|rate| rate.millionths() > 0),
            field,
            "must be above zero",
        );
    }
    let day_count = wire::DayCount::try_from(interest.day_count);
    violations.require(day_count.is_ok(), "creditor.interest.day_count", "is unknown");
    Content {
        name: creditor.name,
        external_ref: creditor.external_ref,
        profile: CreditorProfile {
            address: creditor.address.map(convert::address_of).unwrap_or_default(),
            act_act: day_count == Ok(wire::DayCount::ActAct),
            contractual_rate: rate,
            deducts_input_vat: creditor.deducts_input_vat,
            industry: creditor.industry,
            contact_email: creditor.contact_email,
        },
    }
}

fn message(row: &creditor::Model) -> Result<wire::Creditor, Error> {
    let profile: CreditorProfile = serde_json::from_str(&row.profile)?;
    let day_count = if profile.act_act { wire::DayCount::ActAct } else { wire::DayCount::Act365 };
    Ok(wire::Creditor {
        creditor_id: row.creditor_id.clone(),
        name: row.name.clone(),
        address: Some(convert::address(&profile.address)),
        external_ref: row.external_ref.clone().unwrap_or_default(),
        interest: Some(wire::InterestSettings {
            day_count: day_count.into(),
            contractual_rate: profile.contractual_rate,
            ..wire::InterestSettings::default()
        }),
        deducts_input_vat: profile.deducts_input_vat,
        industry: profile.industry,
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.created_at)),
        contact_email: profile.contact_email,
        ..wire::Creditor::default()
    })
}
