//! `kulanz decisions` against a running experimentation: every decision of the log is a row, and its chain is checked.

use std::process::Command;

use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1::{
    ActionSpace, DecideBatchRequest, DecideRequest, Decision, Factor,
};
use kulanz_testkit::{Backend, House, on_both_backends, servers, stand_in};
use kulanz_types::{DebtorId, DecisionId};
use sea_orm::{ConnectionTrait as _, Database};

fn question(house: &House) -> DecideRequest {
    let levels = vec!["plain".to_owned(), "friendly".to_owned()];
    DecideRequest {
        decision_id: DecisionId::generate(house.seeds(), house.now()).to_string(),
        debtor_id: DebtorId::generate(house.seeds(), house.now()).to_string(),
        space: Some(ActionSpace { factors: vec![Factor { name: "tone".to_owned(), levels }] }),
        ..DecideRequest::default()
    }
}

/// What a command writes to standard output and to standard error, and whether it ended well.
async fn decisions(house: &House, role: Role, arguments: &[&str]) -> (String, String, bool) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let address = house.constellation().address();
    let settings =
        format!("{}\n[services]\nexperimentation = \"http://{address}\"\n", house.configuration());
    let path = folder.path().join("kulanz.toml");
    std::fs::write(&path, settings).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kulanz"));
    command.arg("--config").arg(path).arg("decisions").args(arguments);
    command.env("KULANZ_TOKEN", house.token(role));
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it ran").expect("it started");
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    (said(&output.stdout), said(&output.stderr), output.status.success())
}

/// The table that is written to standard output.
async fn exported(house: &House, role: Role, options: &[&str]) -> Result<String, String> {
    let (table, problem, fine) = decisions(house, role, &[&["export"][..], options].concat()).await;
    if fine { Ok(table) } else { Err(problem) }
}

/// What is said of the chain, and whether it is said to hold.
async fn verified(house: &House, options: &[&str]) -> (String, bool) {
    let arguments = [&["verify"][..], options].concat();
    let (said, _, fine) = decisions(house, Role::Analyst, &arguments).await;
    (said, fine)
}

/// Changes the log past the triggers that guard it, as whoever owns the database can.
async fn tamper(house: &House, backend: Backend, sql: &str) {
    if backend == Backend::Server {
        let owner = Database::connect(servers().0.url("owner")).await.expect("a database");
        let schema = house.schema("experimentation");
        let sql = format!(
            "SET search_path TO {schema}; ALTER TABLE decision DISABLE TRIGGER USER; \
             ALTER TABLE decision NO FORCE ROW LEVEL SECURITY; {sql}"
        );
        owner.execute_unprepared(&sql).await.expect("done");
        return;
    }
    let store = house.constellation().store("experimentation").expect("it runs");
    for sql in ["DROP TRIGGER decision_is_not_updated", sql] {
        store.system().execute_unprepared(sql).await.expect("done");
    }
}

async fn house(backend: Backend) -> House {
    let neighbours = [stand_in("claims"), stand_in("messaging"), stand_in("payments")];
    House::start(backend, &[&[kulanz_experimentation::DEFINITION][..], &neighbours].concat()).await
}

async fn decided(house: &House, count: usize) -> Vec<Decision> {
    let requests = (0..count).map(|_| question(house)).collect();
    let batch = house.ask(Role::Service, DecideBatchRequest { requests, space: None });
    let mut client = house.clients().experimentation();
    client.decide_batch(batch).await.expect("an answer").into_inner().decisions
}

on_both_backends! {
    async fn every_decision_of_the_log_is_a_row_and_only_analysts_get_them(backend: Backend) {
        let house = house(backend).await;
        let decided = decided(&house, 250).await;
        let table = exported(&house, Role::Analyst, &[]).await.expect("a table");
        let (header, rows) = table.split_once('\n').expect("a header");
        assert!(header.contains(",tone,propensity_tone,"), "{header}");
        assert_eq!(rows.lines().count(), 250, "more than one page of the stream");
        assert!(decided.iter().all(|it| rows.contains(&it.decision_id)));
        let contacts = exported(&house, Role::Analyst, &["--contacts"]).await.expect("a table");
        let acted = decided.iter().filter(|it| !it.marginals.is_empty()).count();
        assert_eq!((contacts.lines().count(), acted < 250), (1 + acted, true));
        let none = exported(&house, Role::Analyst, &["--until", "2020-01-01T00:00:00Z"]).await;
        assert_eq!(none.expect("a table").lines().count(), 1);
        let refused = exported(&house, Role::Agent, &[]).await.expect_err("a refusal");
        assert!(refused.contains("PermissionDenied"), "{refused}");
        house.stop().await;
    }

    async fn a_log_is_said_to_hold_and_one_that_was_tampered_with_where_it_does_not(backend: Backend) {
        let house = house(backend).await;
        decided(&house, 600).await;
        let (said, fine) = verified(&house, &[]).await;
        assert!(fine && said.starts_with("600 decisions in order\nfirst: 1:"), "{said}");
        let last = said.lines().find_map(|line| line.strip_prefix("last:")).expect("the last").trim();
        assert!(last.starts_with("600:"), "more than one page: {last}");
        assert_eq!(verified(&house, &["--anchor", last]).await, (said.clone(), true));
        let other = format!("600:{}", "0".repeat(64));
        let (said, fine) = verified(&house, &["--anchor", &other]).await;
        assert!(!fine && said.contains("has another hash than it had earlier"), "{said}");
        let sql = "UPDATE decision SET null_propensity = null_propensity + 0.25 WHERE sequence = 550";
        tamper(&house, backend, sql).await;
        let (said, fine) = verified(&house, &[]).await;
        assert!(!fine && said.starts_with("549 decisions in order"), "{said}");
        assert!(said.contains("the chain is broken: decision 550 (decision_"), "{said}");
        house.stop().await;
    }
}
