//! Creditor calls.

use chrono::NaiveDate;
use kulanz_chassis::Violations;
use kulanz_law::{DayCount, InterestRate, Percent};
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::convert::{optional, timestamp};
use kulanz_proto::types::v1::Money as WireMoney;
use kulanz_store::Begin;
use kulanz_types::{Currency, Money, berlin_date};
use prost::Message;

use super::who::Who;
use super::{Api, begin, convert, finish, id};
use crate::app::creditors::{self, Content};
use crate::domain::agency::{AgencyCharges, CreditorProfile};
use crate::domain::settlement_authority::SettlementAuthority;
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
    let content =
        content(request.creditor.clone().unwrap_or_default(), today(api), &mut violations);
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
    let content = content(merged, today(api), &mut violations);
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
        "settlement" => into.settlement.clone_from(&from.settlement),
        "contact_email" => into.contact_email.clone_from(&from.contact_email),
        "agency_charges" => into.agency_charges.clone_from(&from.agency_charges),
        "raises_costs" => into.raises_costs = from.raises_costs,
        "accepts_time_barred" => into.accepts_time_barred = from.accepts_time_barred,
        _ => drop(violations.add("update_mask", format!("`{path}` cannot be changed"))),
    }
}

fn today(api: &Api) -> NaiveDate {
    berlin_date(api.store.clock().now())
}

fn content(creditor: wire::Creditor, today: NaiveDate, violations: &mut Violations) -> Content {
    violations.require(!creditor.name.trim().is_empty(), "creditor.name", "is required");
    let interest = creditor.interest.unwrap_or_default();
    let day_count = day_count(&interest, violations);
    contractual_rate(&interest, today, violations);
    let settlement = creditor.settlement.and_then(|authority| settlement(&authority, violations));
    let agency_charges = agency_charges(&creditor.agency_charges.unwrap_or_default(), violations);
    Content {
        name: creditor.name,
        external_ref: creditor.external_ref,
        profile: CreditorProfile {
            address: creditor.address.map(convert::address_of).unwrap_or_default(),
            day_count,
            contractual_rate: interest.contractual_rate,
            contractual_rate_reason: interest.contractual_rate_reason,
            payment_day_counts: interest.payment_day_counts,
            deducts_input_vat: creditor.deducts_input_vat,
            industry: creditor.industry,
            contact_email: creditor.contact_email,
            settlement,
            accepts_time_barred: creditor.accepts_time_barred,
            agency_charges,
            raises_costs: creditor.raises_costs,
        },
    }
}

fn day_count(interest: &wire::InterestSettings, violations: &mut Violations) -> DayCount {
    let field = "creditor.interest.day_count";
    match wire::DayCount::try_from(interest.day_count) {
        Ok(wire::DayCount::Unspecified | wire::DayCount::Act365) => DayCount::Act365,
        Ok(wire::DayCount::ActAct) => DayCount::ActAct,
        Ok(wire::DayCount::DayCount30360) => {
            let contractual = !interest.contractual_rate.is_empty();
            violations.require(contractual, field, "needs a contractual rate");
            DayCount::Thirty360
        }
        Err(_) => {
            violations.add(field, "is unknown");
            DayCount::Act365
        }
    }
}

/// Whose debtors are consumers is not known here: what a consumer owes by law is the measure.
fn contractual_rate(
    interest: &wire::InterestSettings,
    today: NaiveDate,
    violations: &mut Violations,
) {
    if interest.contractual_rate.is_empty() {
        return;
    }
    let field = "creditor.interest.contractual_rate";
    let Some(rate) = violations.parse(field, interest.contractual_rate.parse::<Percent>()) else {
        return;
    };
    violations.require(rate.millionths() > 0, field, "must be above zero");
    let lawful = InterestRate::CONSUMER.on(today).is_ok_and(|statutory| rate <= statutory);
    violations.require(
        lawful || !interest.contractual_rate_reason.trim().is_empty(),
        "creditor.interest.contractual_rate_reason",
        "is required for a rate above the statutory one",
    );
}

fn settlement(
    given: &wire::SettlementAuthority,
    violations: &mut Violations,
) -> Option<SettlementAuthority> {
    let field = |name: &str| format!("creditor.settlement.{name}");
    let (discount, total) = (field("max_discount_percent"), field("max_open_total"));
    let max_discount = violations.parse(&discount, given.max_discount_percent.parse::<Percent>());
    let within = max_discount
        .is_none_or(|percent| percent > Percent::whole(0) && percent <= Percent::whole(100));
    violations.require(within, &discount, "must be above 0 and at most 100");
    let days = given.min_days_overdue;
    violations.require(days >= 0, &field("min_days_overdue"), "must not be below zero");
    let max_open_total: Option<Money> =
        violations.parse(&total, optional(given.max_open_total.clone())).flatten();
    violations.require(max_open_total.is_none_or(Money::is_positive), &total, "must be above zero");
    let last = field("valid_until");
    let valid_until = violations.parse(&last, optional(given.valid_until)).flatten();
    let max_discount = max_discount?;
    Some(SettlementAuthority { max_discount, min_days_overdue: days, max_open_total, valid_until })
}

/// Nothing is an amount: then the debtor owes nothing of it.
fn agency_charges(given: &wire::AgencyCharges, violations: &mut Violations) -> AgencyCharges {
    let mut amount = |name: &str, given: &Option<WireMoney>| -> Option<Money> {
        let field = format!("creditor.agency_charges.{name}");
        let amount: Option<Money> = violations.parse(&field, optional(given.clone())).flatten();
        let euro = amount.is_none_or(|amount| amount.currency() == Currency::EUR);
        violations.require(euro, &field, "must be in EUR");
        let owed = amount.is_none_or(|amount| !amount.is_negative());
        violations.require(owed, &field, "must not be below zero");
        amount
    };
    AgencyCharges {
        collection: amount("collection", &given.collection),
        arrangement: amount("arrangement", &given.arrangement),
        court_dunning: amount("court_dunning", &given.court_dunning),
        enforcement: amount("enforcement", &given.enforcement),
    }
}

fn agency_charges_message(charges: AgencyCharges) -> Option<wire::AgencyCharges> {
    let AgencyCharges { collection, arrangement, court_dunning, enforcement } = charges;
    (charges != AgencyCharges::default()).then(|| wire::AgencyCharges {
        collection: collection.map(Into::into),
        arrangement: arrangement.map(Into::into),
        court_dunning: court_dunning.map(Into::into),
        enforcement: enforcement.map(Into::into),
    })
}

fn settlement_message(authority: &SettlementAuthority) -> wire::SettlementAuthority {
    wire::SettlementAuthority {
        max_discount_percent: authority.max_discount.to_string(),
        min_days_overdue: authority.min_days_overdue,
        max_open_total: authority.max_open_total.map(Into::into),
        valid_until: authority.valid_until.map(Into::into),
    }
}

fn message(row: &creditor::Model) -> Result<wire::Creditor, Error> {
    let profile: CreditorProfile = serde_json::from_str(&row.profile)?;
    let day_count = match profile.day_count {
        DayCount::Act365 => wire::DayCount::Act365,
        DayCount::ActAct => wire::DayCount::ActAct,
        DayCount::Thirty360 => wire::DayCount::DayCount30360,
    };
    Ok(wire::Creditor {
        creditor_id: row.creditor_id.clone(),
        name: row.name.clone(),
        address: Some(convert::address(&profile.address)),
        external_ref: row.external_ref.clone().unwrap_or_default(),
        interest: Some(wire::InterestSettings {
            day_count: day_count.into(),
            contractual_rate: profile.contractual_rate,
            payment_day_counts: profile.payment_day_counts,
            contractual_rate_reason: profile.contractual_rate_reason,
        }),
        deducts_input_vat: profile.deducts_input_vat,
        industry: profile.industry,
        etag: row.version.to_string(),
        create_time: Some(timestamp(row.created_at)),
        contact_email: profile.contact_email,
        settlement: profile.settlement.as_ref().map(settlement_message),
        accepts_time_barred: profile.accepts_time_barred,
        agency_charges: agency_charges_message(profile.agency_charges),
        raises_costs: profile.raises_costs,
    })
}
