//! `kulanz audit` against a running claims: what it exports holds, and what somebody changed in the
//! database past its guards is named.

use std::path::{Path, PathBuf};
use std::process::Command;

use kulanz_chassis::Role;
use kulanz_testkit::{Backend, House, on_both_backends, servers};
use kulanz_tests::{ERIKA, MAX, World};
use sea_orm::ConnectionTrait;

/// A running claims with a few acts in its log, and the command line beside it.
struct Desk {
    world: World,
    folder: tempfile::TempDir,
    token: String,
}

impl Desk {
    async fn open(backend: Backend) -> Self {
        let world = World::found(House::build(backend, &[kulanz_claims::DEFINITION])).await;
        world.import(vec![ERIKA.to_import(), MAX.to_import()]).await;
        world.house.settle().await;
        let folder = tempfile::TempDir::new().expect("a folder");
        let address = world.house.constellation().address();
        let settings =
            format!("{}\n[services]\nclaims = \"http://{address}\"\n", world.house.configuration());
        std::fs::write(folder.path().join("kulanz.toml"), settings).expect("written");
        let token = world.house.token_of(world.tenant, Role::Admin);
        Self { world, folder, token }
    }

    fn export_path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// What `kulanz audit` prints, and whether it ended well.
    async fn audit(&self, arguments: &[&str]) -> (String, bool) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kulanz"));
        command.arg("--config").arg(self.folder.path().join("kulanz.toml"));
        command.arg("audit").args(arguments).env("KULANZ_TOKEN", &self.token);
        let output = tokio::task::spawn_blocking(move || command.output()).await;
        let output = output.expect("it ran").expect("it started");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (said, output.status.success())
    }

    async fn export(&self) -> Vec<String> {
        let path = self.export_path();
        let (said, fine) = self.audit(&["export", "--out", text(&path)]).await;
        assert!(fine, "{said}");
        let written = std::fs::read_to_string(path).expect("a file");
        written.lines().map(str::to_owned).collect()
    }

    /// Changes the sealed log past the triggers that guard it, as whoever owns the database can.
    async fn tamper(&self, backend: Backend, sql: &str) {
        let (said, fine) = self.audit(&["verify"]).await;
        assert!(fine, "{said}");
        let store = self.world.house.constellation().store("claims").expect("claims runs");
        let run = async |sql: &str| store.system().execute_unprepared(sql).await.expect("done");
        if backend == Backend::Embedded {
            run("DROP TRIGGER IF EXISTS audit_is_only_sealed").await;
            run("DROP TRIGGER IF EXISTS audit_is_not_deleted").await;
            run(sql).await;
            return;
        }
        let owner = sea_orm::Database::connect(servers().0.url("owner")).await.expect("a database");
        let table = format!("{}.audit", self.world.house.schema("claims"));
        let sql = sql.replace("audit", &table);
        let sql = format!("ALTER TABLE {table} DISABLE TRIGGER ALL; {sql}");
        owner.execute_unprepared(&sql).await.expect("done");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The last line of the report that names a record of the chain: `12:ab…`.
fn last(said: &str) -> &str {
    let line = said.lines().find_map(|line| line.strip_prefix("last:"));
    line.unwrap_or_else(|| panic!("no end of the chain in {said}")).trim()
}

on_both_backends! {
    async fn what_is_exported_is_what_the_running_service_has_and_holds(backend: Backend) {
        let desk = Desk::open(backend).await;
        let lines = desk.export().await;
        assert!(lines.len() >= 4, "{lines:?}");
        let counted = format!("{} records in order", lines.len());
        let (of_file, fine) = desk.audit(&["verify", "--file", text(&desk.export_path())]).await;
        assert!(fine && of_file.starts_with(&counted), "{of_file}");
        let (of_service, fine) = desk.audit(&["verify", "--anchor", last(&of_file)]).await;
        assert!(fine, "{of_service}");
        assert_eq!(of_service, of_file);
        desk.world.house.stop().await;
    }

    async fn a_record_changed_in_the_database_is_named(backend: Backend) {
        let desk = Desk::open(backend).await;
        desk.tamper(backend, "UPDATE audit SET actor = 'user:nobody' WHERE sequence = 3").await;
        let (said, fine) = desk.audit(&["verify"]).await;
        assert!(!fine, "{said}");
        assert!(said.starts_with("2 records in order"), "{said}");
        assert!(said.contains("the chain is broken: record 3 was changed after it was sealed"), "{said}");
        desk.world.house.stop().await;
    }

    async fn a_record_taken_out_of_the_database_is_named(backend: Backend) {
        let desk = Desk::open(backend).await;
        desk.tamper(backend, "DELETE FROM audit WHERE sequence = 2").await;
        let (said, fine) = desk.audit(&["verify"]).await;
        assert!(!fine && said.contains("record 2 is missing: 3 stands at its place"), "{said}");
        desk.world.house.stop().await;
    }

    async fn a_log_cut_at_its_end_is_betrayed_by_what_was_seen_earlier(backend: Backend) {
        let desk = Desk::open(backend).await;
        let (seen, _) = desk.audit(&["verify"]).await;
        let end = last(&seen).to_owned();
        let (sequence, _) = end.split_once(':').expect("a sequence and a hash");
        desk.tamper(backend, &format!("DELETE FROM audit WHERE sequence = {sequence}")).await;
        let (said, fine) = desk.audit(&["verify"]).await;
        assert!(fine, "nothing within the log tells of it: {said}");
        let (said, fine) = desk.audit(&["verify", "--anchor", &end]).await;
        let cut = format!("record {sequence} was seen earlier and is gone: the chain was cut");
        assert!(!fine && said.contains(&cut), "{said}");
        desk.world.house.stop().await;
    }
}
