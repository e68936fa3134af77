import { describe, expect, test } from 'vitest';
import type { Summary } from '../../../../lambdas/sre/domain/summary.ts';
import { severityInLine } from '../../../../lambdas/sre/in/normalise/line-level.ts';
import { severityOfText } from '../../../../lambdas/sre/in/normalise/severity.ts';
import { attributes, logsRequest, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLog,
} from '../../../support/otlp/read-logs.ts';

/** A line as a receiver of files sends it: nobody looked at it. */
const stored = (line: string, over: object = {}) =>
  storedLog({ timeUnixNano: nanos(ARRIVAL_MS), body: text(line), ...over });

const json = (members: object) => stored(JSON.stringify(members));

const summaryOf = (lines: readonly string[]): Summary =>
  readFresh(
    jsonInput(
      logsRequest(lines.map((line) => ({ timeUnixNano: nanos(ARRIVAL_MS), body: text(line) }))),
    ),
  ).summary;

describe('a line of a file has the severity that its format gives it', () => {
  test.each([
    ['<3>app[12]: cannot open /dev/sda', 17],
    ['<11>1 2026-11-30T08:00:00.123Z host app 12 - - unreachable', 17],
    ['<14>1 2026-11-30T08:00:00.123Z host app 12 - - started', 9],
    ['<192>no priority', 0],
    ['1:M 30 Nov 2026 08:00:00.123 # Write error', 13],
    ['1:M 30 Nov 2026 08:00:00.123 * Ready to accept connections', 10],
    ['12345:S 30 Nov 2026 08:00:00.123 - DB 0: 1 keys', 9],
    ['E/AndroidRuntime( 1234): FATAL EXCEPTION: main', 17],
    ['W/System.err(  12): x', 13],
    ['11-30 08:00:00.123  1234  1234 E AndroidRuntime: x', 17],
    ['F1130 08:00:00.123456       1 main.go:3] cannot start', 21],
    ['[Mon Nov 30 08:00:00.123456 2026] [core:error] [pid 1] x', 17],
    ['[2026-11-30 08:00:00,123: ERROR/ForkPoolWorker-1] Task raised', 17],
    ['error: order failed', 17],
    ['2026-11-30T08:00:00.123Z warn: slow', 13],
    ['[2026-11-30 08:00:00] fatal: gone', 21],
    ['fail: Microsoft.AspNetCore.Hosting[6]: x', 17],
    ['Nov 30 08:00:00 host app[12]: error: disk', 17],
    ['Error: listen EADDRINUSE: address already in use :::3000', 17],
    ['java.io.IOException: Stream closed', 17],
    ['TypeError [ERR_INVALID_ARG_TYPE]: x', 17],
    ['** (RuntimeError) boom', 17],
    ["app.rb:3:in `foo': undefined method `bar' for nil (NoMethodError)", 17],
  ])('%s: %i', (line, severity) => {
    expect(severityInLine(line)).toBe(severity);
  });

  test.each([
    'error=0 processed=100',
    'Error: none',
    'error: <nil>',
    'Error: 0',
    'errors: 12 fixed',
    'Error rate is 0',
    'log: rotated',
    'http: listening',
    'fine: paid',
    'config: loaded',
    'normal: all is well',
    'the (system) is up',
    'Exception handlers are set',
    'a message (with a PossibleError)',
    'GET /error: 200',
    'Trace: call of f',
  ])('%s names none', (line) => {
    expect(severityInLine(line)).toBe(0);
  });

  test('reads a long line as fast as a short one: 100 KB of each character that begins something', () => {
    for (const part of [
      '<',
      '[',
      'E',
      '1:M ',
      '2026-',
      'Nov ',
      'a.',
      'A:',
      '** (',
      '/',
      ' ',
      'ERROR/',
    ])
      expect(severityInLine(part.repeat(100_000))).toBeTypeOf('number');
  });
});

test.each([
  ['E', 17],
  ['w', 13],
  ['ERROR3', 19],
  ['INFO2', 10],
  ['D2', 6],
  ['fail', 17],
  ['dbug', 5],
  ['Normal', 9],
  ['ERROR9', 0],
  ['x', 0],
])('a level of %s is %i', (level, severity) => {
  expect(severityOfText(level)).toBe(severity);
});

describe('a level beside the message', () => {
  test.each<readonly [object, number]>([
    [{ level: text('error') }, 17],
    [{ level: { intValue: 50 } }, 17],
    [{ 'log.level': text('WARN') }, 13],
    [{ PRIORITY: text('3') }, 17],
    [{ level: { intValue: 3 } }, 0],
    [{ level: text('high') }, 0],
    [{ severity: { doubleValue: 0.5 } }, 0],
  ])('is the severity of a record that has none: %j', (values, severity) => {
    const list = attributes({ ...values });
    expect(stored('x', { attributes: list }).severity).toBe(severity);
    expect(stored('x', { attributes: list, severityNumber: 9 }).severity).toBe(9);
  });

  test.each<readonly [object, number, string]>([
    [{ loglevel: 'ERROR', message: 'x' }, 17, 'x'],
    [{ level: 400, level_name: 'ERROR', message: 'x' }, 17, 'x'],
    [{ s: 'F', msg: 'Fatal assertion' }, 21, 'Fatal assertion'],
    [{ PRIORITY: '4', MESSAGE: 'x' }, 13, 'x'],
    [{ '@l': 'Error', '@mt': 'order {Id}', '@m': 'order 5' }, 17, 'order 5'],
    [{ '@l': 'Error', '@mt': 'order {Id}' }, 17, 'order {Id}'],
    [{ level: 'ERROR', fields: { message: 'x' } }, 17, 'x'],
    [{ short_message: 'x', level: 3 }, 17, 'x'],
    [{ message: 'ticket opened', priority: 1 }, 0, 'ticket opened'],
  ])('is that of a body of JSON: %j', (members, severity, said) => {
    expect(json(members)).toMatchObject({ severity, text: said });
  });
});

describe('what stands around a line is taken off', () => {
  const ESC = '\u001b';
  test.each([
    [`${ESC}[31merror${ESC}[39m: order failed`, 17, 'error: order failed'],
    [`${ESC}[1;38;5;196mERROR${ESC}[0m x`, 17, 'ERROR x'],
    [`see ${ESC}]8;;https://a.example${ESC}\\here${ESC}]8;;${ESC}\\`, 0, 'see here'],
    ['order failed\r\n', 0, 'order failed'],
    [
      '2026-11-30T07:59:50.123456789Z stderr F Error: connect refused',
      17,
      'Error: connect refused',
    ],
    ['2026-11-30T07:59:50.123+01:00 stdout F {"level":"error","msg":"inner"}', 17, 'inner'],
    [JSON.stringify({ log: `{"level":"error","msg":"inner"}\n`, stream: 'stderr' }), 17, 'inner'],
    [JSON.stringify({ log: 'WARN plain\n', stream: 'stdout' }), 13, 'WARN plain'],
  ])('%j', (line, severity, said) => {
    expect(stored(line)).toMatchObject({ severity, text: said });
  });

  test('and a secret in it is no less one', () => {
    const line = `password=${ESC}[33mhunter2secret${ESC}[0m`;
    expect(stored(line).text).toBe('password=<secret>');
  });

  test('streams of a container stay apart', () => {
    expect(stored('2026-11-30T07:59:50.1Z stderr F x').attributes).toEqual({
      'log.iostream': 'stderr',
    });
  });

  test.each([
    '2026-11-30T07:59:50.1Z stderr was closed',
    '2026-11-30T07:59:50.1Z x stderr F y',
    '{"a":1',
    '{"message":"{not json}"}',
  ])('nothing else is: %s', (line) => {
    expect([line, '{not json}']).toContain(stored(line).text);
  });

  test('JSON in JSON without end is opened twice', () => {
    let line = 'x';
    for (let depth = 0; depth < 6; depth += 1) line = JSON.stringify({ log: line });
    expect(stored(line).text.startsWith('{"log":')).toBe(true);
  });
});

describe('the error of a structured line', () => {
  const PYTHON = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\nValueError: bad';
  test.each<readonly [object, string | null]>([
    [{ event: 'x', exception: PYTHON }, 'ValueError'],
    [{ message: 'x', exc_info: PYTHON }, 'ValueError'],
    [
      { '@m': 'x', '@x': 'System.InvalidOperationException: b\n   at A.B() in /x.cs:line 3' },
      'System.InvalidOperationException',
    ],
    [{ msg: 'x', stacktrace: 'main.main\n\t/app/x.go:3' }, null],
    [
      {
        message: 'x',
        thrown: {
          name: 'java.lang.Error',
          message: 'b',
          extendedStackTrace: 'java.lang.Error: b\n\tat a.B.c(B.java:1)',
        },
      },
      'java.lang.Error',
    ],
  ])('is its exception: %j', (members, exceptionType) => {
    const record = json({ level: 'error', ...members });
    expect(record).toMatchObject({ text: 'x', exceptionType });
    expect(record.stack).toContain('\n');
    expect(Object.values(record.attributes).join()).not.toContain('\n');
  });

  test('is read where it is a text, from WARN up, and stays an attribute', () => {
    const failed = { msg: 'flush failed', error: 'write /data: no space left on device' };
    expect(json({ level: 'error', ...failed })).toMatchObject({
      stack: failed.error,
      attributes: { error: failed.error },
    });
    expect(json({ level: 'info', ...failed }).stack).toBeNull();
    expect(json({ level: 'error', msg: 'x', error: 'E17' }).stack).toBeNull();
    expect(summaryOf([JSON.stringify({ level: 'error', ...failed })])).toMatchObject([
      { shapes: [{ signals: [{ group: 'resource' }] }] },
    ]);
  });

  test('and its trace is that of its logger', () => {
    const trace = '5b8efff798038103d269b633813fc60c';
    for (const key of ['otelTraceID', 'TraceId', 'traceID', '@tr', 'dd.trace_id'])
      expect(json({ message: 'x', [key]: trace }).traceId).toBe(trace);
    const path = `projects/shop/traces/${trace}`;
    expect(json({ message: 'x', 'logging.googleapis.com/trace': path }).traceId).toBe(trace);
  });
});

describe('a line of access', () => {
  const access = (status: number) =>
    `10.0.0.1 - - [30/Nov/2026:08:00:00 +0000] "GET /a?token=1 HTTP/1.1" ${status} 612 "-" "curl/8"`;

  test('is a request with its status: the server failed, or its client did', () => {
    expect(summaryOf([200, 502, 503, 404, 401].map(access))).toMatchObject([
      {
        requests: 5,
        failing: 2,
        clientFaults: 1,
        authFaults: 1,
        statuses: { 502: 1, 503: 1 },
      },
    ]);
    expect(stored(access(502)).http).toEqual({
      status: 502,
      method: 'GET',
      route: '/a',
      durationMs: null,
    });
  });

  test.each([
    '[2026-11-30T08:00:00.123Z] "GET /api HTTP/2" 503 UF,URX upstream_reset_before_response_started',
    '10.0.0.1:52 - "POST /pay HTTP/1.1" 503',
  ])('of another server is one, too: %s', (line) => {
    expect(summaryOf([line])).toMatchObject([{ requests: 1, failing: 1 }]);
  });

  test.each([
    'connect() failed while connecting to upstream, request: "GET / HTTP/1.1", upstream: "http://10.0.0.2:80/"',
    'sent "GET / HTTP/1.1" twice',
    '"GET / HTTP/1.1" 999 x',
  ])('is none without a status: %s', (line) => {
    expect(stored(line).http).toBeNull();
  });

  test('gives way to what attributes say', () => {
    const list = attributes({ 'http.response.status_code': { intValue: 200 } });
    expect(stored(access(502), { attributes: list }).http?.status).toBe(200);
  });
});
