//! A small world that is known: two tones, of which the businesslike one is paid by more people.

use kulanz_chassis::Role;
use kulanz_experimentation::domain::hash::{HashVersion, hash_to_unit};
use kulanz_experimentation::domain::holdout::held_out;
use kulanz_policy::{Dials, Edges, Learner, LevelName, Schema};
use kulanz_proto::convert::instant;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_proto::experimentation::v1::decision::Action;
use kulanz_proto::types::v1::Money;
use kulanz_testkit::House;
use kulanz_types::{DebtorId, OutcomeId};
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Request, Status};

use crate::asking::decide_batch;

/// Decisions of a log in which either tone is decided often enough to be judged.
pub const LOG: usize = 1_600;

/// A policy file that all but always takes this tone.
pub fn preferring(tone: &str) -> Vec<u8> {
    preferring_by(tone, Edges::default())
}

/// One whose buckets begin elsewhere.
pub fn preferring_by(tone: &str, edges: Edges) -> Vec<u8> {
    let mut learner = Learner::new(Schema { edges, ..Schema::default() });
    learner.prefer([&LevelName::new("tone", tone)], 40.0);
    learner.refresh(&Dials::default()).unwrap().write()
}

/// A question about a person who owes 100 euros.
pub fn question(house: &House, debtor_id: &str) -> pb::DecideRequest {
    let factor = |name: &str, levels: &[&str]| pb::Factor {
        name: name.to_owned(),
        levels: levels.iter().map(ToString::to_string).collect(),
    };
    let factors =
        vec![factor("channel", &["email"]), factor("tone", &["empathic", "businesslike"])];
    let balance = Some(Money { currency_code: "EUR".to_owned(), minor_units: 10_000 });
    let context = pb::DecisionContext { balance, payment_probability: 0.4, ..Default::default() };
    pb::DecideRequest {
        debtor_id: debtor_id.to_owned(),
        context: Some(context),
        space: Some(pb::ActionSpace { factors }),
        mask: None,
        ..crate::asking::question(house)
    }
}

/// Decisions about these people.
pub async fn decided(house: &House, people: &[String]) -> Vec<pb::Decision> {
    let mut decisions = Vec::new();
    for some in people.chunks(100) {
        let requests = some.iter().map(|person| question(house, person)).collect();
        decisions.extend(decide_batch(house, requests).await.unwrap());
    }
    decisions
}

/// The tone of a decision; `None` for silence.
pub fn tone(decision: &pb::Decision) -> Option<&str> {
    match &decision.action {
        Some(Action::Factored(action)) => Some(action.levels["tone"].as_str()),
        _ => None,
    }
}

/// New people from this part of the ramp, none of them held out.
pub fn people(house: &House, place: std::ops::Range<f64>, count: usize) -> Vec<String> {
    let all = std::iter::repeat_with(|| DebtorId::generate(house.seeds(), house.now()).to_string());
    let lies = |id: &String| {
        place.contains(&hash_to_unit(HashVersion::V2, "policy:outreach", id)) && !held_out(id)
    };
    all.filter(lies).take(count).collect()
}

/// Notes that something came of a decision, as the outcomes of others are noted.
pub async fn happened(house: &House, happenings: &[(&pb::Decision, &str, i64)]) {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let sql = "INSERT INTO outcome (tenant_id, outcome_id, source, about, debtor_id, claim_id, decision_id, \
               pinned, kind, minor_units, currency, occurred_at, recorded_at) \
               VALUES ($1, $2, $2, '', $3, '', $4, TRUE, $5, $6, 'EUR', $7, $7)";
    for (decision, kind, minor_units) in happenings {
        let at = instant(decision.decided_at.as_ref().unwrap()).unwrap();
        let values = [
            house.tenant().to_string().into(),
            OutcomeId::generate(house.seeds(), house.now()).to_string().into(),
            decision.debtor_id.clone().into(),
            decision.decision_id.clone().into(),
            (*kind).into(),
            (*minor_units).into(),
            at.into(),
        ];
        let backend = work.db().get_database_backend();
        let row = Statement::from_sql_and_values(backend, sql, values);
        work.db().execute_raw(row).await.unwrap();
    }
    work.commit().await.unwrap();
}

/// A log of the static policy in which, of a hundred, 60 pay after a businesslike word and 20 after an
/// empathic one, old enough for its outcomes to be known.
pub async fn planted(house: &House) -> Vec<pb::Decision> {
    let decisions = planted_with(house, 60, 20).await;
    house.advance_days(130).await;
    decisions
}

/// A log of today in which, of a hundred, so many pay after a businesslike and after an empathic word.
pub async fn planted_with(
    house: &House,
    businesslike: usize,
    empathic: usize,
) -> Vec<pb::Decision> {
    let decisions = decided(house, &people(house, 0.0..1.0, LOG)).await;
    let mut happenings = Vec::new();
    for (number, decision) in decisions.iter().enumerate() {
        let Some(tone) = tone(decision) else { continue };
        happenings.push((decision, "sent", 0));
        let of_hundred = if tone == "businesslike" { businesslike } else { empathic };
        if number * 37 % 100 < of_hundred {
            happenings.push((decision, "payment", 10_000));
        }
    }
    happened(house, &happenings).await;
    decisions
}

pub async fn create(house: &House, content: Vec<u8>) -> pb::Policy {
    let request = pb::CreatePolicyRequest {
        request_id: house.request_id(),
        key: "outreach".to_owned(),
        description: "planted".to_owned(),
        content,
    };
    let mut client = house.clients().experimentation();
    let created = client.create_policy(house.ask(Role::Admin, request)).await.unwrap();
    created.into_inner().policy.expect("a policy")
}

pub async fn policy(house: &House, policy_id: &str) -> pb::Policy {
    let request = pb::GetPolicyRequest { policy_id: policy_id.to_owned(), ..Default::default() };
    let mut client = house.clients().experimentation();
    let read = client.get_policy(house.ask(Role::Analyst, request)).await.unwrap();
    read.into_inner().policy.expect("a policy")
}

pub fn promotion(house: &House, policy: &pb::Policy) -> pb::PromotePolicyRequest {
    pb::PromotePolicyRequest {
        request_id: house.request_id(),
        policy_id: policy.policy_id.clone(),
        etag: policy.etag.clone(),
    }
}

pub async fn promote(house: &House, policy: &pb::Policy) -> Result<pb::Policy, Status> {
    let mut client = house.clients().experimentation();
    let request = patiently(house.ask(Role::Admin, promotion(house, policy)));
    Ok(client.promote_policy(request).await?.into_inner().policy.expect("a policy"))
}

pub async fn evaluate(
    house: &House,
    request: pb::EvaluatePolicyRequest,
) -> Result<pb::EvaluatePolicyResponse, Status> {
    let mut client = house.clients().experimentation();
    let request = patiently(house.ask(Role::Analyst, request));
    Ok(client.evaluate_policy(request).await?.into_inner())
}

/// A call that may take its time, as it reads the whole log.
pub fn patiently<T>(mut request: Request<T>) -> Request<T> {
    request.set_timeout(std::time::Duration::from_mins(2));
    request
}

/// Puts the content of a policy over other features in the place of a candidate's, as an older version of the
/// house would have left it.
pub async fn make_foreign(house: &House, policy_id: &str) {
    let mut schema = Schema::default();
    schema.personas.push("newcomer".to_owned());
    let content = Learner::new(schema).refresh(&Dials::default()).unwrap().write();
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let sql = "UPDATE policy_version SET content = $1 WHERE tenant_id = $2 AND policy_id = $3";
    let values = [content.into(), house.tenant().to_string().into(), policy_id.into()];
    let backend = work.db().get_database_backend();
    work.db().execute_raw(Statement::from_sql_and_values(backend, sql, values)).await.unwrap();
    work.commit().await.unwrap();
}

/// Puts a candidate into its first step past the gate.
pub async fn make_live(house: &House, policy_id: &str) {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let backend = work.db().get_database_backend();
    let tenant = house.tenant().to_string();
    for (sql, id) in [
        (
            "UPDATE policy_version SET state = 'live', share = 0.05 WHERE tenant_id = $1 AND policy_id = $2",
            policy_id,
        ),
        ("UPDATE policy_aim SET stamp = stamp + 1 WHERE tenant_id = $1 AND key = $2", "outreach"),
    ] {
        let values = [tenant.clone().into(), id.into()];
        let statement = Statement::from_sql_and_values(backend, sql, values);
        work.db().execute_raw(statement).await.unwrap();
    }
    work.commit().await.unwrap();
}

/// What a refused promotion says stands against the policy.
pub fn against(status: &Status) -> Vec<String> {
    use tonic_types::StatusExt as _;
    let details = status.get_details_precondition_failure().expect("preconditions");
    details.violations.into_iter().map(|violation| violation.subject).collect()
}
