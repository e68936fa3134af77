import { describe, expect, test } from 'vitest';
import { decodeLogBlock } from '../../../../lambdas/sre/in/blocks/log-block.ts';
import { decodeSpanBlock } from '../../../../lambdas/sre/in/blocks/span-block.ts';
import { attributes, logsRequest, protobufOf, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLog,
} from '../../../support/otlp/read-logs.ts';

const TRACE = '5b8efff798038103d269b633813fc60c';
const SPAN = 'eee19b7ec3c1b174';
const TIME = nanos(ARRIVAL_MS);

const logOf = (request: object) => {
  const [record] = decodeLogBlock(readFresh(jsonInput(request)).block);
  return record;
};

const spanOf = (request: object) => {
  const [span] = decodeSpanBlock(readFresh(jsonInput(request, { signal: 'traces' })).block);
  return span;
};

const spansRequest = (span: object): object => ({
  resourceSpans: [{ resource: {}, scopeSpans: [{ spans: [span] }] }],
});

describe('names in place of numbers', () => {
  test.each([
    ['SEVERITY_NUMBER_DEBUG', 5],
    ['SEVERITY_NUMBER_ERROR', 17],
    ['SEVERITY_NUMBER_ERROR4', 20],
    ['severity_number_fatal', 21],
    ['WARN', 13],
    ['17', 17],
    ['SEVERITY_NUMBER_UNSPECIFIED', 0],
    ['SPAN_KIND_SERVER', 0],
    ['loud', 0],
  ])('a severity of %s is %i', (severityNumber, severity) => {
    expect(storedLog({ severityNumber, body: text('x') }).severity).toBe(severity);
  });

  test('are those of kinds and states of spans', () => {
    const times = { startTimeUnixNano: TIME, endTimeUnixNano: TIME };
    const span = { traceId: TRACE, spanId: SPAN, kind: 'SPAN_KIND_SERVER', ...times };
    expect(spanOf(spansRequest({ ...span, status: { code: 'STATUS_CODE_ERROR' } }))).toMatchObject({
      kind: 2,
      isError: true,
    });
    expect(spanOf(spansRequest({ ...span, status: { code: 'STATUS_CODE_OK' } }))).toMatchObject({
      isError: false,
    });
  });
});

describe('names of protobuf in JSON', () => {
  const record = {
    time_unix_nano: TIME,
    severity_number: 17,
    body: { string_value: 'order failed' },
    trace_id: TRACE,
    span_id: SPAN,
    attributes: [{ key: 'user_name', value: { int_value: 3 } }],
  };
  const stored = {
    timeMs: ARRIVAL_MS,
    severity: 17,
    text: 'order failed',
    traceId: TRACE,
    spanId: SPAN,
    attributes: { user_name: 3 },
  };

  test('are read as those of OTLP, in the whole request or in its records alone', () => {
    const resource = {
      attributes: [{ key: 'service.name', value: { string_value: 'checkout' } }],
    };
    const whole = { resource_logs: [{ resource, scope_logs: [{ log_records: [record] }] }] };
    expect(logOf(whole)).toMatchObject({ ...stored, source: { service: 'checkout' } });
    expect(logOf(logsRequest([record]))).toMatchObject(stored);
  });

  test('and the wrappers of what Go generates', () => {
    const span = {
      trace_id: 'W47/95gDgQPSabYzgT/GDA==',
      span_id: '7uGbfsPBsXQ=',
      name: 'pay',
      start_time_unix_nano: ARRIVAL_MS * 1e6,
      end_time_unix_nano: ARRIVAL_MS * 1e6 + 3e6,
      attributes: [{ key: 'n', value: { Value: { IntValue: 7 } } }],
    };
    const resource = {
      attributes: [{ key: 'service.name', value: { Value: { StringValue: 'checkout' } } }],
    };
    expect(
      spanOf({ resource_spans: [{ resource, scope_spans: [{ spans: [span] }] }] }),
    ).toMatchObject({
      traceId: TRACE,
      spanId: SPAN,
      name: 'pay',
      attributes: { n: 7 },
      source: { service: 'checkout' },
    });
  });

  test('in a text are a text', () => {
    const said = JSON.stringify({ time_unix_nano: '1', value: { string_value: 'x', message: 1 } });
    expect(storedLog({ body: text(`sent ${said}`) }).text).toBe(`sent ${said}`);
  });

  test('nested without end cost no stack', () => {
    let value: object = { string_value: 'deep' };
    for (let depth = 0; depth < 50_000; depth += 1) value = { array_value: { values: [value] } };
    const body = `{"resource_logs":[{"scope_logs":[{"log_records":[{"body":{"string_value":"x"},"attributes":[{"key":"a","value":${'{"array_value":{"values":['.repeat(50_000)}{}${']}}'.repeat(50_000)}}]}]}]}]}`;
    const batch = readFresh(jsonInput({}, { body: Buffer.from(body) }));
    expect(decodeLogBlock(batch.block)).toMatchObject([{ text: 'x' }]);
  });
});

describe('names of OTLP before 0.15', () => {
  test('are read', () => {
    const logs = [{ timeUnixNano: TIME, body: text('old') }];
    expect(
      logOf({ resourceLogs: [{ resource: {}, instrumentationLibraryLogs: [{ logs }] }] }),
    ).toMatchObject({ text: 'old' });
    const spans = [{ traceId: TRACE, spanId: SPAN, name: 'old' }];
    expect(
      spanOf({ resourceSpans: [{ resource: {}, instrumentationLibrarySpans: [{ spans }] }] }),
    ).toMatchObject({ name: 'old' });
  });
});

describe('an id', () => {
  const hex = Buffer.from(TRACE, 'hex');
  test.each<readonly [string, unknown, unknown]>([
    ['in base64', hex.toString('base64'), Buffer.from(SPAN, 'hex').toString('base64')],
    [
      'in base64 for URLs',
      hex.toString('base64url'),
      Buffer.from(SPAN, 'hex').toString('base64url'),
    ],
    ['as hex in base64', btoa(TRACE), btoa(SPAN)],
    ['in capitals', TRACE.toUpperCase(), SPAN.toUpperCase()],
    ['with 0x', `0x${TRACE}`, `0x${SPAN}`],
    ['as a UUID', '5b8efff7-9803-8103-d269-b633813fc60c', SPAN],
    ['of X-Ray', '1-5b8efff7-98038103d269b633813fc60c', SPAN],
    ['of Google Cloud', `projects/shop/traces/${TRACE}`, SPAN],
    ['as a list of bytes', [...hex], [...Buffer.from(SPAN, 'hex')]],
  ])('%s is the same', (_, traceId, spanId) => {
    expect(storedLog({ body: text('x'), traceId, spanId })).toMatchObject({
      traceId: TRACE,
      spanId: SPAN,
    });
  });

  test('of 64 bits is the lower half of one of a trace', () => {
    expect(storedLog({ body: text('x'), traceId: SPAN }).traceId).toBe(`${'0'.repeat(16)}${SPAN}`);
  });

  test('as hex where protobuf has bytes is the same, and keeps its span', () => {
    const ids = { traceId: Buffer.from(TRACE), spanId: Buffer.from(SPAN) };
    const protobuf = { contentType: 'application/x-protobuf' };
    const body = protobufOf('logs', logsRequest([{ body: text('x'), ...ids }]));
    expect(decodeLogBlock(readFresh(jsonInput({}, { body, ...protobuf })).block)).toMatchObject([
      { traceId: TRACE, spanId: SPAN },
    ]);
    const spans = protobufOf('traces', spansRequest({ ...ids, name: 'pay' }));
    const batch = readFresh(jsonInput({}, { signal: 'traces', body: spans, ...protobuf }));
    expect(batch.rejected).toBe(0);
    expect(decodeSpanBlock(batch.block)).toMatchObject([{ traceId: TRACE, spanId: SPAN }]);
  });

  test.each([
    'none',
    '00000000-0000-0000-0000-000000000000',
    'AAAAAAAAAAAAAAAAAAAAAA==',
    'x'.repeat(32),
    'f'.repeat(33),
    'f'.repeat(128),
    '='.repeat(24),
    {},
    12,
    [1, 2],
    Array(16).fill(256),
  ])('that is none is none: %j', (traceId) => {
    expect(storedLog({ body: text('x'), traceId }).traceId).toBeNull();
  });
});

describe('plain JSON in the place of a value', () => {
  test.each<readonly [unknown, string, number]>([
    ['order failed', 'order failed', 0],
    [5, '5', 0],
    [true, 'true', 0],
    [['a', 3], '["a",3]', 0],
    [{ message: 'order failed', level: 'error', order: { id: 3 } }, 'order failed', 17],
    [{ order: 3 }, '{"order":3}', 0],
    [{}, '', 0],
    [null, '', 0],
  ])('is a body: %j', (body, said, severity) => {
    expect(storedLog({ body })).toMatchObject({ text: said, severity });
  });

  test('is an attribute, and so is a member of an object', () => {
    const mixed = [
      { key: 'a', value: 'x' },
      { key: 'b', value: 2 },
      { key: 'c', value: 0.5 },
      { key: 'd', value: false },
      { key: 'e', value: { f: 1, g: { h: text('y') } } },
    ];
    const kept = { a: 'x', b: 2, c: 0.5, d: false, 'e.f': 1, 'e.g.h': 'y' };
    expect(storedLog({ body: text('x'), attributes: mixed }).attributes).toEqual(kept);
    const members = { a: 'x', b: 2, c: 0.5, d: text('z'), password: 'hunter2' };
    expect(storedLog({ body: text('x'), attributes: members }).attributes).toEqual({
      a: 'x',
      b: 2,
      c: 0.5,
      d: 'z',
      password: '<secret>',
    });
  });

  test('names the service', () => {
    const resource = { attributes: { 'service.name': 'checkout' } };
    const scopeLogs = [{ logRecords: [{ body: text('x') }] }];
    expect(logOf({ resourceLogs: [{ resource, scopeLogs }] })).toMatchObject({
      source: { service: 'checkout' },
    });
  });
});

test.each([
  ['seconds', String(ARRIVAL_MS / 1_000)],
  ['milliseconds', String(ARRIVAL_MS)],
  ['milliseconds, a number', ARRIVAL_MS],
  ['microseconds', String(ARRIVAL_MS * 1_000)],
  ['nanoseconds with an exponent', `${ARRIVAL_MS / 1_000}e9`],
  ['text', new Date(ARRIVAL_MS).toISOString()],
])('a time in %s is that time', (_, timeUnixNano) => {
  expect(storedLog({ timeUnixNano, body: text('x') }).timeMs).toBe(ARRIVAL_MS);
});

describe('a request at the path of another signal', () => {
  test('is refused with its own path: nothing of it would be stored', () => {
    const spans = spansRequest({ traceId: TRACE, spanId: SPAN });
    expect(() => readFresh(jsonInput(spans))).toThrow(
      'The body is no OTLP logs request in JSON: it has resourceSpans, which go to /v1/traces.',
    );
    expect(() => readFresh(jsonInput(logsRequest([]), { signal: 'metrics' }))).toThrow('/v1/logs');
    expect(readFresh(jsonInput({}))).toMatchObject({ records: 0, rejected: 0 });
    expect(readFresh(jsonInput({ schemaUrl: 'x' }))).toMatchObject({ records: 0, rejected: 0 });
  });
});

test.each([
  ['logs', { message: 'hello' }, '1 x a body without resourceLogs, of which nothing is stored'],
  ['traces', { spans: [] }, '1 x a body without resourceSpans, of which nothing is stored'],
  ['metrics', { up: 1 }, '1 x a body without resourceMetrics, of which nothing is stored'],
  ['logs', {}, ''],
  ['logs', { resourceLogs: [] }, ''],
  ['logs', { resource_logs: [] }, ''],
] as const)(
  '%s of %j take nothing, and say so where there was something: %s',
  (signal, body, message) => {
    expect(readFresh(jsonInput(body, { signal }))).toMatchObject({
      records: 0,
      rejected: 0,
      message,
    });
  },
);

test('attributes that are a list keep what they had', () => {
  expect(
    storedLog({ body: text('x'), attributes: attributes({ a: text('b') }) }).attributes,
  ).toEqual({ a: 'b' });
});
