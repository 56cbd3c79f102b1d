//! claims in a process of its own, so that the memory that is measured is the service's and nobody else's:
//! this program started once more.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    sync::Arc,
};

use kulanz_chassis::{Boot, Constellation, KeyRing, MasterKey, Settings, auth::ISSUERS};
use kulanz_claims::DEFINITION as CLAIMS;
use kulanz_testkit::{Backend, House, until};
use kulanz_tests::World;
use kulanz_types::Seeds;
use tempfile::TempDir;

/// The word with which this program starts as the service.
pub const SERVE: &str = "serve-claims";

/// A world whose claims service is a process of its own.
pub struct Apart {
    pub world: World,
    process: Child,
    _folder: TempDir,
}

impl Apart {
    /// Starts it and waits until it answers.
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let seeds = Seeds::fixed(6);
        KeyRing::load_or_generate(folder.path(), &ISSUERS, &seeds).unwrap();
        MasterKey::load_or_generate(folder.path(), &seeds).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let builder = House::build(Backend::Server, &[CLAIMS])
            .settings(&format!("[auth]\nkeys = \"{}\"\n", folder.path().display()))
            // An import of a million rows is one call.
            .settings("[grpc]\nstream_deadline_ms = 7200000\n")
            .elsewhere("claims", address);
        let house = builder.start().await;
        let configuration = folder.path().join("claims.toml");
        std::fs::write(&configuration, house.configuration()).unwrap();
        let process = spawn(&configuration, address);
        until("claims to listen", async || TcpStream::connect(address).ok()).await;
        Self { world: World::furnish(house).await, process, _folder: folder }
    }

    /// The largest resident set of the service so far, in MB.
    pub fn peak_megabytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(configuration: &Path, address: SocketAddr) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.arg(SERVE).arg(configuration).arg(address.to_string()).spawn().unwrap()
}

/// What the process does: it serves until it is killed. Events stay in the outbox and due work undone, so
/// that the import is measured and nothing else.
pub async fn serve(configuration: &str, address: &str) {
    let overlay = std::fs::read_to_string(configuration).unwrap();
    let boot = Boot {
        definitions: vec![CLAIMS],
        settings: Arc::new(Settings::from_overlay(&overlay).unwrap()),
        seeds: Seeds::from_os(),
        listener: tokio::net::TcpListener::bind(address).await.unwrap(),
        replica: "claims-0".into(),
        background: false,
    };
    let _serving = Constellation::start(boot).await.unwrap();
    std::future::pending::<()>().await;
}
