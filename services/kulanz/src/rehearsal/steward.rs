//! Who lets in what an agency learns: says which share is tried out, and asks each week whether the newest policy may
//! decide.

use std::time::Duration;

use anyhow::Context;
use kulanz_proto::experimentation::v1::{
    GetObjectivesRequest, GetObjectivesResponse, ListPoliciesRequest, Policy, PolicyGate,
    PolicyHealth, PolicyState, PromotePolicyRequest, SetObjectivesRequest,
};
use kulanz_simulator::calendar::Day;
use kulanz_simulator::study::{GateFigures, RampFigures};
use tonic::{Code, Status};
use tonic_types::{PreconditionViolation, StatusExt as _};

use super::house::Agency;

/// Days between two questions to the gate.
const WEEK: Day = 7;
/// Policies on a page.
const PAGE: i32 = 1_000;
/// The kind of those that were learned here.
const LEARNED: &str = "learned";
/// The gate reads the whole log.
const PATIENCE: Duration = Duration::from_mins(30);

/// Lets in what an agency learns.
pub(super) struct Steward<'a> {
    agency: &'a Agency,
    diary: Diary,
}

impl<'a> Steward<'a> {
    /// Has this share of the decisions tried out, and the gate tolerate doubt: few rehearsed portfolios are large enough
    /// for proof.
    pub async fn begin(agency: &'a Agency, share: f64) -> anyhow::Result<Self> {
        let mut policies = agency.session.clients.experimentation();
        let today = agency.session.request(GetObjectivesRequest::default());
        let GetObjectivesResponse { objectives, constraints, .. } =
            policies.get_objectives(today).await?.into_inner();
        let wanted = SetObjectivesRequest {
            request_id: agency.request_id(),
            policy_key: String::new(),
            objectives,
            constraints,
            explored_share: share.to_string(),
            gate: PolicyGate::Wide.into(),
        };
        policies.set_objectives(agency.session.request(wanted)).await?;
        Ok(Self { agency, diary: Diary::default() })
    }

    /// Notes what became of the promoted policy over night; where there is none, asks once a week for the newest one.
    pub async fn look(&mut self, day: Day) -> anyhow::Result<()> {
        if self.diary.killed {
            return Ok(());
        }
        let live = self.in_state(PolicyState::Live).await?;
        match live.into_iter().find(|policy| policy.kind == LEARNED) {
            Some(policy) => self.diary.decides(day, policy),
            None if self.diary.health.is_some() => {
                let retired = self.in_state(PolicyState::Retired).await?;
                let ended = retired.into_iter().rfind(|policy| !policy.stop_reason.is_empty());
                self.diary.ended(day, ended);
                Ok(())
            }
            None if day.is_multiple_of(WEEK) => self.ask(day).await,
            None => Ok(()),
        }
    }

    async fn ask(&mut self, day: Day) -> anyhow::Result<()> {
        let candidates = self.in_state(PolicyState::Candidate).await?;
        let Some(candidate) = candidates.into_iter().last() else { return Ok(()) };
        let wanted = PromotePolicyRequest {
            request_id: self.agency.request_id(),
            policy_id: candidate.policy_id,
            etag: candidate.etag,
        };
        let mut request = self.agency.session.request(wanted);
        request.set_timeout(PATIENCE);
        let mut policies = self.agency.session.clients.experimentation();
        match policies.promote_policy(request).await {
            Ok(reply) => {
                let promoted = reply.into_inner().policy.context("a policy that was promoted")?;
                self.diary.decides(day, promoted)
            }
            Err(refused) => {
                self.diary.refused.push((day, against(&refused)?));
                Ok(())
            }
        }
    }

    /// All policies that stand there, the oldest first.
    async fn in_state(&self, state: PolicyState) -> anyhow::Result<Vec<Policy>> {
        let mut policies = self.agency.session.clients.experimentation();
        let (mut all, mut page_token) = (Vec::new(), String::new());
        loop {
            let wanted = ListPoliciesRequest { page_size: PAGE, page_token, state: state.into() };
            let page = policies.list_policies(self.agency.session.request(wanted)).await?;
            let page = page.into_inner();
            all.extend(page.policies);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// How it went.
    pub fn figures(self) -> RampFigures {
        self.diary.figures()
    }
}

/// How a policy was let in, as it was seen each morning.
#[derive(Default)]
struct Diary {
    steps: Vec<(Day, f64)>,
    killed: bool,
    /// How what was promoted did when it was last seen.
    health: Option<PolicyHealth>,
    /// What stood against each candidate that was asked for, by the day.
    refused: Vec<(Day, Vec<String>)>,
    /// What ended the one that was let in.
    stopped: Option<String>,
}

impl Diary {
    fn decides(&mut self, day: Day, policy: Policy) -> anyhow::Result<()> {
        let share: f64 = policy.share.parse().context("the share of a policy")?;
        if self.steps.last().is_none_or(|(_, before)| (before - share).abs() > f64::EPSILON) {
            self.steps.push((day, share));
        }
        self.health = policy.health;
        Ok(())
    }

    /// The service took it out of use.
    fn ended(&mut self, day: Day, policy: Option<Policy>) {
        self.killed = true;
        self.steps.push((day, 0.0));
        if let Some(policy) = policy {
            self.stopped = Some(policy.stop_reason);
            self.health = policy.health;
        }
    }

    fn figures(mut self) -> RampFigures {
        let passes = self.health.is_some();
        let last = if passes { None } else { self.refused.pop() };
        let against = last.map_or_else(Vec::new, |(_, against)| against);
        let between = |lower: f64, upper: f64| [f64::midpoint(lower, upper), lower, upper];
        let known = self.health.as_ref();
        let own = known.filter(|health| health.value_known);
        let gate = known.filter(|health| health.gate_known);
        RampFigures {
            estimate: own.map(|health| between(health.lower, health.upper)),
            gate: Some(GateFigures {
                passes,
                against: self.stopped.into_iter().chain(against).collect(),
                refused: self.refused,
                estimate: gate.map(|health| between(health.gate_lower, health.gate_upper)),
                effective: None,
                planted_good_passes: None,
                planted_bad_passes: None,
            }),
            steps: self.steps,
            killed: self.killed,
        }
    }
}

/// What stands against a candidate, its kind first; any other failure ends the rehearsal.
fn against(refused: &Status) -> anyhow::Result<Vec<String>> {
    anyhow::ensure!(refused.code() == Code::FailedPrecondition, "PromotePolicy: {refused}");
    let reason = refused.get_details_error_info().map(|info| info.reason.to_lowercase());
    let reason = reason.unwrap_or_default();
    Ok(match refused.get_details_precondition_failure() {
        Some(found) => {
            // The gate names kinds, whatever else refuses the policy.
            let told = |it: PreconditionViolation| {
                let kind = if it.r#type == "GATE" { &it.subject } else { &reason };
                format!("{kind}: {}", it.description)
            };
            found.violations.into_iter().map(told).collect()
        }
        None => vec![refused.message().to_owned()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(share: &str, health: PolicyHealth) -> Policy {
        Policy { share: share.to_owned(), health: Some(health), ..Policy::default() }
    }

    #[test]
    fn each_step_is_noted_on_the_day_that_it_is_seen_and_the_end_with_its_numbers() {
        let refused = vec![(7, vec!["thin_evidence".to_owned()])];
        let mut diary = Diary { refused: refused.clone(), ..Diary::default() };
        let gate = PolicyHealth {
            gate_known: true,
            gate_lower: -0.1,
            gate_upper: 0.3,
            ..PolicyHealth::default()
        };
        for (day, share) in [(14, "0.05"), (15, "0.05"), (21, "0.2")] {
            diary.decides(day, policy(share, gate.clone())).unwrap();
        }
        let own = PolicyHealth { value_known: true, lower: -0.5, upper: -0.1, ..gate };
        let stopped =
            Policy { stop_reason: "recovers_less: so much".to_owned(), ..policy("0.2", own) };
        diary.ended(44, Some(stopped));
        let found = diary.figures();
        assert_eq!(found.steps, [(14, 0.05), (21, 0.2), (44, 0.0)]);
        assert!(found.killed);
        assert_eq!(found.estimate, Some([-0.3, -0.5, -0.1]));
        let gate = found.gate.unwrap();
        assert!(gate.passes);
        assert_eq!(gate.against, ["recovers_less: so much"]);
        assert_eq!(gate.refused, refused);
        assert_eq!(gate.estimate.map(|[_, lower, upper]| (lower, upper)), Some((-0.1, 0.3)));
    }

    #[test]
    fn what_stood_against_the_last_candidate_is_told_apart_from_what_did_before() {
        let refused = [(7, vec!["thin_evidence".to_owned()]), (14, vec!["more_harm".to_owned()])];
        let gate = Diary { refused: refused.to_vec(), ..Diary::default() }.figures().gate.unwrap();
        assert!(!gate.passes);
        assert_eq!((gate.against, gate.refused), (refused[1].1.clone(), refused[..1].to_vec()));
    }
}
