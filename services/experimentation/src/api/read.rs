//! Requests to questions, naming every field that is wrong.

use kulanz_chassis::Violations;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind as Wire;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::app::ask::{Ask, Context, DEFAULT_POLICY, Grid};
use crate::domain::reward::OutcomeKind;
use crate::domain::space::{
    Factor, LevelExclusion, LevelName, Mask, MaskedSpace, PairExclusion, SpaceError,
};

/// Probabilities may miss 1 by this much.
const ROUNDING: f64 = 1e-6;

/// A question; `prefix` stands before the names of its fields. `None` where something is wrong.
pub fn ask(request: &pb::DecideRequest, prefix: &str, wrong: &mut Violations) -> Option<Ask> {
    let field = |name: &str| format!("{prefix}{name}");
    let decision_id = wrong.parse(&field("decision_id"), request.decision_id.parse());
    let debtor_id = wrong.parse(&field("debtor_id"), request.debtor_id.parse());
    let context = context(request.context.as_ref(), prefix, wrong);
    let grid = grid(request);
    check_grid(&grid, prefix, wrong);
    let weights_are_finite =
        request.objectives.iter().all(|objective| objective.weight.is_finite());
    wrong.require(weights_are_finite, &field("objectives"), "weights must be finite numbers");
    let claim_ids = request.context.as_ref().map(|context| context.claim_ids.clone());
    Some(Ask {
        decision_id: decision_id?,
        debtor_id: debtor_id?,
        policy_key: policy_key(&request.policy_key),
        context,
        grid,
        claim_ids: claim_ids.unwrap_or_default(),
        fingerprint: Sha256::digest(request.encode_to_vec()).to_vec(),
    })
}

fn policy_key(given: &str) -> String {
    if given.is_empty() { DEFAULT_POLICY } else { given }.to_owned()
}

fn context(given: Option<&pb::DecisionContext>, prefix: &str, wrong: &mut Violations) -> Context {
    let Some(given) = given else { return Context::default() };
    let sum: f64 = given.persona_probabilities.values().sum();
    let sound = given.persona_probabilities.values().all(|p| (0.0..=1.0).contains(p))
        && sum <= 1.0 + ROUNDING;
    let personas = format!("{prefix}context.persona_probabilities");
    wrong.require(sound, &personas, "must lie between 0 and 1 and add up to at most 1");
    let finite = given.features.values().all(|value| value.is_finite());
    wrong.require(finite, &format!("{prefix}context.features"), "must be finite numbers");
    Context {
        personas: given.persona_probabilities.clone(),
        features: given.features.clone(),
        claim_count: given.claim_count,
        balance: given
            .balance
            .as_ref()
            .map(|money| (money.currency_code.clone(), money.minor_units)),
        contact_count: given.contact_count,
        protected: given.protected,
        payment_probability: given.payment_probability,
    }
}

fn grid(request: &pb::DecideRequest) -> Grid {
    let factor =
        |factor: &pb::Factor| Factor { name: factor.name.clone(), levels: factor.levels.clone() };
    let factors = request.space.iter().flat_map(|space| &space.factors).map(factor).collect();
    let objective = |objective: &pb::Objective| (objective.name.clone(), objective.weight);
    Grid {
        factors,
        mask: request.mask.as_ref().map(mask).unwrap_or_default(),
        all_excluded_rule_id: request
            .mask
            .as_ref()
            .map(|mask| mask.all_excluded_rule_id.clone())
            .unwrap_or_default(),
        objectives: request.objectives.iter().map(objective).collect(),
    }
}

fn mask(given: &pb::ActionMask) -> Mask {
    let level = |excluded: &pb::ExcludedLevel| LevelExclusion {
        level: name(&excluded.factor, &excluded.level),
        rule_id: excluded.rule_id.clone(),
    };
    let pair = |excluded: &pb::ExcludedPair| PairExclusion {
        first: name(&excluded.factor_a, &excluded.level_a),
        second: name(&excluded.factor_b, &excluded.level_b),
        rule_id: excluded.rule_id.clone(),
    };
    Mask {
        levels: given.excluded_levels.iter().map(level).collect(),
        pairs: given.excluded_pairs.iter().map(pair).collect(),
    }
}

fn name(factor: &str, level: &str) -> LevelName {
    LevelName { factor: factor.to_owned(), level: level.to_owned() }
}

fn check_grid(grid: &Grid, prefix: &str, wrong: &mut Violations) {
    if let Err(flaw) = MaskedSpace::new(grid.factors.clone(), &grid.mask) {
        let field = match flaw {
            SpaceError::FactorCount | SpaceError::LevelCount(_) | SpaceError::Name(_) => "space",
            _ => "mask",
        };
        wrong.add(format!("{prefix}{field}"), flaw.to_string());
    }
}

/// The kind of a reported outcome; `None` where none is stated.
pub fn outcome_kind(wire: i32) -> Option<OutcomeKind> {
    let kind = match Wire::try_from(wire).ok()? {
        Wire::Unspecified => return None,
        Wire::Delivered => OutcomeKind::Delivered,
        Wire::Bounced => OutcomeKind::Bounced,
        Wire::LinkFollowed => OutcomeKind::LinkFollowed,
        Wire::PortalVisited => OutcomeKind::PortalVisited,
        Wire::Payment => OutcomeKind::Payment,
        Wire::Reversal => OutcomeKind::Reversal,
        Wire::Settled => OutcomeKind::Settled,
        Wire::Arrangement => OutcomeKind::Arrangement,
        Wire::Promise => OutcomeKind::Promise,
        Wire::Dispute => OutcomeKind::Dispute,
        Wire::Complaint => OutcomeKind::Complaint,
        Wire::WrongPerson => OutcomeKind::WrongPerson,
        Wire::Broken => OutcomeKind::Broken,
        Wire::Sent => OutcomeKind::Sent,
        Wire::Kept => OutcomeKind::Kept,
    };
    Some(kind)
}
