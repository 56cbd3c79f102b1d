//! Questions as messaging asks them.

use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_testkit::House;
use kulanz_types::{DebtorId, DecisionId};

/// A catalogue of the size that messaging has.
pub fn space() -> pb::ActionSpace {
    let factor = |name: &str, levels: &[&str]| pb::Factor {
        name: name.to_owned(),
        levels: levels.iter().map(ToString::to_string).collect(),
    };
    let factors = vec![
        factor("channel", &["email", "sms", "letter", "whatsapp", "phone"]),
        factor("tone", &["plain", "warm", "firm", "light", "formal", "caring"]),
        factor("motive", &["help", "clarity", "commitment", "closure"]),
        factor("salutation", &["name", "neutral"]),
    ];
    pb::ActionSpace { factors }
}

/// `WhatsApp` and phone are off, no warm text message.
pub fn mask() -> pb::ActionMask {
    let level = |level: &str| pb::ExcludedLevel {
        factor: "channel".to_owned(),
        level: level.to_owned(),
        rule_id: "consent.channel".to_owned(),
    };
    let pair = pb::ExcludedPair {
        factor_a: "tone".to_owned(),
        level_a: "warm".to_owned(),
        factor_b: "channel".to_owned(),
        level_b: "sms".to_owned(),
        rule_id: "length.sms".to_owned(),
    };
    pb::ActionMask {
        excluded_levels: vec![level("whatsapp"), level("phone")],
        excluded_pairs: vec![pair],
        all_excluded_rule_id: String::new(),
    }
}

/// A question about a new person.
pub fn question(house: &House) -> pb::DecideRequest {
    let context = pb::DecisionContext {
        persona_probabilities: [("planner".to_owned(), 0.6), ("waiter".to_owned(), 0.4)].into(),
        claim_count: 1,
        claim_ids: vec!["claim_01jc000000e008000000000001".to_owned()],
        ..pb::DecisionContext::default()
    };
    pb::DecideRequest {
        decision_id: DecisionId::generate(house.seeds(), house.now()).to_string(),
        debtor_id: DebtorId::generate(house.seeds(), house.now()).to_string(),
        policy_key: String::new(),
        context: Some(context),
        space: Some(space()),
        mask: Some(mask()),
        objectives: Vec::new(),
    }
}

pub async fn decide(
    house: &House,
    request: pb::DecideRequest,
) -> Result<pb::Decision, tonic::Status> {
    let mut client = house.clients().experimentation();
    let answer = client.decide(house.ask(Role::Service, request)).await?;
    Ok(answer.into_inner().decision.expect("a decision"))
}

/// Asks all together; each question brings its own space.
pub async fn decide_batch(
    house: &House,
    requests: Vec<pb::DecideRequest>,
) -> Result<Vec<pb::Decision>, tonic::Status> {
    decide_over(house, pb::DecideBatchRequest { requests, space: None }).await
}

/// Asks a batch.
pub async fn decide_over(
    house: &House,
    batch: pb::DecideBatchRequest,
) -> Result<Vec<pb::Decision>, tonic::Status> {
    let mut client = house.clients().experimentation();
    let answer = client.decide_batch(house.ask(Role::Service, batch)).await?;
    Ok(answer.into_inner().decisions)
}

/// Asks about new people until an action other than silence comes.
pub async fn decide_to_act(house: &House) -> pb::Decision {
    loop {
        let decision = decide(house, question(house)).await.unwrap();
        if matches!(decision.action, Some(Action::Factored(_))) {
            return decision;
        }
    }
}

/// The log, with outcomes.
pub async fn log(
    house: &House,
    role: Role,
    filter: pb::ListDecisionsRequest,
) -> Vec<pb::ListDecisionsResponse> {
    let mut client = house.clients().experimentation();
    let mut stream = client.list_decisions(house.ask(role, filter)).await.unwrap().into_inner();
    let mut rows = Vec::new();
    while let Some(row) = stream.message().await.unwrap() {
        rows.push(row);
    }
    rows
}

/// What was booked to a decision, as kind and minor units.
pub async fn booked(house: &House, decision_id: &str) -> Vec<(pb::OutcomeKind, i64)> {
    let filter =
        pb::ListDecisionsRequest { decision_id: decision_id.to_owned(), ..Default::default() };
    let rows = log(house, Role::Analyst, filter).await;
    let outcomes = rows.into_iter().flat_map(|row| row.outcomes);
    outcomes.map(|o| (o.kind(), o.amount.map_or(0, |money| money.minor_units))).collect()
}
