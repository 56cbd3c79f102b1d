//! What was decided and booked, as the contract says it.

use kulanz_policy::{Factor, LevelExclusion, Origin, PairExclusion};
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::types::v1::Money;
use kulanz_statistics::Interval;

use crate::app::ask::{Bounds, Logged};
use crate::app::attribute::kind_of;
use crate::app::policies::etag;
use crate::app::standing::Standing;
use crate::domain::known::Known;
use crate::domain::outcome::OutcomeKind;
use crate::domain::ramp::Seen;
use crate::error::Error;
use crate::store::{outcome, policy};

/// A logged decision.
pub fn decision(logged: Logged) -> pb::Decision {
    let action = match logged.levels {
        Some(levels) => pb::decision::Action::Factored(pb::FactoredAction {
            levels: levels.into_iter().collect(),
        }),
        None => pb::decision::Action::NullAction(pb::NullAction {
            reconsider_at: logged.reconsider_at.map(timestamp),
            reason: logged.null_reason,
        }),
    };
    pb::Decision {
        decision_id: logged.decision_id,
        debtor_id: logged.debtor_id,
        policy_key: logged.policy_key,
        policy_version: logged.policy_version,
        action: Some(action),
        joint_propensity: logged.joint_propensity,
        marginals: logged.marginals.into_iter().collect(),
        explored: logged.origin == Origin::Explored.name(),
        reasons: logged.reasons,
        predicted: logged.predicted.into_iter().collect(),
        decided_at: Some(timestamp(logged.decided_at)),
        experiment_arm: logged.experiment_arm,
        claim_ids: logged.claim_ids,
        null_propensity: logged.null_propensity,
        origin: logged.origin,
        feature_version: logged.feature_version,
        predicted_deviations: logged.deviations.into_iter().collect(),
        policy_share: logged.policy_share.map(|share| share.to_string()).unwrap_or_default(),
    }
}

/// What was known when deciding.
pub fn context(known: Known, claim_ids: Vec<String>) -> pb::DecisionContext {
    pb::DecisionContext {
        persona_probabilities: known.personas.into_iter().collect(),
        features: known.features.into_iter().collect(),
        claim_count: known.claim_count,
        balance: known
            .balance
            .map(|(currency_code, minor_units)| Money { currency_code, minor_units }),
        contact_count: known.contact_count,
        claim_ids,
        protected: known.protected,
        payment_probability: known.payment_probability,
        oldest_due_days: known.oldest_due_days,
    }
}

/// A space of actions.
pub fn space(factors: Vec<Factor>) -> pb::ActionSpace {
    let factor = |factor: Factor| pb::Factor { name: factor.name, levels: factor.levels };
    pb::ActionSpace { factors: factors.into_iter().map(factor).collect() }
}

/// What could not be done.
pub fn mask(bounds: Bounds) -> pb::ActionMask {
    let level = |excluded: LevelExclusion| pb::ExcludedLevel {
        factor: excluded.level.factor,
        level: excluded.level.level,
        rule_id: excluded.rule_id,
    };
    let pair = |excluded: PairExclusion| pb::ExcludedPair {
        factor_a: excluded.first.factor,
        level_a: excluded.first.level,
        factor_b: excluded.second.factor,
        level_b: excluded.second.level,
        rule_id: excluded.rule_id,
    };
    pb::ActionMask {
        excluded_levels: bounds.mask.levels.into_iter().map(level).collect(),
        excluded_pairs: bounds.mask.pairs.into_iter().map(pair).collect(),
        all_excluded_rule_id: bounds.all_excluded_rule_id,
    }
}

/// A booked outcome.
pub fn outcome(row: outcome::Model) -> Result<pb::Outcome, Error> {
    let kind = outcome_kind(kind_of(&row.kind)?);
    let amount = (!row.currency.is_empty())
        .then_some(Money { currency_code: row.currency, minor_units: row.minor_units });
    Ok(pb::Outcome {
        outcome_id: row.outcome_id,
        decision_id: row.decision_id.unwrap_or_default(),
        kind: kind.into(),
        amount,
        occurred_at: Some(timestamp(row.occurred_at)),
        claim_id: row.claim_id,
        about: row.about,
        toward: row.toward,
    })
}

fn outcome_kind(kind: OutcomeKind) -> pb::OutcomeKind {
    match kind {
        OutcomeKind::Sent => pb::OutcomeKind::Sent,
        OutcomeKind::Delivered => pb::OutcomeKind::Delivered,
        OutcomeKind::Bounced => pb::OutcomeKind::Bounced,
        OutcomeKind::LinkFollowed => pb::OutcomeKind::LinkFollowed,
        OutcomeKind::PortalVisited => pb::OutcomeKind::PortalVisited,
        OutcomeKind::Payment => pb::OutcomeKind::Payment,
        OutcomeKind::Reversal => pb::OutcomeKind::Reversal,
        OutcomeKind::Settled => pb::OutcomeKind::Settled,
        OutcomeKind::Arrangement => pb::OutcomeKind::Arrangement,
        OutcomeKind::Promise => pb::OutcomeKind::Promise,
        OutcomeKind::Kept => pb::OutcomeKind::Kept,
        OutcomeKind::Broken => pb::OutcomeKind::Broken,
        OutcomeKind::Dispute => pb::OutcomeKind::Dispute,
        OutcomeKind::Complaint => pb::OutcomeKind::Complaint,
        OutcomeKind::WrongPerson => pb::OutcomeKind::WrongPerson,
        OutcomeKind::Ended => pb::OutcomeKind::Ended,
        OutcomeKind::Missed => pb::OutcomeKind::Missed,
    }
}

/// A policy version.
pub fn policy(row: policy::Model) -> Result<pb::Policy, Error> {
    let standing = Standing::read(&row)?;
    let stop_reason = standing.as_ref().map(|standing| standing.stop_reason.clone());
    let state = match row.state.as_str() {
        policy::LIVE => pb::PolicyState::Live,
        policy::CANDIDATE => pb::PolicyState::Candidate,
        _ => pb::PolicyState::Retired,
    };
    Ok(pb::Policy {
        etag: etag(&row),
        policy_id: row.policy_id,
        key: row.key,
        version: row.version,
        description: row.description,
        state: state.into(),
        create_time: Some(timestamp(row.created_at)),
        feature_version: row.feature_version,
        kind: row.kind,
        share: row.share.to_string(),
        health: standing.map(health),
        stop_reason: stop_reason.unwrap_or_default(),
    })
}

/// How a promoted policy does.
fn health(standing: Standing) -> pb::PolicyHealth {
    let Seen { units, static_units, value, harm } = standing.seen;
    let gate = standing.ramp.gate;
    let lower = |interval: Option<Interval>| interval.map_or(0.0, |interval| interval.lower);
    let upper = |interval: Option<Interval>| interval.map_or(0.0, |interval| interval.upper);
    let count = |units| i64::try_from(units).unwrap_or(i64::MAX);
    pb::PolicyHealth {
        units: count(units),
        static_units: count(static_units),
        lower: lower(value),
        upper: upper(value),
        harm_lower: lower(harm),
        harm_upper: upper(harm),
        alarms: standing.alarms,
        checked_at: standing.checked_at.map(timestamp),
        step_since: Some(timestamp(standing.ramp.since)),
        value_known: value.is_some(),
        harm_known: harm.is_some(),
        gate_lower: lower(gate),
        gate_upper: upper(gate),
        gate_known: gate.is_some(),
    }
}
