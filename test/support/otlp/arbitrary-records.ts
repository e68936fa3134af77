import * as fc from 'fast-check';
import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import type { Span } from '../../../lambdas/sre/domain/span.ts';

/** Whole characters of any script; \u0001 and NUL, which blocks and keys keep for themselves, do not come so far. */
const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      fc.string({ maxLength, unit: 'grapheme' }),
      fc.stringMatching(/^[a-z]{1,8}(?: [a-z]{0,6}\d{0,12}[.:/-]?\d{0,3}){0,6}$/),
    )
    .map((text) => text.toWellFormed().replaceAll('\u0000', ' ').replaceAll('\u0001', ' '));

const attributes = fc.dictionary(
  anyText(8).filter((key) => key !== ''),
  fc.oneof(
    anyText(20),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
  ),
  { maxKeys: 6, noNullPrototype: true },
);

const HEX_DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16));

const hex = (digits: number): fc.Arbitrary<string | null> =>
  fc.option(
    fc.oneof(
      fc.constant('ab'.repeat(digits / 2)),
      fc.string({
        unit: fc.constantFrom(...HEX_DIGITS),
        minLength: digits,
        maxLength: digits,
      }),
    ),
  );

const http = fc.option(
  fc.record({
    status: fc.integer({ min: 0, max: 599 }),
    method: anyText(6),
    route: anyText(20),
    durationMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
  }),
);

const source = fc.record({ environment: anyText(6), namespace: anyText(6), service: anyText(6) });
const timeMs = fc.integer({ min: 0, max: 4_102_444_800_000 });

const sender = fc.record({ source, resource: attributes });

const logRecord: fc.Arbitrary<LogRecord> = fc
  .record({
    sender,
    timeMs,
    severity: fc.integer({ min: 0, max: 24 }),
    text: anyText(60),
    stack: fc.option(anyText(60)),
    exceptionType: fc.option(anyText(10)),
    traceId: hex(32),
    spanId: hex(16),
    http,
    eventName: fc.option(anyText(8)),
    attributes,
  })
  .map(({ sender: { source, resource }, ...record }) => ({ ...record, source, resource }));

export const logRecords = fc.array(logRecord, { maxLength: 12 });

const span: fc.Arbitrary<Span> = fc
  .record({
    sender,
    startMs: timeMs,
    durationMs: fc.integer({ min: 0, max: 10 ** 10 }).map((micros) => micros / 1_000),
    traceId: hex(32).map((id) => id ?? 'a'.repeat(32)),
    spanId: hex(16).map((id) => id ?? 'b'.repeat(16)),
    parentSpanId: hex(16),
    name: anyText(20),
    kind: fc.integer({ min: 0, max: 5 }),
    isError: fc.boolean(),
    statusText: anyText(20),
    exceptionType: fc.option(anyText(10)),
    stack: fc.option(anyText(40)),
    http,
    attributes,
  })
  .map(({ sender: { source, resource }, ...rest }) => ({ ...rest, source, resource }));

export const spans = fc.array(span, { maxLength: 12 });
