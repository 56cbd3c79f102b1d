//! Requests to questions, naming every field that is wrong.

use std::sync::Arc;

use kulanz_chassis::Violations;
use kulanz_policy::{LevelExclusion, LevelName, Mask, Masked, PairExclusion, SpaceError};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::OutcomeKind as Wire;
use prost::Message;
use sha2::{Digest, Sha256};

use super::spaces::{Offered, Spaces};
use crate::app::ask::{Ask, Bounds, DEFAULT_POLICY};
use crate::app::catalogue::Catalogue;
use crate::domain::effect::is_rule_of_arm;
use crate::domain::goals::Goal;
use crate::domain::known::Known;
use crate::domain::outcome::OutcomeKind;

/// Probabilities may miss 1 by this much.
const ROUNDING: f64 = 1e-6;

/// A question over the space that it brings, or else over what is `offered` to all; `prefix` stands before the
/// names of its fields. `None` where something is wrong.
pub fn ask(
    mut request: pb::DecideRequest,
    (spaces, offered): (&Spaces, &Offered),
    prefix: &str,
    wrong: &mut Violations,
) -> Option<Ask> {
    let field = |name: &str| format!("{prefix}{name}");
    let decision_id = wrong.parse(&field("decision_id"), request.decision_id.parse());
    let debtor_id = wrong.parse(&field("debtor_id"), request.debtor_id.parse());
    let known = known(request.context.as_ref(), prefix, wrong);
    let catalogue = match (request.space.take(), offered) {
        (None, Offered::Space(offered)) => Some(Ok(Arc::clone(offered))),
        (None, Offered::Faulty) => None,
        (own, _) => Some(spaces.catalogue(&own.unwrap_or_default().factors)),
    };
    let mask = request.mask.as_ref().map(mask).unwrap_or_default();
    let mut rules = mask.levels.iter().map(|exclusion| exclusion.rule_id.as_str());
    let own = rules.any(is_rule_of_arm);
    wrong.require(!own, &field("mask"), "rules of `experiment.` are those of arms");
    let masked = catalogue
        .map(|known| known.and_then(|known| Ok((Masked::new(&known.space, &mask)?, known))));
    if let Some(Err(flaw)) = &masked {
        wrong.add(field(blamed(flaw)), flaw.to_string());
    }
    let objectives = objectives(&request, prefix, wrong);
    let rule = request.mask.as_ref().map(|mask| mask.all_excluded_rule_id.clone());
    let (masked, catalogue) = masked?.ok()?;
    let fingerprint = fingerprint(&request, &catalogue);
    let claim_ids = request.context.map(|context| context.claim_ids);
    Some(Ask {
        decision_id: decision_id?,
        debtor_id: debtor_id?,
        policy_key: policy_key(&request.policy_key),
        known,
        bounds: Bounds {
            space: catalogue.hash.clone(),
            mask,
            all_excluded_rule_id: rule.unwrap_or_default(),
        },
        catalogue,
        masked,
        objectives,
        claim_ids: claim_ids.unwrap_or_default(),
        fingerprint,
    })
}

/// Hash of a question: its space enters by name, wherever it stood.
fn fingerprint(rest: &pb::DecideRequest, catalogue: &Catalogue) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(&catalogue.hash);
    hash.update(rest.encode_to_vec());
    hash.finalize().to_vec()
}

/// The field that a flaw is told of.
const fn blamed(flaw: &SpaceError) -> &'static str {
    match flaw {
        SpaceError::FactorCount | SpaceError::LevelCount(_) | SpaceError::Name(_) => "space",
        _ => "mask",
    }
}

/// The key that is asked; the usual one where none is named.
pub fn policy_key(given: &str) -> String {
    if given.is_empty() { DEFAULT_POLICY } else { given }.to_owned()
}

fn known(given: Option<&pb::DecisionContext>, prefix: &str, wrong: &mut Violations) -> Known {
    let Some(given) = given else { return Known::default() };
    let field = |name: &str| format!("{prefix}context.{name}");
    let sum: f64 = given.persona_probabilities.values().sum();
    let sound = given.persona_probabilities.values().all(|p| (0.0..=1.0).contains(p))
        && sum <= 1.0 + ROUNDING;
    let text = "must lie between 0 and 1 and add up to at most 1";
    wrong.require(sound, &field("persona_probabilities"), text);
    let finite = given.features.values().all(|value| value.is_finite());
    wrong.require(finite, &field("features"), "must be finite numbers");
    let probable = (0.0..=1.0).contains(&given.payment_probability);
    wrong.require(probable, &field("payment_probability"), "must lie between 0 and 1");
    Known {
        personas: given.persona_probabilities.clone().into_iter().collect(),
        features: given.features.clone().into_iter().collect(),
        claim_count: given.claim_count,
        balance: given
            .balance
            .as_ref()
            .map(|money| (money.currency_code.clone(), money.minor_units)),
        contact_count: given.contact_count,
        protected: given.protected,
        payment_probability: given.payment_probability,
        oldest_due_days: given.oldest_due_days,
    }
}

/// Goals that the question weighs otherwise.
fn objectives(
    request: &pb::DecideRequest,
    prefix: &str,
    wrong: &mut Violations,
) -> Vec<(Goal, f64)> {
    let mut known: Vec<(Goal, f64)> = Vec::new();
    for (position, objective) in request.objectives.iter().enumerate() {
        let field = |name: &str| format!("{prefix}objectives[{position}].{name}");
        let goal = Goal::parse(&objective.name);
        wrong.require(goal.is_some(), &field("name"), "paid, speed, cost, harm or kept");
        let again = known.iter().any(|(before, _)| Some(*before) == goal);
        wrong.require(!again, &field("name"), "each objective once");
        let sound = (0.0..=1e6).contains(&objective.weight);
        wrong.require(sound, &field("weight"), "must be a finite number, 0 or more");
        known.extend(goal.map(|goal| (goal, objective.weight)));
    }
    known
}

fn mask(given: &pb::ActionMask) -> Mask {
    let level = |excluded: &pb::ExcludedLevel| LevelExclusion {
        level: LevelName::new(&excluded.factor, &excluded.level),
        rule_id: excluded.rule_id.clone(),
    };
    let pair = |excluded: &pb::ExcludedPair| PairExclusion {
        first: LevelName::new(&excluded.factor_a, &excluded.level_a),
        second: LevelName::new(&excluded.factor_b, &excluded.level_b),
        rule_id: excluded.rule_id.clone(),
    };
    Mask {
        levels: given.excluded_levels.iter().map(level).collect(),
        pairs: given.excluded_pairs.iter().map(pair).collect(),
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
        Wire::Ended => OutcomeKind::Ended,
        Wire::Missed => OutcomeKind::Missed,
    };
    Some(kind)
}
