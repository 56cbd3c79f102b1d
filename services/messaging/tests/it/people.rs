//! What is held about a person, its end, and what outlives it.

use std::collections::BTreeSet;

use kulanz_chassis::Role;
use kulanz_proto::claims::v1::ContactPointKind;
use kulanz_proto::events::v1::{
    ContactPointDisowned, DebtorUpdated, InstalmentMissed, PaymentReceived, PortalVisited,
    PropensityChanged,
};
use kulanz_proto::messaging::v1::{self, ContactPreferences, MessageState, ReceiptKind};
use kulanz_proto::types::v1::{Channel, Date, PersonDataPart, RetainedRecord};
use kulanz_testkit::{on_both_backends, reason};
use kulanz_types::{ClaimId, DebtorId};
use tonic::Status;

use crate::neighbours::{debtor, euros};
use crate::setup::Bench;

const LETTERS: &str = "§ 257 Abs. 1 Nr. 3 HGB, § 147 Abs. 1 Nr. 3 AO";

impl Bench {
    async fn export(&self) -> Vec<PersonDataPart> {
        let request = v1::ExportPersonDataRequest { debtor_id: self.debtor.clone() };
        let request = self.house.ask(Role::Admin, request);
        let mut parts = self.client().export_person_data(request).await.unwrap().into_inner();
        let mut all = Vec::new();
        while let Some(part) = parts.message().await.unwrap() {
            all.extend(part.part);
        }
        all
    }

    fn erasure(&self, validate_only: bool) -> v1::ErasePersonDataRequest {
        let (request_id, debtor_id) = (self.house.request_id(), self.debtor.clone());
        v1::ErasePersonDataRequest { request_id, debtor_id, validate_only }
    }

    async fn erase(&self, validate_only: bool) -> Vec<RetainedRecord> {
        let request = self.house.ask(Role::Admin, self.erasure(validate_only));
        self.client().erase_person_data(request).await.unwrap().into_inner().retained
    }

    async fn disown(&self) {
        self.neighbours.world().debtor.contact_points[0].usable = false;
        let disowned = ContactPointDisowned {
            debtor_id: self.debtor.clone(),
            kind: ContactPointKind::Email.into(),
            address_hash: String::new(),
        };
        self.house.publish("claims", &self.debtor, &disowned).await;
        self.house.settle().await;
    }

    /// From now on somebody else is spoken of, who is reached at `email`.
    fn somebody_else(&mut self, email: &str) {
        let now = self.house.now();
        self.debtor = DebtorId::generate(self.house.seeds(), now).to_string();
        self.claim = ClaimId::generate(self.house.seeds(), now).to_string();
        let mut other = debtor(&self.debtor, &self.claim, &self.creditor);
        email.clone_into(&mut other.contact_points[0].value);
        self.neighbours.world().debtor = other;
    }

    fn rules_of_email(&self) -> Vec<String> {
        let asked = self.neighbours.world().questions.last().unwrap().clone();
        assert_eq!(asked.debtor_id, self.debtor);
        let excluded = asked.mask.unwrap().excluded_levels.into_iter();
        excluded.filter(|one| one.level == "email").map(|one| one.rule_id).collect()
    }

    /// A person about whom everything is held that can be.
    async fn known_person(&self) {
        self.open_claim().await;
        let message = self.message().await.message_id;
        self.report(&message, ReceiptKind::Delivered, "2.0.0").await.unwrap();
        let preferred_channels = vec![Channel::Email.into()];
        self.wish(ContactPreferences { preferred_channels, ..ContactPreferences::default() }).await;
    }
}

fn kinds(parts: &[PersonDataPart]) -> BTreeSet<&str> {
    parts.iter().map(|part| part.kind.as_str()).collect()
}

fn refusal<T>(answer: Result<T, Status>) -> String {
    answer.err().map(|status| reason(&status)).unwrap_or_default()
}

on_both_backends! {
    async fn a_copy_holds_every_record_with_its_source(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.known_person().await;
        let parts = bench.export().await;
        let all = ["claim_mark", "contact_point", "contact_preferences", "inbox_entry", "message",
            "person", "receipt"];
        assert_eq!(kinds(&parts), all.into());
        assert!(parts.iter().all(|part| part.service == "messaging" && part.recorded_at.is_some()));
        let part = |kind: &str| parts.iter().find(|part| part.kind == kind).unwrap();
        assert!(part("message").json.contains("Guten Tag Erika Beispiel"));
        assert_eq!(part("message").record_id, bench.message().await.message_id);
        assert!(part("contact_point").json.contains("erika@example.org"));
        assert_eq!(part("contact_point").source, "creditor");
        assert_eq!(part("contact_preferences").source, "debtor");
        let stated: serde_json::Value =
            serde_json::from_str(&part("contact_preferences").json).unwrap();
        assert_eq!(stated["preferred_channels"][0], "CHANNEL_EMAIL");
    }

    async fn a_copy_is_for_those_who_may_have_it(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.known_person().await;
        let request = || v1::ExportPersonDataRequest { debtor_id: bench.debtor.clone() };
        let refused = bench.client().export_person_data(bench.house.ask(Role::Agent, request())).await;
        assert_eq!(refusal(refused), "CALL_NOT_ALLOWED");
        let other = bench.house.ask_as_other(Role::Admin, request());
        let mut parts = bench.client().export_person_data(other).await.unwrap().into_inner();
        assert!(parts.message().await.unwrap().is_none());
        let request = v1::ExportPersonDataRequest { debtor_id: "erika".to_owned() };
        let refused = bench.client().export_person_data(bench.house.ask(Role::Admin, request)).await;
        assert_eq!(refusal(refused), "INVALID_FIELDS");
        let refused = bench.client()
            .erase_person_data(bench.house.ask(Role::Agent, bench.erasure(false))).await;
        assert_eq!(refusal(refused), "CALL_NOT_ALLOWED");
        let other = bench.house.ask_as_other(Role::Admin, bench.erasure(false));
        let answer = bench.client().erase_person_data(other).await.unwrap().into_inner();
        assert!(answer.retained.is_empty());
        assert!(bench.message().await.body.contains("Erika Beispiel"));
    }

    async fn erasure_leaves_a_proof_that_names_nobody(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.known_person().await;
        let before = bench.message().await;
        let told = bench.erase(true).await;
        assert!(bench.message().await.body.contains("Erika Beispiel"), "only told");
        let retained = bench.erase(false).await;
        assert_eq!(told, retained);
        assert_eq!(retained.len(), 1);
        assert_eq!((retained[0].kind.as_str(), retained[0].count), ("message", 1));
        assert_eq!(retained[0].norm, LETTERS);
        // Six years from the end of the year in which it was sent.
        assert_eq!(retained[0].until, Some(Date { year: 2032, month: 12, day: 31 }));
        let after = bench.message().await;
        assert_eq!((after.sent_at, &after.evidence_hash), (before.sent_at, &before.evidence_hash));
        assert_eq!((after.subject, after.body, after.authenticity_code), Default::default());
        let parts = bench.export().await;
        assert_eq!(kinds(&parts), ["message", "person", "receipt"].into());
        let everything = parts.iter().map(|part| part.json.to_lowercase()).collect::<String>();
        for planted in ["erika", "beispiel", "lindenweg", "example.org", "planner", "friendly"] {
            assert!(!everything.contains(planted), "{planted} in {everything}");
        }
        assert_eq!(bench.received().await, 0);
        assert_eq!(bench.erase(false).await, retained);
    }

    async fn nothing_that_is_told_later_brings_an_erased_person_back(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.known_person().await;
        bench.erase(false).await;
        let before = bench.export().await;
        let (debtor_id, claim_id) = (bench.debtor.clone(), bench.claim.clone());
        bench.open_claim().await;
        let house = &bench.house;
        house.publish("claims", &debtor_id, &DebtorUpdated { debtor_id: debtor_id.clone(), ..Default::default() }).await;
        house.publish("claims", &debtor_id, &PortalVisited { debtor_id: debtor_id.clone(), ..Default::default() }).await;
        house.publish("personas", &debtor_id, &PropensityChanged { debtor_id: debtor_id.clone(), probability: 0.3, ..Default::default() }).await;
        house.publish("payments", &debtor_id, &PaymentReceived {
            debtor_id: debtor_id.clone(), claim_id: claim_id.clone(), amount: Some(euros(1)), ..Default::default()
        }).await;
        house.publish("payments", &debtor_id, &InstalmentMissed {
            debtor_id: debtor_id.clone(), claim_id: claim_id.clone(), instalment_id: "i".to_owned(), ..Default::default()
        }).await;
        house.settle().await;
        house.advance_days(30).await;
        assert_eq!(bench.export().await, before);
        let order = v1::SendMessageRequest {
            request_id: house.request_id(),
            debtor_id: debtor_id.clone(),
            claim_ids: vec![claim_id],
            policy_class: v1::PolicyClass::FirstNotice.into(),
            ..v1::SendMessageRequest::default()
        };
        let refused = bench.client().send_message(house.ask(Role::Agent, order)).await;
        assert_eq!(refusal(refused), "PERSON_ERASED");
        let wish = v1::SetContactPreferencesRequest {
            request_id: house.request_id(),
            preferences: Some(ContactPreferences { debtor_id, ..ContactPreferences::default() }),
        };
        let refused = bench.client().set_contact_preferences(house.ask(Role::Agent, wish)).await;
        assert_eq!(refusal(refused), "PERSON_ERASED");
    }

    async fn who_was_erased_before_anything_was_heard_stays_unknown(backend: Backend) {
        let bench = Bench::start(backend).await;
        assert!(bench.erase(false).await.is_empty());
        bench.open_claim().await;
        assert!(bench.messages().await.is_empty());
        assert_eq!(kinds(&bench.export().await), ["person"].into());
    }

    async fn a_message_that_waits_is_erased_with_its_person(backend: Backend) {
        let bench = Bench::start(backend).await;
        let mut evening = crate::neighbours::treatment("email");
        evening.insert("slot".to_owned(), "early_week_evening".to_owned());
        bench.neighbours.world().decided = Some(evening);
        bench.open_claim().await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        assert!(bench.erase(false).await.is_empty());
        bench.house.advance_days(2).await;
        assert!(bench.messages().await.is_empty());
        assert_eq!(bench.received().await, 0);
    }

    async fn a_disowned_address_is_silent_for_others_in_every_spelling(backend: Backend) {
        let mut bench = Bench::start(backend).await;
        bench.open_claim().await;
        bench.disown().await;
        bench.somebody_else(" ERIKA@Example.ORG");
        bench.open_claim().await;
        assert_eq!(bench.rules_of_email(), ["contact.suppressed"]);
        bench.somebody_else("erika.beispiel@example.org");
        bench.open_claim().await;
        assert!(bench.rules_of_email().is_empty(), "another mailbox");
    }

    async fn the_silence_of_a_disowned_address_outlives_the_person(backend: Backend) {
        let mut bench = Bench::start(backend).await;
        bench.open_claim().await;
        bench.disown().await;
        let retained = bench.erase(false).await;
        let kept: Vec<_> = retained.iter().map(|one| (one.kind.as_str(), one.count)).collect();
        assert_eq!(kept, [("message", 1), ("suppression", 1)]);
        assert_eq!(bench.erase(false).await, retained);
        bench.somebody_else("erika@example.org");
        bench.open_claim().await;
        assert_eq!(bench.rules_of_email(), ["contact.suppressed"]);
    }

    async fn that_an_address_bounced_is_erased_with_its_person(backend: Backend) {
        let mut bench = Bench::start(backend).await;
        bench.open_claim().await;
        let message = bench.message().await.message_id;
        bench.neighbours.world().decided = None;
        bench.report(&message, ReceiptKind::Failed, "5.1.1").await.unwrap();
        bench.house.settle().await;
        assert_eq!(bench.rules_of_email(), ["contact.suppressed"]);
        let kept = bench.erase(false).await;
        assert_eq!(kept.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(), ["message"]);
        bench.somebody_else("erika@example.org");
        bench.open_claim().await;
        assert!(bench.rules_of_email().is_empty());
    }
}
