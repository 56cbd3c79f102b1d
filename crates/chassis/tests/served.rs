//! The server stack over a real port: health, reflection, deadlines, drain.
#![expect(clippy::unwrap_used, reason = "it only runs in tests")]

use std::sync::Arc;
use std::time::Duration;

use kulanz_chassis::server::{Gate, Health, LIVENESS, ServeOptions, Signal, serve};
use kulanz_chassis::{
    AccessTable, Descriptors, Grant, KeyRing, MethodRule, Role, Settings, auth::ISSUERS,
};
use kulanz_proto::testing::v1::clock_service_client::ClockServiceClient;
use kulanz_proto::testing::v1::clock_service_server::{ClockService, ClockServiceServer};
use kulanz_proto::testing::v1::{AdvanceRequest, AdvanceResponse, GetRequest, GetResponse};
use kulanz_types::{Seeds, SharedClock, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::service::RoutesBuilder;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

const RULES: &[MethodRule] = &[
    MethodRule::new("/kulanz.testing.v1.ClockService/Get", &[Role::Operator]),
    MethodRule::new("/kulanz.testing.v1.ClockService/Advance", &[Role::Operator]),
];

/// Answers `Get` at once and `Advance` never.
struct Clock;

#[tonic::async_trait]
impl ClockService for Clock {
    async fn get(&self, _: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
        Ok(Response::new(GetResponse::default()))
    }

    async fn advance(
        &self,
        _: Request<AdvanceRequest>,
    ) -> Result<Response<AdvanceResponse>, Status> {
        std::future::pending().await
    }
}

struct Served {
    channel: Channel,
    health: Health,
    token: String,
    stop: oneshot::Sender<Signal>,
    task: JoinHandle<()>,
}

async fn served(options: ServeOptions) -> Served {
    let clock: SharedClock = Arc::new(SystemClock);
    let seeds = Seeds::fixed(1);
    let ring = KeyRing::generate(&ISSUERS, &seeds).unwrap();
    let descriptors = Descriptors::load().unwrap();
    let access = AccessTable::new(&descriptors, &[("testing", RULES)]).unwrap();
    let verifier = ring.verifier(&ISSUERS.map(str::to_owned), "kulanz", clock.clone()).unwrap();
    let settings = Settings::from_overlay("").unwrap();
    let gate = Gate::new(&settings.grpc, access, verifier, Arc::new(descriptors), seeds);
    let health = Health::new(vec!["kulanz.testing.v1.ClockService".to_owned()]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut routes = RoutesBuilder::default();
    routes.add_service(ClockServiceServer::new(Clock));
    let (stop, stopped) = oneshot::channel();
    let own = health.clone();
    let task = tokio::spawn(async move {
        let shutdown = async { stopped.await.unwrap_or(Signal::Interrupt) };
        serve(listener, routes.routes(), &gate, own, options, shutdown).await.unwrap();
    });
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
    let grant = Grant::user("anna", None, &[Role::Operator], chrono::Duration::hours(1));
    let token = ring.issuer("operator", "kulanz", clock).unwrap().mint(&grant).unwrap();
    Served { channel, health, token, stop, task }
}

fn options(shutdown: Duration) -> ServeOptions {
    let longest_call = Duration::from_mins(1);
    ServeOptions { drain: Duration::ZERO, shutdown, connection_age: None, longest_call }
}

impl Served {
    fn request<T>(&self, message: T) -> Request<T> {
        kulanz_chassis::outgoing_as(&self.token, message)
    }

    async fn status(&self, service: &str) -> ServingStatus {
        let request = HealthCheckRequest { service: service.to_owned() };
        HealthClient::new(self.channel.clone()).check(request).await.unwrap().into_inner().status()
    }
}

#[tokio::test]
async fn a_server_is_alive_at_once_and_serving_once_it_is_ready() {
    let served = served(options(Duration::from_secs(5))).await;
    assert_eq!(served.status(LIVENESS).await, ServingStatus::Serving);
    assert_eq!(served.status("").await, ServingStatus::NotServing);
    served.health.ready().await;
    assert_eq!(served.status("").await, ServingStatus::Serving);
    assert_eq!(served.status("kulanz.testing.v1.ClockService").await, ServingStatus::Serving);
}

#[tokio::test]
async fn a_server_on_its_way_out_is_never_called_ready_again() {
    let served = served(options(Duration::from_secs(5))).await;
    served.health.ready().await;
    served.health.close().await;
    served.health.ready().await;
    assert_eq!(served.status("").await, ServingStatus::NotServing);
    assert_eq!(served.status(LIVENESS).await, ServingStatus::Serving);
}

#[tokio::test]
async fn an_expired_deadline_of_the_caller_is_not_a_cancellation() {
    let served = served(options(Duration::from_secs(5))).await;
    let mut client = ClockServiceClient::new(served.channel.clone());
    client.get(served.request(GetRequest {})).await.unwrap();
    let mut request = served.request(AdvanceRequest::default());
    request.set_timeout(Duration::from_secs(1));
    let status = client.advance(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_call_without_a_token_never_reaches_its_handler() {
    let served = served(options(Duration::from_secs(5))).await;
    let mut client = ClockServiceClient::new(served.channel.clone());
    let status = client.advance(AdvanceRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn an_open_watch_does_not_hold_the_shutdown() {
    let served = served(options(Duration::from_millis(50))).await;
    let request = HealthCheckRequest { service: LIVENESS.to_owned() };
    let mut client = HealthClient::new(served.channel.clone());
    let mut watch = client.watch(request).await.unwrap().into_inner();
    watch.message().await.unwrap();
    served.stop.send(Signal::Terminate).unwrap();
    tokio::time::timeout(Duration::from_secs(5), served.task).await.unwrap().unwrap();
}

/// A server whose connections grow old at once, and a watch that is open on one.
async fn aged(longest_call: Duration) -> (Served, Streaming<HealthCheckResponse>) {
    let connection_age = Some(Duration::from_millis(20));
    let options = options(Duration::from_secs(5));
    let served = served(ServeOptions { connection_age, longest_call, ..options }).await;
    let request = HealthCheckRequest { service: String::new() };
    let mut client = HealthClient::new(served.channel.clone());
    let mut watch = client.watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    (served, watch)
}

#[tokio::test]
async fn a_call_outlives_the_age_of_its_connection() {
    let (served, mut watch) = aged(Duration::from_mins(1)).await;
    let mut client = ClockServiceClient::new(served.channel.clone());
    let mut request = served.request(AdvanceRequest::default());
    request.set_timeout(Duration::from_millis(500));
    let status = client.advance(request).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "so much time has passed");
    served.health.ready().await;
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
}

#[tokio::test]
async fn a_call_on_an_old_connection_ends_after_the_longest_that_calls_may_take() {
    let (_served, mut watch) = aged(Duration::from_millis(20)).await;
    let end = tokio::time::timeout(Duration::from_secs(20), watch.message()).await;
    assert!(end.expect("the connection is closed").is_err());
}
