//! One person gets one first notice about a claim, whoever decides about it at the same time.

use chrono::TimeDelta;
use kulanz_chassis::Role;
use kulanz_proto::convert::timestamp;
use kulanz_proto::events::v1::ClaimOpened;
use kulanz_proto::messaging::v1::{self, ContactPreferences, MessageState};
use kulanz_testkit::{Backend, on_both_backends, until};
use kulanz_types::ClaimId;

use crate::neighbours::{Gate, euros, treatment};
use crate::setup::Bench;
use crate::smtp::{Mood, bench, identities};

impl Bench {
    /// A first notice ordered by hand, for two hours later.
    async fn order_a_first_notice(&self) {
        let request = v1::SendMessageRequest {
            request_id: self.house.request_id(),
            debtor_id: self.debtor.clone(),
            claim_ids: vec![self.claim.clone()],
            policy_class: v1::PolicyClass::FirstNotice.into(),
            not_before: Some(timestamp(self.house.now() + TimeDelta::hours(2))),
            ..v1::SendMessageRequest::default()
        };
        self.client().send_message(self.house.ask(Role::Agent, request)).await.unwrap();
    }

    /// The claim opens, and something happens between the question what to say and its answer.
    async fn open_claim_and_meanwhile(&self, happens: impl Future<Output = ()>) {
        let gate = Gate::closed();
        self.neighbours.world().gate = Some(gate.clone());
        let meanwhile = async {
            gate.reached().await;
            happens.await;
            gate.open();
        };
        tokio::join!(self.open_claim(), meanwhile);
    }

    /// A second claim against the same person.
    async fn open_another_claim(&self) -> String {
        let seeds = self.house.seeds();
        let claim_id = ClaimId::generate(seeds, self.house.now()).to_string();
        let mut summary = self.neighbours.world().debtor.claims[0].clone();
        summary.claim_id.clone_from(&claim_id);
        self.neighbours.world().debtor.claims.push(summary);
        let opened = ClaimOpened {
            claim_id: claim_id.clone(),
            debtor_id: self.debtor.clone(),
            creditor_id: self.creditor.clone(),
            principal: Some(euros(24_990)),
            case_reference: "K7Q2M0X9TB".to_owned(),
            consumer: true,
            ..ClaimOpened::default()
        };
        self.house.publish("claims", &self.debtor, &opened).await;
        self.house.settle().await;
        claim_id
    }
}

on_both_backends! {
    async fn wishes_stated_while_a_message_is_being_decided_are_kept(backend: Backend) {
        let bench = Bench::start(backend).await;
        let last = kulanz_types::berlin_date(bench.house.now() + TimeDelta::days(2));
        let wishes = ContactPreferences { paused_until: Some(last.into()), ..Default::default() };
        bench.open_claim_and_meanwhile(bench.wish(wishes)).await;
        assert!(bench.messages().await.is_empty(), "decided without knowing the pause");
        bench.house.advance_days(10).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }

    async fn a_first_notice_ordered_while_one_is_being_decided_is_the_only_one(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim_and_meanwhile(bench.order_a_first_notice()).await;
        assert_eq!(bench.message().await.decision_id, "");
        bench.house.advance_days(10).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
        assert_eq!(bench.received().await, 1);
    }

    async fn a_first_notice_ordered_by_hand_takes_the_place_of_the_planned_one(backend: Backend) {
        let bench = Bench::start(backend).await;
        let mut levels = treatment("email");
        levels.insert("slot".to_owned(), "early_week_evening".to_owned());
        bench.neighbours.world().decided = Some(levels);
        bench.open_claim().await;
        bench.order_a_first_notice().await;
        let messages = bench.messages().await;
        assert_eq!(bench.states().await, [MessageState::Scheduled, MessageState::Cancelled]);
        assert_eq!(messages[1].state_reason, "ORDERED_BY_HAND");
        bench.house.advance_days(10).await;
        assert_eq!(bench.states().await, [MessageState::Sent, MessageState::Cancelled]);
        assert_eq!(bench.received().await, 1);
    }

    async fn of_two_first_notices_that_wait_one_goes_out(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.order_a_first_notice().await;
        bench.order_a_first_notice().await;
        bench.house.advance_to(bench.house.now() + TimeDelta::hours(3)).await;
        let mut states = bench.states().await;
        states.sort();
        assert_eq!(states, [MessageState::Sent, MessageState::Cancelled]);
        let called_off = bench.messages().await;
        let called_off = called_off.iter().find(|one| one.state() == MessageState::Cancelled);
        assert_eq!(called_off.unwrap().state_reason, "law.rdg13a.notice_given");
        assert_eq!(bench.received().await, 1);
    }

    async fn a_first_notice_without_an_answer_is_not_written_anew_with_the_next_claim(
        backend: Backend
    ) {
        let (bench, server) = bench(backend, Mood::HangsUpAfterTheMail).await;
        bench.open_claim().await;
        assert_eq!(bench.message().await.state(), MessageState::Unknown);
        server.change(Mood::Takes);
        bench.house.advance_to(bench.house.now() + TimeDelta::minutes(10)).await;
        let other = bench.open_another_claim().await;
        let messages = bench.messages().await;
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].claim_ids, [other]);
        bench.house.advance_to(bench.house.now() + TimeDelta::hours(2)).await;
        assert_eq!(bench.states().await, [MessageState::Sent, MessageState::Sent]);
        let mails = identities(&server.mails());
        assert_eq!((mails.len(), &mails[0]), (3, &mails[2]));
    }
}

/// Both are composed and opened before either is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_first_notices_in_hand_at_once_one_goes_out() {
    let (bench, server) = bench(Backend::Server, Mood::WaitsAtTheRecipient).await;
    bench.order_a_first_notice().await;
    bench.order_a_first_notice().await;
    let due = bench.house.now() + TimeDelta::hours(3);
    bench.house.constellation().advance(due).await.unwrap();
    until("both to be opened", async || (server.waiting() == 2).then_some(())).await;
    server.change(Mood::Takes);
    bench.house.settle().await;
    let mut states = bench.states().await;
    states.sort();
    assert_eq!(states, [MessageState::Sent, MessageState::Cancelled]);
    assert_eq!(server.mails().len(), 1);
}
