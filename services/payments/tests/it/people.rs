//! What is held about a person, and its end.

use std::collections::BTreeMap;

use kulanz_chassis::{Code, Role};
use kulanz_proto::payments::v1;
use kulanz_proto::types::v1::PersonDataPart;
use kulanz_testkit::on_both_backends;

use crate::claims::Owed;
use crate::setup::Bench;
use crate::statement_file::{Line, statement};
use crate::statements::{PAYER, structured, unmatched};

impl Bench {
    async fn export(&self, debtor_id: &str) -> Vec<PersonDataPart> {
        let request = v1::ExportPersonDataRequest { debtor_id: debtor_id.to_owned() };
        let request = self.house.ask(Role::Admin, request);
        let mut parts = self.client().export_person_data(request).await.unwrap().into_inner();
        let mut found = Vec::new();
        while let Some(answer) = parts.message().await.unwrap() {
            found.extend(answer.part);
        }
        found
    }

    async fn erase(&self, debtor_id: &str) -> v1::ErasePersonDataResponse {
        let request = v1::ErasePersonDataRequest {
            request_id: self.house.request_id(),
            debtor_id: debtor_id.to_owned(),
        };
        let request = self.house.ask(Role::Admin, request);
        self.client().erase_person_data(request).await.unwrap().into_inner()
    }

    /// Entries that the payer's account leads to.
    async fn led_to(&self) -> usize {
        let store = self.house.constellation().store("payments").unwrap();
        let work = store.begin(self.house.tenant()).await.unwrap();
        let index = work.blind_index("payer_iban", PAYER);
        drop(work);
        let sql = "SELECT COUNT(*) AS n FROM bank_entry WHERE tenant_id = $1 AND payer_index = $2";
        self.house.count("payments", sql, &index).await
    }

    /// A debtor with a plan, a payment, an offer that led to nothing, and money that waits.
    async fn someone(&self) -> Owed {
        let owed = self.open_claim("K7Q2M0X9TA", 60_000).await;
        self.quote(&owed, 3).await.unwrap();
        self.arrange(&owed, 6).await;
        let named = Line { structured: structured("K7Q2M0X9TA"), ..karla(5_000, "B-1") };
        self.import(&statement("S-1", &[named, karla(777, "B-2")])).await.unwrap();
        owed
    }
}

fn karla(cents: i64, reference: &str) -> Line {
    Line {
        payer: PAYER.into(),
        name: "Karla Klee".into(),
        text: "Miete Mondgasse".into(),
        end_to_end: format!("KLEE-{reference}"),
        ..Line::credit(cents, reference, "2026-11-30")
    }
}

fn kinds(parts: &[PersonDataPart]) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for part in parts {
        *kinds.entry(part.kind.as_str()).or_default() += 1;
    }
    kinds
}

on_both_backends! {
    async fn a_copy_holds_every_record_about_a_person_and_nobody_elses(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.someone().await;
        let other = bench.open_claim("B8R3N1Y0VC", 10_000).await;
        let parts = bench.export(&owed.debtor_id).await;
        let expected = [("arrangement", 1), ("bank_entry", 2), ("payment", 1), ("quote", 2), ("receivable", 1)];
        assert_eq!(kinds(&parts), BTreeMap::from(expected));
        assert!(parts.iter().all(|part| part.service == "payments" && part.recorded_at.is_some()));
        let entry = parts.iter().find(|part| part.kind == "bank_entry").unwrap();
        let json: serde_json::Value = serde_json::from_str(&entry.json).unwrap();
        assert_eq!(json["counterparty_name"], "Karla Klee");
        assert_eq!(json["counterparty_iban"], PAYER);
        assert_eq!(json["remittance_text"], "Miete Mondgasse");
        assert_eq!(entry.source, "bank");
        assert_eq!(kinds(&bench.export(&other.debtor_id).await), BTreeMap::from([("receivable", 1)]));
        let request = v1::ExportPersonDataRequest { debtor_id: owed.debtor_id.clone() };
        let request = bench.house.ask_as_other(Role::Admin, request);
        let mut foreign = bench.client().export_person_data(request).await.unwrap().into_inner();
        assert!(foreign.message().await.unwrap().is_none());
        let request = v1::ExportPersonDataRequest { debtor_id: owed.debtor_id.clone() };
        let refused = bench.client().export_person_data(bench.as_debtor(&owed.debtor_id, request)).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
    }

    async fn an_erased_person_leaves_the_books_in_balance_and_nothing_that_leads_to_them(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.someone().await;
        let books = bench.trial_balance().await;
        let kept = bench.erase(&owed.debtor_id).await.retained;
        let told: BTreeMap<_, _> = kept.iter().map(|one| (one.kind.as_str(), one)).collect();
        let counts: BTreeMap<_, _> = told.iter().map(|(kind, one)| (*kind, one.count)).collect();
        let expected = [
            ("arrangement", 1), ("bank_entry", 1), ("payment", 1), ("quote", 1), ("receivable", 1),
            ("transfer", 1), ("waiting_bank_entry", 1),
        ];
        assert_eq!(counts, BTreeMap::from(expected));
        let until = |kind: &str| told[kind].until.map(|day| (day.year, day.month, day.day));
        assert_eq!(until("transfer"), Some((2036, 12, 31)));
        assert_eq!(until("bank_entry"), Some((2034, 12, 31)));
        assert_eq!(until("arrangement"), Some((2032, 12, 31)));
        assert_eq!(until("waiting_bank_entry"), None);
        assert!(told["bank_entry"].norm.contains("§ 147"));

        assert_eq!(bench.trial_balance().await, books);
        let parts = bench.export(&owed.debtor_id).await;
        assert!(!parts.iter().any(|part| part.json.contains("Klee") || part.json.contains(PAYER)));
        assert_eq!(bench.led_to().await, 1, "only the money that waits");

        // A second time changes nothing, and later money brings nothing back.
        bench.erase(&owed.debtor_id).await;
        let later = Line { structured: structured("K7Q2M0X9TA"), ..karla(4_000, "B-3") };
        bench.import(&statement("S-2", &[later])).await.unwrap();
        assert_eq!(bench.published("PaymentReceived").await, 2);
        assert_eq!(bench.led_to().await, 1);
        let parts = bench.export(&owed.debtor_id).await;
        assert!(!parts.iter().any(|part| part.json.contains("Klee")));
        bench.trial_balance().await;

        // The waiting money is settled for them after all: what named them goes.
        let request = v1::MatchEntryRequest {
            request_id: bench.house.request_id(),
            bank_entry_id: unmatched(&bench).await[0].bank_entry_id.clone(),
            claim_id: owed.claim_id.clone(),
        };
        bench.client().match_entry(bench.house.ask(Role::Agent, request)).await.unwrap();
        assert_eq!(bench.led_to().await, 0);
        assert_eq!(bench.balance("suspense").await, 0);
    }

    async fn a_waiting_promise_of_an_erased_person_ends(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 8_000).await;
        bench.promise(&owed, 9).await.unwrap();
        bench.erase(&owed.debtor_id).await;
        assert_eq!(bench.published("PromiseEnded").await, 1);
        bench.advance(20).await;
        assert_eq!(bench.published("PromiseBroken").await, 0);
        assert!(!kinds(&bench.export(&owed.debtor_id).await).contains_key("promise"));
    }
}
