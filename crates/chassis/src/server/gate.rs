//! What happens to a call before and after its handler: request id, span, overload, identity and
//! access before anything is decoded, the deadline around it all, the metric at the end.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use kulanz_types::Seeds;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::access::{Access, AccessTable};
use crate::auth::{TokenFault, Verifier};
use crate::call::{self, CallContext, REQUEST_ID};
use crate::config::GrpcSettings;
use crate::descriptors::Descriptors;
use crate::error::{CHASSIS_DOMAIN, Fault};
use crate::telemetry;

/// When an overloaded server asks to be tried again.
const OVERLOAD_DELAY: Duration = Duration::from_millis(500);
/// Kept from the caller's deadline, at most a tenth of it, so that our answer arrives before the
/// transports on both sides end the call as `CANCELLED`.
const TRANSPORT_SLACK: Duration = Duration::from_millis(100);

/// What every call of one server passes.
pub struct Gate {
    access: AccessTable,
    verifier: Verifier,
    descriptors: Arc<Descriptors>,
    seeds: Seeds,
    calls: Semaphore,
    unary_deadline: Duration,
    stream_deadline: Duration,
    open_reflection: bool,
}

impl Gate {
    /// The gate in front of the methods in `access`.
    pub fn new(
        settings: &GrpcSettings,
        access: AccessTable,
        verifier: Verifier,
        descriptors: Arc<Descriptors>,
        seeds: Seeds,
    ) -> Arc<Self> {
        Arc::new(Self {
            access,
            verifier,
            descriptors,
            seeds,
            calls: Semaphore::new(settings.calls_max),
            unary_deadline: settings.unary_deadline(),
            stream_deadline: settings.stream_deadline(),
            open_reflection: settings.reflection,
        })
    }

    /// A tower layer that leads every call through this gate.
    pub fn layer(self: &Arc<Self>) -> GateLayer {
        GateLayer(self.clone())
    }

    /// Whether probes and tools may call this without a token.
    fn is_open(&self, path: &str) -> bool {
        path.starts_with("/grpc.health.")
            || (self.open_reflection && path.starts_with("/grpc.reflection."))
    }

    fn admit(&self, path: &str) -> Result<Option<SemaphorePermit<'_>>, Status> {
        // A probe that fails under load would take the replica away when it is needed most.
        if path.starts_with("/grpc.health.") {
            return Ok(None);
        }
        self.calls.try_acquire().map(Some).map_err(|_| {
            Fault::new(Code::ResourceExhausted, "OVERLOADED")
                .retry_after(OVERLOAD_DELAY)
                .into_status(CHASSIS_DOMAIN, "too many calls are in progress")
        })
    }

    fn authenticate(&self, request: &mut Request<Body>) -> Result<(), Status> {
        let path = request.uri().path();
        if self.is_open(path) {
            return Ok(());
        }
        let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(bearer);
        if self.access.rule(path) == Some(Access::Public) {
            // Nobody has to say who they are, but whoever does is known to the handler.
            if let Some(Ok(caller)) = token.map(|token| self.verifier.verify(token)) {
                request.extensions_mut().insert((*caller).clone());
            }
            return Ok(());
        }
        let caller = token.ok_or(TokenFault::Missing).and_then(|token| self.verifier.verify(token));
        let caller = caller.map_err(|fault| Fault::from(fault).into_status(CHASSIS_DOMAIN, ""))?;
        self.access.authorise(path, &caller)?;
        request.extensions_mut().insert((*caller).clone());
        Ok(())
    }

    fn deadline(&self, request: &Request<Body>) -> Duration {
        let path = request.uri().path();
        // Moving a virtual clock does weeks of due work in one call.
        let short = self.descriptors.shape(path).is_unary()
            && !path.starts_with("/kulanz.testing.")
            && !WHOLE_LOG.contains(&path);
        let default = if short { self.unary_deadline } else { self.stream_deadline };
        let wish = request.headers().get("grpc-timeout").and_then(|value| value.to_str().ok());
        match wish.and_then(call::parse_timeout) {
            Some(wish) => default.min(wish.saturating_sub(TRANSPORT_SLACK.min(wish / 10))),
            None => default,
        }
    }

    /// The caller's request id if it is one, otherwise a new one.
    fn request_id(&self, request: &Request<Body>) -> String {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let usable = |id: &&str| !id.is_empty() && id.len() <= 64;
        given
            .filter(usable)
            .map_or_else(|| data_encoding::HEXLOWER.encode(&self.seeds.bytes::<8>()), str::to_owned)
    }
}

/// Unary calls that read a tenant's whole log of decisions before they answer.
const WHOLE_LOG: [&str; 3] = [
    "/kulanz.experimentation.v1.ExperimentationService/EvaluatePolicy",
    "/kulanz.experimentation.v1.ExperimentationService/PromotePolicy",
    "/kulanz.experimentation.v1.ExperimentationService/StartExperiment",
];

impl std::fmt::Debug for Gate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Gate(..)")
    }
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Leads every call of the inner service through a [`Gate`].
#[derive(Clone, Debug)]
pub struct GateLayer(Arc<Gate>);

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> GateService<S> {
        GateService { gate: self.0.clone(), inner }
    }
}

/// A service behind a [`Gate`].
#[derive(Clone, Debug)]
pub struct GateService<S> {
    gate: Arc<Gate>,
    inner: S,
}

impl<S> Service<Request<Body>> for GateService<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = self.inner.clone();
        // The clone may not be ready; the service that was polled is the one that is called.
        let inner = std::mem::replace(&mut self.inner, inner);
        let gate = self.gate.clone();
        Box::pin(async move { Ok(pass(gate, inner, request).await) })
    }
}

async fn pass<S>(gate: Arc<Gate>, inner: S, request: Request<Body>) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let started = Instant::now();
    let path = request.uri().path().to_owned();
    let request_id = gate.request_id(&request);
    let context =
        CallContext { deadline: started + gate.deadline(&request), request_id: request_id.clone() };
    let span = span(&path, &request_id);
    // Fails only where the span is disabled, which then needs no parent.
    let _ = span.set_parent(telemetry::extract(request.headers()));
    let mut response = handle(&gate, inner, request, context)
        .instrument(span.clone())
        .await
        .unwrap_or_else(Status::into_http);
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    finish(&span, &path, started.elapsed(), &response);
    response
}

async fn handle<S>(
    gate: &Gate,
    mut inner: S,
    mut request: Request<Body>,
    context: CallContext,
) -> Result<Response<Body>, Status>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let _permit = gate.admit(request.uri().path())?;
    gate.authenticate(&mut request)?;
    let deadline = context.deadline;
    let answer = context.scope(inner.call(request));
    match tokio::time::timeout_at(deadline, answer).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(never)) => match never {},
        Err(_) => Err(Fault::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
            .into_status(CHASSIS_DOMAIN, "the deadline passed before the answer was ready")),
    }
}

fn span(path: &str, request_id: &str) -> Span {
    let method = path.trim_start_matches('/');
    tracing::info_span!(
        "rpc",
        otel.name = method,
        otel.kind = "server",
        rpc.system.name = "grpc",
        rpc.method = method,
        request_id,
        rpc.status_code = field::Empty,
        error.type = field::Empty,
    )
}

fn finish(span: &Span, path: &str, elapsed: Duration, response: &Response<Body>) {
    let status = response.headers().get("grpc-status");
    let code = status.map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
    let name = telemetry::code_name(code);
    span.record("rpc.status_code", name);
    if is_our_failure(code) {
        span.record("error.type", name);
    }
    telemetry::server_call(path, elapsed, code);
}

/// Codes that mean the server failed, not the caller.
fn is_our_failure(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}
