use kulanz_chassis::Role;
use kulanz_messaging::api::receipt;
use kulanz_proto::events::v1::ContactPreferenceChanged;
use kulanz_proto::messaging::v1::{self, MessageState};
use kulanz_proto::types::v1::{Channel, Date};
use kulanz_testkit::{on_both_backends, reason};

use crate::neighbours::treatment;
use crate::setup::Bench;

impl Bench {
    fn block(&self, text: &str) -> v1::CreateBlockRequest {
        let block = v1::Block {
            slot: "opening".to_owned(),
            language: "de".to_owned(),
            levels: [("tone".to_owned(), "friendly".to_owned())].into(),
            text: text.to_owned(),
            ..v1::Block::default()
        };
        v1::CreateBlockRequest {
            request_id: self.house.request_id(),
            block: Some(block),
            validate_only: false,
        }
    }

    fn order(&self) -> v1::SendMessageRequest {
        v1::SendMessageRequest {
            request_id: self.house.request_id(),
            debtor_id: self.debtor.clone(),
            claim_ids: vec![self.claim.clone()],
            policy_class: v1::PolicyClass::Outreach.into(),
            ..v1::SendMessageRequest::default()
        }
    }
}

on_both_backends! {
    async fn the_catalogue_is_counted_from_what_is_there(backend: Backend) {
        let bench = Bench::start(backend).await;
        let request = bench.house.ask(Role::Analyst, v1::CountVariantsRequest::default());
        let counted = bench.client().count_variants(request).await.unwrap().into_inner();
        assert!(counted.text_count >= 30_000, "{counted:?}");
        assert_eq!(counted.levels_by_factor["channel"], 4);
        assert_eq!(counted.levels_by_factor["motive"], 7);
    }

    async fn a_threat_is_found_with_its_rule_and_place(backend: Backend) {
        let bench = Bench::start(backend).await;
        let text = "Sonst kommt der Gerichtsvollzieher.".to_owned();
        let request = v1::LintTextRequest { text, ..v1::LintTextRequest::default() };
        let request = bench.house.ask(Role::Agent, request);
        let findings = bench.client().lint_text(request).await.unwrap().into_inner().findings;
        assert_eq!(findings[0].rule_id, "content.threat");
        assert_eq!((findings[0].start, findings[0].end), (16, 34));
    }

    async fn a_preview_reads_like_the_message(backend: Backend) {
        let bench = Bench::start(backend).await;
        let request = v1::PreviewMessageRequest {
            debtor_id: bench.debtor.clone(),
            channel: Channel::Letter.into(),
            levels: treatment("letter"),
            ..v1::PreviewMessageRequest::default()
        };
        let request = bench.house.ask(Role::Agent, request);
        let shown = bench.client().preview_message(request).await.unwrap().into_inner();
        assert!(shown.body.contains("Erika Beispiel"), "{}", shown.body);
        assert!(shown.findings.is_empty(), "{:?}", shown.findings);
    }

    async fn a_block_needs_four_eyes_and_a_clean_text(backend: Backend) {
        let bench = Bench::start(backend).await;
        let kind = bench.block("Bei {{ creditors }} ist noch ein Betrag offen. Wir sind {{ agency }}.");
        let created = bench.client().create_block(bench.house.ask(Role::Agent, kind)).await.unwrap();
        let block = created.into_inner().block.unwrap();
        let approve = |block_id: &str| v1::ApproveBlockRequest {
            request_id: bench.house.request_id(),
            block_id: block_id.to_owned(),
            etag: String::new(),
        };
        // The test's users share one name: whoever wrote it cannot approve it.
        let request = bench.house.ask(Role::Admin, approve(&block.block_id));
        let refused = bench.client().approve_block(request).await.unwrap_err();
        assert_eq!(reason(&refused), "SAME_EYES");
        let listed = v1::ListBlocksRequest::default();
        let listed = bench.client().list_blocks(bench.house.ask(Role::Agent, listed)).await.unwrap();
        assert_eq!(listed.into_inner().blocks[0].state(), v1::BlockState::Draft);
        let broken = bench.house.ask(Role::Agent, bench.block("Offen ist {amount"));
        let refused = bench.client().create_block(broken).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
    }

    async fn a_reminder_before_the_first_notice_is_refused_with_its_rule(backend: Backend) {
        let bench = Bench::start(backend).await;
        let request = bench.house.ask(Role::Agent, bench.order());
        let refused = bench.client().send_message(request).await.unwrap_err();
        assert_eq!(reason(&refused), "CONTACT_RULE");
    }

    async fn an_order_that_comes_twice_makes_one_message(backend: Backend) {
        let bench = Bench::start(backend).await;
        let mut order = bench.order();
        order.policy_class = v1::PolicyClass::FirstNotice.into();
        let first = bench.client().send_message(bench.house.ask(Role::Agent, order.clone())).await;
        let second = bench.client().send_message(bench.house.ask(Role::Agent, order)).await;
        assert_eq!(first.unwrap().into_inner(), second.unwrap().into_inner());
        bench.house.settle().await;
        assert_eq!(bench.message().await.state(), MessageState::Sent);
    }

    async fn a_message_that_was_handed_over_cannot_be_taken_back(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let request = v1::CancelMessageRequest {
            request_id: bench.house.request_id(),
            message_id: bench.message().await.message_id,
            reason: "MISTAKE".to_owned(),
        };
        let request = bench.house.ask(Role::Agent, request);
        let refused = bench.client().cancel_message(request).await.unwrap_err();
        assert_eq!(reason(&refused), "MESSAGE_STATE");
    }

    async fn a_refused_channel_is_not_used(backend: Backend) {
        let bench = Bench::start(backend).await;
        let wishes = v1::ContactPreferences {
            debtor_id: bench.debtor.clone(),
            refused_channels: vec![Channel::Email.into()],
            ..v1::ContactPreferences::default()
        };
        let request = v1::SetContactPreferencesRequest {
            request_id: bench.house.request_id(),
            preferences: Some(wishes),
        };
        let request = bench.as_debtor(&bench.debtor, request);
        bench.client().set_contact_preferences(request).await.unwrap();
        bench.open_claim().await;
        assert!(bench.messages().await.is_empty());
        let asked = bench.neighbours.world().questions[0].clone().mask.unwrap();
        let email = asked.excluded_levels.iter().find(|one| one.level == "email").unwrap();
        assert_eq!(email.rule_id, "preference.channel_declined");
        assert_eq!(bench.published("ContactPreferenceChanged").await, 1);
    }

    async fn who_refuses_more_than_before_is_told(backend: Backend) {
        let bench = Bench::start(backend).await;
        let until = |month| Some(Date { year: 2027, month, day: 31 });
        let wish = async |refused: &[Channel], paused_until| {
            let refused_channels = refused.iter().map(|channel| (*channel).into()).collect();
            let wishes = v1::ContactPreferences { refused_channels, paused_until, ..v1::ContactPreferences::default() };
            bench.wish(wishes).await;
        };
        let sms = [Channel::Sms];
        wish(&sms, None).await;
        wish(&sms, None).await;
        wish(&sms, until(3)).await;
        wish(&sms, until(3)).await;
        wish(&sms, until(1)).await;
        wish(&sms, until(5)).await;
        wish(&[Channel::Email], None).await;
        let over = Some(Date { year: 2020, month: 5, day: 31 });
        wish(&[Channel::Email], over).await;
        let told = bench.house.events::<ContactPreferenceChanged>("messaging").await;
        let more: Vec<bool> = told.iter().map(|event| event.refuses_more).collect();
        assert_eq!(more, [true, false, true, false, false, true, true, false]);
    }

    async fn a_debtor_reads_own_messages_and_no_others(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let message_id = bench.message().await.message_id;
        let stranger = kulanz_types::DebtorId::generate(bench.house.seeds(), bench.house.now());
        let ask = |who: &str| {
            bench.as_debtor(who, v1::GetMessageRequest { message_id: message_id.clone() })
        };
        assert!(bench.client().get_message(ask(&bench.debtor)).await.is_ok());
        let refused = bench.client().get_message(ask(&stranger.to_string())).await.unwrap_err();
        assert_eq!(reason(&refused), "NOT_FOUND");
    }

    async fn the_budget_tells_when_the_next_contact_may_be(backend: Backend) {
        let bench = Bench::start(backend).await;
        let request = v1::GetContactBudgetRequest { debtor_id: bench.debtor.clone() };
        let request = bench.as_debtor(&bench.debtor, request);
        let budget = bench.client().get_contact_budget(request).await.unwrap().into_inner();
        assert_eq!((budget.used_this_week, budget.allowed_per_week), (0, 2));
        assert!(budget.next_allowed_at.is_some());
    }

    async fn only_a_signed_receipt_moves_a_message(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let mut request = v1::ReportReceiptRequest {
            request_id: bench.house.request_id(),
            message_id: bench.message().await.message_id,
            kind: v1::ReceiptKind::Delivered.into(),
            ..v1::ReportReceiptRequest::default()
        };
        let refused = bench.client().report_receipt(request.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "SIGNATURE_INVALID");
        let key = [0; 32];
        request.signature = receipt::sign(&key, bench.house.tenant(), &request).unwrap();
        let refused = bench.client().report_receipt(request).await.unwrap_err();
        assert_eq!(reason(&refused), "SIGNATURE_INVALID");
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }
}
