import { describe, expect, test } from 'vitest';
import { severityInLine } from '../../../../lambdas/sre/in/normalise/line-level.ts';
import { severityOf } from '../../../../lambdas/sre/in/normalise/severity.ts';
import { createSkewMemory } from '../../../../lambdas/sre/in/normalise/times.ts';
import { protobufOf, attributes, logsRequest, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLog,
  storedLogs,
} from '../../../support/otlp/read-logs.ts';

describe('severity', () => {
  test.each([
    [17, '', 17],
    [25, 'x', 24],
    [4_000, '', 24],
    [0, 'ERROR+8', 24],
    [0, 'ERROR+1', 18],
    [0, 'INFO-2', 7],
    [0, 'DEBUG-9', 1],
    [0, 'Level 5', 1],
    [0, 'Level 35', 13],
    [0, 'Level 60', 21],
    [0, 'err', 17],
    [0, 'SEVERE', 17],
    [0, ' Warning ', 13],
    [0, 'emerg', 23],
    [0, 'PANIC', 21],
    [0, 'CRITICAL', 21],
    [0, 'silly', 1],
    [0, '30', 9],
    [0, '50', 17],
    [0, '3', 17],
    [0, 'boom', 0],
    [0, '', 0],
    [-3, 'ERROR', 17],
  ])('%d with the text %j is %d', (number, name, severity) => {
    expect(severityOf(number, name)).toBe(severity);
  });

  test.each([
    ['2026-11-30 08:00:00 ERROR pool exhausted', 17],
    ['[warn] slow', 13],
    ['level=error msg="x"', 17],
    ['E1130 08:00:00.000001 1 x.go:3] y', 17],
    ['081109 203615 148 INFO dfs.DataNode$PacketResponder: terminating', 9],
    ['GET /errors/ERROR.html ERROR_CODE=3', 0],
    ['no error was found', 0],
    ['HTTP ALL LOG', 0],
  ])('of a line that has nothing else, %j, is %d', (line, severity) => {
    expect(severityInLine(line)).toBe(severity);
  });
});

describe('time', () => {
  const timeOf = (record: object): number => storedLog(record).timeMs - ARRIVAL_MS;

  test('is its own, else when it was observed, else when it arrived', () => {
    const [own, observed] = [nanos(ARRIVAL_MS - 2_000), nanos(ARRIVAL_MS - 1_000)];
    expect(timeOf({ timeUnixNano: own, observedTimeUnixNano: observed })).toBe(-2_000);
    expect(timeOf({ timeUnixNano: '0', observedTimeUnixNano: observed })).toBe(-1_000);
    expect(timeOf({ timeUnixNano: 'soon' })).toBe(0);
    expect(timeOf({})).toBe(0);
  });

  test('is exact to the millisecond in both encodings, as text, as a number and with an exponent', () => {
    const times = [1_795_991_409_461, 1_795_991_409_999, 1_764_489_600_000];
    for (const timeMs of times) {
      const forms = [nanos(timeMs), `${timeMs}999999`];
      for (const timeUnixNano of forms) {
        const request = logsRequest([{ timeUnixNano }]);
        const body = protobufOf('logs', request);
        const batches = [
          readFresh(jsonInput(request), timeMs),
          readFresh(jsonInput(request, { body, contentType: 'application/x-protobuf' }), timeMs),
        ];
        expect(batches.map(({ fromMs }) => fromMs)).toEqual([timeMs, timeMs]);
      }
    }
    const timeUnixNano = '1.76448960000e18';
    expect(readFresh(jsonInput(logsRequest([{ timeUnixNano }])), 1_764_489_600_000).fromMs).toBe(
      1_764_489_600_000,
    );
  });

  test('of a clock that is an hour ahead is corrected at once, and our own is not', () => {
    const times = storedLogs([
      { timeUnixNano: nanos(ARRIVAL_MS + 3_599_500) },
      { timeUnixNano: nanos(ARRIVAL_MS + 3_600_000) },
      {},
    ]);
    expect(times.map(({ timeMs }) => timeMs - ARRIVAL_MS)).toEqual([-500, 0, 0]);
    expect(timeOf({ timeUnixNano: nanos(ARRIVAL_MS - 4_900) })).toBe(-4_900);
  });

  test('of 1970 beside one of today is a week old, and of 2099 a minute ahead', () => {
    const [old, now] = storedLogs([
      { timeUnixNano: '1000000' },
      { timeUnixNano: nanos(ARRIVAL_MS) },
    ]);
    expect([old, now].map((record) => (record?.timeMs ?? 0) - ARRIVAL_MS)).toEqual([
      -604_800_000, 0,
    ]);
    expect(timeOf({ timeUnixNano: nanos(Date.UTC(2099, 0)) })).toBe(60_000);
    expect(timeOf({ timeUnixNano: '18446744073709551615' })).toBe(60_000);
    const mixed = storedLogs([
      { timeUnixNano: nanos(ARRIVAL_MS - 1_000) },
      { timeUnixNano: nanos(Date.UTC(2099, 0)) },
      {},
    ]);
    expect(mixed.map(({ timeMs }) => timeMs - ARRIVAL_MS)).toEqual([-1_000, 60_000, 0]);
  });

  test('of one late batch moves nothing for a sender whose clock was right before', () => {
    const skews = createSkewMemory();
    for (let batch = 0; batch < 5; batch += 1) expect(skews.correctionMs('a', 900)).toBe(0);
    expect(skews.correctionMs('a', 240_000)).toBe(0);
  });

  test('of a slow clock is corrected when three batches show the same, and of a late first batch never', () => {
    const skews = createSkewMemory();
    expect([600_000, 600_400, 599_800, 600_100].map((ms) => skews.correctionMs('b', ms))).toEqual([
      0, 0, 600_000, 600_000,
    ]);
    expect([3_600_000, 400, 500].map((ms) => skews.correctionMs('c', ms))).toEqual([0, 0, 0]);
  });
});

describe('where a record comes from', () => {
  test('is told by the new names before the old ones', () => {
    const source = {
      'deployment.environment.name': text('production'),
      'deployment.environment': text('old'),
      'service.namespace': text(' shop '),
      'service.name': text('checkout'),
      'host.name': text('web-1'),
    };
    expect(storedLog({}, source)).toMatchObject({
      source: { environment: 'production', namespace: 'shop', service: 'checkout' },
      resource: { 'host.name': 'web-1', 'deployment.environment': 'old' },
    });
  });

  test('falls back to what runs the service, and is empty for nothing', () => {
    const kubernetes = { 'k8s.container.name': text('app'), 'k8s.deployment.name': text('api') };
    expect(storedLog({}, kubernetes).source.service).toBe('api');
    expect(storedLog({}, { 'deployment.environment': text('dev') }).source).toEqual({
      environment: 'dev',
      namespace: '',
      service: '',
    });
    expect(storedLog({}, { 'service.name': text('\u0000\n') }).source.service).toBe('');
    expect(storedLog({}, { 'service.name': text('x'.repeat(5_000)) }).source.service).toHaveLength(
      200,
    );
  });
});

describe('a request that a record tells of', () => {
  const httpOf = (values: Readonly<Record<string, object>>) =>
    storedLog({ attributes: attributes(values) });

  test.each([
    [
      {
        'http.response.status_code': { intValue: 503 },
        'http.request.method': text('post'),
        'http.route': text('/orders/{id}'),
        'http.server.request.duration': { doubleValue: 0.25 },
      },
    ],
    [
      {
        'http.status_code': { intValue: '503' },
        'http.method': text('POST'),
        'http.target': text('/orders/{id}?token=abc'),
        'http.server.duration': { doubleValue: 250 },
      },
    ],
    [
      {
        'res.statusCode': { intValue: 503 },
        'req.method': text('POST'),
        'req.url': text('https://shop.example/orders/{id}#x'),
        responseTime: { intValue: 250 },
      },
    ],
  ])('is read by either convention', (values) => {
    const { http, attributes: rest } = httpOf(values);
    expect(http).toEqual({ status: 503, method: 'POST', route: '/orders/{id}', durationMs: 250 });
    expect(rest).toEqual({});
  });

  test('is none without a status or a method', () => {
    expect(httpOf({ 'http.route': text('/x'), 'url.path': text('/y') }).http).toBeNull();
    expect(httpOf({ 'http.status_code': { intValue: 99 } }).http).toBeNull();
  });
});
