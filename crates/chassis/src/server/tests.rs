//! The gate in front of a handler that is made up.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::sync::Arc;

use chrono::Duration;
use http::{Request, Response};
use kulanz_types::{Clock, Seeds, SharedClock, SystemClock, TenantId, VirtualClock};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::util::BoxCloneService;
use tower::{Layer, ServiceExt, service_fn};

use super::Gate;
use crate::access::{AccessTable, MethodRule};
use crate::auth::{Grant, ISSUERS, KeyRing};
use crate::caller::{Caller, Role};
use crate::config::Settings;
use crate::descriptors::Descriptors;

const GET: &str = "/kulanz.claims.v1.ClaimsService/GetClaim";
const RULES: &[MethodRule] = &[MethodRule::new(GET, &[Role::Agent])];

type Handler = BoxCloneService<Request<Body>, Response<Body>, Infallible>;

struct House {
    gate: Arc<Gate>,
    ring: KeyRing,
    clock: VirtualClock,
    tenant: TenantId,
}

fn house(overlay: &str) -> House {
    let clock = VirtualClock::new(SystemClock.now());
    let shared: SharedClock = Arc::new(clock.clone());
    let seeds = Seeds::fixed(5);
    let ring = KeyRing::generate(&ISSUERS, &seeds).unwrap();
    let descriptors = Descriptors::of_paths(&[GET]);
    let access = AccessTable::new(&descriptors, &[("claims", RULES)]).unwrap();
    let verifier = ring.verifier(&ISSUERS.map(str::to_owned), "kulanz", shared).unwrap();
    let settings = Settings::from_overlay(overlay).unwrap();
    let tenant = TenantId::generate(&seeds, clock.now());
    let gate = Gate::new(&settings.grpc, access, verifier, Arc::new(descriptors), seeds);
    House { gate, ring, clock, tenant }
}

impl House {
    fn token(&self, roles: &[Role]) -> String {
        let issuer = self.ring.issuer("operator", "kulanz", Arc::new(self.clock.clone())).unwrap();
        let grant = Grant::user("anna", Some(self.tenant), roles, Duration::minutes(5));
        issuer.mint(&grant).unwrap()
    }

    async fn call(&self, handler: Handler, token: Option<&str>) -> Response<Body> {
        let mut request = Request::builder().uri(GET).body(Body::empty()).unwrap();
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        self.gate.layer().layer(handler).oneshot(request).await.unwrap()
    }

    async fn refusal(&self, handler: Handler, token: Option<&str>) -> (Code, String) {
        let response = self.call(handler, token).await;
        let status = Status::from_header_map(response.headers()).unwrap();
        (status.code(), status.get_details_error_info().unwrap().reason)
    }
}

/// Answers with the caller's name, so that a test sees that the handler was reached.
fn greeter() -> Handler {
    BoxCloneService::new(service_fn(|request: Request<Body>| {
        let caller = request.extensions().get::<Caller>().cloned().unwrap();
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert("caller", caller.actor().parse().unwrap());
        ready(Ok(response))
    }))
}

fn silent() -> Handler {
    BoxCloneService::new(service_fn(|_: Request<Body>| pending()))
}

#[tokio::test]
async fn a_valid_token_reaches_the_handler_with_its_caller() {
    let house = house("");
    let response = house.call(greeter(), Some(&house.token(&[Role::Agent]))).await;
    assert_eq!(response.headers()["caller"], "user:anna");
    assert!(response.headers().contains_key("x-request-id"));
}

#[tokio::test]
async fn a_missing_wrong_or_expired_token_is_refused_with_its_reason() {
    let house = house("");
    let unauthenticated = |reason: &str| (Code::Unauthenticated, reason.to_owned());
    assert_eq!(house.refusal(greeter(), None).await, unauthenticated("TOKEN_MISSING"));
    assert_eq!(house.refusal(greeter(), Some("x.y.z")).await, unauthenticated("TOKEN_INVALID"));
    let token = house.token(&[Role::Agent]);
    house.clock.advance(Duration::minutes(6));
    assert_eq!(house.refusal(greeter(), Some(&token)).await, unauthenticated("TOKEN_EXPIRED"));
}

#[tokio::test]
async fn a_role_without_the_right_is_denied() {
    let house = house("");
    let refusal = house.refusal(greeter(), Some(&house.token(&[Role::Analyst]))).await;
    assert_eq!(refusal, (Code::PermissionDenied, "CALL_NOT_ALLOWED".to_owned()));
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_a_deadline_exceeded() {
    let house = house("[grpc]\nunary_deadline_ms = 20");
    let refusal = house.refusal(silent(), Some(&house.token(&[Role::Agent]))).await;
    assert_eq!(refusal, (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned()));
}

#[tokio::test]
async fn an_overloaded_server_says_when_to_come_back() {
    let house = house("[grpc]\ncalls_max = 1\nunary_deadline_ms = 2000");
    let token = house.token(&[Role::Agent]);
    let first = house.call(silent(), Some(&token));
    tokio::pin!(first);
    assert!(futures::poll!(&mut first).is_pending());
    let response = house.call(greeter(), Some(&token)).await;
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
}
