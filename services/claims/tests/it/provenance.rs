//! Who supplied each datum of a person.

use std::collections::BTreeMap;

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_testkit::on_both_backends;
use prost_types::FieldMask;

use crate::access::session;
use crate::support::{Case, case, euros, import, row};

async fn sources(case: &Case) -> BTreeMap<String, String> {
    let asked = pb::GetDebtorRequest { debtor_id: case.debtor_id.clone() };
    let answer = case.house.clients().claims().get_debtor(case.house.ask(Role::Agent, asked)).await;
    let debtor = answer.unwrap().into_inner().debtor.unwrap();
    assert!(debtor.provenance.iter().all(|one| one.recorded_at.is_some()));
    debtor.provenance.into_iter().map(|one| (one.field, one.source)).collect()
}

fn language(case: &Case, language: &str) -> pb::UpdateDebtorRequest {
    pb::UpdateDebtorRequest {
        request_id: case.house.request_id(),
        debtor: Some(pb::Debtor {
            debtor_id: case.debtor_id.clone(),
            language: language.into(),
            ..Default::default()
        }),
        update_mask: Some(FieldMask { paths: vec!["language".into()] }),
        validate_only: false,
    }
}

on_both_backends! {
    async fn every_datum_says_who_supplied_it_last(backend: Backend) {
        let case = case(backend).await;
        let creditor = format!("creditor:{}", case.creditor_id);
        let found = sources(&case).await;
        let fields: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(fields, ["address", "contact_points", "language", "person", "person.birth_date"]);
        assert!(found.values().all(|source| *source == creditor));

        let mut claims = case.house.clients().claims();
        claims.update_debtor(case.house.ask(Role::Agent, language(&case, "en"))).await.unwrap();
        assert!(sources(&case).await["language"].starts_with("user:"));
        let session = session(&case).await;
        claims.update_debtor(outgoing_as(&session, language(&case, "tr"))).await.unwrap();
        let found = sources(&case).await;
        assert_eq!((found["language"].as_str(), &found["person"]), ("debtor", &creditor));

        // Another creditor adds a number: it is that one's, and what it did not bring keeps its origin.
        let other = crate::support::creditor(&case.house).await;
        let later = pb::ImportRow {
            phone: "0341 9876543".into(),
            principal: euros(5_000),
            ..row(&case.house, "R-2")
        };
        let answered = import(&case.house, &other, vec![later]).await;
        assert_eq!(answered.rows[0].debtor_id, case.debtor_id);
        let found = sources(&case).await;
        assert_eq!((found["language"].as_str(), &found["contact_points"]), ("debtor", &creditor));
        assert_eq!(found["contact_points.+493419876543"], format!("creditor:{other}"));
        case.house.stop().await;
    }
}
