use kulanz_chassis::Role;
use kulanz_proto::messaging::v1::{self, MessageState};
use kulanz_testkit::on_both_backends;

use crate::neighbours::treatment;
use crate::setup::Bench;

/// A treatment for an hour that is still to come.
fn evening() -> std::collections::BTreeMap<String, String> {
    let mut levels = treatment("email");
    levels.insert("slot".to_owned(), "early_week_evening".to_owned());
    levels
}

on_both_backends! {
    async fn what_claims_blocks_at_the_last_moment_is_not_handed_over(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().blocks = vec!["claims.hold.dispute".to_owned()];
        bench.open_claim().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Cancelled);
        assert_eq!(message.state_reason, "claims.hold.dispute");
        assert_eq!((bench.received().await, bench.published("MessageSent").await), (0, 0));
    }

    async fn without_an_answer_of_claims_nothing_is_handed_over(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().mute = true;
        bench.open_claim().await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        assert_eq!(bench.received().await, 0);
        assert!(bench.neighbours.world().checks > 0);
    }

    async fn an_answer_that_is_too_old_to_act_on_hands_nothing_over(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().decided = Some(evening());
        bench.open_claim().await;
        bench.neighbours.world().slow = std::time::Duration::from_millis(850);
        let evening = bench.house.now() + chrono::TimeDelta::hours(7);
        bench.house.constellation().advance(evening).await.unwrap();
        let asked = async || (bench.neighbours.world().checks >= 3).then_some(());
        kulanz_testkit::until("claims to be asked three times", asked).await;
        assert_eq!(bench.received().await, 0);
        bench.neighbours.world().slow = std::time::Duration::ZERO;
        let sent = async || (bench.received().await == 1).then_some(());
        kulanz_testkit::until("the message to go out after all", async || {
            bench.house.constellation().run_until_idle().await.ok()?;
            sent().await
        }).await;
    }

    async fn an_interrupted_hand_over_to_the_inbox_ends_in_one_message(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let sent = bench.message().await;
        bench.interrupt(&sent.message_id).await;
        let again = bench.message().await;
        assert_eq!(again.state(), MessageState::Sent);
        assert_eq!(again.evidence_hash, sent.evidence_hash);
        assert_eq!(bench.received().await, 1);
    }

    async fn an_incomplete_first_notice_is_never_sent(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().creditor.address = None;
        bench.open_claim().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Cancelled);
        assert_eq!(message.state_reason, "law.rdg13a.client_address");
        assert_eq!(bench.published("MessageFailed").await, 1);
    }

    async fn anyone_can_check_a_code_and_learns_nothing_of_the_debt(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let code = bench.message().await.authenticity_code.to_lowercase();
        let request = v1::VerifyMessageRequest { code: code.clone() };
        let genuine = bench.client().verify_message(request).await.unwrap().into_inner();
        assert!(genuine.authentic);
        assert_eq!(genuine.agency_name, "Muster Inkasso GmbH");
        let mut forged = code.into_bytes();
        forged[6] = if forged[6] == b'7' { b'8' } else { b'7' };
        let request = v1::VerifyMessageRequest { code: String::from_utf8(forged).unwrap() };
        let answer = bench.client().verify_message(request).await.unwrap().into_inner();
        assert_eq!(answer, v1::VerifyMessageResponse::default());
    }

    async fn a_message_on_sunday_waits_for_monday(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.neighbours.world().decided = None;
        bench.open_claim().await;
        // From Monday 10:00 to Saturday 21:00.
        let saturday = bench.house.now() + chrono::TimeDelta::hours(5 * 24 + 11);
        bench.house.advance_to(saturday).await;
        let request = v1::SendMessageRequest {
            request_id: bench.house.request_id(),
            debtor_id: bench.debtor.clone(),
            claim_ids: vec![bench.claim.clone()],
            policy_class: v1::PolicyClass::FirstNotice.into(),
            ..v1::SendMessageRequest::default()
        };
        let request = bench.house.ask(Role::Agent, request);
        bench.client().send_message(request).await.unwrap();
        bench.house.advance_to(saturday + chrono::TimeDelta::hours(24)).await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        bench.house.advance_to(saturday + chrono::TimeDelta::hours(36)).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }
}
