//! Objectives and constraints.

use std::collections::BTreeMap;

use kulanz_chassis::Violations;
use kulanz_policy::Doubt;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::Begin;
use kulanz_types::TenantId;

use super::Server;
use super::read::policy_key;
use crate::app::objectives::{self, Wanted};
use crate::domain::goals::{Cap, Capped, Goal, Goals, MOST_EXPLORED};
use crate::error::Error;

const SET: &str = "kulanz.experimentation.v1.ExperimentationService/SetObjectives";

impl Server {
    pub(super) async fn set_goals(
        &self,
        tenant: TenantId,
        request: pb::SetObjectivesRequest,
    ) -> Result<pb::SetObjectivesResponse, Error> {
        let begun = self.store.begin_write(tenant, SET, &request.request_id, &request).await?;
        let work = match begun {
            Begin::Replayed(reply) => return Ok(reply),
            Begin::Fresh(work) => work,
        };
        let wanted = wanted(&request)?;
        let key = policy_key(&request.policy_key);
        let set = objectives::set(&work, &key, wanted).await?;
        let pb::GetObjectivesResponse { objectives, constraints, explored_share, gate } =
            told(&set);
        let reply = pb::SetObjectivesResponse { objectives, constraints, explored_share, gate };
        Ok(work.finish(reply).await?)
    }

    pub(super) async fn goals(
        &self,
        tenant: TenantId,
        request: &pb::GetObjectivesRequest,
    ) -> Result<pb::GetObjectivesResponse, Error> {
        let goals = objectives::get(&self.store, tenant, &policy_key(&request.policy_key)).await?;
        Ok(told(&goals))
    }
}

fn told(goals: &Goals) -> pb::GetObjectivesResponse {
    let gate = match goals.doubt {
        Doubt::Strict => pb::PolicyGate::Strict,
        Doubt::Wide => pb::PolicyGate::Wide,
    };
    pb::GetObjectivesResponse {
        objectives: weights(goals),
        constraints: caps(goals),
        explored_share: goals.explored_share.to_string(),
        gate: gate.into(),
    }
}

fn wanted(request: &pb::SetObjectivesRequest) -> Result<Wanted, Error> {
    let mut wrong = Violations::default();
    let mut weights = BTreeMap::new();
    for (position, objective) in request.objectives.iter().enumerate() {
        let field = |name: &str| format!("objectives[{position}].{name}");
        let goal = Goal::parse(&objective.name);
        wrong.require(goal.is_some(), &field("name"), "paid, speed, cost, harm or kept");
        let weight = number(&objective.weight);
        wrong.require(weight.is_some(), &field("weight"), "a decimal number, 0 or more");
        let (Some(goal), Some(weight)) = (goal, weight) else { continue };
        let twice = weights.insert(goal, weight).is_some();
        wrong.require(!twice, &field("name"), "stands there twice");
    }
    wrong.require(!request.objectives.is_empty(), "objectives", "at least one");
    let mut caps = BTreeMap::new();
    for (position, constraint) in request.constraints.iter().enumerate() {
        let field = |name: &str| format!("constraints[{position}].{name}");
        let capped = Capped::parse(&constraint.name);
        wrong.require(capped.is_some(), &field("name"), "harm, cost or contacts");
        let cap = number(&constraint.cap);
        wrong.require(cap.is_some(), &field("cap"), "a decimal number, 0 or more");
        let (Some(capped), Some(cap)) = (capped, cap) else { continue };
        let twice = caps.insert(capped, cap).is_some();
        wrong.require(!twice, &field("name"), "stands there twice");
    }
    let explored_share = number(&request.explored_share).filter(|share| *share <= MOST_EXPLORED);
    let known = request.explored_share.is_empty() || explored_share.is_some();
    wrong.require(known, "explored_share", "a decimal number from 0 to 0.5, or empty");
    let gate = wrong.parse("gate", pb::PolicyGate::try_from(request.gate));
    wrong.into_result().map_err(Error::Invalid)?;
    let doubt = gate.and_then(|gate| match gate {
        pb::PolicyGate::Unspecified => None,
        pb::PolicyGate::Strict => Some(Doubt::Strict),
        pb::PolicyGate::Wide => Some(Doubt::Wide),
    });
    Ok(Wanted { weights, caps, explored_share, doubt })
}

/// A decimal number from 0 to a million.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number| (0.0..=1e6).contains(number))
}

fn weights(goals: &Goals) -> Vec<pb::ObjectiveWeight> {
    let weight = |(goal, weight): (&Goal, &f64)| pb::ObjectiveWeight {
        name: goal.name().to_owned(),
        weight: weight.to_string(),
    };
    goals.weights.iter().map(weight).collect()
}

fn caps(goals: &Goals) -> Vec<pb::Constraint> {
    let cap = |(capped, cap): (&Capped, &Cap)| pb::Constraint {
        name: capped.name().to_owned(),
        cap: cap.cap.to_string(),
        price: cap.price.to_string(),
    };
    goals.caps.iter().map(cap).collect()
}
