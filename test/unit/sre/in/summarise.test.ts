import { describe, expect, test } from 'vitest';
import { boundSummary } from '../../../../lambdas/sre/domain/bound-summary.ts';
import { bucketOf, isHot } from '../../../../lambdas/sre/domain/summary.ts';
import { readSummary, summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';
import { attributes, logsRequest, text } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, jsonInput, nanos, readFresh } from '../../../support/otlp/read-logs.ts';

const summaryOf = (records: readonly unknown[], resource?: Readonly<Record<string, object>>) =>
  readFresh(jsonInput(logsRequest(records, resource))).summary;

const record = (body: string, severityNumber: number, over: object = {}) => ({
  timeUnixNano: nanos(ARRIVAL_MS),
  body: text(body),
  severityNumber,
  ...over,
});

const request = (status: number, durationMs: number) =>
  record('request', 9, {
    attributes: attributes({
      'http.response.status_code': { intValue: status },
      'http.request.method': text('GET'),
      duration_ms: { intValue: durationMs },
    }),
  });

describe('the summary of a batch', () => {
  test('counts by source and bucket of ten seconds, and whose fault each was', () => {
    const summary = summaryOf([
      record('fine', 9),
      record('bad', 17),
      request(200, 3),
      request(404, 3),
      request(401, 3),
      request(503, 3_000),
      record('earlier', 9, { timeUnixNano: nanos(ARRIVAL_MS - 10_000) }),
    ]);
    expect(summary).toMatchObject([
      {
        source: { service: 'checkout' },
        bucket: bucketOf(ARRIVAL_MS),
        records: 6,
        failing: 2,
        clientFaults: 1,
        authFaults: 1,
        requests: 4,
        statuses: { 503: 1 },
        severity: 17,
      },
      { bucket: bucketOf(ARRIVAL_MS) - 1, records: 1, failing: 0 },
    ]);
    expect(summary[0]?.latencies.map(([, times]) => times)).toEqual([3, 1]);
    expect(readSummary(summaryText(summary))).toEqual(summary);
  });

  test('shows a shape in one line, and what is no line’s end as it came', () => {
    const shown = (body: string) => summaryOf([record(body, 17)])[0]?.shapes[0]?.text;
    expect(shown('no room \t\r\n\n  left  on\tit')).toBe('no room left  on\tit');
    expect(shown(`wide${'\t'.repeat(500)}`)).toBe(`wide${'\t'.repeat(236)}`);
  });

  test('says which of its records count for no service of their own', () => {
    const resourceLogs = Array.from({ length: 450 }, (_, index) => ({
      resource: { attributes: attributes({ 'service.name': text(`svc-${index}`) }) },
      scopeLogs: [{ logRecords: [record('x', 9)] }],
    }));
    const { summary, message, rejected } = readFresh(jsonInput({ resourceLogs }));
    const kept = boundSummary(summary);
    const other = kept.find(({ source }) => source.service === 'other')?.records ?? 0;
    expect(other).toBeGreaterThan(0);
    expect([rejected, message]).toEqual([
      0,
      `${other} x counted for 'other': too many services and times in one batch`,
    ]);
  });

  test('does not count the rest of a stack whose head came in the batch before', () => {
    const stack = ['    at f (a.js:1:2)', '    at g (a.js:3:4)', '    at h (a.js:5:6)'];
    const head = 'TypeError: cart is empty';
    const sent = (...texts: string[]) => summaryOf(texts.map((said) => record(said, 17)));
    expect(sent(head, ...stack)).toMatchObject([{ records: 1, failing: 1, shapes: [{}] }]);
    expect(sent(head, ...stack.slice(0, 1))).toMatchObject([{ records: 1, failing: 1 }]);
    expect(sent(...stack.slice(1))).toEqual([]);
    expect(sent(...stack.slice(2))).toEqual([]);
    expect(sent('Caused by: java.lang.IllegalStateException: closed', ...stack)).toEqual([]);
    expect(sent(...stack.slice(1), 'another thing failed')).toMatchObject([
      { records: 1, failing: 1, shapes: [{ text: 'another thing failed' }] },
    ]);
  });

  test('counts a traceback of Python once, wherever it was cut: by the line that closes it', () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "/app/a.py", line 3, in f',
      '    g()',
      '  File "/app/a.py", line 9, in g',
      'shop.errors.OrderError: no order',
    ];
    const sent = (texts: readonly string[]) => summaryOf(texts.map((said) => record(said, 17)));
    const once = [{ records: 1, failing: 1, shapes: [{ text: traceback.at(-1) }] }];
    expect(sent(traceback)).toMatchObject(once);
    for (const cut of [1, 2, 3, 4]) {
      expect(sent(traceback.slice(0, cut))).toEqual([]);
      expect(sent(traceback.slice(cut))).toMatchObject(once);
    }
  });

  test('counts the rest of a stack that says more than its head did', () => {
    expect(
      summaryOf([
        record('Caused by: java.lang.OutOfMemoryError: Java heap space', 17),
        record('\tat a.B.c(B.java:1)', 17),
      ]),
    ).toMatchObject([{ records: 1, failing: 1, shapes: [{ signals: [{ group: 'oom' }] }] }]);
  });

  test('has a shape for lines that differ in their numbers alone, with samples of it', () => {
    const lines = Array.from({ length: 5 }, (_, index) =>
      record(`order ${index}a7 lost after ${index} ms`, 17),
    );
    const [entry] = summaryOf([record('fine', 9), ...lines, record('cart lost', 13)]);
    expect(entry?.shapes).toMatchObject([
      { text: 'order 0a7 lost after 0 ms', count: 5, severity: 17, samples: [1, 2, 3] },
      { text: 'cart lost', count: 1, severity: 13, samples: [6] },
    ]);
  });

  test('keeps the eight shapes that matter most', () => {
    const word = (index: number): string => 'abcdefghijklmnopqrst'.slice(index);
    const warnings = Array.from({ length: 12 }, (_, index) => record(`${word(index)} is slow`, 13));
    const [entry] = summaryOf([
      ...warnings,
      record('java.lang.OutOfMemoryError: Java heap space', 17),
    ]);
    expect(entry?.shapes).toHaveLength(8);
    expect(entry?.shapes[0]).toMatchObject({ severity: 17, signals: [{ group: 'oom' }] });
  });

  test('is hot when a line is an immediate signal, and only then', () => {
    expect(isHot(summaryOf([record('java.lang.OutOfMemoryError: Java heap space', 17)]))).toBe(
      true,
    );
    expect(isHot(summaryOf([record('order lost', 17), record('Chat room created', 9)]))).toBe(
      false,
    );
  });

  test('folds sources beyond its limit into one, and loses no record', () => {
    const resourceLogs = Array.from({ length: 900 }, (_, index) => ({
      resource: { attributes: attributes({ 'service.name': text(`svc-${index}`) }) },
      scopeLogs: [{ logRecords: [record('x', 9)] }],
    }));
    const { summary } = readFresh(jsonInput({ resourceLogs }));
    expect(summary).toHaveLength(400);
    expect(summary.reduce((sum, { records }) => sum + records, 0)).toBe(900);
    expect(summary.at(-1)?.source.service).toBe('other');
  });

  test('of spans counts the requests that a service answered', () => {
    const span = (kind: number, code: number) => ({
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      kind,
      startTimeUnixNano: nanos(ARRIVAL_MS),
      endTimeUnixNano: nanos(ARRIVAL_MS + 5),
      status: { code },
    });
    const body = {
      resourceSpans: [{ scopeSpans: [{ spans: [span(2, 0), span(2, 2), span(3, 2)] }] }],
    };
    const batch = readFresh(jsonInput(body, { signal: 'traces' }));
    expect(batch.records).toBe(3);
    expect(batch.summary).toMatchObject([{ records: 2, failing: 1 }]);
  });

  test('of a span without ids rejects it, and keeps the rest', () => {
    const body = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'x' }, null] }] }] };
    expect(readFresh(jsonInput(body, { signal: 'traces' }))).toMatchObject({
      records: 0,
      rejected: 2,
      message: '1 x a record that cannot be read; 1 x a span without its ids',
    });
  });

  describe('of lines whose sender gives no severity', () => {
    test.each([
      ['panic: runtime error: index out of range [5] with length 3', 21],
      ['fatal error: runtime: out of memory', 17],
      ["thread 'main' panicked at src/main.rs:4:5:", 17],
      ['Out of memory: Killed process 4711 (java) total-vm:1kB', 17],
      ['write /var/lib/db: no space left on device', 17],
    ])('one that leaves no doubt is enough: %s', (line, severity) => {
      const summary = summaryOf([record(line, 0), record('started', 0)]);
      expect(summary).toMatchObject([{ failing: 1, severity, shapes: [{ severity }] }]);
      expect(isHot(summary)).toBe(true);
    });

    test('the trace of an error counts, that of a warning does not', () => {
      const trace = (type: string) => `${type}: no route\n    at f (/app/a.js:1:2)`;
      expect(summaryOf([record(trace('TypeError'), 0)])).toMatchObject([{ failing: 1 }]);
      expect(summaryOf([record(trace('DeprecationWarning'), 0)])).toMatchObject([{ failing: 0 }]);
    });

    test('a strong sign of another kind counts, and no single one is enough', () => {
      const summary = summaryOf([record('connect ECONNREFUSED 10.0.0.1:5432', 0)]);
      expect(summary).toMatchObject([{ failing: 1, severity: 13 }]);
      expect(isHot(summary)).toBe(false);
    });

    test('one that says INFO itself stays so', () => {
      const summary = summaryOf([record('panic: runtime error: index out of range', 9)]);
      expect(summary).toMatchObject([{ failing: 0, severity: 9 }]);
      expect(isHot(summary)).toBe(false);
    });

    test('what clients send is no sign of anything', () => {
      const line =
        '10.0.0.1 - - [30/Nov/2026:08:00:00 +0000] "GET /x HTTP/1.1" 200 15 "-" "panic: runtime error"';
      expect(summaryOf([record(line, 0)])).toMatchObject([{ failing: 0, shapes: [] }]);
    });
  });
});
