use kulanz_chassis::{Grant, Role, auth::OPERATOR, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_testkit::{House, fields, on_both_backends, reason};
use prost_types::FieldMask;
use tonic::{Code, Request};

use crate::support::house;

pub fn operator<T>(house: &House, message: T) -> Request<T> {
    let issuer = house.constellation().issuer(OPERATOR).expect("keys in memory");
    let grant = Grant::user("root", None, &[Role::Operator], chrono::TimeDelta::hours(1));
    outgoing_as(&issuer.mint(&grant).expect("a token"), message)
}

pub fn agency(house: &House) -> pb::Tenant {
    pb::Tenant {
        tenant_id: house.tenant().to_string(),
        agency_name: "Fairer Ausgleich Inkasso GmbH".into(),
        collection_account: Some(pb::CollectionAccount {
            holder: "Fairer Ausgleich Treuhand".into(),
            iban: "DE02 1203 0000 0000 2020 51".into(),
            bic: "BYLADEM1001".into(),
        }),
        portal_base_url: "https://zahlen.example.org".into(),
        locale: "de".into(),
        ..Default::default()
    }
}

pub fn make(house: &House, tenant: pb::Tenant) -> pb::CreateTenantRequest {
    pb::CreateTenantRequest {
        request_id: house.request_id(),
        tenant: Some(tenant),
        validate_only: false,
    }
}

async fn tenant(house: &House) -> pb::Tenant {
    let asked = house.ask(Role::Agent, pb::GetTenantRequest {});
    let answer = house.clients().claims().get_tenant(asked).await;
    answer.expect("a tenant").into_inner().tenant.expect("it")
}

fn creditor(house: &House, external_ref: &str) -> pb::CreateCreditorRequest {
    pb::CreateCreditorRequest {
        request_id: house.request_id(),
        creditor: Some(pb::Creditor {
            name: "Radhaus Nord GmbH".into(),
            external_ref: external_ref.into(),
            ..Default::default()
        }),
        validate_only: false,
    }
}

on_both_backends! {
    async fn an_operator_makes_a_tenant_once(backend: Backend) {
        let house = house(backend).await;
        let mut claims = house.clients().claims();
        let asked = make(&house, agency(&house));
        let made = claims.create_tenant(operator(&house, asked.clone())).await.unwrap().into_inner();
        let again = claims.create_tenant(operator(&house, asked)).await.unwrap().into_inner();
        assert_eq!(made, again);
        assert_eq!(tenant(&house).await.collection_account.unwrap().iban, "DE02120300000000202051");
        let refused = claims.create_tenant(operator(&house, make(&house, agency(&house)))).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "TENANT_EXISTS"));
        let refused = claims.create_tenant(house.ask(Role::Admin, make(&house, agency(&house)))).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
        house.stop().await;
    }

    async fn a_tenant_needs_a_name_a_sound_account_and_address(backend: Backend) {
        let house = house(backend).await;
        let mut faulty = pb::Tenant { portal_base_url: "zahlen/".into(), agency_name: String::new(), ..agency(&house) };
        faulty.collection_account.as_mut().unwrap().iban = "DE03120300000000202051".into();
        let refused = house.clients().claims().create_tenant(operator(&house, make(&house, faulty))).await;
        let found = fields(&refused.unwrap_err());
        assert_eq!(found, ["tenant.agency_name", "tenant.portal_base_url", "tenant.collection_account.iban"]);
        house.stop().await;
    }

    async fn an_admin_changes_what_the_mask_names_and_an_old_etag_is_refused(backend: Backend) {
        let house = house(backend).await;
        let mut claims = house.clients().claims();
        claims.create_tenant(operator(&house, make(&house, agency(&house)))).await.unwrap();
        let known = tenant(&house).await;
        let asked = |paths: &[&str]| pb::UpdateTenantRequest {
            request_id: house.request_id(),
            tenant: Some(pb::Tenant { contact_phone: "+4934112345".into(), locale: "en".into(), ..known.clone() }),
            update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
            validate_only: false,
        };
        let changed = claims.update_tenant(house.ask(Role::Admin, asked(&["contact_phone"]))).await.unwrap();
        let changed = changed.into_inner().tenant.unwrap();
        assert_eq!((changed.contact_phone.as_str(), changed.locale.as_str()), ("+4934112345", "de"));
        let refused = claims.update_tenant(house.ask(Role::Admin, asked(&["locale"]))).await.unwrap_err();
        assert_eq!(reason(&refused), "ETAG_MISMATCH");
        house.stop().await;
    }

    async fn an_unknown_tenant_is_not_found(backend: Backend) {
        let house = house(backend).await;
        let asked = house.ask(Role::Agent, pb::GetTenantRequest {});
        let refused = house.clients().claims().get_tenant(asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        house.stop().await;
    }

    async fn creditors_are_made_read_listed_and_changed(backend: Backend) {
        let house = house(backend).await;
        let mut claims = house.clients().claims();
        let made = claims.create_creditor(house.ask(Role::Admin, creditor(&house, "17"))).await.unwrap();
        let made = made.into_inner().creditor.unwrap();
        let asked = pb::GetCreditorRequest { creditor_id: made.creditor_id.clone() };
        let read = claims.get_creditor(house.ask(Role::Agent, asked)).await.unwrap().into_inner();
        assert_eq!(read.creditor.unwrap(), made);
        let listed = pb::ListCreditorsRequest { external_ref: "17".into(), ..Default::default() };
        let listed = claims.list_creditors(house.ask(Role::Agent, listed)).await.unwrap().into_inner();
        assert_eq!(listed.creditors, std::slice::from_ref(&made));
        let asked = pb::UpdateCreditorRequest {
            request_id: house.request_id(),
            creditor: Some(pb::Creditor { industry: "Fahrradhandel".into(), ..made }),
            update_mask: Some(FieldMask { paths: vec!["industry".into()] }),
            validate_only: false,
        };
        let changed = claims.update_creditor(house.ask(Role::Admin, asked)).await.unwrap().into_inner();
        assert_eq!(changed.creditor.unwrap().industry, "Fahrradhandel");
        house.stop().await;
    }

    async fn a_creditors_number_is_unique_and_its_rate_a_rate(backend: Backend) {
        let house = house(backend).await;
        let mut claims = house.clients().claims();
        claims.create_creditor(house.ask(Role::Admin, creditor(&house, "17"))).await.unwrap();
        let refused = claims.create_creditor(house.ask(Role::Admin, creditor(&house, "17"))).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::AlreadyExists, "EXTERNAL_REF_TAKEN"));
        let mut faulty = creditor(&house, "18");
        let given = faulty.creditor.as_mut().unwrap();
        given.name = String::new();
        given.interest = Some(pb::InterestSettings { contractual_rate: "5,0".into(), ..Default::default() });
        let refused = claims.create_creditor(house.ask(Role::Admin, faulty)).await.unwrap_err();
        assert_eq!(fields(&refused), ["creditor.name", "creditor.interest.contractual_rate"]);
        house.stop().await;
    }
}
