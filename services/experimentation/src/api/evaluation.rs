//! How a candidate would have done.

use kulanz_chassis::Violations;
use kulanz_policy::{Evaluation, Valued};
use kulanz_proto::convert::instant;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_types::TenantId;

use super::Server;
use crate::app::evaluate::{Part, Verdict, evaluate};
use crate::domain::evaluation::Failure;
use crate::error::Error;

impl Server {
    pub(super) async fn evaluated(
        &self,
        tenant: TenantId,
        request: &pb::EvaluatePolicyRequest,
    ) -> Result<pb::EvaluatePolicyResponse, Error> {
        let part = part(request)?;
        Ok(response(evaluate(&self.store, tenant, &request.policy_id, part, None).await?))
    }
}

fn part(request: &pb::EvaluatePolicyRequest) -> Result<Part, Error> {
    let mut wrong = Violations::default();
    let from = wrong.parse("from", request.from.as_ref().map(instant).transpose()).flatten();
    let until = wrong.parse("until", request.until.as_ref().map(instant).transpose()).flatten();
    let forward = from.zip(until).is_none_or(|(from, until)| from < until);
    wrong.require(forward, "until", "must be later than `from`");
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(Part { from, until })
}

fn response(verdict: Verdict) -> pb::EvaluatePolicyResponse {
    let of = [
        ("value", &verdict.evaluated.value),
        ("harm", &verdict.evaluated.harm),
        ("contacts", &verdict.evaluated.contacts),
    ];
    pb::EvaluatePolicyResponse {
        estimates: of.into_iter().flat_map(|(name, found)| estimates(name, found)).collect(),
        passes_gate: verdict.failures.is_empty(),
        gate_failures: verdict.failures.iter().map(failure).collect(),
        decisions: i64::try_from(verdict.decisions).unwrap_or(i64::MAX),
    }
}

fn failure(failure: &Failure) -> String {
    format!("{}: {}", failure.reason, failure.found)
}

fn estimates(objective: &str, evaluation: &Evaluation) -> Vec<pb::PolicyEstimate> {
    let estimate = |valued: &Valued| pb::PolicyEstimate {
        objective: objective.to_owned(),
        estimator: valued.estimator.name().to_owned(),
        value: valued.value.value,
        standard_error: valued.value.standard_error,
        effective_sample_size: valued.effective,
        lower: valued.value.lower,
        upper: valued.value.upper,
        incumbent: evaluation.incumbent.value,
    };
    evaluation.estimates.iter().map(estimate).collect()
}
