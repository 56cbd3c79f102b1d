//! The metrics of calls, named by OpenTelemetry's conventions for RPC.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tonic::Code;

/// The status attribute: released conventions say `rpc.response.status_code`, the coming ones this.
const STATUS: &str = "rpc.status_code";

const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Notes one call that this process answered.
pub fn server_call(path: &str, duration: Duration, code: Code) {
    static HISTOGRAM: OnceLock<Histogram<f64>> = OnceLock::new();
    record(HISTOGRAM.get_or_init(|| histogram("rpc.server.call.duration")), path, duration, code);
}

/// Notes one call that this process made.
pub fn client_call(path: &str, duration: Duration, code: Code) {
    static HISTOGRAM: OnceLock<Histogram<f64>> = OnceLock::new();
    record(HISTOGRAM.get_or_init(|| histogram("rpc.client.call.duration")), path, duration, code);
}

fn histogram(name: &'static str) -> Histogram<f64> {
    opentelemetry::global::meter("kulanz")
        .f64_histogram(name)
        .with_unit("s")
        .with_boundaries(BUCKETS.to_vec())
        .build()
}

fn record(histogram: &Histogram<f64>, path: &str, duration: Duration, code: Code) {
    let attributes = [
        KeyValue::new("rpc.system.name", "grpc"),
        KeyValue::new("rpc.method", path.trim_start_matches('/').to_owned()),
        KeyValue::new(STATUS, code_name(code)),
    ];
    histogram.record(duration.as_secs_f64(), &attributes);
}

/// The code's name in upper snake case, as the protocol writes it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
