//! What experiments show, as the contract says it.

use kulanz_chassis::Violations;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_types::TenantId;

use super::Server;
use super::design::measures;
use crate::app::analysis::{Look, look};
use crate::domain::delays::{Delay, Quantile};
use crate::domain::experiment::Design;
use crate::domain::findings::{Advice, Finding, Standing, Verdict};
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
        let seen = look(&self.store, tenant, id, &further, include_open).await?;
        Ok(response(seen))
    }
}

fn response(seen: Look) -> pb::AnalyzeExperimentResponse {
    let (design, found) = (&seen.experiment.design, seen.findings);
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
        delays: seen.delays.into_iter().map(|delay| payment_delay(design, delay)).collect(),
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

fn payment_delay(design: &Design, delay: Delay) -> pb::PaymentDelay {
    let plain = pb::PaymentDelay {
        arm_key: arm_key(design, delay.arm),
        bucket_version: i32::try_from(delay.bucket_version).unwrap_or(i32::MAX),
        persons: i64::try_from(delay.people).unwrap_or(i64::MAX),
        e_value: 1.0,
        quantiles: delay.quantiles.iter().map(quantile).collect(),
        ..pb::PaymentDelay::default()
    };
    match delay.early {
        Err(withheld) => pb::PaymentDelay { withheld, ..plain },
        Ok(early) => pb::PaymentDelay {
            days: day(early.days),
            paid_share: early.paid_share.mean,
            paid_share_error: early.paid_share.variance_of_mean().sqrt(),
            mean_days: early.mean_days.mean,
            mean_days_error: early.mean_days.variance_of_mean().sqrt(),
            e_value: early.e_value,
            ..plain
        },
    }
}

fn quantile(found: &Quantile) -> pb::DelayQuantile {
    pb::DelayQuantile {
        quantile: found.quantile,
        day: day(found.day),
        lower_day: found.lower.map(day),
        upper_day: found.upper.map(day),
    }
}

fn day(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn arm_key(design: &Design, place: usize) -> String {
    design.arms.get(place).map(|arm| arm.key.clone()).unwrap_or_default()
}
