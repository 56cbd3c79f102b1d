//! One call from one service to another.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use super::budget::RetryBudget;
use super::retry::{ATTEMPTS_MAX, Verdict, delay, judge};
use super::{OnBehalfOf, ServiceTokens};
use crate::call::{self, CallContext, REQUEST_ID};
use crate::config::GrpcSettings;
use crate::descriptors::Descriptors;
use crate::error::{CHASSIS_DOMAIN, Fault};
use crate::telemetry;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// What carries bytes below the stack: a tonic channel, or a test's answer.
pub(super) type Transport = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

/// What every call of one channel obeys.
#[derive(Clone, Debug)]
pub struct ClientPolicy {
    /// Longest wait for a unary answer where the caller's own deadline allows it.
    pub unary_deadline: Duration,
    /// The same for a call that streams.
    pub stream_deadline: Duration,
    /// Taken from an inherited deadline, so that the answer still reaches our own caller.
    pub slack: Duration,
}

/// Kept from an inherited deadline, so that our own caller still gets an answer.
const SLACK: Duration = Duration::from_millis(20);

impl From<&GrpcSettings> for ClientPolicy {
    fn from(settings: &GrpcSettings) -> Self {
        Self {
            unary_deadline: settings.unary_deadline(),
            stream_deadline: settings.stream_deadline(),
            slack: SLACK,
        }
    }
}

/// A channel to one service that knows who calls, until when, and what may be repeated.
#[derive(Clone)]
pub struct KulanzChannel {
    transport: Transport,
    shared: Arc<Shared>,
}

struct Shared {
    policy: ClientPolicy,
    tokens: Option<Arc<ServiceTokens>>,
    descriptors: Arc<Descriptors>,
    budget: RetryBudget,
}

impl KulanzChannel {
    /// A channel over `transport`; without `tokens` it only forwards the tokens it is given.
    pub(super) fn new(
        transport: Transport,
        policy: ClientPolicy,
        tokens: Option<Arc<ServiceTokens>>,
        descriptors: Arc<Descriptors>,
    ) -> Self {
        let budget = RetryBudget::default();
        Self { transport, shared: Arc::new(Shared { policy, tokens, descriptors, budget }) }
    }

    async fn run(self, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        let path = request.uri().path().to_owned();
        let unary = self.shared.descriptors.is_known_unary(&path);
        let deadline = self.deadline(&request, unary)?;
        self.identify(&mut request)?;
        announce(deadline, &mut request);
        telemetry::inject(request.headers_mut());
        let answer = async {
            if unary { self.with_retries(request).await } else { self.once(request).await }
        };
        let started = Instant::now();
        let result = match tokio::time::timeout_at(deadline, answer).await {
            Ok(Err(status)) if expired(&status, deadline) => Err(deadline_exceeded()),
            Ok(result) => result,
            Err(_) => Err(deadline_exceeded()),
        };
        telemetry::client_call(&path, started.elapsed(), code_of(&result));
        result
    }

    /// When to give up: by the caller's own wish, the deadline of the call being served, or the
    /// default, whichever comes first. Nothing is sent once it has passed.
    fn deadline(&self, request: &Request<Body>, unary: bool) -> Result<Instant, Status> {
        let policy = &self.shared.policy;
        let default = if unary { policy.unary_deadline } else { policy.stream_deadline };
        let wish = request.headers().get("grpc-timeout").and_then(|value| value.to_str().ok());
        let mut timeout = wish.and_then(call::parse_timeout).unwrap_or(default);
        if let Some(current) = CallContext::current() {
            let left =
                call::remaining(current.deadline).and_then(|left| left.checked_sub(policy.slack));
            timeout = timeout.min(left.ok_or_else(deadline_exceeded)?);
        }
        Ok(Instant::now() + timeout)
    }

    fn identify(&self, request: &mut Request<Body>) -> Result<(), Status> {
        if let Some(OnBehalfOf(tenant)) = request.extensions().get().copied()
            && let Some(tokens) = &self.shared.tokens
        {
            let token = tokens.token(tenant).map_err(|error| {
                tracing::error!(%error, "service token cannot be minted");
                internal("the service token cannot be minted")
            })?;
            let value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| internal("the service token is not a header value"))?;
            request.headers_mut().insert("authorization", value);
        }
        if let Some(current) = CallContext::current()
            && let Ok(value) = HeaderValue::try_from(current.request_id)
        {
            request.headers_mut().entry(REQUEST_ID).or_insert(value);
        }
        Ok(())
    }

    async fn with_retries(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut attempt = 1;
        loop {
            let mut request = Request::from_parts(head.clone(), full(body.clone()));
            if attempt > 1 {
                request.headers_mut().insert("grpc-previous-rpc-attempts", (attempt - 1).into());
            }
            let answer = self.once(request).await;
            let verdict = match &answer {
                Ok(response) => judge(response.headers()),
                Err(status) if status.code() == Code::Unavailable => {
                    Verdict::Retry { pushback: None }
                }
                Err(_) => Verdict::Final,
            };
            let Verdict::Retry { pushback } = verdict else {
                self.shared.budget.answered();
                return answer;
            };
            if !self.shared.budget.may_retry() || attempt >= ATTEMPTS_MAX {
                return answer;
            }
            tokio::time::sleep(pushback.unwrap_or_else(|| delay(attempt, jitter()))).await;
            attempt += 1;
        }
    }

    async fn once(&self, request: Request<Body>) -> Result<Response<Body>, Status> {
        self.transport.clone().oneshot(request).await.map_err(Status::from_error)
    }
}

impl Service<Request<Body>> for KulanzChannel {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Status>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        // Each attempt waits for the transport itself, within the deadline of the call.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().run(request))
    }
}

impl std::fmt::Debug for KulanzChannel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KulanzChannel(..)")
    }
}

/// Tells the server until when the answer is of use.
fn announce(deadline: Instant, request: &mut Request<Body>) {
    let left = call::remaining(deadline).unwrap_or_default();
    if let Ok(value) = HeaderValue::try_from(call::format_timeout(left)) {
        request.headers_mut().insert("grpc-timeout", value);
    }
}

/// Machine randomness, which no business result depends on.
fn jitter() -> u8 {
    RandomState::new().build_hasher().finish().to_le_bytes()[0]
}

fn full(bytes: Bytes) -> Body {
    Body::new(Full::new(bytes))
}

/// The transport below reads the same `grpc-timeout` and answers `CANCELLED` if it is first.
fn expired(status: &Status, deadline: Instant) -> bool {
    status.code() == Code::Cancelled && call::remaining(deadline).is_none()
}

fn deadline_exceeded() -> Status {
    Fault::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
        .into_status(CHASSIS_DOMAIN, "the deadline passed before the answer came")
}

fn internal(text: &str) -> Status {
    Fault::internal().into_status(CHASSIS_DOMAIN, text)
}

fn code_of(result: &Result<Response<Body>, Status>) -> Code {
    match result {
        Ok(response) => response
            .headers()
            .get("grpc-status")
            .map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes())),
        Err(status) => status.code(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use tower::service_fn;

    const UNARY: &str = "/kulanz.claims.v1.ClaimsService/GetClaim";

    fn policy(unary_deadline: Duration) -> ClientPolicy {
        ClientPolicy { unary_deadline, stream_deadline: unary_deadline, slack: Duration::ZERO }
    }

    fn channel<F>(
        deadline: Duration,
        answer: impl Fn(Request<Body>) -> F + Clone + Send + Sync + 'static,
    ) -> KulanzChannel
    where
        F: Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
    {
        let descriptors = Arc::new(Descriptors::of_paths(&[UNARY]));
        let transport = BoxCloneSyncService::new(service_fn(answer));
        KulanzChannel::new(transport, policy(deadline), None, descriptors)
    }

    fn call(path: &str) -> Request<Body> {
        Request::builder().uri(path).body(full(Bytes::from_static(b"abc"))).unwrap()
    }

    /// Answers with these codes in turn and counts the attempts.
    fn answers(codes: Vec<Code>) -> (Arc<Mutex<Vec<Bytes>>>, KulanzChannel) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let channel = channel(Duration::from_secs(5), move |request: Request<Body>| {
            let (log, codes) = (log.clone(), codes.clone());
            async move {
                let body = request.into_body().collect().await?.to_bytes();
                let mut log = log.lock().unwrap();
                log.push(body);
                let mut answer = Response::new(Body::empty());
                let code = codes[(log.len() - 1).min(codes.len() - 1)];
                answer.headers_mut().insert("grpc-status", (code as i32).into());
                answer.headers_mut().insert("grpc-retry-pushback-ms", 0.into());
                Ok(answer)
            }
        });
        (seen, channel)
    }

    #[tokio::test]
    async fn an_unavailable_unary_call_is_sent_again_with_its_body() {
        let (seen, channel) = answers(vec![Code::Unavailable, Code::Ok]);
        channel.oneshot(call(UNARY)).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), [Bytes::from_static(b"abc"), Bytes::from_static(b"abc")]);
    }

    #[tokio::test]
    async fn a_call_is_sent_four_times_at_most() {
        let (seen, channel) = answers(vec![Code::Unavailable]);
        channel.oneshot(call(UNARY)).await.unwrap();
        assert_eq!(seen.lock().unwrap().len(), 4);
    }

    #[tokio::test]
    async fn other_failures_and_unknown_methods_are_not_sent_again() {
        for (path, code) in [(UNARY, Code::Internal), ("/x.Y/Stream", Code::Unavailable)] {
            let (seen, channel) = answers(vec![code]);
            channel.oneshot(call(path)).await.unwrap();
            assert_eq!(seen.lock().unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_call_without_an_answer_ends_at_its_deadline() {
        let channel = channel(Duration::from_millis(20), |_| std::future::pending());
        let status = channel.oneshot(call(UNARY)).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }

    #[tokio::test]
    async fn an_inherited_deadline_shortens_the_call() {
        let channel = channel(Duration::from_mins(1), |_| std::future::pending());
        let context = CallContext {
            deadline: Instant::now() + Duration::from_millis(20),
            request_id: "r".into(),
        };
        let status = context.scope(channel.oneshot(call(UNARY))).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}
