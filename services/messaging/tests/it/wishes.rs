//! What the person wishes, and who she is, at the moment of the hand-over.

use chrono::{TimeDelta, Timelike};
use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as claims;
use kulanz_proto::events::v1::InstalmentMissed;
use kulanz_proto::messaging::v1::{self, ContactPreferences, MessageState};
use kulanz_proto::types::v1::{Channel, Date};
use kulanz_testkit::on_both_backends;

use crate::neighbours::treatment;
use crate::setup::Bench;

impl Bench {
    /// A message waits for the evening, and the person's wishes are written beside the call that would
    /// have called it back: as in a transaction that commits while the message is composed.
    async fn planned_for_the_evening(&self) {
        let mut levels = treatment("email");
        levels.insert("slot".to_owned(), "early_week_evening".to_owned());
        self.neighbours.world().decided = Some(levels);
        self.open_claim().await;
        assert_eq!(self.states().await, [MessageState::Scheduled]);
    }

    async fn wish_unheard(&self, refused: &str, until_hour: Option<i64>, paused: Option<&str>) {
        let paused: Option<chrono::NaiveDate> = paused.map(|day| day.parse().unwrap());
        let sql = "INSERT INTO contact_preference (tenant_id, debtor_id, preferred, refused, \
                   consented, until_hour, paused_until, updated_at) \
                   VALUES ($1, $2, '[]', $3, '[]', $4, $5, $6)";
        let values = [
            self.house.tenant().to_string().into(),
            self.debtor.clone().into(),
            refused.into(),
            until_hour.into(),
            paused.into(),
            self.house.now().into(),
        ];
        self.tell_the_database(sql, values).await;
    }

    async fn evening(&self) {
        self.house.advance_to(self.house.now() + TimeDelta::hours(12)).await;
    }
}

/// The hour in Berlin at which a message was handed over.
fn hour(message: &v1::Message) -> u32 {
    let at = kulanz_proto::convert::instant(message.sent_at.as_ref().unwrap()).unwrap();
    at.with_timezone(&chrono_tz::Europe::Berlin).hour()
}

on_both_backends! {
    async fn a_channel_refused_after_the_plan_is_not_used(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.planned_for_the_evening().await;
        bench.wish_unheard("[\"email\"]", None, None).await;
        bench.neighbours.world().decided = Some(treatment("letter"));
        bench.evening().await;
        let messages = bench.messages().await;
        let first = messages.last().unwrap();
        assert_eq!(first.state(), MessageState::Cancelled);
        assert_eq!(first.state_reason, "preference.channel_declined");
        // What the law demands is planned anew, by a way that is wanted.
        bench.house.advance_days(8).await;
        let messages = bench.messages().await;
        assert_eq!((messages[0].channel(), messages[0].state()), (Channel::Letter, MessageState::Sent));
    }

    async fn own_hours_stated_after_the_plan_are_kept(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.planned_for_the_evening().await;
        bench.wish_unheard("[]", Some(11), None).await;
        bench.evening().await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        bench.house.advance_days(1).await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Sent);
        assert!((8..11).contains(&hour(&message)), "{}", hour(&message));
    }

    async fn a_pause_asked_for_after_the_plan_is_kept(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.planned_for_the_evening().await;
        let last = kulanz_types::berlin_date(bench.house.now() + TimeDelta::days(3));
        bench.wish_unheard("[]", None, Some(&last.to_string())).await;
        bench.house.advance_days(3).await;
        assert_eq!((bench.states().await, bench.received().await), (vec![MessageState::Scheduled], 0));
        bench.house.advance_days(2).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }

    async fn an_answer_takes_the_way_that_is_left(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        bench.house.advance_to(bench.house.now() + TimeDelta::hours(12)).await;
        let missed = InstalmentMissed {
            claim_id: bench.claim.clone(),
            debtor_id: bench.debtor.clone(),
            instalment_id: "instalment_1".to_owned(),
            due_date: Some(Date { year: 2026, month: 11, day: 10 }),
            ..InstalmentMissed::default()
        };
        bench.house.publish("payments", &bench.debtor, &missed).await;
        bench.house.settle().await;
        let refused_channels = vec![Channel::Email.into()];
        bench.wish(ContactPreferences { refused_channels, ..ContactPreferences::default() }).await;
        bench.house.advance_days(1).await;
        let answer = bench.messages().await[0].clone();
        assert_eq!((answer.channel(), answer.state()), (Channel::Letter, MessageState::Sent));
    }

    async fn an_interrupted_hand_over_keeps_the_hours(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let sent = bench.message().await;
        bench.house.advance_to(bench.house.now() + TimeDelta::hours(12)).await;
        let version = bench.published("MessageSent").await;
        bench.interrupt(&sent.message_id).await;
        assert_eq!(bench.states().await, [MessageState::Attempted]);
        assert_eq!(bench.published("MessageSent").await, version);
        bench.house.advance_to(bench.house.now() + TimeDelta::hours(11)).await;
        let again = bench.message().await;
        assert_eq!((again.state(), bench.received().await), (MessageState::Sent, 1));
        assert!((8..20).contains(&hour(&again)), "{}", hour(&again));
    }

    async fn one_shielded_claim_shields_the_person(backend: Backend) {
        let bench = Bench::start(backend).await;
        let mut shielded = bench.neighbours.world().debtor.claims[0].clone();
        shielded.claim_id =
            kulanz_types::ClaimId::generate(bench.house.seeds(), bench.house.now()).to_string();
        let kind = claims::HoldKind::Represented.into();
        shielded.holds = vec![claims::Hold { kind, ..claims::Hold::default() }];
        bench.neighbours.world().debtor.claims.push(shielded);
        bench.open_claim().await;
        let asked = bench.neighbours.world().questions[0].clone();
        let context = asked.context.unwrap();
        assert!(context.protected);
        assert_eq!(context.claim_ids, std::slice::from_ref(&bench.claim));
        let rule = |level: &str| {
            let excluded = &asked.mask.as_ref().unwrap().excluded_levels;
            excluded.iter().any(|one| one.level == level && one.rule_id == "law.uwg4a.vulnerable_safe_set")
        };
        assert!(rule("commitment") && rule("pay_now") && !rule("help_offer"));
    }

    async fn nobody_is_protected_without_a_reason(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let asked = bench.neighbours.world().questions[0].clone();
        assert!(!asked.context.unwrap().protected);
    }

    async fn no_state_but_the_open_ones_is_a_reason_to_write(backend: Backend) {
        let bench = Bench::start(backend).await;
        for state in [claims::ClaimState::Settled, claims::ClaimState::Withdrawn,
            claims::ClaimState::WrittenOff, claims::ClaimState::TimeBarred,
            claims::ClaimState::Sold, claims::ClaimState::Returned,
            claims::ClaimState::Questioned, claims::ClaimState::PaymentClaimed,
            claims::ClaimState::Disputed, claims::ClaimState::Protected] {
            bench.neighbours.world().debtor.claims[0].state = state.into();
            bench.open_claim().await;
            let order = v1::SendMessageRequest {
                request_id: bench.house.request_id(),
                debtor_id: bench.debtor.clone(),
                claim_ids: vec![bench.claim.clone()],
                policy_class: v1::PolicyClass::FirstNotice.into(),
                ..v1::SendMessageRequest::default()
            };
            let refused = bench.client().send_message(bench.house.ask(Role::Agent, order)).await;
            assert_eq!(kulanz_testkit::reason(&refused.unwrap_err()), "CONTACT_RULE", "{state:?}");
        }
        // A state of a newer contract is none of the open ones either.
        bench.neighbours.world().debtor.claims[0].state = 77;
        bench.open_claim().await;
        assert!(bench.messages().await.is_empty());
    }
}
