//! Objectives and constraints.

use kulanz_chassis::Violations;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_store::Begin;
use kulanz_types::TenantId;

use super::Server;
use super::read::policy_key;
use crate::app::objectives;
use crate::domain::goals::{Cap, Capped, Goal, Goals};
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
        let wanted = goals(&request)?;
        let key = policy_key(&request.policy_key);
        let set = objectives::set(&work, &key, wanted).await?;
        let (objectives, constraints) = (weights(&set), caps(&set));
        Ok(work.finish(pb::SetObjectivesResponse { objectives, constraints }).await?)
    }

    pub(super) async fn goals(
        &self,
        tenant: TenantId,
        request: &pb::GetObjectivesRequest,
    ) -> Result<pb::GetObjectivesResponse, Error> {
        let goals = objectives::get(&self.store, tenant, &policy_key(&request.policy_key)).await?;
        let (objectives, constraints) = (weights(&goals), caps(&goals));
        Ok(pb::GetObjectivesResponse { objectives, constraints })
    }
}

fn goals(request: &pb::SetObjectivesRequest) -> Result<Goals, Error> {
    let mut wrong = Violations::default();
    let mut goals = Goals { weights: [].into(), caps: [].into() };
    for (position, objective) in request.objectives.iter().enumerate() {
        let field = |name: &str| format!("objectives[{position}].{name}");
        let goal = Goal::parse(&objective.name);
        wrong.require(goal.is_some(), &field("name"), "paid, speed, cost, harm or kept");
        let weight = number(&objective.weight);
        wrong.require(weight.is_some(), &field("weight"), "a decimal number, 0 or more");
        let (Some(goal), Some(weight)) = (goal, weight) else { continue };
        let twice = goals.weights.insert(goal, weight).is_some();
        wrong.require(!twice, &field("name"), "stands there twice");
    }
    wrong.require(!request.objectives.is_empty(), "objectives", "at least one");
    for (position, constraint) in request.constraints.iter().enumerate() {
        let field = |name: &str| format!("constraints[{position}].{name}");
        let capped = Capped::parse(&constraint.name);
        wrong.require(capped.is_some(), &field("name"), "harm, cost or contacts");
        let cap = number(&constraint.cap);
        wrong.require(cap.is_some(), &field("cap"), "a decimal number, 0 or more");
        let (Some(capped), Some(cap)) = (capped, cap) else { continue };
        let twice = goals.caps.insert(capped, Cap { cap, price: 0.0 }).is_some();
        wrong.require(!twice, &field("name"), "stands there twice");
    }
    wrong.into_result().map_err(Error::Invalid)?;
    Ok(goals)
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
