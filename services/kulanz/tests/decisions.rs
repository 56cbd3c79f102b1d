//! `kulanz decisions export` against a running experimentation: every decision of the log is a row.
#![expect(clippy::expect_used, reason = "it only runs in tests")]

use std::process::Command;

use kulanz_chassis::Role;
use kulanz_proto::experimentation::v1::{ActionSpace, DecideBatchRequest, DecideRequest, Factor};
use kulanz_testkit::{House, on_both_backends, stand_in};
use kulanz_types::{DebtorId, DecisionId};

fn question(house: &House) -> DecideRequest {
    let levels = vec!["plain".to_owned(), "friendly".to_owned()];
    DecideRequest {
        decision_id: DecisionId::generate(house.seeds(), house.now()).to_string(),
        debtor_id: DebtorId::generate(house.seeds(), house.now()).to_string(),
        space: Some(ActionSpace { factors: vec![Factor { name: "tone".to_owned(), levels }] }),
        ..DecideRequest::default()
    }
}

/// What the command writes to standard output.
async fn exported(house: &House, role: Role, options: &[&str]) -> Result<String, String> {
    let folder = tempfile::TempDir::new().expect("a folder");
    let address = house.constellation().address();
    let settings =
        format!("{}\n[services]\nexperimentation = \"http://{address}\"\n", house.configuration());
    let path = folder.path().join("kulanz.toml");
    std::fs::write(&path, settings).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kulanz"));
    command.arg("--config").arg(path).args(["decisions", "export"]).args(options);
    command.env("KULANZ_TOKEN", house.token(role));
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("it ran").expect("it started");
    let said = |bytes| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

on_both_backends! {
    async fn every_decision_of_the_log_is_a_row_and_only_analysts_get_them(backend: Backend) {
        let neighbours = [stand_in("claims"), stand_in("messaging"), stand_in("payments")];
        let all = [&[kulanz_experimentation::DEFINITION][..], &neighbours].concat();
        let house = House::start(backend, &all).await;
        let requests = (0..250).map(|_| question(&house)).collect();
        let batch = house.ask(Role::Service, DecideBatchRequest { requests, space: None });
        let mut client = house.clients().experimentation();
        let decided = client.decide_batch(batch).await.expect("an answer").into_inner().decisions;
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
}
