//! A creditor's file goes through the whole way into claims: as shipped, a second time, and over a
//! connection that breaks.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::ProgressBar;
use kulanz::import::{Counts, ImportRun, ImportRunError, Outcome, ReportWriter, Source};
use kulanz_chassis::config::ServicesSettings;
use kulanz_chassis::{ClientPolicy, Clients, Code, Descriptors, Role, Settings};
use kulanz_testkit::{Backend, House, on_both_backends};
use kulanz_tests::World;
use kulanz_types::{CreditorId, TenantId, berlin_date};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

use crate::sample::{MAPPING, SAMPLE, repeated, written};

/// How often the sample stands in the long file, each time with other references.
const REPEATS: u64 = 6;
/// After how many bytes each connection is cut; the last one is not.
const PATIENCE: [usize; 4] = [60_000, 150_000, 250_000, usize::MAX];

async fn open(backend: Backend) -> World {
    World::found(House::build(backend, &[kulanz_claims::DEFINITION])).await
}

async fn import(
    world: &World,
    tenant: TenantId,
    file: &Path,
    clients: &Clients,
) -> Result<Outcome, ImportRunError> {
    let today = berlin_date(world.house.now());
    let source = Source::open(file, MAPPING, Some(today)).expect("a good file");
    let creditor: CreditorId = world.creditor_id.parse().expect("an id");
    let run = ImportRun { source: &source, creditor, dry_run: false, names_debtors: false };
    let report = ReportWriter::new(std::io::sink()).expect("a report");
    let token = world.house.token_of(tenant, Role::Integration);
    run.send(clients.claims(), &token, report, &ProgressBar::hidden()).await
}

async fn imported(world: &World, file: &Path, clients: &Clients) -> Counts {
    import(world, world.tenant, file, clients).await.expect("imported").counts
}

on_both_backends! {
    async fn the_shipped_sample_goes_in_and_a_second_run_changes_nothing(backend: Backend) {
        let world = open(backend).await;
        let file = written(SAMPLE);
        let first = imported(&world, file.path(), world.house.clients()).await;
        assert_eq!((first.rows, first.accepted, first.warned), (352, 344, 3));
        assert_eq!((first.rejected, first.unchanged, first.resumed), (5, 0, 0));
        assert_eq!((first.claims, first.debtors, first.merged), (347, 198, 2));
        for _ in 0..2 {
            let again = imported(&world, file.path(), world.house.clients()).await;
            let nothing = Counts { rows: 352, unchanged: 347, rejected: 5, ..Counts::default() };
            assert_eq!(again, nothing);
        }
        world.house.stop().await;
    }

    async fn an_import_goes_on_where_the_connection_broke(backend: Backend) {
        let world = open(backend).await;
        let file = written(&repeated(REPEATS));
        let connections = Arc::new(AtomicUsize::new(0));
        let server = world.house.constellation().address();
        let clients = through(cutting_proxy(server, Arc::clone(&connections)).await);
        let counts = imported(&world, file.path(), &clients).await;
        assert_eq!(counts.claims, 347 * REPEATS);
        assert_eq!((counts.rejected, counts.unchanged), (5 * REPEATS, 0));
        assert_eq!(connections.load(Ordering::Relaxed), PATIENCE.len());
        let again = imported(&world, file.path(), world.house.clients()).await;
        assert_eq!(again.unchanged, 347 * REPEATS);
        world.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creditor_of_another_tenant_is_refused_without_another_attempt() {
    let world = open(Backend::Embedded).await;
    let rival = world.found_rival().await;
    let file = written(SAMPLE);
    let refused = import(&world, rival, file.path(), world.house.clients()).await;
    let Err(ImportRunError::Claims(status)) = refused else { panic!("{refused:?}") };
    assert_eq!(status.code(), Code::NotFound);
    world.house.stop().await;
}

/// Clients whose way to claims leads over `address`.
fn through(address: SocketAddr) -> Clients {
    let settings = Settings::from_overlay("").expect("the defaults");
    let policy = ClientPolicy::from(&settings.grpc);
    let descriptors = Arc::new(Descriptors::load().expect("descriptors"));
    Clients::connect(&ServicesSettings::all_at(address), &policy, None, &descriptors)
        .expect("an address")
}

/// Hands connections on to `target`, and cuts the first ones in the middle of what is sent.
async fn cutting_proxy(target: SocketAddr, connections: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        for patience in PATIENCE {
            let (client, _) = listener.accept().await.expect("a client");
            connections.fetch_add(1, Ordering::Relaxed);
            let server = TcpStream::connect(target).await.expect("the server");
            hand_on(client, server, patience).await;
        }
    });
    address
}

async fn hand_on(client: TcpStream, server: TcpStream, patience: usize) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut buffer = [0; 4096];
    let mut sent = 0;
    while sent < patience {
        match from_client.read(&mut buffer).await {
            Ok(read @ 1..) if to_server.write_all(&buffer[..read]).await.is_ok() => sent += read,
            _ => break,
        }
    }
    back.abort();
}
