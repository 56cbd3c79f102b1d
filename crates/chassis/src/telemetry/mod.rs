//! Logs, traces and metrics: readable lines in development, OTLP otherwise; W3C trace context on
//! every call either way.

mod propagation;
mod rpc;

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{EnvFilter, FilterFn, filter_fn};
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::config::{TelemetryMode, TelemetrySettings};

pub use propagation::{extract, inject};
pub use rpc::{client_call, code_name, server_call};

/// Telemetry cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives are wrong.
    #[error("telemetry.filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The collector's address is wrong.
    #[error("telemetry.endpoint cannot be used")]
    Exporter(#[from] ExporterBuildError),
}

/// Keeps telemetry running; [`shutdown`](Self::shutdown) sends what is left.
#[derive(Debug, Default)]
pub struct TelemetryGuard {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    logs: Option<SdkLoggerProvider>,
}

impl TelemetryGuard {
    /// Sends what has not been sent. A collector that is gone costs a line on standard error at
    /// most, never the exit code.
    pub fn shutdown(self) {
        if let Some(provider) = self.traces {
            let _ = provider.shutdown();
        }
        if let Some(provider) = self.metrics {
            let _ = provider.shutdown();
        }
        if let Some(provider) = self.logs {
            let _ = provider.shutdown();
        }
    }
}

/// Starts telemetry for this process under a service name. A second start in one process, as tests
/// make it, leaves the first in place.
pub fn init(settings: &TelemetrySettings, service: &str) -> Result<TelemetryGuard, TelemetryError> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let filter = EnvFilter::try_new(&settings.filter)?;
    match settings.mode {
        TelemetryMode::Readable => Ok(readable(filter)),
        TelemetryMode::Otlp => otlp(filter, settings, service),
    }
}

fn readable(filter: EnvFilter) -> TelemetryGuard {
    // A provider without exporter: trace ids then flow through calls and queue all the same.
    let traces = SdkTracerProvider::builder().build();
    let spans = tracing_opentelemetry::layer().with_tracer(traces.tracer("kulanz"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .fmt_fields(debug_fn(|writer, field, value| match field.name() {
            "message" => write!(writer, "{value:?}"),
            // For the collector only.
            name if name.starts_with("otel.") || name == "rpc.system.name" => Ok(()),
            name => write!(writer, " {name}={value:?}"),
        }));
    let _ = Registry::default().with(filter).with(lines).with(spans).try_init();
    TelemetryGuard { traces: Some(traces), ..TelemetryGuard::default() }
}

fn otlp(
    filter: EnvFilter,
    settings: &TelemetrySettings,
    service: &str,
) -> Result<TelemetryGuard, TelemetryError> {
    let resource = Resource::builder().with_service_name(format!("kulanz-{service}")).build();
    let endpoint = settings.endpoint.as_str();
    let spans = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let traces = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(spans)
        .build();
    let points = MetricExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let metrics = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_periodic_exporter(points)
        .build();
    let records = LogExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let logs =
        SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(records).build();
    opentelemetry::global::set_meter_provider(metrics.clone());
    opentelemetry::global::set_tracer_provider(traces.clone());
    let _ = Registry::default()
        .with(filter)
        .with(tracing_opentelemetry::layer().with_tracer(traces.tracer("kulanz")))
        .with(OpenTelemetryTracingBridge::new(&logs).with_filter(own_targets()))
        .with(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr))
        .try_init();
    Ok(TelemetryGuard { traces: Some(traces), metrics: Some(metrics), logs: Some(logs) })
}

/// What the exporter itself logs must not be exported, or it never ends.
fn own_targets() -> FilterFn {
    filter_fn(|metadata| {
        let target = metadata.target();
        !["h2", "hyper", "tonic", "tower", "opentelemetry"]
            .iter()
            .any(|library| target.starts_with(library))
    })
}
