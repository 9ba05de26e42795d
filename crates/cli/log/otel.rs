//! Traces over OTLP (HTTP), in builds with the feature `otel`: a span for each
//! request and each run. Names and times only; nothing that was said.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

use crate::exit::{Exit, Failure, Outcome};

/// How long the last spans may take at the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Spans on their way. Dropping it sends what is left.
pub(super) struct Traces {
    provider: SdkTracerProvider,
    /// Ends the runtime behind the exporter.
    _end: oneshot::Sender<()>,
}

impl Drop for Traces {
    fn drop(&mut self) {
        // A collector that is gone must not hold up the end.
        drop(self.provider.shutdown_with_timeout(PATIENCE));
    }
}

/// Sends spans to the collector at `endpoint`, such as `http://127.0.0.1:4318`.
pub(super) fn start(endpoint: &str) -> Outcome<(Box<dyn Layer<Registry> + Send + Sync>, Traces)> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, format!("OTEL_EXPORTER_OTLP_ENDPOINT: traces cannot be sent: {error}"))
    };
    // Fails when there is one already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let address = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().with_endpoint(address).build();
    let exporter = Arc::new(exporter.map_err(|error| failed(&error))?);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
    let (end, ended) = oneshot::channel::<()>();
    let handle = runtime.handle().clone();
    std::thread::spawn(move || drop(runtime.block_on(ended)));
    let resource = Resource::builder().with_service_name("postern").build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(OnRuntime { exporter, runtime: handle })
        .build();
    let spans = Targets::new().with_target(postern_gateway::TRACE_TARGET, LevelFilter::TRACE);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("postern")).with_filter(spans);
    Ok((layer.boxed(), Traces { provider, _end: end }))
}

/// Batches are made on a thread without a runtime, and sending needs one.
#[derive(Debug)]
struct OnRuntime {
    exporter: Arc<opentelemetry_otlp::SpanExporter>,
    runtime: Handle,
}

impl SpanExporter for OnRuntime {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        let exporter = Arc::clone(&self.exporter);
        let sending = self.runtime.spawn(async move { exporter.export(batch).await });
        async move { sending.await.unwrap_or_else(|error| Err(OTelSdkError::InternalFailure(error.to_string()))) }
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(exporter) = Arc::get_mut(&mut self.exporter) {
            exporter.set_resource(resource);
        }
    }
}
