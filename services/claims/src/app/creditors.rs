//! The businesses whose claims are collected.

use kulanz_law::InterestRate;
use kulanz_store::Work;
use kulanz_types::CreditorId;

use crate::domain::agency::CreditorProfile;
use crate::domain::intake::Standing;
use crate::domain::terms::CreditorTerms;
use crate::error::Error;
use crate::store::creditor;

/// A creditor to be kept.
pub struct Content {
    /// Name or firm.
    pub name: String,
    /// The agency's own number; empty for none.
    pub external_ref: String,
    /// The rest.
    pub profile: CreditorProfile,
}

impl Content {
    fn external_ref(&self) -> Option<String> {
        Some(self.external_ref.clone()).filter(|external| !external.is_empty())
    }
}

/// Makes a creditor.
pub async fn create(work: &Work, content: &Content) -> Result<creditor::Model, Error> {
    refuse_taken(work, content, None).await?;
    let row = creditor::Model {
        tenant_id: work.tenant().to_string(),
        creditor_id: CreditorId::generate(work.seeds(), work.now()).to_string(),
        external_ref: content.external_ref(),
        name: content.name.clone(),
        profile: serde_json::to_string(&content.profile)?,
        version: 1,
        created_at: work.now(),
    };
    creditor::insert(work, row.clone()).await?;
    work.about(&row.creditor_id);
    Ok(row)
}

/// The creditor of this id.
pub async fn get(work: &Work, id: CreditorId) -> Result<creditor::Model, Error> {
    creditor::find(work, id).await?.ok_or_else(|| Error::not_found(id))
}

/// Writes a changed creditor.
pub async fn update(
    work: &Work,
    row: creditor::Model,
    content: &Content,
) -> Result<creditor::Model, Error> {
    refuse_taken(work, content, Some(&row.creditor_id)).await?;
    let row = creditor::Model {
        external_ref: content.external_ref(),
        name: content.name.clone(),
        profile: serde_json::to_string(&content.profile)?,
        version: row.version + 1,
        ..row
    };
    creditor::update(work, row.clone()).await?;
    work.about(&row.creditor_id);
    Ok(row)
}

async fn refuse_taken(work: &Work, content: &Content, own: Option<&str>) -> Result<(), Error> {
    let Some(external) = content.external_ref() else { return Ok(()) };
    match creditor::by_external_ref(work, &external).await? {
        Some(other) if Some(other.creditor_id.as_str()) != own => {
            Err(Error::ExternalRefTaken(external))
        }
        _ => Ok(()),
    }
}

/// What the claims of a creditor bear.
pub fn terms(row: &creditor::Model) -> Result<CreditorTerms, Error> {
    terms_of(&row.profile)
}

/// What the claims of the creditor with this profile bear.
pub fn terms_of(profile: &str) -> Result<CreditorTerms, Error> {
    Ok(borne(&serde_json::from_str(profile)?))
}

fn borne(profile: &CreditorProfile) -> CreditorTerms {
    CreditorTerms {
        deducts_input_tax: profile.deducts_input_vat,
        day_count: profile.day_count,
        payment_day_counts: profile.payment_day_counts,
        contractual_rate: profile.contractual_rate.parse().ok().map(InterestRate::Fixed),
        charges_costs: true,
        charges: profile.agency_charges,
        raises_costs: profile.raises_costs,
        ..CreditorTerms::default()
    }
}

/// What a creditor has said once for all of its claims.
pub fn standing(row: &creditor::Model) -> Result<Standing, Error> {
    let profile: CreditorProfile = serde_json::from_str(&row.profile)?;
    Ok(Standing {
        terms: borne(&profile),
        rate_reason: profile.contractual_rate_reason.trim().to_owned(),
        has_address: !profile.address.is_empty(),
        accepts_time_barred: profile.accepts_time_barred,
    })
}
