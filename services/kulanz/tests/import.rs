//! A creditor's file goes through the whole way into claims: as shipped, a second time, and over a
//! connection that breaks.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use indicatif::ProgressBar;
use kulanz::import::{Counts, ImportRun, ImportRunError, Outcome, ReportWriter, Source};
use kulanz_chassis::auth::OPERATOR;
use kulanz_chassis::config::ServicesSettings;
use kulanz_chassis::{ClientPolicy, Clients, Descriptors, Grant, Role, Settings, outgoing_as};
use kulanz_proto::claims::v1::{
    CollectionAccount, CreateCreditorRequest, CreateTenantRequest, Creditor, Tenant,
};
use kulanz_proto::types::v1::PostalAddress;
use kulanz_testkit::{Backend, House, on_both_backends};
use kulanz_types::{CreditorId, TenantId, berlin_date};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

const MAPPING: &str = include_str!("../sample/mappings/erp-german.toml");
const SAMPLE: &[u8] = include_bytes!("../sample/portfolio.csv");
/// How often the sample stands in the long file, each time with other references.
const REPEATS: usize = 6;

struct Agency {
    house: House,
    tenant: TenantId,
    creditor: CreditorId,
}

impl Agency {
    async fn open(backend: Backend) -> Self {
        let house = House::build(backend, &[kulanz_claims::DEFINITION]).start().await;
        let tenant = found_tenant(&house).await;
        let creditor = create_creditor(&house, tenant).await;
        Self { house, tenant, creditor }
    }

    async fn import(&self, file: &Path, clients: &Clients) -> Result<Outcome, ImportRunError> {
        let today = berlin_date(self.house.now());
        let source = Source::open(file, MAPPING, Some(today)).expect("a good file");
        let run = ImportRun {
            source: &source,
            creditor: self.creditor,
            dry_run: false,
            names_debtors: false,
        };
        let report = ReportWriter::new(std::io::sink()).expect("a report");
        let token = self.house.token_of(self.tenant, Role::Integration);
        run.send(clients.claims(), &token, report, &ProgressBar::hidden()).await
    }
}

on_both_backends! {
    async fn the_shipped_sample_goes_in_and_a_second_run_changes_nothing(backend: Backend) {
        let agency = Agency::open(backend).await;
        let file = written(SAMPLE);
        let clients = agency.house.clients();
        let first = agency.import(file.path(), clients).await.expect("imported").counts;
        assert_eq!((first.rows, first.accepted, first.warned), (352, 344, 3));
        assert_eq!((first.rejected, first.unchanged, first.resumed), (5, 0, 0));
        assert_eq!((first.claims, first.debtors, first.merged), (347, 200, 2));
        for _ in 0..2 {
            let again = agency.import(file.path(), clients).await.expect("imported").counts;
            let nothing = Counts { rows: 352, unchanged: 347, rejected: 5, ..Counts::default() };
            assert_eq!(again, nothing);
        }
        agency.house.stop().await;
    }

    async fn an_import_goes_on_where_the_connection_broke(backend: Backend) {
        let agency = Agency::open(backend).await;
        let file = written(&long_file());
        let clients = through(cutting_proxy(agency.house.constellation().address()).await);
        let outcome = agency.import(file.path(), &clients).await.expect("imported");
        let counts = outcome.counts;
        assert_eq!(counts.claims, 347 * REPEATS as u64);
        assert_eq!(counts.rejected, 5 * REPEATS as u64);
        assert_eq!(counts.unchanged, 0);
        let again = agency.import(file.path(), agency.house.clients()).await.expect("imported");
        assert_eq!(again.counts.unchanged, 347 * REPEATS as u64);
        agency.house.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_creditor_of_another_tenant_is_refused_without_another_attempt() {
    let mut agency = Agency::open(Backend::Embedded).await;
    let file = written(SAMPLE);
    agency.tenant = agency.house.other_tenant();
    let refused = agency.import(file.path(), agency.house.clients()).await;
    let Err(ImportRunError::Claims(status)) = refused else { panic!("{refused:?}") };
    assert_eq!(status.code(), kulanz_chassis::Code::NotFound);
    agency.house.stop().await;
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    file
}

fn long_file() -> Vec<u8> {
    let (header, rows) =
        SAMPLE.split_at(SAMPLE.iter().position(|b| *b == b'\n').expect("a line") + 1);
    let mut file = header.to_vec();
    for number in 0..REPEATS {
        for row in rows.split_inclusive(|byte| *byte == b'\n') {
            file.extend(format!("{number}-").as_bytes());
            file.extend(row);
        }
    }
    file
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
async fn cutting_proxy(target: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        for patience in [60_000, 150_000, 250_000, usize::MAX] {
            let (client, _) = listener.accept().await.expect("a client");
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

async fn found_tenant(house: &House) -> TenantId {
    let issuer = house.constellation().issuer(OPERATOR).expect("keys in memory");
    let grant = Grant::user("operator", None, &[Role::Operator], TimeDelta::days(1));
    let tenant = Tenant {
        agency_name: "Beispiel Inkasso GmbH".into(),
        address: Some(address()),
        register_number: "R1-0000-2026".into(),
        supervisory_authority: "Bundesamt für Justiz, Adenauerallee 99-103, 53113 Bonn".into(),
        contact_email: "hilfe@beispiel-inkasso.example.com".into(),
        contact_phone: "+493023125111".into(),
        collection_account: Some(CollectionAccount {
            holder: "Beispiel Inkasso GmbH".into(),
            iban: "DE02120300000000202051".into(),
            bic: "BYLADEM1001".into(),
        }),
        portal_base_url: "http://127.0.0.1:8080".into(),
        locale: "de".into(),
        privacy_url: "https://beispiel-inkasso.example.com/datenschutz".into(),
        ..Tenant::default()
    };
    let request = CreateTenantRequest {
        request_id: house.request_id(),
        tenant: Some(tenant),
        validate_only: false,
    };
    let request = outgoing_as(&issuer.mint(&grant).expect("a token"), request);
    let reply = house.clients().claims().create_tenant(request).await.expect("a tenant");
    reply.into_inner().tenant.expect("the tenant").tenant_id.parse().expect("its id")
}

async fn create_creditor(house: &House, tenant: TenantId) -> CreditorId {
    let creditor = Creditor {
        name: "Lindenhof Versandhaus Muster GmbH".into(),
        address: Some(address()),
        external_ref: "M-1001".into(),
        deducts_input_vat: true,
        ..Creditor::default()
    };
    let request = CreateCreditorRequest {
        request_id: house.request_id(),
        creditor: Some(creditor),
        validate_only: false,
    };
    let request = outgoing_as(&house.token_of(tenant, Role::Admin), request);
    let reply = house.clients().claims().create_creditor(request).await.expect("a creditor");
    reply.into_inner().creditor.expect("the creditor").creditor_id.parse().expect("its id")
}

fn address() -> PostalAddress {
    PostalAddress {
        street: "Musterufer 12".into(),
        postcode: "10115".into(),
        city: "Berlin".into(),
        country_code: "DE".into(),
        ..PostalAddress::default()
    }
}
