//! What the agency charges its client is the most that a debtor owes of it (§ 13e Abs. 1 RDG).

use kulanz_proto::claims::v1 as pb;
use kulanz_proto::types::v1::Money;
use kulanz_testkit::{Backend, fields, on_both_backends, reason};

use crate::account::entries;
use crate::money::{accepted, publish};
use crate::support::{Case, case_of_creditor, cents, creditor_of, euros, house, row};

fn charging(collection: Option<Money>, arrangement: Option<Money>) -> pb::Creditor {
    pb::Creditor {
        name: "Radhaus Nord GmbH".into(),
        deducts_input_vat: true,
        agency_charges: Some(pb::AgencyCharges { collection, arrangement, ..Default::default() }),
        ..Default::default()
    }
}

async fn case(backend: Backend, creditor: pb::Creditor) -> Case {
    case_of_creditor(backend, creditor, |house| vec![row(house, "R-1")]).await
}

async fn costs(case: &Case) -> Vec<pb::Entry> {
    let all = entries(case).await;
    all.into_iter().filter(|entry| entry.kind() == pb::EntryKind::Cost).collect()
}

on_both_backends! {
    async fn a_debtor_owes_no_more_than_the_agency_charges_for_collecting(backend: Backend) {
        // 25.75 and 5.15 by law.
        let case = case(backend, charging(euros(2_800), None)).await;
        let booked = costs(&case).await;
        let told: Vec<(&str, i64, &str)> =
            booked.iter().map(|it| (it.subject.as_str(), cents(&it.amount), it.formula.as_str())).collect();
        assert_eq!(told, [
            ("business_fee", 2_575, "0.5 × 51.50"),
            ("expenses", 225, "min(2.25, min(20 % × 25.75, 20.00))"),
        ]);
        assert_eq!(booked[1].norm, "§ 13e Abs. 1 RDG, Nr. 7002 VV RVG");
        assert_eq!((booked[1].inputs["charged"].as_str(), booked[1].inputs["rvg"].as_str()), ("28.00", "30.90"));
        let told = case.statement_in("de").await;
        let line = told.lines.iter().find(|line| line.entry_id == booked[1].entry_id).unwrap();
        assert_eq!((line.norm.as_str(), line.formula.as_str()), ("§ 13e Abs. 1 RDG, Nr. 7002 VV RVG", "min(2,25; min(20 % × 25,75; 20,00))"));
        case.house.stop().await;
    }

    async fn an_agency_that_charges_nothing_costs_the_debtor_nothing(backend: Backend) {
        let creditor = pb::Creditor { deducts_input_vat: false, ..charging(euros(0), None) };
        let case = case(backend, creditor).await;
        assert!(costs(&case).await.is_empty());
        case.house.stop().await;
    }

    async fn the_charge_is_for_each_claim_of_an_order(backend: Backend) {
        let case = case_of_creditor(backend, charging(euros(1_200), None), |house| {
            let second = pb::ImportRow { contract_subject: "Helm".into(), principal: euros(12_010), ..row(house, "R-2") };
            vec![row(house, "R-1"), second]
        }).await;
        // 24.00 for both, of 370.00: 249.90 of it bear 16.21.
        let booked = costs(&case).await;
        assert_eq!(booked.iter().map(|it| cents(&it.amount)).sum::<i64>(), 1_621);
        assert_eq!(booked[0].inputs["claims"], "2");
        case.house.stop().await;
    }

    async fn an_arrangement_costs_no_more_than_the_agency_charges_for_it(backend: Backend) {
        let case = case(backend, charging(None, euros(1_000))).await;
        publish(&case, &accepted(&case, "arrangement_1", euros(4_326))).await;
        case.house.settle().await;
        let booked = costs(&case).await;
        let fee = booked.iter().find(|it| it.subject == "arrangement_fee").unwrap();
        assert_eq!((cents(&fee.amount), fee.formula.as_str()), (1_000, "min(43.26, min(10.00, 0.7 × 51.50))"));
        assert_eq!(fee.norm, "§ 13e Abs. 1 RDG, Nr. 1000 Nr. 2 VV RVG, § 31b RVG");
        assert_eq!((fee.inputs["charged"].as_str(), fee.inputs["rvg"].as_str()), ("10.00", "43.26"));
        case.house.stop().await;
    }

    async fn a_charge_is_kept_read_changed_and_refused_by_field(backend: Backend) {
        let case = case(backend, charging(euros(2_000), None)).await;
        let all = pb::AgencyCharges {
            collection: euros(0), arrangement: euros(1), court_dunning: euros(2), enforcement: euros(3),
        };
        let given = pb::Creditor { agency_charges: Some(all.clone()), ..Default::default() };
        let kept = case.update_creditor("agency_charges", given).await.unwrap();
        assert_eq!(kept.agency_charges, Some(all));
        let kept = case.update_creditor("agency_charges", pb::Creditor::default()).await.unwrap();
        assert_eq!(kept.agency_charges, None);
        assert!(case.update_creditor("raises_costs", pb::Creditor { raises_costs: true, ..Default::default() }).await.unwrap().raises_costs);
        let francs = Some(Money { currency_code: "CHF".into(), minor_units: 1 });
        let wrong = pb::AgencyCharges {
            collection: euros(-1), arrangement: francs, court_dunning: euros(-5), enforcement: euros(3),
        };
        let given = pb::Creditor { agency_charges: Some(wrong), ..Default::default() };
        let refused = case.update_creditor("agency_charges", given.clone()).await.unwrap_err();
        let fields_of = ["collection", "arrangement", "court_dunning"].map(|it| format!("creditor.agency_charges.{it}"));
        assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", fields_of.to_vec()));
        case.house.stop().await;
    }

    async fn a_creditor_without_charges_owes_what_the_law_gives(backend: Backend) {
        let house = house(backend).await;
        let creditor = pb::Creditor { name: "Radhaus Nord GmbH".into(), ..Default::default() };
        let creditor_id = creditor_of(&house, creditor).await;
        let asked = pb::GetCreditorRequest { creditor_id };
        let asked = house.ask(kulanz_chassis::Role::Agent, asked);
        let known = house.clients().claims().get_creditor(asked).await.unwrap().into_inner();
        assert_eq!(known.creditor.unwrap().agency_charges, None);
        house.stop().await;
    }
}
