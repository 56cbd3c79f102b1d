//! A service that is killed in the middle of its transactions.

mod postgres;
mod sqlite;

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use kulanz_chassis::{Definition, KeyRing, MasterKey, auth::ISSUERS};
use kulanz_testkit::{Backend, House, HouseBuilder};
use kulanz_types::Seeds;

pub use postgres::Trap as PostgresTrap;
pub use sqlite::Trap as SqliteTrap;

/// `kulanz serve SERVICE`, restarted whenever it is killed.
pub struct Victim {
    service: &'static str,
    configuration: PathBuf,
    process: Child,
    kills: u32,
}

impl Victim {
    /// Starts it by a configuration, which is written into `folder`.
    pub fn start(service: &'static str, folder: &Path, configuration: &str) -> Self {
        let path = folder.join(format!("{service}.toml"));
        std::fs::write(&path, configuration).unwrap();
        let process = spawn(service, &path);
        Self { service, configuration: path, process, kills: 0 }
    }

    /// SIGKILL, then what is to be done while nobody runs, then a new process.
    pub async fn kill(&mut self, meanwhile: impl Future<Output = ()>) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        meanwhile.await;
        self.process = spawn(self.service, &self.configuration);
        self.kills += 1;
    }

    /// How often it was killed.
    pub const fn kills(&self) -> u32 {
        self.kills
    }

    /// The process that runs now.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(service: &str, configuration: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_kulanz"))
        .args(["serve", service, "--config"])
        .arg(configuration)
        .env("HOSTNAME", format!("{service}-0"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A house whose `service` is a process at `address`; keys and SQLite's files lie in `folder`.
pub fn house_without(
    service: &'static str,
    address: SocketAddr,
    folder: &Path,
    backend: Backend,
    definitions: &[Definition],
) -> HouseBuilder {
    let seeds = Seeds::fixed(6);
    KeyRing::load_or_generate(folder, &ISSUERS, &seeds).unwrap();
    MasterKey::load_or_generate(folder, &seeds).unwrap();
    House::build(backend, definitions)
        .settings(&format!("[auth]\nkeys = \"{}\"\n", folder.display()))
        .folder(folder)
        .elsewhere(service, address)
}

/// An address that nobody listens on.
pub fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
