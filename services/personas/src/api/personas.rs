//! Who a debtor probably is, how likely they pay, how to talk to them.

use std::collections::BTreeMap;

use kulanz_chassis::Violations;
use kulanz_proto::convert::timestamp;
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::types::v1::Money;
use kulanz_types::{Currency, TenantId};

use super::{Server, debtor};
use crate::app::assigned::{Assigned, in_force};
use crate::app::briefing::{Language, label, paragraphs};
use crate::domain::catalogue;
use crate::domain::registry::{Value, Values};
use crate::domain::typology::{Persona, Reason};
use crate::error::Error;

/// Longest horizon of a prediction, in days.
const HORIZON_MAX: i32 = 365;

impl Server {
    pub(super) async fn persona(
        &self,
        tenant: TenantId,
        request: &pb::GetPersonaRequest,
    ) -> Result<pb::GetPersonaResponse, Error> {
        let debtor = debtor(&request.debtor_id, "debtor_id")?;
        let assigned = in_force(&self.store, tenant, debtor).await?;
        let persona = catalogue().typology.get(assigned.content.persona_id);
        Ok(pb::GetPersonaResponse {
            persona: persona.map(written),
            assignment: Some(assignment(assigned, persona)),
        })
    }

    pub(super) fn personas(
        &self,
        tenant: TenantId,
        request: &pb::ListPersonasRequest,
    ) -> Result<pb::ListPersonasResponse, Error> {
        let page = self
            .page_key
            .request(tenant, "ListPersonas", "", request.page_size, &request.page_token)
            .map_err(Error::Page)?;
        let after = |persona: &&Persona| {
            page.cursor().is_none_or(|cursor| persona.id.to_string().as_str() > cursor)
        };
        let mut found: Vec<_> = catalogue().typology.personas.iter().filter(after).collect();
        found.sort_by_key(|persona| persona.id);
        let (found, next_page_token) = page.finish(found, |persona| persona.id.to_string());
        let personas = found.into_iter().map(written).collect();
        Ok(pb::ListPersonasResponse { personas, next_page_token })
    }

    pub(super) async fn predict(
        &self,
        tenant: TenantId,
        request: &pb::PredictPaymentRequest,
    ) -> Result<pb::PredictPaymentResponse, Error> {
        let mut wrong = Violations::default();
        let horizon = request.horizon_days;
        wrong.require((1..=HORIZON_MAX).contains(&horizon), "horizon_days", "1 to 365");
        wrong.into_result().map_err(Error::Invalid)?;
        let debtor = debtor(&request.debtor_id, "debtor_id")?;
        let assigned = in_force(&self.store, tenant, debtor).await?;
        let model = &catalogue().propensity;
        let bands = catalogue().registry.scored_bands(&assigned.content.features);
        let days = horizon.unsigned_abs();
        let probability = model.within(&bands, days);
        let (lower, upper) = model.interval(&bands, days);
        Ok(pb::PredictPaymentResponse {
            probability,
            lower,
            upper,
            expected_amount: expected(&assigned.content.features, probability),
            model_version: model.version.clone(),
        })
    }

    pub(super) async fn briefing(
        &self,
        tenant: TenantId,
        request: &pb::GetBriefingRequest,
    ) -> Result<pb::GetBriefingResponse, Error> {
        let debtor = debtor(&request.debtor_id, "debtor_id")?;
        let assigned = in_force(&self.store, tenant, debtor).await?;
        Ok(pb::GetBriefingResponse {
            paragraphs: paragraphs(&assigned, Language::of(&request.language)),
            model_version: assigned.model_version,
        })
    }
}

/// What is open times the probability, in whole euros; nothing where the open amount is unknown.
fn expected(features: &Values, probability: f64) -> Option<Money> {
    let Some(Value::Number(euros)) = features.get("open_amount") else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "an amount in euros fits an i64")]
    let minor_units = (euros * probability).round() as i64 * 100;
    Some(Money { currency_code: Currency::EUR.code().to_owned(), minor_units })
}

fn written(persona: &Persona) -> pb::Persona {
    pb::Persona {
        persona_id: persona.id.to_string(),
        key: persona.key.clone(),
        display_name: persona.name_de.clone(),
        description: persona.description_de.clone(),
        prior: persona.prior.to_string(),
        model_version: catalogue().typology.version.clone(),
    }
}

fn assignment(assigned: Assigned, persona: Option<&Persona>) -> pb::Assignment {
    let content = assigned.content;
    pb::Assignment {
        debtor_id: assigned.debtor_id.to_string(),
        persona_id: content.persona_id.to_string(),
        persona_key: persona.map(|persona| persona.key.clone()).unwrap_or_default(),
        probabilities: content.probabilities,
        reasons: content.reasons.iter().map(reason).collect(),
        model_version: assigned.model_version,
        assigned_at: Some(timestamp(assigned.at)),
        features: numbers(&content.features),
    }
}

fn reason(reason: &Reason) -> pb::AssignmentReason {
    pb::AssignmentReason {
        feature: reason.feature.clone(),
        text: label(reason, Language::German).unwrap_or_default(),
        weight: reason.contribution,
    }
}

/// Features as numbers: a category becomes `feature.band` = 1.
fn numbers(features: &Values) -> BTreeMap<String, f64> {
    let number = |(name, value): (&String, &Value)| match value {
        Value::Number(number) => (name.clone(), *number),
        Value::Category(band) => (format!("{name}.{band}"), 1.0),
    };
    features.iter().map(number).collect()
}
