//! Debtor calls.

use kulanz_chassis::Violations;
use kulanz_proto::claims::v1 as wire;
use kulanz_proto::claims::v1::debtor::Party;
use kulanz_proto::convert::optional;
use kulanz_store::Begin;
use kulanz_types::DebtorId;

use super::access::debtor_id;
use super::who::Who;
use super::{Api, begin, convert, finish};
use crate::app::debtors::{self, DebtorView, batch, change};
use crate::domain::person::{ContactKind, ContactPoint, Profile};
use crate::domain::provenance::Origin;
use crate::error::Error;
use crate::store::disowned_address;

/// Most debtors of one call.
const LARGEST_BATCH: usize = 500;

/// Reads a debtor.
pub async fn get(
    api: &Api,
    who: Who,
    request: wire::GetDebtorRequest,
) -> Result<wire::GetDebtorResponse, Error> {
    let work = api.store.begin(who.tenant).await?;
    let view = debtors::get(&work, debtor_id(&request.debtor_id)?).await?;
    let mut debtor = convert::debtor(&view)?;
    debtor.provenance = convert::provenance(&view);
    debtor.protections = convert::protections(&view)?;
    let debtor = Some(debtor);
    work.commit().await?;
    Ok(wire::GetDebtorResponse { debtor })
}

/// Reads many debtors.
pub async fn batch_get(
    api: &Api,
    who: Who,
    request: wire::BatchGetDebtorsRequest,
) -> Result<wire::BatchGetDebtorsResponse, Error> {
    let asked = request.debtor_ids;
    if asked.is_empty() || asked.len() > LARGEST_BATCH {
        return Err(Error::field("debtor_ids", "needs 1 to 500 ids"));
    }
    let ids: Vec<DebtorId> = asked.iter().filter_map(|id| id.parse().ok()).collect();
    let work = api.store.begin(who.tenant).await?;
    let views = batch(&work, &ids, request.include_claims).await?;
    let known = |id: &String| views.iter().any(|view| view.row.debtor_id == *id);
    let missing_debtor_ids = asked.iter().filter(|id| !known(id)).cloned().collect();
    let mut debtors = views.iter().map(convert::debtor).collect::<Result<Vec<_>, _>>()?;
    for (debtor, view) in debtors.iter_mut().zip(&views).filter(|_| request.include_claims) {
        debtor.protections = convert::protections(view)?;
    }
    Ok(wire::BatchGetDebtorsResponse { debtors, missing_debtor_ids })
}

/// Changes a debtor.
pub async fn update(
    api: &Api,
    who: Who,
    request: wire::UpdateDebtorRequest,
) -> Result<wire::UpdateDebtorResponse, Error> {
    let given = request.debtor.clone().unwrap_or_default();
    let id = debtor_id(&given.debtor_id)?;
    if who.debtor().is_some_and(|own| own != id) {
        return Err(Error::not_found(id));
    }
    let paths = request.update_mask.clone().unwrap_or_default().paths;
    check_paths(&who, &paths)?;
    let begun = begin(api, &who, "UpdateDebtor", &request.request_id, &request).await?;
    let work = match begun {
        Begin::Replayed(wire::UpdateDebtorResponse { .. }) => return shown(api, &who, id).await,
        Begin::Fresh(work) => work,
    };
    let view = debtors::locked(&work, id).await?;
    if !given.etag.is_empty() && given.etag != view.row.version.to_string() {
        return Err(Error::EtagMismatch(view.row.debtor_id));
    }
    let mut profile = view.profile.ok_or(kulanz_store::StoreError::KeyDestroyed)?;
    let reached = profile.contact_points.clone();
    apply(&mut profile, given, &paths)?;
    let changed: Vec<&str> = paths.iter().map(String::as_str).collect();
    let origin = Origin::caller(&who.actor, work.now());
    profile.supplied(changed.iter().copied(), &reached, &origin);
    let row = change(&work, view.row, &profile, &changed).await?;
    if changed.contains(&"contact_points") {
        let usable = profile.contact_points.iter().filter(|point| point.usable);
        let hashes = usable.map(|point| disowned_address::hash(&work, &point.value)).collect();
        disowned_address::reclaim(&work, hashes, &row.debtor_id).await?;
    }
    let view = DebtorView { row, profile: Some(profile), claims: Vec::new(), ..view };
    let reply = wire::UpdateDebtorResponse { debtor: Some(convert::debtor(&view)?) };
    // Kept answers hold nothing personal: a repetition reads the debtor again.
    finish(work, request.validate_only, wire::UpdateDebtorResponse::default()).await?;
    Ok(reply)
}

async fn shown(api: &Api, who: &Who, id: DebtorId) -> Result<wire::UpdateDebtorResponse, Error> {
    let work = api.store.begin(who.tenant).await?;
    let view = debtors::get(&work, id).await?;
    Ok(wire::UpdateDebtorResponse { debtor: Some(convert::debtor(&view)?) })
}

/// A debtor's own session changes language and form of address, nothing else.
fn check_paths(who: &Who, paths: &[String]) -> Result<(), Error> {
    let own: &[&str] = &["language", "form_of_address"];
    let all: &[&str] =
        &["address", "contact_points", "language", "form_of_address", "person", "company"];
    let allowed = if who.debtor().is_some() { own } else { all };
    let mut violations = Violations::default();
    violations.require(!paths.is_empty(), "update_mask", "is required");
    for path in paths.iter().filter(|path| !allowed.contains(&path.as_str())) {
        violations.add("update_mask", format!("`{path}` cannot be changed"));
    }
    Ok(violations.into_result()?)
}

fn apply(profile: &mut Profile, given: wire::Debtor, paths: &[String]) -> Result<(), Error> {
    let mut violations = Violations::default();
    let names = |path: &str| paths.iter().any(|known| known == path);
    if names("address") {
        profile.address = given.address.map(convert::address_of).unwrap_or_default();
    }
    if names("contact_points") {
        profile.contact_points = given
            .contact_points
            .into_iter()
            .filter_map(|point| point_of(point, &mut violations))
            .collect();
    }
    if names("language") {
        profile.language = given.language;
    }
    if names("form_of_address") {
        profile.form_of_address = given.form_of_address;
    }
    match given.party {
        Some(Party::Person(person)) if names("person") => {
            name_person(profile, person, &mut violations);
        }
        Some(Party::Company(company)) if names("company") => {
            violations.require(
                !company.company_name.is_empty(),
                "debtor.company.company_name",
                "is required",
            );
            profile.company_name = company.company_name;
            profile.contact_name = company.contact_name;
        }
        _ => {
            violations.require(
                !names("person") && !names("company"),
                "debtor.party",
                "does not fit the update mask",
            );
        }
    }
    Ok(violations.into_result()?)
}

fn name_person(profile: &mut Profile, person: wire::Person, violations: &mut Violations) {
    violations.require(!person.family_name.is_empty(), "debtor.person.family_name", "is required");
    let birth_date = violations.parse("debtor.person.birth_date", optional(person.birth_date));
    profile.company_name.clear();
    profile.given_name = person.given_name;
    profile.family_name = person.family_name;
    profile.birth_date = birth_date.flatten();
    profile.salutation = person.salutation;
    profile.title = person.title;
}

fn point_of(point: wire::ContactPoint, violations: &mut Violations) -> Option<ContactPoint> {
    let kind = match wire::ContactPointKind::try_from(point.kind) {
        Ok(wire::ContactPointKind::Email) => ContactKind::Email,
        Ok(wire::ContactPointKind::Mobile) => ContactKind::Mobile,
        Ok(wire::ContactPointKind::Phone) => ContactKind::Phone,
        _ => {
            violations.add("debtor.contact_points.kind", "is required");
            return None;
        }
    };
    violations.require(!point.value.is_empty(), "debtor.contact_points.value", "is required");
    Some(ContactPoint { kind, value: point.value, usable: point.usable, note: point.note })
}
