use std::sync::atomic::Ordering;

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as claims;
use kulanz_proto::personas::v1 as pb;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{Backend, on_both_backends, reason};

use crate::neighbours::{debtor, house, persona, tell};

/// The debtor with an e-mail address, and a claim that fell due this summer.
fn reachable(mut debtor: claims::Debtor) -> claims::Debtor {
    debtor.claims[0].due_date = Some(Date { year: 2026, month: 8, day: 1 });
    debtor.contact_points.push(claims::ContactPoint {
        kind: claims::ContactPointKind::Email.into(),
        usable: true,
        ..Default::default()
    });
    debtor
}

on_both_backends! {
    async fn a_debtor_is_assigned_from_intake_data_alone_with_probabilities_and_reasons(backend: Backend) {
        let (house, known) = house(backend).await;
        let facts = [("payment_method", "Ratenkauf"), ("orders_12m", "1")];
        let planner = reachable(debtor(&house, 900, &facts));
        tell(&house, &known, &planner).await;
        house.settle().await;
        let found = persona(&house, &planner.debtor_id).await.unwrap();
        let assignment = found.assignment.unwrap();
        assert_eq!(assignment.persona_key, "planner");
        assert_eq!(found.persona.unwrap().display_name, "In Schritten");
        assert_eq!(assignment.probabilities.len(), 8);
        assert!((assignment.probabilities.values().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(assignment.reasons.len() <= 4 && assignment.reasons[0].weight > 0.0);
        assert_eq!(assignment.reasons[0].text, "Ratenkauf");
        assert!((assignment.features["open_amount"] - 900.0).abs() < f64::EPSILON);
        assert_eq!(house.published("personas", "PersonaAssigned").await, 1);
        assert_eq!(house.published("personas", "PropensityChanged").await, 1);
        house.stop().await;
    }

    async fn many_debtors_are_assigned_with_few_calls_to_claims(backend: Backend) {
        let (house, known) = house(backend).await;
        let debtors: Vec<_> = (0..450).map(|number| debtor(&house, 20 + number, &[])).collect();
        for debtor in &debtors {
            tell(&house, &known, debtor).await;
        }
        house.settle().await;
        assert_eq!(house.published("personas", "PersonaAssigned").await, 450);
        assert!(persona(&house, &debtors[449].debtor_id).await.is_ok());
        if backend == Backend::Embedded {
            assert_eq!(known.calls.load(Ordering::Relaxed), 3);
        }
        house.stop().await;
    }

    async fn no_news_is_told_where_another_look_comes_to_the_same_result(backend: Backend) {
        let (house, known) = house(backend).await;
        let waiter = debtor(&house, 300, &[("reminder_sent_on", "2024-05-01")]);
        tell(&house, &known, &waiter).await;
        house.settle().await;
        let first = persona(&house, &waiter.debtor_id).await.unwrap();
        house.advance_days(1).await;
        tell(&house, &known, &waiter).await;
        house.settle().await;
        assert_eq!(persona(&house, &waiter.debtor_id).await.unwrap(), first);
        assert_eq!(house.published("personas", "PersonaAssigned").await, 1);
        let mut more = waiter.clone();
        more.claims.push(debtor(&house, 800, &[]).claims[0].clone());
        tell(&house, &known, &more).await;
        house.settle().await;
        let second = persona(&house, &waiter.debtor_id).await.unwrap();
        assert_ne!(second.assignment.unwrap().probabilities, first.assignment.unwrap().probabilities);
        assert_eq!(house.published("personas", "PersonaAssigned").await, 2);
        house.stop().await;
    }

    async fn closed_claims_and_unusable_addresses_do_not_count(backend: Backend) {
        let (house, known) = house(backend).await;
        let mut settled = debtor(&house, 300, &[]);
        settled.claims[0].state = claims::ClaimState::Settled.into();
        settled.contact_points.push(claims::ContactPoint {
            kind: claims::ContactPointKind::Email.into(),
            usable: false,
            ..Default::default()
        });
        tell(&house, &known, &settled).await;
        house.settle().await;
        let assignment = persona(&house, &settled.debtor_id).await.unwrap().assignment.unwrap();
        assert!(!assignment.features.contains_key("open_amount"));
        assert!(assignment.features.contains_key("email_present.no"));
        house.stop().await;
    }

    async fn propensity_and_briefing_rest_on_the_assignment(backend: Backend) {
        let (house, known) = house(backend).await;
        let busy = debtor(&house, 120, &[("orders_12m", "4")]);
        tell(&house, &known, &busy).await;
        house.settle().await;
        let mut client = house.clients().personas();
        let ask = |horizon_days| pb::PredictPaymentRequest { debtor_id: busy.debtor_id.clone(), horizon_days };
        let near = client.predict_payment(house.ask(Role::Agent, ask(30))).await.unwrap().into_inner();
        let far = client.predict_payment(house.ask(Role::Agent, ask(365))).await.unwrap().into_inner();
        assert!(near.lower < near.probability && near.probability < near.upper);
        assert!(near.probability < far.probability && far.probability < 1.0);
        assert!(far.expected_amount.unwrap().minor_units <= 12_000);
        let refused = client.predict_payment(house.ask(Role::Agent, ask(0))).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        for (language, first) in [("", "Vermutung: "), ("en", "A guess: ")] {
            let request = pb::GetBriefingRequest { debtor_id: busy.debtor_id.clone(), language: language.to_owned() };
            let briefing = client.get_briefing(house.ask(Role::Agent, request)).await.unwrap().into_inner();
            assert!(briefing.paragraphs[0].starts_with(first), "{:?}", briefing.paragraphs);
            assert_eq!(briefing.paragraphs.len(), 6);
        }
        house.stop().await;
    }

    async fn nothing_is_known_of_a_debtor_nobody_told_of_nor_to_another_tenant(backend: Backend) {
        let (house, known) = house(backend).await;
        let someone = debtor(&house, 50, &[]);
        let unknown = persona(&house, &someone.debtor_id).await.unwrap_err();
        assert_eq!(reason(&unknown), "NOT_FOUND");
        tell(&house, &known, &someone).await;
        house.settle().await;
        let request = pb::GetPersonaRequest { debtor_id: someone.debtor_id.clone() };
        let mut client = house.clients().personas();
        let foreign = client.get_persona(house.ask_as_other(Role::Admin, request)).await.unwrap_err();
        assert_eq!(foreign.message(), unknown.message());
        house.stop().await;
    }

    async fn the_typology_and_its_model_are_listed(backend: Backend) {
        let (house, _) = house(backend).await;
        let mut client = house.clients().personas();
        let first = pb::ListPersonasRequest { page_size: 5, page_token: String::new() };
        let page = client.list_personas(house.ask(Role::Agent, first)).await.unwrap().into_inner();
        let next = pb::ListPersonasRequest { page_size: 5, page_token: page.next_page_token };
        let rest = client.list_personas(house.ask(Role::Agent, next)).await.unwrap().into_inner();
        assert_eq!((page.personas.len(), rest.personas.len()), (5, 3));
        let models = client.list_models(house.ask(Role::Analyst, pb::ListModelsRequest::default()));
        let model = models.await.unwrap().into_inner().models.pop().unwrap();
        assert_eq!(model.version, rest.personas[0].model_version);
        let request = pb::GetModelRequest { model_id: model.model_id.clone() };
        let again = client.get_model(house.ask(Role::Analyst, request)).await.unwrap().into_inner();
        assert_eq!(again.model, Some(model));
        house.stop().await;
    }
}
