//! What experiments show, as the contract says it.

use kulanz_chassis::Violations;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_types::TenantId;

use super::Server;
use super::design::measures;
use crate::app::analysis::look;
use crate::domain::experiment::Design;
use crate::domain::findings::{Advice, Finding, Findings, Standing, Verdict};
use crate::error::Error;

impl Server {
    pub(super) async fn analysed(
        &self,
        tenant: TenantId,
        request: &pb::AnalyzeExperimentRequest,
    ) -> Result<pb::AnalyzeExperimentResponse, Error> {
        let mut wrong = Violations::default();
        let further = measures(&request.metrics, "metrics", &mut wrong);
        wrong.into_result().map_err(Error::Invalid)?;
        let (id, include_open) = (&request.experiment_id, request.include_immature);
        let (experiment, found) = look(&self.store, tenant, id, &further, include_open).await?;
        Ok(response(&experiment.design, found))
    }
}

fn response(design: &Design, found: Findings) -> pb::AnalyzeExperimentResponse {
    let advice = match found.advice {
        Advice::Wait => "wait",
        Advice::StopForHarm => "stop_for_harm",
        Advice::Ship => "ship",
        Advice::NoDifference => "no_difference",
        Advice::BrokenSplit => "broken_split",
    };
    pb::AnalyzeExperimentResponse {
        results: found.findings.into_iter().map(|finding| result(design, finding)).collect(),
        sample_ratio_p_value: found.split.p_value,
        sample_ratio_e_value: found.split.e_value,
        sample_ratio_mismatch: found.split.is_broken(),
        guardrails: found.verdicts.iter().map(|verdict| guardrail(design, verdict)).collect(),
        advice: advice.to_owned(),
    }
}

fn result(design: &Design, finding: Finding) -> pb::ArmResult {
    let plain = pb::ArmResult {
        arm_key: arm_key(design, finding.arm),
        metric: finding.measure.name().to_owned(),
        units: i64::try_from(finding.units).unwrap_or(i64::MAX),
        mean: finding.mean,
        control_mean: finding.control_mean,
        p_value: 1.0,
        e_value: 1.0,
        discovery: finding.discovery,
        adjusted: finding.adjusted,
        ..pb::ArmResult::default()
    };
    match finding.effect {
        Err(withheld) => pb::ArmResult { withheld, ..plain },
        Ok(effect) => pb::ArmResult {
            difference: effect.difference,
            lower: effect.always.lower,
            upper: effect.always.upper,
            p_value: effect.p_value,
            e_value: effect.e_value,
            relative_difference: effect.relative,
            fixed_lower: effect.fixed.lower,
            fixed_upper: effect.fixed.upper,
            ..plain
        },
    }
}

fn guardrail(design: &Design, verdict: &Verdict) -> pb::GuardrailResult {
    let standing = match verdict.standing {
        Standing::Safe => "safe",
        Standing::Harmful => "harmful",
        Standing::Open => "open",
    };
    pb::GuardrailResult {
        arm_key: arm_key(design, verdict.arm),
        metric: verdict.measure.name().to_owned(),
        lower: verdict.worse_by.lower,
        upper: verdict.worse_by.upper,
        verdict: standing.to_owned(),
    }
}

fn arm_key(design: &Design, place: usize) -> String {
    design.arms.get(place).map(|arm| arm.key.clone()).unwrap_or_default()
}
