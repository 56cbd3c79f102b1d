use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::debtor::Party;
use kulanz_testkit::{on_both_backends, reason};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::access::session;
use crate::support::{Case, case};

async fn debtor(case: &Case) -> pb::Debtor {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let asked = case.house.ask(Role::Service, asked);
    let answer = case.house.clients().claims().get_debtor(asked).await;
    answer.expect("a debtor").into_inner().debtor.expect("it")
}

fn change(case: &Case, debtor: pb::Debtor, paths: &[&str]) -> pb::UpdateDebtorRequest {
    pb::UpdateDebtorRequest {
        request_id: case.house.request_id(),
        debtor: Some(debtor),
        update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
        validate_only: false,
    }
}

async fn update(case: &Case, asked: pb::UpdateDebtorRequest) -> Result<pb::Debtor, Status> {
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().update_debtor(asked).await?;
    Ok(answer.into_inner().debtor.expect("it"))
}

on_both_backends! {
    async fn a_debtor_is_read_as_supplied(backend: Backend) {
        let case = case(backend).await;
        let debtor = debtor(&case).await;
        let Some(Party::Person(person)) = debtor.party else { panic!("a person") };
        assert_eq!((person.given_name.as_str(), person.family_name.as_str()), ("Jette", "Lindqvist"));
        let points: Vec<&str> = debtor.contact_points.iter().map(|point| point.value.as_str()).collect();
        assert_eq!(points, ["jette.lindqvist@example.org", "+4915228817386"]);
        assert_eq!(debtor.external_refs[0].customer_number, "C-1");
        assert_eq!(debtor.version, 1);
        case.house.stop().await;
    }

    async fn a_batch_names_what_it_does_not_know_and_brings_claims(backend: Backend) {
        let case = case(backend).await;
        let missing = "debtor_01h455vb4pex5vsknk084sn02q".to_owned();
        let asked = pb::BatchGetDebtorsRequest {
            debtor_ids: vec![missing.clone(), case.debtor_id.clone()],
            include_claims: true,
        };
        let answer = case.house.clients().claims().batch_get_debtors(case.house.ask(Role::Service, asked)).await;
        let answer = answer.unwrap().into_inner();
        assert_eq!(answer.missing_debtor_ids, [missing]);
        assert_eq!(answer.debtors[0].claims[0].claim_id, case.claim_id);
        assert_eq!(answer.debtors[0].claims[0].reference, "R-1");
        let empty = pb::BatchGetDebtorsRequest::default();
        let refused = case.house.clients().claims().batch_get_debtors(case.house.ask(Role::Service, empty)).await;
        assert_eq!(reason(&refused.unwrap_err()), "INVALID_FIELDS");
        case.house.stop().await;
    }

    async fn staff_change_an_address_and_an_old_etag_is_refused(backend: Backend) {
        let case = case(backend).await;
        let mut changed = debtor(&case).await;
        changed.address.as_mut().unwrap().street = "Uferweg 9".into();
        let after = update(&case, change(&case, changed.clone(), &["address"])).await.unwrap();
        assert_eq!(after.address.unwrap().street, "Uferweg 9");
        assert_eq!(after.version, 2);
        let refused = update(&case, change(&case, changed.clone(), &["address"])).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
        let refused = update(&case, change(&case, changed, &["debtor_id"])).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        case.house.stop().await;
    }

    async fn a_check_alone_changes_nothing(backend: Backend) {
        let case = case(backend).await;
        let mut changed = debtor(&case).await;
        changed.language = "en".into();
        let asked = change(&case, changed, &["language"]);
        let after = update(&case, pb::UpdateDebtorRequest { validate_only: true, ..asked }).await.unwrap();
        assert_eq!(after.language, "en");
        assert_eq!(debtor(&case).await.language, "de");
        case.house.stop().await;
    }

    async fn a_debtor_changes_their_own_language_and_nothing_else(backend: Backend) {
        let case = case(backend).await;
        let token = session(&case).await;
        let own = pb::Debtor {
            debtor_id: case.debtor_id.clone(),
            language: "en".into(),
            form_of_address: 2,
            ..Default::default()
        };
        let asked = change(&case, own.clone(), &["language", "form_of_address"]);
        let mut claims = case.house.clients().claims();
        let after = claims.update_debtor(outgoing_as(&token, asked)).await.unwrap().into_inner();
        assert_eq!(after.debtor.unwrap().language, "en");
        let refused = claims.update_debtor(outgoing_as(&token, change(&case, own, &["address"]))).await;
        assert_eq!(reason(&refused.unwrap_err()), "INVALID_FIELDS");
        case.house.stop().await;
    }
}
