import { SeverityNumber } from '@opentelemetry/api';
import { OTLPLogExporter as JsonLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtoLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

const EXPORTERS = { json: JsonLogExporter, protobuf: ProtoLogExporter };

/** Logs one exception as a service with OpenTelemetry does, and waits until its exporter has sent it. */
export const logException = async (
  encoding: keyof typeof EXPORTERS,
  {
    baseUrl,
    key,
    service,
  }: { readonly baseUrl: string; readonly key: string; readonly service: string },
  error: Error,
): Promise<void> => {
  const exporter = new EXPORTERS[encoding]({
    url: `${baseUrl}/v1/logs`,
    headers: { authorization: `Bearer ${key}` },
  });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  provider.getLogger('test').emit({
    severityNumber: SeverityNumber.FATAL,
    body: error.message,
    attributes: {
      'exception.type': error.name,
      'exception.message': error.message,
      'exception.stacktrace': error.stack ?? '',
    },
  });
  await provider.shutdown();
};

interface Line {
  readonly text: string;
  readonly severity?: number;
  readonly timeMs?: number;
  readonly traceId?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

const keyValues = (attributes: Readonly<Record<string, string>>) =>
  Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** The JSON of a batch of logs. */
export const logsBody = (service: string, lines: readonly Line[]): string =>
  JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: keyValues({ 'service.name': service }) },
        scopeLogs: [
          {
            logRecords: lines.map(
              ({ text, severity = 9, timeMs = Date.now(), traceId, attributes = {} }) => ({
                timeUnixNano: `${timeMs}000000`,
                severityNumber: severity,
                body: { stringValue: text },
                attributes: keyValues(attributes),
                ...(traceId === undefined ? {} : { traceId }),
              }),
            ),
          },
        ],
      },
    ],
  });

/** The JSON of one span. */
export const spanBody = (service: string, traceId: string, name: string): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: keyValues({ 'service.name': service }) },
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: '00f067aa0ba902b7',
                name,
                kind: 2,
                startTimeUnixNano: `${Date.now() - 40}000000`,
                endTimeUnixNano: `${Date.now()}000000`,
              },
            ],
          },
        ],
      },
    ],
  });
