//! Erasure (Art. 17 GDPR).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::DebtorState;
use kulanz_proto::types::v1::RetainedRecord;
use kulanz_proto::{experimentation, messaging, payments, personas};
use kulanz_testkit::{Backend, Stub, fields, on_both_backends, reason, until};
use prost_types::FieldMask;
use sea_orm::{ConnectionTrait, Statement};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::access::session;
use crate::audit::actions;
use crate::chain::broken_at;
use crate::export::case_beside;
use crate::restriction::restrict;
use crate::support::{Case, cents, euros, import, row, total};

/// Neighbours that erase; payments only while it is not away. It keeps vouchers.
#[derive(Clone, Default)]
struct Neighbours {
    payments_away: Arc<AtomicBool>,
    /// The ids under which payments was asked.
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Neighbours {
    fn stub(&self) -> Stub {
        let mut stub = Stub::default();
        macro_rules! neighbour {
            ($package:ident, $service:literal) => {
                let own = self.clone();
                let erase = move |asked: $package::v1::ErasePersonDataRequest| {
                    own.erased(stringify!($package), asked.request_id)
                        .map(|retained| $package::v1::ErasePersonDataResponse { retained })
                };
                let path = concat!("/kulanz.", stringify!($package), ".v1.", $service, "/");
                stub = stub.on(&format!("{path}ErasePersonData"), erase);
            };
        }
        neighbour!(personas, "PersonasService");
        neighbour!(experimentation, "ExperimentationService");
        neighbour!(messaging, "MessagingService");
        neighbour!(payments, "PaymentsService");
        stub
    }

    fn erased(&self, service: &str, request_id: String) -> Result<Vec<RetainedRecord>, Status> {
        if service != "payments" {
            return Ok(Vec::new());
        }
        if self.payments_away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        self.asked.lock().unwrap().insert(request_id);
        let norm = "§ 147 AO".to_owned();
        let record =
            RetainedRecord { kind: "payment".into(), norm, count: 2, ..Default::default() };
        Ok(vec![record])
    }
}

async fn settled_case(backend: Backend) -> (Case, Neighbours) {
    let neighbours = Neighbours::default();
    let case = case_beside(backend, neighbours.stub()).await;
    close(&case, &case.claim_id).await;
    (case, neighbours)
}

/// A second claim of the same person about whose money people wrote: the creditor in its file, and staff.
async fn written_about(case: &Case) -> String {
    let stated = pb::ImportRow {
        creditor_costs: euros(250),
        creditor_costs_reason: "letter to Frau Lindqvist, Am Speicher 4".into(),
        contractual_rate: "9.5".into(),
        contractual_rate_reason: "signed by Jette Lindqvist".into(),
        principal: euros(5_000),
        ..row(&case.house, "R-2")
    };
    let answered = import(&case.house, &case.creditor_id, vec![stated]).await;
    assert_eq!(answered.rows[0].debtor_id, case.debtor_id, "{:?}", answered.rows[0].problems);
    let claim_id = answered.rows[0].claim_id.clone();
    let mut claims = case.house.clients().claims();
    let credit = pb::BookCreditRequest {
        request_id: case.house.request_id(),
        claim_id: claim_id.clone(),
        amount: euros(100),
        reason: "promised on the telephone".into(),
        ..Default::default()
    };
    claims.book_credit(case.house.ask(Role::Admin, credit)).await.unwrap();
    let question = pb::AskCreditorRequest {
        request_id: case.house.request_id(),
        claim_id: claim_id.clone(),
        text: "to be asked of the shop".into(),
        ..Default::default()
    };
    claims.ask_creditor(case.house.ask(Role::Agent, question)).await.unwrap();
    claim_id
}

async fn close(case: &Case, claim_id: &str) {
    let asked = pb::WriteOffClaimRequest {
        request_id: case.house.request_id(),
        claim_id: claim_id.into(),
        reason: "Frau Lindqvist is insolvent".into(),
    };
    case.house
        .clients()
        .claims()
        .write_off_claim(case.house.ask(Role::Admin, asked))
        .await
        .unwrap();
}

fn asked(case: &Case) -> pb::EraseDebtorRequest {
    pb::EraseDebtorRequest {
        request_id: case.house.request_id(),
        debtor_id: case.debtor_id.clone(),
        reason: "Jette Lindqvist wrote to us".into(),
        validate_only: false,
    }
}

async fn erase(
    case: &Case,
    asked: pb::EraseDebtorRequest,
) -> Result<pb::EraseDebtorResponse, Status> {
    let asked = case.house.ask(Role::Admin, asked);
    Ok(case.house.clients().claims().erase_debtor(asked).await?.into_inner())
}

async fn debtor(case: &Case) -> pb::Debtor {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let answer =
        case.house.clients().claims().get_debtor(case.house.ask(Role::Service, asked)).await;
    answer.unwrap().into_inner().debtor.unwrap()
}

/// Every value of every table as text, bytes in hexadecimal.
async fn everything_stored(case: &Case) -> String {
    let store = case.house.constellation().store("claims").unwrap();
    let work = store.begin(case.house.tenant()).await.unwrap();
    let backend = work.db().get_database_backend();
    let postgres = backend == sea_orm::DbBackend::Postgres;
    let tables = if postgres {
        "SELECT table_name::text AS name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'tenant_id'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let names = work.db().query_all_raw(Statement::from_string(backend, tables)).await.unwrap();
    let mut all = String::new();
    for name in names {
        let name: String = name.try_get("", "name").unwrap();
        let columns = if postgres {
            format!(
                "SELECT column_name::text AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{name}'"
            )
        } else {
            format!("SELECT name FROM pragma_table_info('{name}')")
        };
        let columns =
            work.db().query_all_raw(Statement::from_string(backend, columns)).await.unwrap();
        for column in columns {
            let column: String = column.try_get("", "name").unwrap();
            // Bytes come out in hexadecimal, texts as they are: both are searched for.
            let value = if postgres {
                format!("COALESCE(\"{column}\"::text, '')")
            } else {
                format!(
                    "CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") ELSE COALESCE(\"{column}\", '') || '' END"
                )
            };
            let find = format!("SELECT {value} AS value FROM \"{name}\"");
            for row in work.db().query_all_raw(Statement::from_string(backend, find)).await.unwrap()
            {
                all.push_str(&row.try_get::<String>("", "value").unwrap());
                all.push('\n');
            }
        }
    }
    all.to_lowercase()
}

const PLANTED: [&str; 13] = [
    "Jette",
    "Lindqvist",
    "jette.lindqvist@example.org",
    "15228817386",
    "Am Speicher",
    "1984-05-17",
    "C-1",
    "Trekkingrad",
    "never arrived",
    "letter to Frau",
    "signed by Jette",
    "on the telephone",
    "asked of the shop",
];

fn hex(text: &str) -> String {
    let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

on_both_backends! {
    async fn an_erased_person_is_nowhere_and_the_account_stays(backend: Backend) {
        let (case, _) = settled_case(backend).await;
        let second = written_about(&case).await;
        close(&case, &second).await;
        let before = case.claim().await;
        let own_session = session(&case).await;
        let stored = everything_stored(&case).await;
        for found in ["trekkingrad", "lindqvist is insolvent", "signed by jette"] {
            assert!(stored.contains(found), "the search finds what is there");
        }
        assert!(!stored.contains("letter to frau"), "an entry, which cannot be emptied, is sealed");
        let answer = erase(&case, asked(&case)).await.unwrap();
        assert!(answer.pending_services.is_empty());
        let kept: Vec<(&str, &str, i64)> = answer.retained.iter()
            .map(|one| (one.service.as_str(), one.kind.as_str(), one.count)).collect();
        assert!(kept.contains(&("claims", "claim", 2)) && kept.contains(&("payments", "payment", 2)), "{kept:?}");
        let entries = answer.retained.iter().find(|one| one.kind == "entry").unwrap();
        let year = entries.until.as_ref().unwrap().year;
        assert_eq!(entries.until, Some(kulanz_proto::types::v1::Date { year, month: 12, day: 31 }));
        let gone = answer.debtor.unwrap();
        assert_eq!(gone.state(), DebtorState::Erased);
        assert!(gone.party.is_none() && gone.contact_points.is_empty() && gone.external_refs.is_empty());
        case.house.settle().await;
        let stored = everything_stored(&case).await;
        for planted in PLANTED {
            let planted = planted.to_lowercase();
            assert!(!stored.contains(&planted), "{planted} is readable");
            assert!(!stored.contains(&hex(&planted)), "{planted} is readable as bytes");
        }
        let after = case.claim().await;
        assert_eq!(total(&after), total(&before));
        assert_eq!(cents(&after.principal), cents(&before.principal));
        for claim_id in [&case.claim_id, &second] {
            assert_eq!(broken_at(&case, claim_id).await, None, "the chain holds");
        }
        let asked = pb::GetClaimRequest { claim_id: case.claim_id.clone() };
        let refused = case.house.clients().claims().get_claim(outgoing_as(&own_session, asked)).await;
        assert_eq!(reason(&refused.unwrap_err()), "SESSION_REVOKED");
        assert_eq!(actions(&case, &case.debtor_id).await.iter().filter(|action| *action == "PersonErased").count(), 4);
        case.house.stop().await;
    }

    async fn an_open_or_disputed_claim_keeps_the_person(backend: Backend) {
        let case = case_beside(backend, Neighbours::default().stub()).await;
        for validate_only in [true, false] {
            let refused = erase(&case, pb::EraseDebtorRequest { validate_only, ..asked(&case) }).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CLAIM_STATE"));
            let unmet = refused.get_details_precondition_failure().unwrap();
            assert_eq!(unmet.violations[0].subject, case.claim_id);
        }
        assert!(debtor(&case).await.party.is_some());
        case.house.stop().await;
    }

    async fn a_check_tells_what_would_stay_and_erases_nothing(backend: Backend) {
        let (case, neighbours) = settled_case(backend).await;
        let check = pb::EraseDebtorRequest { validate_only: true, ..asked(&case) };
        let answer = erase(&case, check).await.unwrap();
        assert!(answer.retained.iter().any(|one| one.kind == "entry" && one.norm.contains("§ 257")));
        assert_eq!(answer.pending_services.len(), 4);
        assert!(debtor(&case).await.party.is_some());
        assert!(neighbours.asked.lock().unwrap().is_empty());
        case.house.stop().await;
    }

    async fn a_service_that_is_away_is_asked_until_it_has_erased(backend: Backend) {
        let (case, neighbours) = settled_case(backend).await;
        neighbours.payments_away.store(true, Ordering::SeqCst);
        let request = asked(&case);
        let answer = erase(&case, request.clone()).await.unwrap();
        assert_eq!(answer.pending_services, ["payments"]);
        neighbours.payments_away.store(false, Ordering::SeqCst);
        until("payments to have erased", async || {
            case.house.constellation().run_until_idle().await.unwrap();
            let answer = erase(&case, request.clone()).await.unwrap();
            answer.pending_services.is_empty().then_some(())
        }).await;
        let answer = erase(&case, asked(&case)).await.unwrap();
        assert!(answer.retained.iter().any(|one| one.service == "payments"), "a second order answers the same");
        assert_eq!(neighbours.asked.lock().unwrap().len(), 1, "however often, under one id");
        case.house.stop().await;
    }

    async fn nothing_brings_an_erased_person_back(backend: Backend) {
        let (case, _) = settled_case(backend).await;
        erase(&case, asked(&case)).await.unwrap();
        let update = pb::UpdateDebtorRequest {
            request_id: case.house.request_id(),
            debtor: Some(pb::Debtor { debtor_id: case.debtor_id.clone(), language: "en".into(), ..Default::default() }),
            update_mask: Some(FieldMask { paths: vec!["language".into()] }),
            validate_only: false,
        };
        let refused = case.house.clients().claims().update_debtor(case.house.ask(Role::Agent, update)).await;
        assert_eq!(reason(&refused.unwrap_err()), "PERSON_ERASED");
        let refused = restrict(&case, true, "too late").await.unwrap_err();
        assert_eq!(reason(&refused), "PERSON_ERASED");
        let link = pb::CreateAccessLinkRequest {
            request_id: case.house.request_id(),
            debtor_id: case.debtor_id.clone(),
            ..Default::default()
        };
        let refused = case.house.clients().claims().create_access_link(case.house.ask(Role::Agent, link)).await;
        assert_eq!(reason(&refused.unwrap_err()), "PERSON_ERASED");
        // The same person with a new claim is a new debtor; the same invoice is not claimed twice.
        let again = import(&case.house, &case.creditor_id, vec![row(&case.house, "R-1"), row(&case.house, "R-2")]).await;
        assert_eq!(again.rows[0].problems[0].code, "REFERENCE_CONFLICT");
        assert!(!again.rows[1].debtor_id.is_empty());
        assert_ne!(again.rows[1].debtor_id, case.debtor_id);
        assert!(debtor(&case).await.party.is_none());
        case.house.stop().await;
    }

    async fn an_erasure_needs_a_reason_a_person_and_its_own_tenant(backend: Backend) {
        let (case, _) = settled_case(backend).await;
        let refused = erase(&case, pb::EraseDebtorRequest { reason: String::new(), ..asked(&case) }).await.unwrap_err();
        assert_eq!(fields(&refused), ["reason"]);
        let nobody = "debtor_01h455vb4pex5vsknk084sn02q".to_owned();
        let refused = erase(&case, pb::EraseDebtorRequest { debtor_id: nobody, ..asked(&case) }).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        let token = case.house.token_of(case.house.other_tenant(), Role::Admin);
        let refused = case.house.clients().claims().erase_debtor(outgoing_as(&token, asked(&case))).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        let refused = case.house.clients().claims().erase_debtor(case.house.ask(Role::Agent, asked(&case))).await.unwrap_err();
        assert_eq!(reason(&refused), "CALL_NOT_ALLOWED");
        assert!(debtor(&case).await.party.is_some());
        case.house.stop().await;
    }

    async fn a_person_goes_by_themselves_when_retention_ends(backend: Backend) {
        let (case, _) = settled_case(backend).await;
        case.house.settle().await;
        case.house.advance_to(case.house.now() + chrono::Days::new(6 * 365)).await;
        assert!(debtor(&case).await.party.is_some(), "letters are kept to the end of the sixth year");
        case.house.advance_to(case.house.now() + chrono::Days::new(367)).await;
        assert_eq!(debtor(&case).await.state(), DebtorState::Erased);
        case.house.stop().await;
    }
}
