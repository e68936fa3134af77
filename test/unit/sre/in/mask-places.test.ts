import { describe, expect, test } from 'vitest';
import { maskText } from '../../../../lambdas/sre/in/mask/mask-text.ts';
import { createMasker } from '../../../../lambdas/sre/in/mask/masker.ts';
import { attributes, logsRequest, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLog,
  storedLogs,
} from '../../../support/otlp/read-logs.ts';

const LONG = 'Ab1+'.repeat(1_600);
const BEGIN = '-----BEGIN RSA PRIVATE KEY-----';
const END = '-----END RSA PRIVATE KEY-----';

describe('a secret is hidden whole', () => {
  test.each([
    [
      String.raw`{"a":"line1\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"}`,
      String.raw`{"a":"line1\n<private-key>"}`,
    ],
    [`x${BEGIN}MIIE${END}`, 'x<private-key>'],
    [`"private_key": "${BEGIN}${LONG}`, '"private_key": "<secret>'],
    [`password="${LONG}" x`, 'password="<secret>" x'],
    [`password=${LONG} x`, 'password=<secret> x'],
    [`Bearer ${LONG} x`, 'Bearer <secret> x'],
    ['password\t=\thunter2', 'password\t=\t<secret>'],
    ['password    :    hunter2', 'password    :    <secret>'],
    ['postgres://u:p@ss@host/db', 'postgres://<secret>@host/db'],
    ['password=a,b,c next', 'password=<secret> next'],
    ['Password=a;Server=b', 'Password=<secret>;Server=b'],
    ['passphrase=my secret phrase user=bob', 'passphrase=<secret> user=bob'],
    ['DB_PASS=hunter2 pass=hunter2', 'DB_PASS=<secret> pass=<secret>'],
    ['JSESSIONID=ABCDEF0123456789', 'JSESSIONID=<secret>'],
    ['PHPSESSID=abcdef0123456789', 'PHPSESSID=<secret>'],
    ['body <password>hunter2</password> end', 'body <password><secret></password> end'],
  ])('%#', (line, masked) => {
    expect(maskText(line)).toBe(masked);
    expect(maskText(masked)).toBe(masked);
  });

  test('is no word of a report: tests that pass, elements that hold none', () => {
    for (const line of [
      'pass: all good',
      'tests: pass=12 fail=3',
      '<token>x</token>',
      'a -> b <c>',
    ])
      expect(maskText(line)).toBe(line);
  });
});

describe('wherever it stands', () => {
  test('in the names of attributes, of events, of methods, and in lists of headers', () => {
    const record = storedLog({
      eventName: 'login ann@example.com',
      attributes: attributes({
        'ann@example.com': { intValue: 1 },
        'http.request.header.cookie': { arrayValue: { values: [text('session=abc')] } },
        'http.request.method': text('GET ann@example.com'),
        note: text(`${'x'.repeat(4_090)} ann@example.com`),
      }),
    });
    expect(record).toMatchObject({
      eventName: 'login <email>',
      http: { method: '_OTHER' },
      attributes: { '<email>': 1, 'http.request.header.cookie': '<secret>' },
    });
    expect(record.attributes['note']).toBe(`${'x'.repeat(4_090)} <emai`);
    expect(createMasker().key('card 4111111111111111')).toBe('card <card>');
  });

  test('in a key that comes as one record a line', () => {
    const lines = ['start', BEGIN, 'MIIEowIBAAKCAQEA', 'Zm9vYmFyYmF6cXV4', END, 'served order 7'];
    const stored = storedLogs(
      lines.map((line) => ({ timeUnixNano: nanos(ARRIVAL_MS), body: text(line) })),
    );
    expect(stored.map((record) => record.text)).toEqual([
      'start',
      '<private-key>',
      'served order 7',
    ]);
  });
});

describe('a batch', () => {
  test('of more sources than its limit keeps every record, and says which count for others', () => {
    const resourceLogs = Array.from({ length: 1_010 }, (_, index) => ({
      resource: { attributes: attributes({ 'service.name': text(`svc-${index}`) }) },
      scopeLogs: [{ logRecords: [{ body: text('x') }] }],
    }));
    expect(readFresh(jsonInput({ resourceLogs }))).toMatchObject({
      records: 1_010,
      rejected: 0,
      message:
        "10 x of more than 1000 sources, counted for 'other'; " +
        "682 x counted for 'other': too many services and times in one batch",
    });
  });

  test('of two signals in the same bytes is two batches', () => {
    const body = { resourceLogs: [], resourceSpans: [] };
    const [logs, traces] = [jsonInput(body), jsonInput(body, { signal: 'traces' })];
    expect(readFresh(logs).hash).not.toBe(readFresh(traces).hash);
  });

  test('without times is the same for minutes, and with times for ever', () => {
    const timeless = jsonInput(logsRequest([{ body: text('disk check failed') }]));
    const timed = jsonInput(logsRequest([{ timeUnixNano: nanos(ARRIVAL_MS), body: text('x') }]));
    const [now, soon, later] = [ARRIVAL_MS, ARRIVAL_MS + 60_000, ARRIVAL_MS + 3_600_000];
    expect(readFresh(timeless, now).hash).toBe(readFresh(timeless, soon).hash);
    expect(readFresh(timeless, now).hash).not.toBe(readFresh(timeless, later).hash);
    expect(readFresh(timed, now).hash).toBe(readFresh(timed, later).hash);
  });

  test('of a sender that catches up counts for that sender', () => {
    const records = Array.from({ length: 2_000 }, (_, index) => ({
      timeUnixNano: nanos(ARRIVAL_MS - index * 10_000),
      severityNumber: 17,
      body: text('x'),
    }));
    const { summary } = readFresh(jsonInput(logsRequest(records)));
    expect(new Set(summary.map(({ source }) => source.service))).toEqual(new Set(['checkout']));
    expect(summary.reduce((sum, { failing }) => sum + failing, 0)).toBe(2_000);
  });

  test('of many long names has a summary that an item holds', () => {
    const resourceLogs = Array.from({ length: 400 }, (_, index) => ({
      resource: { attributes: attributes({ 'service.name': text(`${index}${'漢'.repeat(190)}`) }) },
      scopeLogs: [{ logRecords: [{ body: text('x') }] }],
    }));
    const { summary } = readFresh(jsonInput({ resourceLogs }));
    expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThan(250_000);
    expect(summary.reduce((sum, { records }) => sum + records, 0)).toBe(400);
  });
});
