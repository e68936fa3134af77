//! One span and one error inside of it, by the exporter of Rust. Prints the id of the trace.
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::Context;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{logs::SdkLoggerProvider, trace::SdkTracerProvider};
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let logs = LogExporter::builder().with_http().with_protocol(Protocol::HttpBinary).build()?;
    let spans = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).build()?;
    let loggers = SdkLoggerProvider::builder().with_batch_exporter(logs).build();
    let tracers = SdkTracerProvider::builder().with_batch_exporter(spans).build();
    tracing_subscriber::registry().with(OpenTelemetryTracingBridge::new(&loggers)).init();

    let span = tracers.tracer("shop").start("place order");
    let context = Context::current_with_span(span);
    let trace = context.span().span_context().trace_id();
    {
        let _inside = context.clone().attach();
        let failure = std::io::Error::other("order 4711 was not placed");
        tracing::error!(
            "exception.type" = "std::io::Error",
            "exception.message" = %failure,
            "order 4711 was not placed"
        );
    }
    context.span().end();
    loggers.shutdown()?;
    tracers.shutdown()?;
    println!("{trace}");
    Ok(())
}
