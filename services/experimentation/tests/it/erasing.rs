//! What is left of a decision after its person was erased.

use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1 as pb;
use kulanz_testkit::{House, on_both_backends};
use kulanz_types::TenantId;
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::asking::{decide, decide_to_act, log, question};
use crate::house;
use crate::learning::erase;
use crate::planting::{self, people};

const RULE: &str = "law.uwg4a.vulnerable_safe_set";

/// A question about a protected person who owes 100 euros, whose mask says so.
fn about_somebody_protected(house: &House) -> pb::DecideRequest {
    let person = people(house, 0.0..1.0, 1).remove(0);
    let mut request = planting::question(house, &person);
    let context = request.context.as_mut().unwrap();
    context.protected = true;
    context.persona_probabilities =
        [("planner".to_owned(), 0.6), ("waiter".to_owned(), 0.4)].into();
    let level = pb::ExcludedLevel {
        factor: "tone".to_owned(),
        level: "businesslike".to_owned(),
        rule_id: RULE.to_owned(),
    };
    let mask = pb::ActionMask { excluded_levels: vec![level], ..Default::default() };
    pb::DecideRequest { mask: Some(mask), ..request }
}

/// A question to which, for a protected person, silence is the only answer.
fn silenced(house: &House) -> pb::DecideRequest {
    let mask = pb::ActionMask { all_excluded_rule_id: RULE.to_owned(), ..Default::default() };
    pb::DecideRequest { mask: Some(mask), ..about_somebody_protected(house) }
}

/// Every value of the row of a decision, as text, bytes in hexadecimal.
async fn row(house: &House, decision_id: &str) -> String {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(house.tenant()).await.unwrap();
    let backend = work.db().get_database_backend();
    let text = async |statement: Statement| -> String {
        let found = work.db().query_one_raw(statement).await.unwrap();
        found.unwrap().try_get("", "found").unwrap()
    };
    let whole = if backend == DbBackend::Postgres {
        "one::text".to_owned()
    } else {
        let columns = r#"SELECT group_concat('CASE typeof("' || name || '") WHEN ''blob'' THEN hex("' || name
            || '") ELSE COALESCE("' || name || '", '''') END', ' || ''|'' || ') AS found
            FROM pragma_table_info('decision')"#;
        text(Statement::from_string(backend, columns)).await
    };
    let sql = format!("SELECT {whole} AS found FROM decision AS one WHERE decision_id = $1");
    text(Statement::from_sql_and_values(backend, sql, [decision_id.into()])).await
}

/// By what a question is known again.
async fn fingerprint(house: &House, tenant: TenantId, decision_id: &str) -> Vec<u8> {
    let store = house.constellation().store("experimentation").unwrap();
    let work = store.begin(tenant).await.unwrap();
    let sql = "SELECT fingerprint FROM decision WHERE tenant_id = $1 AND decision_id = $2";
    let values = [tenant.to_string().into(), decision_id.into()];
    let statement = Statement::from_sql_and_values(work.db().get_database_backend(), sql, values);
    let found = work.db().query_one_raw(statement).await.unwrap().unwrap();
    found.try_get("", "fingerprint").unwrap()
}

async fn logged(house: &House, decision_id: &str) -> pb::ListDecisionsResponse {
    let filter =
        pb::ListDecisionsRequest { decision_id: decision_id.to_owned(), ..Default::default() };
    log(house, Role::Analyst, filter).await.remove(0)
}

/// What tells of these people: their types, their protection, what was expected of them.
fn traces(decisions: &[&pb::Decision]) -> Vec<String> {
    let words = ["safest", "vulnerable", "uwg4a", "consent.channel", "planner", "waiter"];
    let reasons = decisions.iter().flat_map(|decision| decision.reasons.iter().cloned());
    let expected = decisions.iter().flat_map(|decision| {
        let numbers = decision.predicted.values().chain(decision.predicted_deviations.values());
        // Round ones are found by chance.
        numbers.map(ToString::to_string).filter(|number| number.len() > 6)
    });
    let words = words.map(str::to_owned);
    let traces: Vec<String> = words.iter().cloned().chain(reasons).chain(expected).collect();
    assert!(traces.len() > words.len() + 2, "there are reasons and expectations");
    traces
}

on_both_backends! {
    async fn what_was_asked_is_kept_under_a_key_and_known_again(backend: Backend) {
        let house = house(backend).await;
        let asked = question(&house);
        let own = decide(&house, asked.clone()).await.unwrap();
        let mut client = house.clients().experimentation();
        client.decide(house.ask_as_other(Role::Service, asked.clone())).await.unwrap();
        let id = &asked.decision_id;
        let kept = fingerprint(&house, house.tenant(), id).await;
        assert_ne!(kept, fingerprint(&house, house.other_tenant(), id).await, "the same was asked");
        assert_eq!(decide(&house, asked).await.unwrap(), own);
        house.stop().await;
    }

    async fn of_a_decision_nothing_that_tells_of_the_person_is_left_after_erasure(backend: Backend) {
        let house = house(backend).await;
        let safest = decide(&house, about_somebody_protected(&house)).await.unwrap();
        let silent = decide(&house, silenced(&house)).await.unwrap();
        let usual = decide_to_act(&house).await;
        assert_eq!((safest.origin.as_str(), silent.origin.as_str()), ("safest", "nothing_permitted"));
        let decisions = [&safest, &silent, &usual];
        let traces = traces(&decisions);
        for decision in decisions {
            let told = logged(&house, &decision.decision_id).await;
            assert_eq!(told.decision.as_ref(), Some(decision), "nothing is lost before");
            assert!(told.mask.is_some());
            erase(&house, &decision.debtor_id).await;
            let row = row(&house, &decision.decision_id).await;
            assert!(row.contains(&decision.decision_id), "{row}");
            let told = logged(&house, &decision.decision_id).await;
            assert!(told.context.is_none() && told.mask.is_none());
            let told = format!("{told:?}");
            for trace in &traces {
                assert!(!row.contains(trace), "{trace} in {row}");
                assert!(!told.contains(trace), "{trace} in {told}");
            }
        }
        let told = logged(&house, &safest.decision_id).await.decision.unwrap();
        assert_eq!(told.action, safest.action, "what was decided stays");
        assert_eq!(told.marginals, safest.marginals);
        house.stop().await;
    }
}
