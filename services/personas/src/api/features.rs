//! Features that others report, and how people want to be spoken to.

use kulanz_chassis::Violations;
use kulanz_proto::convert::instant;
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::personas::v1::feature_value;
use kulanz_store::Begin;
use kulanz_types::{DebtorId, TenantId, to_micros};

use super::Server;
use crate::app::preferences::{self, Preferences};
use crate::app::record::{self, Fact};
use crate::domain::registry::Value;
use crate::error::Error;

const RECORD: &str = "kulanz.personas.v1.PersonasService/RecordFeatures";
const PREFER: &str = "kulanz.personas.v1.PersonasService/SetPreferences";

/// Facts of one batch.
const FACTS_MAX: usize = 1_000;

impl Server {
    pub(super) async fn record_batch(
        &self,
        tenant: TenantId,
        batch: pb::RecordFeaturesRequest,
    ) -> Result<pb::RecordFeaturesResponse, Error> {
        let begun = self.store.begin_write(tenant, RECORD, &batch.request_id, &batch).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(skipped(reply)),
            Begin::Fresh(work) => work,
        };
        let taken = record::record(&work, facts(&batch.values)?).await?;
        let reply = pb::RecordFeaturesResponse {
            recorded_count: taken.kept,
            unchanged_count: taken.unchanged,
        };
        Ok(work.finish(reply).await?)
    }

    pub(super) async fn prefer(
        &self,
        tenant: TenantId,
        debtor: DebtorId,
        request: pb::SetPreferencesRequest,
    ) -> Result<pb::SetPreferencesResponse, Error> {
        let begun = self.store.begin_write(tenant, PREFER, &request.request_id, &request).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let stated = stated(&request.preferences.unwrap_or_default())?;
        let now = preferences::set(&work, debtor, stated).await?;
        let preferences = pb::Preferences {
            debtor_id: debtor.to_string(),
            form_of_address: now.form_of_address.unwrap_or_default(),
            language: now.language.unwrap_or_default(),
        };
        Ok(work.finish(pb::SetPreferencesResponse { preferences: Some(preferences) }).await?)
    }
}

/// A batch that came before brings nothing new.
fn skipped(reply: pb::RecordFeaturesResponse) -> pb::RecordFeaturesResponse {
    pb::RecordFeaturesResponse {
        recorded_count: 0,
        unchanged_count: reply.recorded_count + reply.unchanged_count,
    }
}

fn facts(values: &[pb::FeatureValue]) -> Result<Vec<Fact>, Error> {
    let mut wrong = Violations::default();
    wrong.require((1..=FACTS_MAX).contains(&values.len()), "values", "1 to 1000 facts");
    let facts = values.iter().enumerate();
    let facts = facts.filter_map(|(position, value)| fact(position, value, &mut wrong)).collect();
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(facts)
}

fn fact(position: usize, sent: &pb::FeatureValue, wrong: &mut Violations) -> Option<Fact> {
    let field = |name: &str| format!("values[{position}].{name}");
    let debtor_id = wrong.parse(&field("debtor_id"), sent.debtor_id.parse());
    let value = match &sent.value {
        Some(feature_value::Value::Number(number)) => Some(Value::Number(*number)),
        Some(feature_value::Value::Category(band)) => Some(Value::Category(band.clone())),
        None => None,
    };
    wrong.require(value.is_some(), &field("value"), "a number or a category is needed");
    let observed_at = sent.observed_at.as_ref().and_then(|at| instant(at).ok()).map(to_micros);
    wrong.require(observed_at.is_some(), &field("observed_at"), "must be an instant");
    Some(Fact {
        debtor_id: debtor_id?,
        name: sent.feature.clone(),
        value: value?,
        observed_at: observed_at?,
    })
}

fn stated(sent: &pb::Preferences) -> Result<Preferences, Error> {
    let mut wrong = Violations::default();
    let known = kulanz_proto::types::v1::FormOfAddress::try_from(sent.form_of_address).is_ok();
    wrong.require(known, "preferences.form_of_address", "must be a known form");
    let tag = &sent.language;
    let sound = tag.len() <= 35 && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    wrong.require(sound, "preferences.language", "must be a BCP 47 tag");
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(Preferences {
        form_of_address: (sent.form_of_address != 0).then_some(sent.form_of_address),
        language: (!tag.is_empty()).then(|| tag.clone()),
    })
}
