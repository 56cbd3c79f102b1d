//! What providers report about messages that were handed over.

use kulanz_proto::messaging::v1::{MessageState, PolicyClass, ReceiptKind};
use kulanz_proto::types::v1::Channel;
use kulanz_testkit::{on_both_backends, reason};
use tonic_types::StatusExt as _;

use crate::neighbours::treatment;
use crate::setup::Bench;

impl Bench {
    /// A first notice went out by e-mail; from now on letters are decided.
    async fn first_notice_by_email(&self) -> String {
        self.open_claim().await;
        let message = self.message().await;
        assert_eq!((message.state(), message.channel()), (MessageState::Sent, Channel::Email));
        self.neighbours.world().decided = Some(treatment("letter"));
        message.message_id
    }

    /// The rules that keep the channel out of the last question to experimentation.
    fn rules_of(&self, channel: &str) -> Vec<String> {
        let asked = self.neighbours.world().questions.last().unwrap().clone();
        let excluded = asked.mask.unwrap().excluded_levels;
        let about = excluded.into_iter().filter(|one| one.level == channel);
        about.map(|one| one.rule_id).collect()
    }
}

on_both_backends! {
    async fn a_first_notice_that_bounces_goes_again_by_another_way(backend: Backend) {
        let bench = Bench::start(backend).await;
        let bounced = bench.first_notice_by_email().await;
        bench.house.advance_to(bench.house.now() + chrono::TimeDelta::minutes(1)).await;
        assert!(bench.report(&bounced, ReceiptKind::Failed, "5.1.1").await.unwrap());
        bench.house.settle().await;
        let messages = bench.messages().await;
        assert_eq!(messages.len(), 2, "{messages:#?}");
        assert_eq!(messages[0].policy_class(), PolicyClass::FirstNotice);
        assert_eq!((messages[0].channel(), messages[0].state()), (Channel::Letter, MessageState::Sent));
        assert_eq!(messages[1].state(), MessageState::Failed);
        assert_eq!(bench.rules_of("email"), ["contact.suppressed"]);
        // Once it was given by letter the person has her two weeks.
        bench.house.advance_days(13).await;
        assert_eq!(bench.messages().await.len(), 2);
    }

    async fn a_full_mailbox_is_tried_again_and_given_up_after_the_third_time(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        for failures in 1..=3_usize {
            let newest = bench.messages().await[0].clone();
            assert_eq!((newest.channel(), newest.state()), (Channel::Email, MessageState::Sent));
            bench.report(&newest.message_id, ReceiptKind::Failed, "4.2.2").await.unwrap();
            bench.neighbours.world().decided =
                Some(treatment(if failures == 3 { "letter" } else { "email" }));
            bench.house.advance_days(if failures == 3 { 0 } else { 8 }).await;
            assert_eq!(bench.messages().await.len(), failures + 1);
            let suppressed = bench.rules_of("email").contains(&"contact.suppressed".to_owned());
            assert_eq!(suppressed, failures == 3);
        }
        assert_eq!(bench.messages().await[0].channel(), Channel::Letter);
    }

    async fn a_delivery_told_after_a_bounce_counts_the_notice_as_given_again(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().decided = Some(treatment("email"));
        bench.open_claim().await;
        let message = bench.message().await.message_id;
        bench.neighbours.world().decided = None;
        bench.report(&message, ReceiptKind::Failed, "5.1.1").await.unwrap();
        bench.report(&message, ReceiptKind::Delivered, "2.0.0").await.unwrap();
        assert_eq!(bench.states().await, [MessageState::Delivered]);
        bench.neighbours.world().decided = Some(treatment("email"));
        bench.house.advance_days(21).await;
        let messages = bench.messages().await;
        assert!(messages.len() > 1);
        assert_eq!(messages[0].policy_class(), PolicyClass::Outreach);
        assert_eq!(messages[0].channel(), Channel::Email);
    }

    async fn who_complains_is_not_written_to_at_this_address_again(backend: Backend) {
        let bench = Bench::start(backend).await;
        let message = bench.first_notice_by_email().await;
        bench.report(&message, ReceiptKind::Complained, "").await.unwrap();
        bench.house.advance_days(21).await;
        assert_eq!(bench.rules_of("email"), ["contact.suppressed"]);
        assert_eq!(bench.rules_of("help_offer"), ["preference.opted_out"]);
        assert_eq!(bench.received().await, 1);
    }

    async fn a_receipt_before_the_hand_over_is_settled_is_asked_for_again(backend: Backend) {
        let bench = Bench::start(backend).await;
        let message = bench.first_notice_by_email().await;
        bench.leave_attempted(&message).await;
        let request = bench.receipt(&message, ReceiptKind::Delivered, "2.0.0");
        let refused = bench.client().report_receipt(request.clone()).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (tonic::Code::Unavailable, "UNAVAILABLE"));
        assert!(refused.get_details_retry_info().unwrap().retry_delay.is_some());
        bench.tell_the_database(
            "UPDATE message SET state = 'sent' WHERE message_id = $1", [message.into()],
        ).await;
        assert!(bench.client().report_receipt(request).await.unwrap().into_inner().changed);
        assert_eq!(bench.states().await, [MessageState::Delivered]);
    }

    async fn a_receipt_whose_instant_was_changed_is_not_believed(backend: Backend) {
        let bench = Bench::start(backend).await;
        let message = bench.first_notice_by_email().await;
        let mut request = bench.receipt(&message, ReceiptKind::Delivered, "2.0.0");
        request.occurred_at.as_mut().unwrap().seconds -= 86_400;
        let refused = bench.client().report_receipt(request.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "SIGNATURE_INVALID");
        request.occurred_at = None;
        let refused = bench.client().report_receipt(request).await.unwrap_err();
        assert_eq!(reason(&refused), "SIGNATURE_INVALID");
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }

    async fn a_providers_text_is_refused_where_a_code_belongs(backend: Backend) {
        let bench = Bench::start(backend).await;
        let message = bench.first_notice_by_email().await;
        let code = "550 <erika@example.org> unknown";
        let refused = bench.report(&message, ReceiptKind::Failed, code).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
    }
}
