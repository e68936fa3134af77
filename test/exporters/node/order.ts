/** One span and one error inside of it, by the exporters of Node. Prints the id of the trace. */
import { context, SeverityNumber, trace } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

class OrderError extends Error {
  override readonly name = 'OrderError';
}

const isJson = process.argv[2] === 'json';
const resource = resourceFromAttributes({ 'service.name': process.env['OTEL_SERVICE_NAME'] ?? '' });
const exporter = isJson ? new JsonLogExporter() : new ProtoLogExporter();
const logs = new LoggerProvider({
  resource,
  processors: [new BatchLogRecordProcessor({ exporter })],
});
const spans = new TracerProvider({
  resource,
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});

const span = spans.getTracer('shop').startSpan('place order');
const error = new OrderError('order 4711 was not placed');
span.recordException(error);
logs.getLogger('shop').emit({
  context: trace.setSpan(context.active(), span),
  severityNumber: SeverityNumber.ERROR,
  severityText: 'ERROR',
  body: error.message,
  attributes: {
    'exception.type': error.name,
    'exception.message': error.message,
    'exception.stacktrace': error.stack ?? '',
  },
});
span.end();
await Promise.all([logs.shutdown(), spans.shutdown()]);
console.log(span.spanContext().traceId);
