import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../../lambdas/sre/domain/log-record.ts';
import { decodeLogBlock } from '../../../../lambdas/sre/in/blocks/log-block.ts';
import { decodeSpanBlock } from '../../../../lambdas/sre/in/blocks/span-block.ts';
import { decodeMetricBlock } from '../../../../lambdas/sre/in/blocks/metric-block.ts';
import { readBlock } from '../../../../lambdas/sre/in/blocks/read-block.ts';
import { attributes, text } from '../../../support/otlp/encode.ts';
import { readFresh, storedLog } from '../../../support/otlp/read-logs.ts';
import { missingRecordings, recorded, recordedRequests } from '../../../support/otlp/recorded.ts';

const logsOf = (name: string): readonly LogRecord[] =>
  decodeLogBlock(readFresh(recorded(name)).block);

const withText = (name: string, said: string): LogRecord => {
  const found = logsOf(name).find((record) => record.text === said);
  if (found === undefined) throw new Error(`no record says ${said}`);
  return found;
};

describe.skipIf(missingRecordings !== null)('what real exporters send', () => {
  test.each(recordedRequests().map((request) => [request.name, request] as const))(
    '%s is taken whole: nothing is rejected or cut',
    (_, request) => {
      const batch = readFresh(request);
      expect(batch).toMatchObject({ rejected: 0, message: '' });
      expect(batch.records).toBeGreaterThan(0);
      const { logs, spans } = readBlock(
        batch.block.length === 0 ? Buffer.from('SLB\u0001\u0002') : batch.block,
      );
      for (const { source } of [...logs, ...spans])
        expect(source).toEqual({ environment: 'test', namespace: 'shop', service: 'checkout' });
    },
  );

  test('has the same messages and severities by JSON and by protobuf', () => {
    const short = ({ text: said, severity, exceptionType, eventName }: LogRecord) => ({
      said,
      severity,
      exceptionType,
      eventName,
    });
    // NaN as a body is null in JavaScript's JSON.
    const [json, protobuf] = ['js-http-json-logs', 'js-http-proto-logs'].map((name) =>
      logsOf(name)
        .map(short)
        .filter(({ said }) => said !== 'NaN' && said !== ''),
    );
    expect(json).toEqual(protobuf);
  });

  test.each([
    ['js-http-json-logs', 'with exc', 'TypeError', 'TypeError: bad order\n    at '],
    ['js-winston-logs', 'order failed bad order', 'TypeError', 'TypeError: bad order\n    at '],
    ['js-pino-logs', 'custom keys', 'TypeError', 'TypeError: bad order\n    at '],
    ['py-http-proto-logs', 'order o1 failed', 'ValueError', 'Traceback (most recent call last):\n'],
    ['go-http-proto-logs', 'order failed', '*main.myErr', '*main.myErr: charge: my error 7'],
    [
      'java-agent-logs',
      'order o1 failed',
      'java.lang.IllegalArgumentException',
      'java.lang.IllegalArgumentException: bad order\n\tat ',
    ],
  ])('%s: %s is an exception, by its class', (name, said, exceptionType, stack) => {
    const record = logsOf(name).findLast((one) => one.text === said);
    expect(record?.exceptionType).toBe(exceptionType);
    expect(record?.stack?.startsWith(stack)).toBe(true);
    expect(record?.severity).toBeGreaterThanOrEqual(17);
  });

  test('keeps a code apart from the class, and the cause below the stack', () => {
    const record = withText('js-winston-logs', 'order failed bad order');
    expect(record.attributes).toEqual({ code: 'E1', 'exception.code': 'E1' });
    expect(record.stack).toContain('\nCaused by: Error: root\n    at ');
  });

  test('has no exception in a plain argument', () => {
    expect(withText('js-winston-logs', 'hi there')).toMatchObject({
      exceptionType: null,
      stack: null,
      attributes: { 'exception.message': 'there' },
    });
  });

  test('has spans with their parents, durations, status and exception', () => {
    const [charge, post] = decodeSpanBlock(readFresh(recorded('js-http-json-traces')).block);
    expect(charge).toMatchObject({
      parentSpanId: post?.spanId,
      name: 'charge',
      kind: 3,
      durationMs: 0.144,
      isError: false,
    });
    expect(post).toMatchObject({
      parentSpanId: null,
      kind: 2,
      durationMs: 21.668,
      isError: true,
      statusText: 'charge declined',
      exceptionType: 'TypeError',
      http: { status: 0, method: 'POST', route: '/orders' },
    });
  });

  test('counts metrics that are not kept, and answers with success', () => {
    expect(readFresh(recorded('java-agent-metrics'))).toMatchObject({
      kind: 'metrics',
      records: 1,
      rejected: 0,
      block: Buffer.alloc(0),
    });
  });

  test('has its secrets masked where the agent sends a command line', () => {
    const [record] = logsOf('java-agent-logs');
    expect(JSON.stringify(record?.resource)).toContain('-Ddb.password=');
    expect(JSON.stringify(record?.resource)).not.toContain('example-not-real');
  });
});

describe('an exception', () => {
  const exceptionOf = (values: Readonly<Record<string, unknown>>, over: object = {}) =>
    storedLog({ severityNumber: 17, body: text('x'), attributes: attributes(values), ...over });

  test.each([
    ['23505', 'PgError: duplicate\n    at q (a.js:1:2)', 'PgError'],
    ['ECONNREFUSED', 'Error: connect ECONNREFUSED\n    at a (b.js:1:2)', 'Error'],
    ['ECONNREFUSED', '    at a (b.js:1:2)', 'ECONNREFUSED'],
    ['app.Wrong', 'PgError: duplicate\n    at q (a.js:1:2)', 'app.Wrong'],
  ])('of type %s is of the class that its stack names, if it is a code', (type, stack, named) => {
    const values = { 'exception.type': text(type), 'exception.stacktrace': text(stack) };
    expect(exceptionOf(values).exceptionType).toBe(named);
  });

  test('without a type is known by its message, from WARN up', () => {
    const values = { 'exception.message': text('connection refused') };
    expect(exceptionOf(values)).toMatchObject({ exceptionType: null, stack: 'connection refused' });
    expect(exceptionOf(values, { severityNumber: 9 })).toMatchObject({ stack: null });
  });

  test.each([
    [
      'failed\nTraceback (most recent call last):\n  File "a.py", line 1, in f\n    x()\nKeyError: 1',
      'failed',
      'KeyError',
    ],
    [
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1',
      'KeyError: 1',
      'KeyError',
    ],
    [
      'failed\njava.io.IOException: x\n\tat a.B.c(B.java:1)\nCaused by: y',
      'failed',
      'java.io.IOException',
    ],
    [
      'java.io.IOException: x\n\tat a.B.c(B.java:1)',
      'java.io.IOException: x',
      'java.io.IOException',
    ],
    [
      'panic: boom\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a/b.go:3 +0x1d',
      'panic: boom',
      'panic',
    ],
  ])('below the message is its stack: %j', (body, said, named) => {
    const record = storedLog({ body: text(body) });
    expect(record).toMatchObject({ text: said, exceptionType: named });
    expect(body.endsWith(record.stack ?? '?')).toBe(true);
  });

  test('is not what is merely indented', () => {
    const query = 'slow query:\n  SELECT a\n    FROM b\n   WHERE c = 1';
    expect(storedLog({ body: text(query) })).toMatchObject({ text: query, stack: null });
  });
});

describe('metrics', () => {
  test('of CPU, memory and requests are summed by source and minute', () => {
    const at = (second: number) => `${Date.UTC(2026, 10, 30, 7, 59, second)}000000`;
    const metric = (name: string, kind: string, dataPoints: readonly object[]) => ({
      name,
      unit: '1',
      [kind]: { dataPoints, aggregationTemporality: 2 },
    });
    const body = {
      resourceMetrics: [
        {
          resource: { attributes: attributes({ 'service.name': text('checkout') }) },
          scopeMetrics: [
            {
              metrics: [
                metric('process.cpu.utilization', 'gauge', [
                  { timeUnixNano: at(1), asDouble: 0.5 },
                  { timeUnixNano: at(31), asDouble: 0.25 },
                  { timeUnixNano: at(31), asDouble: 'NaN' },
                ]),
                metric('jvm.memory.used', 'sum', [{ timeUnixNano: at(2), asInt: '1024' }]),
                metric('http.server.request.duration', 'histogram', [
                  { timeUnixNano: at(3), count: '7', sum: 1.5 },
                ]),
                metric('queueSize', 'gauge', [{ asInt: 1 }, { asInt: 2 }]),
              ],
            },
          ],
        },
      ],
    };
    const batch = readFresh({
      signal: 'metrics',
      body: Buffer.from(JSON.stringify(body)),
      contentType: 'application/json',
      contentEncoding: '',
    });
    expect(batch).toMatchObject({
      records: 6,
      rejected: 1,
      message: '1 x a point without a value',
    });
    expect(decodeMetricBlock(batch.block)).toMatchObject([
      { kind: 'cpu', counts: 'level', points: 2, sum: 0.75, max: 0.5, last: 0.25 },
      { kind: 'memory', counts: 'cumulative', points: 1, last: 1_024 },
      { kind: 'requests', counts: 'cumulative', points: 1, last: 7 },
    ]);
  });
});
