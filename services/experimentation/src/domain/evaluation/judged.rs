//! The verdict of the gate, in names.

use kulanz_policy::{Case, Gate, LogError, Refusal, parity};

use super::{Evaluated, Log};

/// Something that stands against a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which rule: `thin_evidence`, `below_incumbent`, `more_harm`, …
    pub reason: &'static str,
    /// What it found, in numbers.
    pub found: String,
}

/// Everything that stands against a candidate; nothing where it passes.
pub fn judge(log: &Log, evaluated: &Evaluated, gate: &Gate) -> Result<Vec<Failure>, LogError> {
    let parity = parity(&log.valued(), &log.groups)?;
    let case = Case {
        value: &evaluated.value,
        harm: Some(&evaluated.harm),
        contacts: Some(&evaluated.contacts),
        parity: &parity,
    };
    Ok(gate.judge(&case).iter().map(|refusal| failure(log, refusal)).collect())
}

fn failure(log: &Log, refusal: &Refusal) -> Failure {
    let reason = match refusal {
        Refusal::NoExploration => "no_exploration",
        Refusal::NotCovered { .. } => "not_covered",
        Refusal::OtherPropensities { .. } => "other_propensities",
        Refusal::ThinEvidence { .. } | Refusal::ThinLevel { .. } => "thin_evidence",
        Refusal::BelowIncumbent { .. } => "below_incumbent",
        Refusal::MoreHarm { .. } => "more_harm",
        Refusal::MoreContacts { .. } => "more_contacts",
        Refusal::LessParity { .. } => "less_parity",
        Refusal::ModelDisagrees { .. } => "model_disagrees",
    };
    let found = match refusal {
        Refusal::NotCovered { factor: Some(factor), share } => {
            let percent = share * 100.0;
            let factor = &log.factors[*factor];
            format!(
                "the log never does part of what the policy does: it covers {percent:.1} % of {factor}"
            )
        }
        Refusal::OtherPropensities { factor: Some(factor), weight } => {
            let factor = &log.factors[*factor];
            format!("the mean weight of {factor} is {weight:.2}, and no policy's is above 1")
        }
        Refusal::ThinLevel { factor, level, effective, least } => {
            let level = &log.levels[*factor][*level];
            let factor = &log.factors[*factor];
            format!("effective sample size of {factor}={level} is {effective:.1}, {least} needed")
        }
        other => other.to_string(),
    };
    Failure { reason, found }
}
