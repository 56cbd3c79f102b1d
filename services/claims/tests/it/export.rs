//! The copy of everything that is held about a person (Art. 15 GDPR).

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::DisputeReason;
use kulanz_proto::types::v1::PersonDataPart;
use kulanz_proto::{experimentation, messaging, payments, personas};
use kulanz_testkit::{Backend, House, Stub, on_both_backends, reason, stand_in};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::access::session;
use crate::evidence::{header, upload};
use crate::restriction::restrict;
use crate::support::{Case, case_in, euros, import, row};

/// Neighbours that hold one record each and erase when they are asked; `away` answers nothing.
pub fn neighbours(away: &'static str) -> Stub {
    let mut stub = Stub::default();
    macro_rules! neighbour {
        ($package:ident, $service:literal) => {
            let name = stringify!($package);
            let held = move |asked: $package::v1::ExportPersonDataRequest| {
                if away == name {
                    return Err(Status::unavailable("away"));
                }
                let part = PersonDataPart {
                    service: name.into(),
                    kind: "record".into(),
                    json: format!("{{\"of\":\"{}\"}}", asked.debtor_id),
                    ..Default::default()
                };
                Ok(vec![$package::v1::ExportPersonDataResponse { part: Some(part) }])
            };
            let path = concat!("/kulanz.", stringify!($package), ".v1.", $service, "/");
            stub = stub.streaming(&format!("{path}ExportPersonData"), held);
        };
    }
    neighbour!(personas, "PersonasService");
    neighbour!(experimentation, "ExperimentationService");
    neighbour!(messaging, "MessagingService");
    neighbour!(payments, "PaymentsService");
    stub
}

/// A case whose claims service asks `stub` for everything.
pub async fn case_beside(backend: Backend, stub: Stub) -> Case {
    let address = stub.serve().await;
    let standing = [stand_in("payments"), stand_in("messaging")];
    let all = [&[kulanz_claims::DEFINITION][..], &standing].concat();
    let mut builder = House::build(backend, &all);
    for service in ["personas", "experimentation", "messaging", "payments"] {
        builder = builder.peer(service, address);
    }
    case_in(builder.start().await).await
}

async fn export(case: &Case, token: &str, debtor_id: &str) -> Result<Vec<PersonDataPart>, Status> {
    let asked = pb::ExportDebtorDataRequest { debtor_id: debtor_id.into() };
    let asked = outgoing_as(token, asked);
    let mut answers = case.house.clients().claims().export_debtor_data(asked).await?.into_inner();
    let mut parts = Vec::new();
    while let Some(answer) = answers.message().await? {
        parts.push(answer.part.expect("a part"));
    }
    Ok(parts)
}

async fn dispute(case: &Case) -> String {
    let asked = pb::OpenDisputeRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        reason: DisputeReason::NotDelivered.into(),
        explanation: "it never arrived at my door".into(),
        disputed_amount: None,
    };
    let asked = case.house.ask(Role::Agent, asked);
    let opened = case.house.clients().claims().open_dispute(asked).await.unwrap().into_inner();
    opened.dispute.unwrap().dispute_id
}

/// Two pieces of a file that came, the last of them short.
fn letter() -> Vec<u8> {
    b"a neighbour's letter ".iter().copied().cycle().take(1024 * 1024 + 7).collect()
}

async fn ask_and_answer(case: &Case, challenge_id: &str) {
    let wanted = pb::RequestEvidenceRequest {
        request_id: case.house.request_id(),
        challenge_id: challenge_id.into(),
        slot: "neighbour".into(),
        wanted: "what your neighbour saw".into(),
        wanted_by: None,
    };
    let asked = case.house.ask(Role::Agent, wanted);
    case.house.clients().claims().request_evidence(asked).await.unwrap();
    upload(case, header(case, challenge_id, "neighbour"), &letter()).await.unwrap();
}

/// The bytes of a file as the copy tells them.
fn copied_file(parts: &[PersonDataPart]) -> Vec<u8> {
    let pieces = parts.iter().filter(|part| part.kind == "evidence_piece");
    let chunk = |part: &PersonDataPart| {
        let told: serde_json::Value = serde_json::from_str(&part.json).unwrap();
        data_encoding::BASE64.decode(told["chunk"].as_str().unwrap().as_bytes()).unwrap()
    };
    pieces.flat_map(chunk).collect()
}

on_both_backends! {
    async fn a_copy_holds_everything_of_every_service(backend: Backend) {
        let case = case_beside(backend, neighbours("")).await;
        let dispute_id = dispute(&case).await;
        ask_and_answer(&case, &dispute_id).await;
        let stated = pb::ImportRow {
            creditor_costs: euros(250),
            creditor_costs_reason: "a letter by courier".into(),
            contractual_rate: "9.5".into(),
            contractual_rate_reason: "§ 7 of the bicycle contract".into(),
            facts: [("segment".to_owned(), "frequent-buyer".to_owned())].into(),
            principal: euros(5_000),
            ..row(&case.house, "R-2")
        };
        import(&case.house, &case.creditor_id, vec![stated]).await;
        restrict(&case, true, "I object to the figures").await.unwrap();
        let session = session(&case).await;
        let visit = pb::RecordPortalVisitRequest {
            request_id: case.house.request_id(),
            page: "overview".into(),
            claim_id: String::new(),
        };
        case.house.clients().claims().record_portal_visit(outgoing_as(&session, visit)).await.unwrap();
        let admin = case.house.token_of(case.house.tenant(), Role::Admin);
        let parts = export(&case, &admin, &case.debtor_id).await.unwrap();
        let whole: String = parts.iter().map(|part| part.json.as_str()).collect();
        for planted in [
            "Jette", "Lindqvist", "jette.lindqvist@example.org", "+4915228817386", "Am Speicher 4",
            "C-1", "R-1", "Trekkingrad", "it never arrived at my door", "I object to the figures",
            "what your neighbour saw", "Ausweis Lindqvist.pdf", "a letter by courier",
            "§ 7 of the bicycle contract", "frequent-buyer",
        ] {
            assert!(whole.contains(planted), "{planted} is not in the copy");
        }
        assert!(copied_file(&parts) == letter(), "the file to the byte");
        assert!(whole.contains("\"year\":1984,\"month\":5,\"day\":17"), "the birth date");
        for kind in [
            "debtor", "claim", "claim_terms", "entry", "hold", "evidence", "evidence_slot", "challenge", "access_link", "page_visit",
            "restriction", "audit_record", "record",
        ] {
            assert!(parts.iter().any(|part| part.kind == kind), "no {kind}");
        }
        for part in &parts {
            assert!(serde_json::from_str::<serde_json::Value>(&part.json).unwrap().is_object());
            assert!(!part.service.is_empty() && !part.kind.is_empty());
        }
        let mut services: Vec<&str> = parts.iter().map(|part| part.service.as_str()).collect();
        services.dedup();
        assert_eq!(services, ["claims", "personas", "experimentation", "messaging", "payments"]);
        let debtor = parts.iter().find(|part| part.kind == "debtor").unwrap();
        assert!(debtor.json.contains("\"provenance\"") && debtor.json.contains("\"given_name\""));
        assert!(!whole.contains("token_hash"));
        // The person's own session gets the same copy; another's person is not there for it.
        assert_eq!(export(&case, &session, &case.debtor_id).await.unwrap().len(), parts.len());
        case.house.stop().await;
    }

    async fn a_copy_that_cannot_be_completed_says_who_did_not_answer(backend: Backend) {
        let case = case_beside(backend, neighbours("messaging")).await;
        let admin = case.house.token_of(case.house.tenant(), Role::Admin);
        let refused = export(&case, &admin, &case.debtor_id).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "UNAVAILABLE"));
        assert_eq!(refused.get_details_error_info().unwrap().metadata["service"], "messaging");
        case.house.stop().await;
    }

    async fn nobody_copies_what_is_another_persons_or_tenants(backend: Backend) {
        let case = case_beside(backend, neighbours("")).await;
        let session = session(&case).await;
        let other = "debtor_01h455vb4pex5vsknk084sn02q";
        let foreign = case.house.token_of(case.house.other_tenant(), Role::Admin);
        let admin = case.house.token_of(case.house.tenant(), Role::Admin);
        for (token, id) in [(&session, other), (&foreign, case.debtor_id.as_str()), (&admin, "nobody")] {
            let refused = export(&case, token, id).await.unwrap_err();
            assert_eq!(reason(&refused), "NOT_FOUND");
        }
        let agent = case.house.token_of(case.house.tenant(), Role::Agent);
        let refused = export(&case, &agent, &case.debtor_id).await.unwrap_err();
        assert_eq!(reason(&refused), "CALL_NOT_ALLOWED");
        case.house.stop().await;
    }
}
