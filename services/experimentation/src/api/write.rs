//! What was decided and booked, as the contract says it.

use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::types::v1::Money;

use crate::app::ask::Logged;
use crate::app::attribute::kind_of;
use crate::domain::reward::OutcomeKind;
use crate::error::Error;
use crate::store::{outcome, policy};

/// A logged decision.
pub fn decision(logged: Logged) -> pb::Decision {
    let action = match logged.levels {
        Some(levels) => pb::decision::Action::Factored(pb::FactoredAction { levels }),
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
        marginals: logged.marginals,
        explored: logged.explored,
        reasons: logged.reasons,
        predicted: logged.predicted,
        decided_at: Some(timestamp(logged.decided_at)),
        experiment_arm: String::new(),
        claim_ids: logged.claim_ids,
        ..pb::Decision::default()
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
    }
}

/// How the policies choose, in words.
const DESCRIPTION: &str = "factored inverse-gap weighting over level success counts, with an even \
                           exploration slice and silence as an action of its own";

/// A policy version.
pub fn policy(row: policy::Model) -> pb::Policy {
    let state = match row.state.as_str() {
        policy::LIVE => pb::PolicyState::Live,
        _ => pb::PolicyState::Retired,
    };
    pb::Policy {
        etag: format!("{}-{}", row.version, row.state),
        policy_id: row.policy_id,
        key: row.key,
        version: row.version,
        description: DESCRIPTION.to_owned(),
        state: state.into(),
        create_time: Some(timestamp(row.created_at)),
        ..pb::Policy::default()
    }
}
