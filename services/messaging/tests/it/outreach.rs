use kulanz_chassis::Role;
use kulanz_proto::events::v1::{
    ArrangementAccepted, InstalmentMissed, PaymentReceived, PromiseBroken, StatementViewed,
};
use kulanz_proto::messaging::v1::{self, MessageState, PolicyClass};
use kulanz_proto::types::v1::{Channel, Date};
use kulanz_testkit::on_both_backends;

use crate::neighbours::{euros, treatment};
use crate::setup::Bench;

impl Bench {
    /// Decides for an hour that is still to come.
    fn decide_for_the_evening(&self) {
        let mut levels = treatment("email");
        levels.insert("slot".to_owned(), "early_week_evening".to_owned());
        self.neighbours.world().decided = Some(levels);
    }
}

on_both_backends! {
    async fn an_opened_claim_becomes_one_first_notice_in_the_inbox(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Sent, "{message:#?}");
        assert_eq!(message.policy_class(), PolicyClass::FirstNotice);
        assert_eq!(message.channel(), Channel::Email);
        for piece in ["Erika Beispiel", "283,92", "Stromlieferung", "Bundesamt für Justiz",
            "https://kulanz.example/l/", "DE89 3704 0044 0532 0130 00"] {
            assert!(message.body.contains(piece), "{piece} in {}", message.body);
        }
        assert_eq!((bench.received().await, bench.published("MessageSent").await), (1, 1));
        let asked = bench.neighbours.world().questions[0].clone();
        assert_eq!(asked.decision_id, message.decision_id);
        assert!(asked.context.unwrap().persona_probabilities["planner"] > 0.99);
    }

    async fn the_question_names_the_rule_of_every_exclusion(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let asked = bench.neighbours.world().questions[0].clone();
        let factors = asked.space.unwrap().factors;
        let size: usize = factors.iter().map(|factor| factor.levels.len()).product();
        assert_eq!(size, 34_560);
        let mask = asked.mask.unwrap();
        let rule = |level: &str| {
            let rules: Vec<_> = mask.excluded_levels.iter().filter(|one| one.level == level)
                .map(|one| one.rule_id.as_str()).collect();
            rules.join(" ")
        };
        assert_eq!(rule("sms"), "contact.no_contact_point law.rdg13a.first_notice");
        assert!(rule("whatsapp").contains("tenant.channel_off"));
        assert_eq!(rule("social_proof"), "law.uwg5.unproven_statistic");
        assert_eq!(rule("email"), "");
    }

    async fn two_weeks_after_the_first_notice_comes_a_reminder(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        bench.house.advance_days(13).await;
        assert_eq!(bench.messages().await.len(), 1);
        bench.house.advance_days(6).await;
        let messages = bench.messages().await;
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].policy_class(), PolicyClass::Outreach);
        assert_eq!(messages[0].state(), MessageState::Sent);
        assert!(!messages[0].body.contains("Bundesamt für Justiz"));
    }

    async fn saying_nothing_is_asked_again_later(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().decided = None;
        bench.open_claim().await;
        assert!(bench.messages().await.is_empty());
        bench.neighbours.world().decided = Some(treatment("letter"));
        bench.house.advance_days(8).await;
        assert_eq!(bench.message().await.channel(), Channel::Letter);
    }

    async fn a_payment_silences_what_is_scheduled(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.decide_for_the_evening();
        bench.open_claim().await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        let payment = PaymentReceived {
            payment_id: "payment_1".to_owned(),
            claim_id: bench.claim.clone(),
            debtor_id: bench.debtor.clone(),
            amount: Some(euros(28_392)),
            ..PaymentReceived::default()
        };
        bench.house.publish("payments", &bench.debtor, &payment).await;
        bench.house.settle().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Cancelled);
        assert_eq!(message.state_reason, "PAYMENT_RECEIVED");
        bench.house.advance_days(1).await;
        assert_eq!(bench.received().await, 0);
    }

    async fn a_hold_silences_what_is_scheduled(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.decide_for_the_evening();
        bench.open_claim().await;
        bench.hold_for_a_dispute().await;
        assert_eq!(bench.message().await.state_reason, "HOLD_PLACED");
    }

    async fn a_missed_instalment_is_answered_once_and_kindly(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let missed = InstalmentMissed {
            claim_id: bench.claim.clone(),
            debtor_id: bench.debtor.clone(),
            instalment_id: "instalment_1".to_owned(),
            due_date: Some(Date { year: 2026, month: 11, day: 10 }),
            ..InstalmentMissed::default()
        };
        bench.house.publish("payments", &bench.debtor, &missed).await;
        bench.house.publish("payments", &bench.debtor, &missed).await;
        bench.house.settle().await;
        let messages = bench.messages().await;
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].policy_class(), PolicyClass::Answer);
        assert!(messages[0].body.contains("10. November 2026"), "{}", messages[0].body);
    }

    async fn a_broken_promise_is_asked_after_unless_its_money_came_and_went_back(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let broken = |promise_id: &str, reason: &str| PromiseBroken {
            promise_id: promise_id.to_owned(),
            claim_id: bench.claim.clone(),
            debtor_id: bench.debtor.clone(),
            promised_date: Some(Date { year: 2026, month: 12, day: 5 }),
            reason: reason.to_owned(),
            ..PromiseBroken::default()
        };
        bench.house.publish("payments", &bench.debtor, &broken("promise_1", "PAYMENT_RETURNED")).await;
        bench.house.settle().await;
        assert_eq!(bench.messages().await.len(), 1);
        bench.house.publish("payments", &bench.debtor, &broken("promise_2", "NOT_PAID")).await;
        bench.house.settle().await;
        let messages = bench.messages().await;
        assert_eq!((messages.len(), messages[0].policy_class()), (2, PolicyClass::Answer));
    }

    async fn the_third_look_at_a_statement_proposes_instalments(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        for view_count in 1..=4 {
            let viewed = StatementViewed {
                claim_id: bench.claim.clone(),
                debtor_id: bench.debtor.clone(),
                view_count,
            };
            bench.house.publish("claims", &bench.debtor, &viewed).await;
        }
        bench.house.settle().await;
        let messages = bench.messages().await;
        assert_eq!(messages.len(), 2);
        assert!(messages[0].body.contains("kleine Raten"), "{}", messages[0].body);
    }

    async fn who_has_an_arrangement_is_left_alone(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.decide_for_the_evening();
        bench.open_claim().await;
        let accepted = ArrangementAccepted {
            claim_id: bench.claim.clone(),
            debtor_id: bench.debtor.clone(),
            ..ArrangementAccepted::default()
        };
        bench.house.publish("payments", &bench.debtor, &accepted).await;
        bench.house.settle().await;
        assert_eq!(bench.message().await.state_reason, "ARRANGEMENT_ACCEPTED");
    }

    async fn events_in_any_order_and_twice_end_in_one_message(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        bench.open_claim().await;
        assert_eq!(bench.messages().await.len(), 1);
        assert_eq!(bench.received().await, 1);
    }

    async fn a_payment_heard_of_before_its_claim_keeps_the_person_at_rest(backend: Backend) {
        let bench = Bench::start(backend).await;
        let payment = PaymentReceived {
            payment_id: "payment_1".to_owned(),
            claim_id: bench.claim.clone(),
            debtor_id: bench.debtor.clone(),
            amount: Some(euros(100)),
            ..PaymentReceived::default()
        };
        bench.house.publish("payments", &bench.debtor, &payment).await;
        bench.house.settle().await;
        bench.open_claim().await;
        bench.house.advance_days(6).await;
        assert!(bench.messages().await.is_empty());
        bench.house.advance_days(8).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }

    async fn another_tenant_sees_no_message(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let message_id = bench.message().await.message_id;
        let request = v1::GetMessageRequest { message_id };
        let request = bench.house.ask_as_other(Role::Agent, request);
        let refused = bench.client().get_message(request).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::NotFound);
        let request = bench.house.ask_as_other(Role::Agent, v1::ListMessagesRequest::default());
        let listed = bench.client().list_messages(request).await.unwrap().into_inner();
        assert!(listed.messages.is_empty());
    }
}
