import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { SeverityNumber, type LogRecord as Emitted } from '@opentelemetry/api';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import { decodeLogBlock } from '../../../lambdas/sre/in/blocks/log-block.ts';
import { successAnswer } from '../../../lambdas/sre/in/otlp/answer-otlp.ts';
import { encodingOf } from '../../../lambdas/sre/in/otlp/read-otlp.ts';
import { listenHere } from '../../../local/http/listen-here.ts';
import { readFresh } from '../../support/otlp/read-logs.ts';

const COMPRESSION = 'OTEL_EXPORTER_OTLP_COMPRESSION';
const EXPORTERS = { json: JsonExporter, protobuf: ProtobufExporter };

describe('the real exporters of Node', () => {
  const stored: LogRecord[] = [];
  const codings: string[] = [];

  const take = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { 'content-type': contentType = '', 'content-encoding': contentEncoding = '' } =
      request.headers;
    const body = await buffer(request);
    const batch = readFresh({ signal: 'logs', body, contentType, contentEncoding }, Date.now());
    stored.push(...decodeLogBlock(batch.block));
    codings.push(contentEncoding);
    const { status, headers, body: said } = successAnswer('logs', encodingOf(contentType), batch);
    answer.writeHead(status, headers).end(said);
  };

  const server = createServer((request, answer) => void take(request, answer));
  let port = 0;
  beforeAll(async () => void (port = await listenHere(server)));
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const send = async (
    encoding: keyof typeof EXPORTERS,
    compression: 'gzip' | 'none',
    records: readonly Emitted[],
  ): Promise<readonly LogRecord[]> => {
    stored.length = 0;
    codings.length = 0;
    // The type of this option is an enum of another package; its variable is a word.
    process.env[COMPRESSION] = compression;
    const exporter = new EXPORTERS[encoding]({
      url: `http://127.0.0.1:${port}/v1/logs`,
    });
    delete process.env[COMPRESSION];
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({
        'service.name': 'checkout',
        'deployment.environment.name': 'test',
      }),
      processors: [new BatchLogRecordProcessor({ exporter })],
    });
    for (const record of records) provider.getLogger('test').emit(record);
    await provider.shutdown();
    return [...stored];
  };

  test.each([
    ['json', 'none'],
    ['json', 'gzip'],
    ['protobuf', 'none'],
    ['protobuf', 'gzip'],
  ] as const)('by %s and %s send what is stored', async (encoding, compression) => {
    const error = new TypeError('no order of ann@example.com');
    const records = await send(encoding, compression, [
      {
        severityNumber: SeverityNumber.ERROR,
        body: 'order 7 lost',
        attributes: {
          'exception.type': error.name,
          'exception.message': error.message,
          'exception.stacktrace': error.stack ?? '',
          'http.response.status_code': 503,
          'http.request.method': 'POST',
          'http.route': '/orders',
          nan: Number.NaN,
          nested: { a: [1, 'x'] },
          password: 'hunter2',
        },
      },
      { severityText: 'boom', body: { reason: 'limit' } },
      {},
    ]);
    expect(codings).toEqual([compression === 'gzip' ? 'gzip' : '']);
    expect(records).toHaveLength(3);
    expect(records[0]).toMatchObject({
      source: { environment: 'test', namespace: '', service: 'checkout' },
      severity: 17,
      text: 'order 7 lost',
      exceptionType: 'TypeError',
      http: { status: 503, method: 'POST', route: '/orders' },
      attributes: { 'nested.a': '[1,"x"]', password: '<secret>' },
    });
    expect(records[0]?.stack).toContain('TypeError: no order of <email>\n    at ');
    expect(Math.abs((records[0]?.timeMs ?? 0) - Date.now())).toBeLessThan(600_000);
    expect(records[1]).toMatchObject({ severity: 0, text: '{"reason":"limit"}' });
    expect(records[2]).toMatchObject({ severity: 0, text: '', stack: null });
  });
});
