//! A person who was erased is nowhere: what was planted through the public calls is searched for in every
//! table of every service, in the queue and in the logs.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::UNDELIVERED;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::upload_evidence_request::Part;
use kulanz_proto::claims::v1::{ClaimState, DebtorState, DisputeReason, DisputeState};
use kulanz_proto::payments::v1::{GetTrialBalanceRequest, GetTrialBalanceResponse};
use kulanz_proto::types::v1::{Date, Money};
use kulanz_testkit::{Backend, on_both_backends, servers, until};
use kulanz_tests::{Booking, Row, World, calls};
use sea_orm::{ConnectionTrait, Database, Statement};
use sha2::{Digest as _, Sha256};
use tonic_types::StatusExt as _;

const PERSON: Row = Row {
    reference: "RE-77",
    customer: "K-7766554433",
    name: ("Quirinius", "Zwackelmann"),
    birth_date: (1961, 2, 3),
    cents: 31_700,
    due: (2026, 4, 30),
};

/// What stands for the person wherever it is found.
const PLANTED: [&str; 17] = [
    "Quirinius",
    "Zwackelmann",
    "quirinius.zwackelmann@example.org",
    "Xylophonweg",
    "15227766554",
    "1961-02-03",
    "03.02.1961",
    "K-7766554433",
    "Klavierstunden",
    "das Paket nahm mein Schwippschwager",
    "der Bote hat es so vermerkt",
    "Miete Dachkammer",
    "die Stimme am Telefon",
    "hochpreisig-xyz",
    "er wohnt jetzt anderswo",
    "Mahnbrief in die Dachkammer",
    "Unterschrift Schwippschwager",
];

/// Services that cannot erase yet: nothing is claimed of them.
fn unable() -> Vec<&'static str> {
    let path = |service: &&str, title: &str| {
        UNDELIVERED
            .contains(&format!("/kulanz.{service}.v1.{title}Service/ErasePersonData").as_str())
    };
    [("payments", "Payments"), ("messaging", "Messaging")]
        .iter()
        .filter(|(service, title)| path(service, title))
        .map(|(service, _)| *service)
        .collect()
}

#[derive(Clone)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that any service of this process logs from now on.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log(Arc::default());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter("info,kulanz=debug")
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        drop(tracing::subscriber::set_global_default(subscriber));
        log
    })
}

struct Person {
    debtor_id: String,
    claim_id: String,
    session: String,
}

/// The person comes in, is written to, objects, is answered and pays; staff write about them.
async fn live(world: &World) -> Person {
    let mut row = PERSON.to_import();
    row.contract_subject = "Klavierstunden für Quirinius Zwackelmann".into();
    row.mobile = "+4915227766554".into();
    row.address.as_mut().unwrap().street = "Xylophonweg 77".into();
    row.reminder_sent_on = Some(Date { year: 2026, month: 5, day: 20 });
    row.creditor_costs = Some(Money { currency_code: "EUR".into(), minor_units: 250 });
    row.creditor_costs_reason = "Mahnbrief in die Dachkammer von Zwackelmann".into();
    row.facts.insert("segment".into(), "hochpreisig-xyz".into());
    let result = world.import(vec![row]).await.remove(0);
    assert!(!result.claim_id.is_empty(), "{result:?}");
    let (debtor_id, claim_id) = (result.debtor_id, result.claim_id);
    world.house.settle().await;
    let message = calls::await_message(world, &debtor_id).await;
    let token = calls::link_token(&message);
    let session = calls::open_access(world, &token, PERSON.birth_date).await.session_token;
    let person = Person { debtor_id, claim_id, session };
    object(world, &person).await;
    hold(world, &person).await;
    pay(world, &person).await;
    person
}

async fn object(world: &World, person: &Person) {
    let mut claims = world.house.clients().claims();
    let asked = pb::OpenDisputeRequest {
        request_id: world.house.request_id(),
        claim_id: person.claim_id.clone(),
        reason: DisputeReason::NotDelivered.into(),
        explanation: "das Paket nahm mein Schwippschwager".into(),
        disputed_amount: None,
    };
    let opened = claims.open_dispute(outgoing_as(&person.session, asked)).await.unwrap();
    let dispute_id = opened.into_inner().dispute.unwrap().dispute_id;
    show(world, person, &dispute_id).await;
    let asked = pb::ResolveDisputeRequest {
        request_id: world.house.request_id(),
        dispute_id,
        outcome: DisputeState::Rejected.into(),
        resolution: "der Bote hat es so vermerkt".into(),
        credit: None,
    };
    claims.resolve_dispute(world.ask(Role::Agent, asked)).await.unwrap();
    world.house.settle().await;
}

/// The person shows a file.
async fn show(world: &World, person: &Person, challenge_id: &str) {
    let header = pb::EvidenceHeader {
        request_id: world.house.request_id(),
        challenge_id: challenge_id.into(),
        slot: "other".into(),
        file_name: "Xylophonweg.txt".into(),
    };
    let parts = [Part::Header(header), Part::Chunk(b"Unterschrift Schwippschwager".to_vec())];
    let parts = parts.map(|part| pb::UploadEvidenceRequest { part: Some(part) });
    let asked = outgoing_as(&person.session, futures::stream::iter(parts));
    world.house.clients().claims().upload_evidence(asked).await.unwrap();
}

/// What the money ledger comes to; it balances.
async fn books(world: &World) -> GetTrialBalanceResponse {
    let asked = world.ask(Role::Admin, GetTrialBalanceRequest::default());
    let books = world.house.clients().payments().get_trial_balance(asked).await.unwrap();
    let books = books.into_inner();
    assert_eq!(books.total_debit, books.total_credit);
    books
}

/// Where the chain of the claim's account does not hold.
async fn broken(world: &World, claim_id: &str) -> Option<kulanz_claims::Break> {
    let store = world.house.constellation().store("claims").unwrap();
    let work = store.begin(world.tenant).await.unwrap();
    kulanz_claims::verify_account(&work, claim_id.parse().unwrap()).await.unwrap()
}

async fn hold(world: &World, person: &Person) {
    let mut claims = world.house.clients().claims();
    let asked = pb::HoldClaimRequest {
        request_id: world.house.request_id(),
        claim_id: person.claim_id.clone(),
        kind: pb::HoldKind::Manual.into(),
        reason: "die Stimme am Telefon war Herr Zwackelmann".into(),
        expires_at: None,
    };
    let held = claims.hold_claim(world.ask(Role::Agent, asked)).await.unwrap().into_inner();
    let asked = pb::ReleaseClaimRequest {
        request_id: world.house.request_id(),
        claim_id: person.claim_id.clone(),
        hold_id: held.hold.unwrap().hold_id,
        reason: "er wohnt jetzt anderswo".into(),
    };
    claims.release_claim(world.ask(Role::Agent, asked)).await.unwrap();
    world.house.settle().await;
}

async fn pay(world: &World, person: &Person) {
    let transfer = calls::transfer_details(world, &person.session, &person.claim_id).await;
    let owed = transfer.amount.unwrap().minor_units;
    let booking = Booking {
        text: "Miete Dachkammer Zwackelmann".into(),
        ..Booking::transfer(1, owed, calls::today(world), &transfer.reference)
    };
    calls::import_statement(world, "2026-077", &[booking]).await;
    world.house.settle().await;
    assert_eq!(calls::claim(world, &person.claim_id).await.state(), ClaimState::Paid);
}

/// The copy of what is held, as far as it goes, and who did not answer.
async fn copy(world: &World, debtor_id: &str) -> (String, Option<String>) {
    let asked = pb::ExportDebtorDataRequest { debtor_id: debtor_id.into() };
    let asked = world.ask(Role::Admin, asked);
    let mut parts =
        world.house.clients().claims().export_debtor_data(asked).await.unwrap().into_inner();
    let mut all = String::new();
    loop {
        match parts.message().await {
            Ok(Some(answer)) => {
                let part = answer.part.unwrap();
                all.extend([part.service.as_str(), "/", &part.kind, ": ", &part.json, "\n"]);
            }
            Ok(None) => return (all, None),
            Err(status) => {
                let details = status.get_details_error_info().unwrap();
                return (all, details.metadata.get("service").cloned());
            }
        }
    }
}

async fn erase(world: &World, debtor_id: &str) -> pb::EraseDebtorResponse {
    let asked = pb::EraseDebtorRequest {
        request_id: world.house.request_id(),
        debtor_id: debtor_id.into(),
        reason: "Quirinius Zwackelmann asked for it".into(),
        validate_only: false,
    };
    let asked = world.ask(Role::Admin, asked);
    world.house.clients().claims().erase_debtor(asked).await.unwrap().into_inner()
}

/// Every byte that a service's database holds.
async fn stored(world: &World, backend: Backend, service: &str) -> Vec<u8> {
    match backend {
        Backend::Embedded => stored_in_file(world, service).await,
        Backend::Server => {
            let owner = Database::connect(servers().0.url("owner")).await.unwrap();
            let schema = world.house.schema(service);
            let backend = owner.get_database_backend();
            let find = format!(
                "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = '{schema}'"
            );
            let mut all = Vec::new();
            for table in owner.query_all_raw(Statement::from_string(backend, find)).await.unwrap() {
                let table: String = table.try_get("", "name").unwrap();
                let rows = format!("SELECT one::text AS row FROM {schema}.{table} AS one");
                for row in owner.query_all_raw(Statement::from_string(backend, rows)).await.unwrap()
                {
                    all.extend(row.try_get::<String>("", "row").unwrap().into_bytes());
                    all.push(b'\n');
                }
            }
            owner.close().await.unwrap();
            all
        }
    }
}

/// Every value of every table of a SQLite database, bytes in hexadecimal.
async fn stored_in_file(world: &World, service: &str) -> Vec<u8> {
    let db = world.house.constellation().store(service).unwrap().system();
    let texts = async |sql: String| -> Vec<String> {
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
        rows.unwrap().iter().map(|row| row.try_get("", "value").unwrap()).collect()
    };
    let mut all = Vec::new();
    let tables = "SELECT name AS value FROM sqlite_master WHERE type = 'table'";
    for table in texts(tables.to_owned()).await {
        let columns = format!("SELECT name AS value FROM pragma_table_info('{table}')");
        for column in texts(columns).await {
            let values = format!(
                "SELECT CASE typeof(\"{column}\") WHEN 'blob' THEN hex(\"{column}\") \
                 ELSE COALESCE(\"{column}\", '') || '' END AS value FROM \"{table}\""
            );
            all.extend(texts(values).await.join("\n").into_bytes());
            all.push(b'\n');
        }
    }
    all
}

/// Everything on Redis.
async fn queued() -> Vec<u8> {
    let client = redis::Client::open(servers().1.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    let mut all = Vec::new();
    for key in keys {
        let kind: String = redis::cmd("TYPE").arg(&key).query_async(&mut connection).await.unwrap();
        let mut command = match kind.as_str() {
            "stream" => redis::cmd("XRANGE"),
            "hash" => redis::cmd("HGETALL"),
            _ => redis::cmd("GET"),
        };
        command.arg(&key);
        if kind == "stream" {
            command.arg("-").arg("+");
        }
        let value: redis::Value = command.query_async(&mut connection).await.unwrap();
        all.extend(key.into_bytes());
        flatten(&value, &mut all);
    }
    all
}

fn flatten(value: &redis::Value, into: &mut Vec<u8>) {
    match value {
        redis::Value::BulkString(bytes) => into.extend(bytes),
        redis::Value::Array(values) => values.iter().for_each(|value| flatten(value, into)),
        redis::Value::Map(pairs) => {
            for (key, value) in pairs {
                flatten(key, into);
                flatten(value, into);
            }
        }
        other => into.extend(format!("{other:?}").into_bytes()),
    }
    into.push(b'\n');
}

/// Whatever of the person stands in these bytes: as written, in lower case, as hexadecimal bytes, or as a
/// hash that anyone can compute.
fn found(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let mut found = Vec::new();
    for planted in PLANTED {
        let lower = planted.to_lowercase();
        let traces = [
            lower.clone(),
            hex(planted.as_bytes()),
            hex(lower.as_bytes()),
            hex(&Sha256::digest(planted.as_bytes())),
            hex(&Sha256::digest(lower.as_bytes())),
        ];
        found.extend(traces.into_iter().filter(|trace| text.contains(trace)));
    }
    found
}

#[expect(clippy::ref_option, reason = "fields of messages are optional")]
fn cents(money: &Option<Money>) -> i64 {
    money.as_ref().unwrap().minor_units
}

on_both_backends! {
    async fn nothing_of_an_erased_person_is_found_in_any_table_stream_or_log(backend: Backend) {
        let log = log();
        let world = World::open(backend).await;
        let person = live(&world).await;
        let before = calls::claim(&world, &person.claim_id).await;
        let books_before = books(&world).await;
        assert!(!found(&stored(&world, backend, "claims").await).is_empty(), "the search finds what is there");

        let (held, missing) = copy(&world, &person.debtor_id).await;
        let away = unable();
        assert_eq!(missing.as_deref(), away.last().copied());
        for planted in [
            "Quirinius", "Xylophonweg 77", "+4915227766554", "K-7766554433", "Klavierstunden",
            "Schwippschwager", "der Bote", "die Stimme am Telefon", "hochpreisig-xyz", "Mahnbrief",
        ] {
            assert!(held.contains(planted), "{planted} is not in the copy");
        }
        for service in ["claims", "personas", "experimentation", "messaging"] {
            assert!(held.contains(&format!("{service}/")), "nothing of {service} in the copy");
        }

        let answer = erase(&world, &person.debtor_id).await;
        assert_eq!(answer.debtor.unwrap().state(), DebtorState::Erased);
        until("every service to have erased", async || {
            (erase(&world, &person.debtor_id).await.pending_services == away).then_some(())
        }).await;
        // What is still under way is handled, and brings nothing back.
        if away.is_empty() {
            world.house.settle().await;
        }
        for service in ["claims", "personas", "experimentation", "messaging", "payments"] {
            if !away.contains(&service) {
                let traces = found(&stored(&world, backend, service).await);
                assert!(traces.is_empty(), "{service} holds {traces:?}");
            }
        }
        if backend == Backend::Server {
            let traces = found(&queued().await);
            assert!(traces.is_empty(), "Redis holds {traces:?}");
        }
        let logged = log.0.lock().unwrap().clone();
        assert!(!logged.is_empty(), "something was logged");
        assert!(found(&logged).is_empty(), "the log holds {:?}", found(&logged));

        let after = calls::claim(&world, &person.claim_id).await;
        assert_eq!(after.state(), ClaimState::Paid);
        assert_eq!(cents(&after.balance.unwrap().total), cents(&before.balance.unwrap().total));
        assert_eq!(books(&world).await, books_before);
        assert_eq!(broken(&world, &person.claim_id).await, None);
        world.house.stop().await;
    }
}
