//! The audit log as it is kept and read.

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::HoldKind;
use kulanz_proto::convert::instant;
use kulanz_proto::events::v1 as event;
use kulanz_store::AuditRecord;
use kulanz_store::audit::Chain;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use kulanz_types::{PaymentId, TenantId};
use tonic::Status;

use crate::support::{Case, case, day, euros};

pub async fn records(
    house: &House,
    tenant: TenantId,
    after: i64,
    subject: &str,
) -> Result<Vec<pb::AuditRecord>, Status> {
    let token = house.token_of(tenant, Role::Admin);
    let asked = pb::ListAuditRecordsRequest { after, subject_id: subject.into() };
    let asked = outgoing_as(&token, asked);
    let mut answers = house.clients().claims().list_audit_records(asked).await?.into_inner();
    let mut records = Vec::new();
    while let Some(answer) = answers.message().await? {
        records.push(answer.record.expect("a record"));
    }
    Ok(records)
}

pub async fn actions(case: &Case, subject: &str) -> Vec<String> {
    let found = records(&case.house, case.house.tenant(), 0, subject).await.unwrap();
    found.into_iter().map(|record| record.action).collect()
}

fn sealed(record: pb::AuditRecord) -> AuditRecord {
    AuditRecord {
        sequence: record.sequence,
        at: instant(&record.at.unwrap()).unwrap(),
        actor: record.actor,
        action: record.action,
        subject_id: record.subject_id,
        facts: record.facts.into_iter().collect(),
        previous_hash: record.previous_hash,
        hash: record.hash,
    }
}

async fn hold(case: &Case) {
    let asked = pb::HoldClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        kind: HoldKind::Manual.into(),
        reason: "asked to wait".into(),
        expires_at: None,
    };
    case.house.clients().claims().hold_claim(case.house.ask(Role::Agent, asked)).await.unwrap();
}

on_both_backends! {
    async fn calls_events_and_due_work_leave_a_chained_record_each(backend: Backend) {
        let case = case(backend).await;
        hold(&case).await;
        let paid = event::PaymentReceived {
            payment_id: PaymentId::generate(case.house.seeds(), case.house.now()).to_string(),
            claim_id: case.claim_id.clone(),
            creditor_id: case.creditor_id.clone(),
            debtor_id: case.debtor_id.clone(),
            amount: euros(1_000),
            value_date: day(&case.house, 0),
            method: "bank_transfer".into(),
            ..Default::default()
        };
        case.house.publish("payments", &case.debtor_id, &paid).await;
        case.house.settle().await;
        let all = records(&case.house, case.house.tenant(), 0, "").await.unwrap();
        let told: Vec<(&str, &str)> =
            all.iter().map(|record| (record.actor.as_str(), record.action.as_str())).collect();
        for (actor, action) in [
            ("CreateCreditor", "user:"),
            ("ImportClaims", "user:"),
            ("ChargeCosts", "service:claims"),
            ("HoldClaim", "user:"),
            ("PaymentReceived", "service:payments"),
        ].map(|(action, actor)| (actor, action)) {
            let found = told.iter().filter(|(who, what)| who.starts_with(actor) && *what == action);
            assert_eq!(found.count(), 1, "{action} by {actor} in {told:?}");
        }
        let mut chain = Chain::default();
        for record in all.iter().cloned().map(sealed) {
            chain.check(&record).unwrap();
        }
        let about_claim = records(&case.house, case.house.tenant(), 0, &case.claim_id).await.unwrap();
        let actions: Vec<&str> = about_claim.iter().map(|record| record.action.as_str()).collect();
        assert_eq!(actions, ["HoldClaim", "PaymentReceived"]);
        assert_eq!(about_claim[0].facts["state"], "on_hold");
        assert!(about_claim[1].facts.contains_key("event_id"));
        let rest = records(&case.house, case.house.tenant(), i64::try_from(all.len()).unwrap() - 1, "").await.unwrap();
        assert_eq!(rest, all[all.len() - 1..]);
        case.house.stop().await;
    }

    async fn the_log_is_the_tenants_own_and_the_admins_to_read(backend: Backend) {
        let case = case(backend).await;
        assert!(!records(&case.house, case.house.tenant(), 0, "").await.unwrap().is_empty());
        assert!(records(&case.house, case.house.other_tenant(), 0, "").await.unwrap().is_empty());
        let foreign = records(&case.house, case.house.other_tenant(), 0, &case.claim_id).await;
        assert!(foreign.unwrap().is_empty());
        let refused = records(&case.house, case.house.tenant(), -1, "").await.unwrap_err();
        assert_eq!(fields(&refused), ["after"]);
        let asked = pb::ListAuditRecordsRequest::default();
        let refused = case.house.clients().claims().list_audit_records(case.house.ask(Role::Agent, asked)).await;
        assert_eq!(reason(&refused.unwrap_err()), "CALL_NOT_ALLOWED");
        case.house.stop().await;
    }

    async fn a_refused_and_a_checked_call_leave_no_record(backend: Backend) {
        let case = case(backend).await;
        let before = records(&case.house, case.house.tenant(), 0, "").await.unwrap().len();
        let check = pb::CreateCreditorRequest {
            request_id: case.house.request_id(),
            creditor: Some(pb::Creditor { name: "Nur geprüft GmbH".into(), ..Default::default() }),
            validate_only: true,
        };
        case.house.clients().claims().create_creditor(case.house.ask(Role::Admin, check)).await.unwrap();
        let wrong = pb::ReleaseClaimRequest {
            request_id: case.house.request_id(),
            claim_id: case.claim_id.clone(),
            hold_id: "hold_01h455vb4pex5vsknk084sn02q".into(),
            reason: "x".into(),
        };
        case.house.clients().claims().release_claim(case.house.ask(Role::Agent, wrong)).await.unwrap_err();
        assert_eq!(records(&case.house, case.house.tenant(), 0, "").await.unwrap().len(), before);
        case.house.stop().await;
    }
}
