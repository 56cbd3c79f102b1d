use kulanz_chassis::{Code, Role};
use kulanz_proto::events::v1::{ArrangementBroken, PaymentReceived};
use kulanz_proto::payments::v1::{self, BankEntryState};
use kulanz_testkit::{Backend, on_both_backends, reason, until};
use kulanz_types::CreditorReference;
use sea_orm::ConnectionTrait;
use tonic_types::StatusExt as _;

use crate::setup::Bench;
use crate::statement_file::{Line, statement};

pub const PAYER: &str = "DE89370400440532013000";

pub fn structured(case_reference: &str) -> String {
    CreditorReference::from_body(case_reference).unwrap().to_string()
}

pub async fn unmatched(bench: &Bench) -> Vec<v1::BankEntry> {
    let request = bench.house.ask(Role::Agent, v1::ListUnmatchedEntriesRequest::default());
    bench.client().list_unmatched_entries(request).await.unwrap().into_inner().entries
}

fn cents(instalment: &v1::Instalment) -> i64 {
    instalment.amount.as_ref().unwrap().minor_units
}

/// How many transactions wait for `holder`, directly or behind another one that does (PostgreSQL).
async fn waiting_behind(holder: &kulanz_store::Work) -> i64 {
    let sql = "WITH RECURSIVE waiting AS (SELECT pg_backend_pid() AS pid UNION \
               SELECT lock.pid FROM pg_locks lock JOIN waiting \
               ON NOT lock.granted AND waiting.pid = ANY(pg_blocking_pids(lock.pid))) \
               SELECT COUNT(*) - 1 AS n FROM waiting";
    let sql = sea_orm::Statement::from_string(holder.db().get_database_backend(), sql);
    holder.db().query_one_raw(sql).await.unwrap().unwrap().try_get("", "n").unwrap()
}

on_both_backends! {
    async fn a_statement_books_an_instalment_a_full_payment_and_keeps_the_rest_apart(backend: Backend) {
        let bench = Bench::start(backend).await;
        let one = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let other = bench.open_claim("B8R3N1Y0VC", 12_345).await;
        let arrangement = bench.arrange(&one, 6).await;
        let rate = arrangement.instalments[0].amount.as_ref().unwrap().minor_units;
        let file = statement("S-1", &[
            Line { structured: structured("K7Q2M0X9TA"), ..Line::credit(rate, "B-1", "2026-11-30") },
            Line { text: "Zahlung b8r3n 1y0vc danke".into(), ..Line::credit(12_345, "B-2", "2026-11-30") },
            Line { text: "Miete".into(), name: "Ute Unbekannt".into(), ..Line::credit(777, "B-3", "2026-11-30") },
            Line::credit(-250, "B-4", "2026-11-30"),
        ]);
        let reply = bench.import(&file).await.unwrap();
        assert_eq!((reply.entry_count, reply.matched_count), (4, 2));
        assert_eq!((reply.unmatched_count, reply.ignored_count, reply.duplicate_count), (1, 1, 0));
        assert_eq!(reply.matched_amount.unwrap().minor_units, rate + 12_345);
        assert_eq!(reply.entries[0].match_rule, "REFERENCE");
        assert_eq!(reply.entries[1].match_rule, "REMITTANCE_TEXT");
        assert_eq!(bench.published("PaymentReceived").await, 2);

        let after = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(after.instalments[0].state(), v1::InstalmentState::Paid);
        assert_eq!(after.instalments[1].state(), v1::InstalmentState::Open);
        assert_eq!(bench.balance("bank").await, rate + 12_345 + 777 - 250);
        assert_eq!(bench.balance("suspense").await, -777);
        assert_eq!(bench.balance(&format!("due_to_creditor/{}", other.creditor_id)).await, -12_345);
        let waiting = unmatched(&bench).await;
        assert_eq!(waiting[0].counterparty_name, "Ute Unbekannt");
    }

    async fn a_statement_taken_in_twice_changes_nothing(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim("K7Q2M0X9TA", 60_000).await;
        // Two transfers of one day and amount are two payments.
        let line = Line { structured: structured("K7Q2M0X9TA"), ..Line::credit(5_000, "B-1", "2026-11-30") };
        let file = statement("S-1", &[line.clone(), line]);
        let id = bench.house.request_id();
        let first = bench.import_as(file.as_bytes(), &id).await.unwrap();
        assert_eq!(first.matched_count, 2);
        assert_eq!(bench.import_as(file.as_bytes(), &id).await.unwrap(), first);
        let again = bench.import(&file).await.unwrap();
        assert_eq!((again.duplicate_count, again.matched_count), (2, 0));
        assert_eq!(again.bank_statement_id, first.bank_statement_id);
        assert!(again.entries.iter().all(|entry| entry.state() == BankEntryState::Duplicate));
        assert_eq!(bench.published("PaymentReceived").await, 2);
        assert_eq!(bench.balance("bank").await, 10_000);
        let other = statement("S-2", &[]);
        let reused = bench.import_as(other.as_bytes(), &id).await.unwrap_err();
        assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
    }

    async fn a_broken_file_is_refused_with_its_place_and_leaves_nothing(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let line = Line { structured: structured("K7Q2M0X9TA"), ..Line::credit(5_000, "B-1", "2026-11-30") };
        let good = statement("S-1", &[line.clone(), line]);
        let cut = &good[..good.len() - 60];
        let cases = [
            (cut.to_owned(), "STATEMENT_MALFORMED", "TRUNCATED"),
            (good.replacen(">50.00<", ">50.000<", 2), "STATEMENT_MALFORMED", "TOO_MANY_DECIMALS"),
            (good.replacen("Ccy=\"EUR\">50.00", "Ccy=\"CHF\">50.00", 1), "STATEMENT_MALFORMED", "WRONG_CURRENCY"),
            (good.replacen("DE02120300000000202051", "DE03120300000000202051", 1), "STATEMENT_MALFORMED", "INVALID_IBAN"),
            (good.replacen("camt.053", "camt.054", 1), "STATEMENT_MALFORMED", "WRONG_ROOT"),
            (good.replacen(">50.00<", ">51.00<", 1), "STATEMENT_DOES_NOT_CLOSE", ""),
            (good.replacen("DE02120300000000202051", PAYER, 1), "STATEMENT_ACCOUNT_UNKNOWN", ""),
        ];
        for (file, expected, fault) in cases {
            let status = bench.import(&file).await.unwrap_err();
            let info = status.get_details_error_info().unwrap();
            assert_eq!((status.code(), info.reason.as_str()), (Code::InvalidArgument, expected));
            assert_eq!(info.metadata.get("fault").map_or("", String::as_str), fault);
        }
        let entries = "SELECT COUNT(*) AS n FROM bank_entry WHERE tenant_id = $1 AND state <> $2";
        assert_eq!(bench.house.count("payments", entries, "").await, 0);
        assert_eq!(bench.balance("bank").await, 0);
    }

    async fn a_returned_payment_goes_back_the_way_it_came(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let arrangement = bench.arrange(&owed, 6).await;
        let rate = arrangement.instalments[0].amount.as_ref().unwrap().minor_units;
        let paid = Line {
            structured: structured("K7Q2M0X9TA"),
            end_to_end: "E2E-77".into(),
            payer: PAYER.into(),
            ..Line::credit(rate, "B-1", "2026-11-30")
        };
        bench.import(&statement("S-1", std::slice::from_ref(&paid))).await.unwrap();
        let told: Vec<PaymentReceived> = bench.told().await;
        assert_eq!((&told[0].arrangement_id, told[0].promise_id.as_str()), (&arrangement.arrangement_id, ""));
        let back = Line {
            cents: -rate,
            reference: "B-2".into(),
            returned: "AC04".into(),
            structured: String::new(),
            value_on: "2026-12-02".into(),
            ..paid
        };
        let reply = bench.import(&statement("S-2", &[back])).await.unwrap();
        assert_eq!((reply.returned_count, reply.matched_amount.unwrap().minor_units), (1, -rate));
        assert_eq!(bench.published("PaymentReversed").await, 1);
        let after = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(after.instalments[0].state(), v1::InstalmentState::Open);
        let request = v1::GetPaymentRequest { payment_id: reply.entries[0].payment_id.clone() };
        let request = bench.as_debtor(&owed.debtor_id, request);
        let payment = bench.client().get_payment(request).await.unwrap().into_inner().payment.unwrap();
        assert_eq!(payment.state(), v1::PaymentState::Reversed);
        for account in ["bank", "suspense", "due_to_creditor"] {
            assert_eq!(bench.balance(account).await, 0, "{account}");
        }
    }

    async fn a_payment_returned_after_a_kept_plan_shows_that_it_was_not_kept(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let arrangement = bench.arrange(&owed, 2).await;
        let pay = |number: usize| Line {
            structured: structured("K7Q2M0X9TA"),
            end_to_end: format!("E2E-{number}"),
            ..Line::credit(cents(&arrangement.instalments[number]), &format!("B-{number}"), "2026-11-30")
        };
        bench.import(&statement("S-1", &[pay(0), pay(1)])).await.unwrap();
        let kept = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(kept.state(), v1::ArrangementState::Completed);
        let last = cents(&arrangement.instalments[1]);
        let back = Line { cents: -last, returned: "AC04".into(), structured: String::new(), reference: "B-9".into(), ..pay(1) };
        bench.import(&statement("S-2", &[back])).await.unwrap();

        let after = bench.arrangement(&arrangement.arrangement_id).await;
        assert_eq!(after.state(), v1::ArrangementState::Broken);
        assert_eq!(after.instalments[1].paid.as_ref().unwrap().minor_units, 0);
        assert_eq!(after.instalments[1].state(), v1::InstalmentState::Open);
        assert_eq!(after.instalments[0].state(), v1::InstalmentState::Paid);
        let broken: Vec<ArrangementBroken> = bench.told().await;
        assert_eq!((broken.len(), broken[0].reason.as_str()), (1, "PAYMENT_RETURNED"));
        // Something new may be agreed, and the old plan asks for nothing any more.
        bench.advance(60).await;
        assert_eq!(bench.published("InstalmentMissed").await, 0);
        bench.arrange(&owed, 3).await;
    }

    async fn a_return_settled_by_hand_while_a_file_settles_it_too_takes_the_money_back_once(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let paid = Line { structured: structured("K7Q2M0X9TA"), end_to_end: "E2E-1".into(), ..Line::credit(5_000, "B-1", "2026-11-30") };
        let back = Line { cents: -5_000, returned: "AC04".into(), structured: String::new(), ..paid.clone() };
        let unclear = Line { end_to_end: String::new(), reference: "B-2".into(), ..back.clone() };
        bench.import(&statement("S-1", &[paid, unclear])).await.unwrap();
        let entry = unmatched(&bench).await.remove(0);
        let file = statement("S-2", &[Line { reference: "B-3".into(), ..back }]);
        let request = v1::MatchEntryRequest {
            request_id: bench.house.request_id(),
            bank_entry_id: entry.bank_entry_id,
            claim_id: owed.claim_id.clone(),
        };
        let mut client = bench.client();
        let by_hand = client.match_entry(bench.house.ask(Role::Agent, request));
        let (by_hand, by_file) = match backend {
            Backend::Embedded => tokio::join!(by_hand, bench.import(&file)),
            Backend::Server => {
                // Both wait at the end of the ledger, the file first: what the other one knows of the
                // payment must not be from before.
                let store = bench.house.constellation().store("payments").unwrap();
                let head = store.begin(bench.house.tenant()).await.unwrap();
                head.db().execute_unprepared("SELECT * FROM ledger_head FOR UPDATE").await.unwrap();
                let queue = async {
                    until("the file to wait", async || (waiting_behind(&head).await >= 1).then_some(())).await;
                    let release = async {
                        until("both to wait", async || (waiting_behind(&head).await >= 2).then_some(())).await;
                        head.commit().await.unwrap();
                    };
                    tokio::join!(by_hand, release).0
                };
                tokio::join!(queue, bench.import(&file))
            }
        };
        assert_eq!(by_file.unwrap().returned_count, i64::from(by_hand.is_err()));
        assert_eq!(bench.published("PaymentReversed").await, 1);
        assert_eq!(bench.balance("due_to_creditor").await, 0);
        assert_eq!(bench.balance("suspense").await, 5_000);
    }

    async fn an_entry_matched_by_hand_teaches_the_payers_account(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let line = |cents, reference: &str| Line {
            payer: PAYER.into(),
            name: "Karla Klee".into(),
            text: "Rate".into(),
            ..Line::credit(cents, reference, "2026-11-30")
        };
        bench.import(&statement("S-1", &[line(1_000, "B-1")])).await.unwrap();
        let waiting = unmatched(&bench).await;
        let request = v1::MatchEntryRequest {
            request_id: bench.house.request_id(),
            bank_entry_id: waiting[0].bank_entry_id.clone(),
            claim_id: owed.claim_id.clone(),
        };
        let matched = bench.client().match_entry(bench.house.ask(Role::Agent, request.clone())).await;
        let matched = matched.unwrap().into_inner().entry.unwrap();
        assert_eq!((matched.state(), matched.match_rule.as_str()), (BankEntryState::Matched, "BY_HAND"));
        assert_eq!(bench.balance("suspense").await, 0);
        assert!(unmatched(&bench).await.is_empty());

        let again = v1::MatchEntryRequest { request_id: bench.house.request_id(), ..request };
        let again = bench.client().match_entry(bench.house.ask(Role::Agent, again)).await.unwrap_err();
        assert_eq!(reason(&again), "ENTRY_STATE");

        // The account is known now: the whole amount is booked, any other waits.
        let reply = bench.import(&statement("S-2", &[line(60_000, "B-2"), line(4_321, "B-3")])).await.unwrap();
        assert_eq!(reply.entries[0].match_rule, "AMOUNT_AND_PAYER");
        assert_eq!(reply.unmatched_count, 1);
    }

    async fn pages_of_waiting_entries_follow_one_another(backend: Backend) {
        let bench = Bench::start(backend).await;
        let lines: Vec<Line> =
            (1..=5).map(|n| Line::credit(n, &format!("B-{n}"), "2026-11-30")).collect();
        bench.import(&statement("S-1", &lines)).await.unwrap();
        let mut token = String::new();
        let mut seen = Vec::new();
        loop {
            let request = v1::ListUnmatchedEntriesRequest { page_size: 2, page_token: token };
            let request = bench.house.ask(Role::Admin, request);
            let page = bench.client().list_unmatched_entries(request).await.unwrap().into_inner();
            seen.extend(page.entries.iter().map(|entry| entry.amount.as_ref().unwrap().minor_units));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
        let request = v1::ListUnmatchedEntriesRequest { page_size: 2, page_token: "x".into() };
        let refused = bench.client().list_unmatched_entries(bench.house.ask(Role::Admin, request)).await;
        assert_eq!(reason(&refused.unwrap_err()), "PAGE_TOKEN_INVALID");
    }

    async fn transfers_are_never_changed_or_removed(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.import(&statement("S-1", &[Line::credit(500, "B-1", "2026-11-30")])).await.unwrap();
        let store = bench.house.constellation().store("payments").unwrap();
        for sql in ["UPDATE transfer SET amount = 1", "DELETE FROM transfer"] {
            let work = store.begin(bench.house.tenant()).await.unwrap();
            assert!(work.db().execute_unprepared(sql).await.is_err(), "{sql}");
        }
        assert_eq!(bench.balance("bank").await, 500);
    }

    async fn personal_data_of_entries_is_sealed(backend: Backend) {
        let bench = Bench::start(backend).await;
        let line = Line { name: "Ute Unbekannt".into(), payer: PAYER.into(), ..Line::credit(500, "B-1", "2026-11-30") };
        bench.import(&statement("S-1", &[line])).await.unwrap();
        let store = bench.house.constellation().store("payments").unwrap();
        let work = store.begin(bench.house.tenant()).await.unwrap();
        let sql = sea_orm::Statement::from_string(
            work.db().get_database_backend(),
            "SELECT details FROM bank_entry",
        );
        let row = work.db().query_one_raw(sql).await.unwrap().unwrap();
        let details: Vec<u8> = row.try_get("", "details").unwrap();
        let text = String::from_utf8_lossy(&details).into_owned();
        assert!(!text.contains("Unbekannt") && !text.contains(PAYER));
    }

    async fn two_imports_of_one_file_at_once_book_it_once(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim("K7Q2M0X9TA", 60_000).await;
        let line = |n: i64| Line {
            structured: structured("K7Q2M0X9TA"),
            ..Line::credit(n, &format!("B-{n}"), "2026-11-30")
        };
        let file = statement("S-1", &(1..=20).map(line).collect::<Vec<_>>());
        let (one, other) = tokio::join!(bench.import(&file), bench.import(&file));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.matched_count + other.matched_count, 20);
        assert_eq!(one.duplicate_count + other.duplicate_count, 20);
        assert_eq!(bench.balance("bank").await, 210);
        assert_eq!(bench.published("PaymentReceived").await, 20);
    }
}
