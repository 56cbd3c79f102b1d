use kulanz_chassis::Role;
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::types::v1::FormOfAddress;
use kulanz_testkit::{House, on_both_backends, reason};
use kulanz_types::DebtorId;

use crate::neighbours::{debtor, house, persona, tell};

fn preferences(house: &House, debtor_id: &str, language: &str) -> pb::SetPreferencesRequest {
    pb::SetPreferencesRequest {
        request_id: house.request_id(),
        preferences: Some(pb::Preferences {
            debtor_id: debtor_id.to_owned(),
            form_of_address: FormOfAddress::Unspecified.into(),
            language: language.to_owned(),
        }),
    }
}

on_both_backends! {
    async fn a_person_states_how_to_be_spoken_to_and_nobody_elses(backend: Backend) {
        let (house, _) = house(backend).await;
        let (own, other) = (DebtorId::generate(house.seeds(), house.now()), DebtorId::generate(house.seeds(), house.now()));
        let mut client = house.clients().personas();
        let request = preferences(&house, &own.to_string(), "tr");
        client.set_preferences(house.ask_as_debtor(own, request)).await.unwrap();
        let mut request = preferences(&house, &own.to_string(), "");
        request.preferences.as_mut().unwrap().form_of_address = FormOfAddress::Informal.into();
        let both = client.set_preferences(house.ask_as_debtor(own, request)).await.unwrap().into_inner();
        let both = both.preferences.unwrap();
        assert_eq!((both.language.as_str(), both.form_of_address()), ("tr", FormOfAddress::Informal));
        let foreign = preferences(&house, &other.to_string(), "de");
        let refused = client.set_preferences(house.ask_as_debtor(own, foreign)).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
        let faulty = preferences(&house, &own.to_string(), "de_DE!");
        let refused = client.set_preferences(house.ask_as_debtor(own, faulty)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        house.stop().await;
    }

    async fn an_erased_person_is_unknown_and_stays_so(backend: Backend) {
        let (house, known) = house(backend).await;
        let person = debtor(&house, 80, &[]);
        tell(&house, &known, &person).await;
        house.settle().await;
        let mut client = house.clients().personas();
        let request = pb::ExportPersonDataRequest { debtor_id: person.debtor_id.clone() };
        let mut parts = client.export_person_data(house.ask(Role::Admin, request)).await.unwrap().into_inner();
        assert!(parts.message().await.unwrap().unwrap().part.unwrap().json.contains("open_amount"));
        let erase = pb::ErasePersonDataRequest { request_id: house.request_id(), debtor_id: person.debtor_id.clone() };
        client.erase_person_data(house.ask(Role::Admin, erase)).await.unwrap();
        assert_eq!(reason(&persona(&house, &person.debtor_id).await.unwrap_err()), "NOT_FOUND");
        tell(&house, &known, &person).await;
        house.settle().await;
        assert_eq!(reason(&persona(&house, &person.debtor_id).await.unwrap_err()), "NOT_FOUND");
        house.stop().await;
    }
}
