//! The agency leaves a person alone by its own decision, beside what she wishes.

use chrono::{NaiveDate, TimeDelta};
use kulanz_chassis::Role;
use kulanz_proto::convert::instant;
use kulanz_proto::events::v1::ContactPreferenceChanged;
use kulanz_proto::messaging::v1::{self, ContactPreferences, MessageState};
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{fields, on_both_backends, reason};
use kulanz_types::berlin_date;
use tonic::{Code, Status};

use crate::neighbours::treatment;
use crate::setup::Bench;

impl Bench {
    fn day_in(&self, days: i64) -> NaiveDate {
        berlin_date(self.house.now() + TimeDelta::days(days))
    }

    fn pause_request(&self, last: Option<NaiveDate>) -> v1::PauseContactRequest {
        v1::PauseContactRequest {
            request_id: self.house.request_id(),
            debtor_id: self.debtor.clone(),
            paused_until: last.map(Into::into),
        }
    }

    async fn pause(&self, last: Option<NaiveDate>) {
        let request = self.house.ask(Role::Agent, self.pause_request(last));
        let reply = self.client().pause_contact(request).await.unwrap().into_inner();
        assert_eq!(reply.paused_until, last.map(Into::into));
        self.house.settle().await;
    }

    async fn wish_pause(&self, last: Option<NaiveDate>) {
        let paused_until = last.map(Into::into);
        self.wish(ContactPreferences { paused_until, ..ContactPreferences::default() }).await;
        self.house.settle().await;
    }

    async fn refused_pause(&self, request: v1::PauseContactRequest) -> Status {
        let request = self.house.ask(Role::Agent, request);
        self.client().pause_contact(request).await.unwrap_err()
    }

    async fn budget(&self) -> v1::GetContactBudgetResponse {
        let request = v1::GetContactBudgetRequest { debtor_id: self.debtor.clone() };
        let request = self.house.ask(Role::Agent, request);
        self.client().get_contact_budget(request).await.unwrap().into_inner()
    }

    async fn next_contact(&self) -> NaiveDate {
        berlin_date(instant(self.budget().await.next_allowed_at.as_ref().unwrap()).unwrap())
    }
}

on_both_backends! {
    async fn whom_the_agency_leaves_alone_hears_nothing_until_the_day_is_over(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.pause(Some(bench.day_in(5))).await;
        bench.open_claim().await;
        bench.house.advance_days(5).await;
        assert!(bench.messages().await.is_empty());
        bench.house.advance_days(1).await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        bench.house.advance_days(7).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
        assert_eq!(bench.published("ContactPreferenceChanged").await, 0);
    }

    async fn what_waits_is_called_back_by_a_pause_and_planned_anew_when_it_ends(backend: Backend) {
        let bench = Bench::start(backend).await;
        let mut evening = treatment("email");
        evening.insert("slot".to_owned(), "early_week_evening".to_owned());
        bench.neighbours.world().decided = Some(evening);
        bench.open_claim().await;
        bench.pause(Some(bench.day_in(20))).await;
        let waited = bench.message().await;
        assert_eq!(waited.state(), MessageState::Cancelled);
        assert_eq!(waited.state_reason, "CONTACT_PAUSED");
        bench.house.advance_days(2).await;
        bench.neighbours.world().decided = Some(treatment("email"));
        bench.pause(None).await;
        assert_eq!(bench.states().await, [MessageState::Scheduled, MessageState::Cancelled]);
        bench.house.advance_days(7).await;
        assert_eq!(bench.states().await, [MessageState::Sent, MessageState::Cancelled]);
        assert_eq!(bench.budget().await.agency_paused_until, None);
    }

    async fn the_longer_of_two_pauses_holds_and_the_persons_own_is_told(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (agency, own) = (bench.day_in(20), bench.day_in(9));
        bench.pause(Some(agency)).await;
        bench.wish_pause(Some(own)).await;
        let budget = bench.budget().await;
        assert_eq!(budget.agency_paused_until, Some(agency.into()));
        assert_eq!(budget.preferences.unwrap().paused_until, Some(own.into()));
        assert!(bench.next_contact().await > agency);
        let told = bench.house.events::<ContactPreferenceChanged>("messaging").await;
        assert_eq!(told.iter().map(|event| event.refuses_more).collect::<Vec<_>>(), [true]);
        bench.pause(None).await;
        let next = bench.next_contact().await;
        assert!(own < next && next < agency, "{next}");
    }

    async fn who_wishes_no_pause_any_more_is_looked_at_again(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.wish_pause(Some(bench.day_in(30))).await;
        bench.open_claim().await;
        bench.house.advance_days(1).await;
        assert!(bench.messages().await.is_empty());
        bench.wish_pause(None).await;
        bench.house.advance_days(1).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
    }

    async fn a_pause_that_cannot_be_meant_is_refused_by_field(backend: Backend) {
        let bench = Bench::start(backend).await;
        let refused = bench.refused_pause(bench.pause_request(Some(bench.day_in(-1)))).await;
        assert_eq!(fields(&refused), ["paused_until"]);
        let no_day = Some(Date { year: 2027, month: 2, day: 30 });
        let request = v1::PauseContactRequest { paused_until: no_day, ..bench.pause_request(None) };
        assert_eq!(fields(&bench.refused_pause(request).await), ["paused_until"]);
        let nobody = "K7Q2M0X9TA".to_owned();
        let request = v1::PauseContactRequest { debtor_id: nobody, ..bench.pause_request(None) };
        assert_eq!(fields(&bench.refused_pause(request).await), ["debtor_id"]);
        let request = bench.as_debtor(&bench.debtor, bench.pause_request(Some(bench.day_in(3))));
        let refused = bench.client().pause_contact(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(bench.budget().await.agency_paused_until, None);
    }

    async fn a_pause_of_another_tenant_and_one_sent_twice_change_nothing(backend: Backend) {
        let bench = Bench::start(backend).await;
        let request = bench.pause_request(Some(bench.day_in(3)));
        let first = bench.house.ask(Role::Agent, request.clone());
        bench.client().pause_contact(first).await.unwrap();
        bench.pause(None).await;
        let again = bench.house.ask(Role::Agent, request.clone());
        let reply = bench.client().pause_contact(again).await.unwrap().into_inner();
        assert_eq!(reply.paused_until, request.paused_until);
        let other = bench.house.ask_as_other(Role::Agent, request);
        bench.client().pause_contact(other).await.unwrap();
        assert_eq!(bench.budget().await.agency_paused_until, None);
    }

    async fn about_an_erased_person_no_pause_is_kept(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.pause(Some(bench.day_in(3))).await;
        let erasure = v1::ErasePersonDataRequest {
            request_id: bench.house.request_id(),
            debtor_id: bench.debtor.clone(),
            validate_only: false,
        };
        let erasure = bench.house.ask(Role::Admin, erasure);
        bench.client().erase_person_data(erasure).await.unwrap();
        assert_eq!(bench.budget().await.agency_paused_until, None);
        let refused = bench.refused_pause(bench.pause_request(Some(bench.day_in(3)))).await;
        assert_eq!(reason(&refused), "PERSON_ERASED");
    }
}
