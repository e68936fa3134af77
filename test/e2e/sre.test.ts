import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  anomalyListSchema,
  anomalyWithLinesSchema,
  explanationSchema,
  ingestUsageSchema,
  searchSchema,
  serviceListSchema,
  settingSchema,
  traceSchema,
} from '../../lambdas/sre/formats/sre-schemas.ts';
import { masksSchema } from '../../lambdas/sre/formats/mask-schemas.ts';
import { as } from '../support/answer-as.ts';
import { deployedStage, laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { adminOfOtherProject } from '../support/other-project.ts';
import { logException, logsBody, spanBody } from '../support/sre/otlp-sender.ts';
import { ingestUrlOf, JSON_TYPE } from '../support/sre/send-telemetry.ts';
import { ownService, telemetrySender } from '../support/sre/telemetry-sender.ts';
import { eventually } from '../support/stack.ts';

const e2e = sharedE2e();
const { start, key, send } = telemetrySender(e2e);
beforeAll(async () => {
  await e2e.start();
  await start();
});
afterAll(async () => await e2e.stop());

const anomaliesOf = async (service: string) =>
  (await as(anomalyListSchema, e2e.admin('GET', `/v1/anomalies?service=${service}`))).data;
const found = async (service: string) => {
  let [first] = await anomaliesOf(service);
  await eventually(async () => {
    [first] = await anomaliesOf(service);
    expect(first).toBeDefined();
  });
  if (first === undefined) throw new Error('no anomaly');
  return first;
};
/** A span and a line inside of it, found again. */
const sentTrace = async () => {
  const [service, traceId] = [ownService(), randomBytes(16).toString('hex')];
  expect((await send(spanBody(service, traceId, 'GET /x'), JSON_TYPE, '/v1/traces')).status).toBe(
    200,
  );
  await send(logsBody(service, [{ text: 'inside', traceId }]));
  await eventually(async () => {
    const trace = await as(traceSchema, e2e.admin('GET', `/v1/traces/${traceId}`));
    expect([trace.spans.length, trace.logs.length]).toEqual([1, 1]);
  });
  return { service, traceId };
};
const search = async (query: Readonly<Record<string, string>>) =>
  await as(searchSchema, e2e.admin('GET', `/v1/logs/search?${new URLSearchParams(query)}`));

describe('from an exporter to an anomaly', () => {
  test.each(['json', 'protobuf'] as const)(
    'an exception that the Node exporter sends as %s is an anomaly, its parts add up, and its line is there',
    async (encoding) => {
      const service = ownService();
      const error = new RangeError('JavaScript heap out of memory');
      await logException(encoding, { baseUrl: ingestUrlOf(e2e.stack), key: key(), service }, error);
      const anomaly = await found(service);
      expect(anomaly).toMatchObject({ kind: 'oom', path: 'immediate', source: { service } });
      const { parts, adjustment, score } = anomaly.score;
      const sum = parts.reduce((points, part) => points + part.points, adjustment.points);
      expect(sum).toBeCloseTo(score, 9);
      const whole = await as(
        anomalyWithLinesSchema,
        e2e.admin('GET', `/v1/anomalies/${anomaly.id}`),
      );
      expect(whole.samples).toHaveLength(1);
      expect(whole.lines).toMatchObject([{ severity: 21, exception_type: 'RangeError' }]);
      expect(whole.lines[0]?.text).toContain('heap out of memory');
    },
  );

  test('noise of clients is no anomaly, and a muted service says nothing', async () => {
    const [noisy, muted] = [ownService(), ownService()];
    const until = Date.now() + 3_600_000;
    const set = { service: muted, muted_until: until };
    expect(await as(settingSchema, e2e.admin('PATCH', '/v1/services', set))).toMatchObject({
      source: { service: muted },
      sensitivity: 'normal',
      muted_until: until,
    });
    await send(logsBody(muted, [{ text: 'fatal error: out of memory', severity: 21 }]));
    const attributes = { 'http.response.status_code': '404' };
    await send(
      logsBody(
        noisy,
        Array.from({ length: 50 }, (_, index) => ({
          text: `item ${index} not found`,
          severity: 13,
          attributes,
        })),
      ),
    );
    const told = ownService();
    await send(logsBody(told, [{ text: 'fatal error: out of memory', severity: 21 }]));
    await found(told);
    expect(await anomaliesOf(noisy)).toEqual([]);
    expect(await anomaliesOf(muted)).toEqual([]);
  });

  test('a service is listed with its rate and its settings', async () => {
    const service = ownService();
    await send(
      logsBody(service, [
        { text: 'panic: runtime error: out of memory', severity: 21 },
        { text: 'fine' },
      ]),
    );
    await found(service);
    await e2e.admin('PATCH', '/v1/services', { service, sensitivity: 'low' });
    const { data } = await as(serviceListSchema, e2e.admin('GET', '/v1/services'));
    expect(data.find(({ source }) => source.service === service)).toMatchObject({
      error_rate: 0.5,
      sensitivity: 'low',
      muted_until: null,
      open: expect.arrayContaining(['oom']),
    });
  });

  test('a dry run says what lines would score, and hides what would not be stored', async () => {
    const { data } = await as(
      explanationSchema,
      e2e.admin('POST', '/v1/anomalies/explain', {
        lines: [
          'java.lang.OutOfMemoryError: Java heap space',
          { text: 'user ada@example.com logged in', severity: 9 },
        ],
      }),
    );
    expect(data.map(({ path }) => path)).toEqual(['immediate', 'none']);
    expect(data[1]?.text).not.toContain('ada@example.com');
  });
});

describe('what is stored', () => {
  test('a batch that is sent twice counts once, whatever its compression', async () => {
    const service = ownService();
    const body = logsBody(service, [{ text: `only ${service}` }, { text: 'second' }]);
    for (const [bytes, coding] of [
      [Buffer.from(body), 'identity'],
      // The emulator takes compressed JSON for text.
      ...(deployedStage === null
        ? ([
            [gzipSync(body), 'gzip'],
            [zstdCompressSync(body), 'zstd'],
          ] as const)
        : ([[Buffer.from(body), 'identity']] as const)),
    ] as const) {
      const headers = { ...JSON_TYPE, 'content-encoding': coding };
      expect((await send(new Uint8Array(bytes), headers)).status).toBe(200);
    }
    await eventually(async () => {
      expect((await search({ service })).data).toHaveLength(2);
    });
    const usage = await as(ingestUsageSchema, e2e.admin('GET', '/v1/ingest/usage'));
    expect(usage.by_source.find(({ source }) => source.service === service)).toMatchObject({
      batches: 1,
      records: 2,
    });
  });

  test('logs are found by words, phrase, severity, trace and attribute, page by page, with a histogram', async () => {
    const service = ownService();
    const traceId = randomBytes(16).toString('hex');
    const nowMs = Date.now();
    const lines = Array.from({ length: 5 }, (_, index) => ({
      text: `order ${index} was not placed`,
      severity: index === 4 ? 17 : 9,
      timeMs: nowMs - index * 1_000,
      attributes: { 'order.kind': index % 2 === 0 ? 'even' : 'odd' },
      ...(index === 3 ? { traceId } : {}),
    }));
    await send(logsBody(service, lines));
    await eventually(async () => {
      expect((await search({ service })).data).toHaveLength(5);
    });
    const textsOf = async (query: Readonly<Record<string, string>>) =>
      (await search({ service, ...query })).data.map(({ text }) => text);
    expect(await textsOf({ q: 'placed order' })).toHaveLength(5);
    expect(await textsOf({ q: '"placed order"' })).toEqual([]);
    expect(await textsOf({ q: '"not placed"' })).toHaveLength(5);
    expect(await textsOf({ severity: '17' })).toEqual(['order 4 was not placed']);
    expect(await textsOf({ trace_id: traceId })).toEqual(['order 3 was not placed']);
    expect(await textsOf({ 'attribute.order.kind': 'odd' })).toHaveLength(2);
    const [hit] = (await search({ service, q: 'placed' })).data;
    expect(hit?.text.slice(hit.highlight[0]?.from, hit.highlight[0]?.to)).toBe('placed');
    const pages: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof search>> = await search({
        service,
        limit: '2',
        ...(cursor === '' ? {} : { cursor }),
      });
      pages.push(...page.data.map(({ text }) => text));
      cursor = page.next_cursor;
    }
    expect(pages).toEqual(lines.map(({ text }) => text));
    const { histogram, truncated } = await search({ service, histogram: 'true' });
    expect(histogram?.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    expect(truncated).toBe(false);
    expect((await e2e.admin('GET', '/v1/logs/search?colour=red')).status).toBe(400);
  });

  test('a trace has its spans and its logs', async () => {
    const { traceId } = await sentTrace();
    const trace = await as(traceSchema, e2e.admin('GET', `/v1/traces/${traceId}`));
    expect(trace).toMatchObject({ spans: [{ name: 'GET /x' }], logs: [{ text: 'inside' }] });
  });

  const WHY = 'a second project is made in the tables of a laptop';
  laptopTest(
    'what a project hides by patterns of its own is stored by their names, and what is no pattern is refused',
    WHY,
    async () => {
      const stranger = await adminOfOtherProject(e2e.stack.stateDir);
      const masks = [{ name: 'customer', pattern: String.raw`\bCUST-\d{6}\b` }];
      const broken = { masks: [...masks, { name: 'other', pattern: '(a' }] };
      const refused = await e2e.api('PATCH', '/v1/ingest/masks', stranger, broken);
      expect([refused.status, await refused.text()]).toEqual([
        400,
        expect.stringContaining('masks.1.pattern'),
      ]);
      await as(masksSchema, e2e.api('PATCH', '/v1/ingest/masks', stranger, { masks }));
      expect(await as(masksSchema, e2e.api('GET', '/v1/ingest/masks', stranger))).toMatchObject({
        masks,
      });
      const minted = await e2e.api('POST', '/v1/keys', stranger, { name: 'own', scope: 'ingest' });
      const { secret } = z.object({ secret: z.string() }).parse(await minted.json());
      const service = ownService();
      const body = logsBody(service, [{ text: 'order 7 of CUST-123456 is lost' }]);
      expect((await send(body, undefined, undefined, secret)).status).toBe(200);
      await eventually(async () => {
        const asked = e2e.api('GET', `/v1/logs/search?service=${service}`, stranger);
        expect((await as(searchSchema, asked)).data).toMatchObject([
          { text: 'order 7 of <customer> is lost' },
        ]);
      });
    },
  );

  laptopTest('another project sees neither a trace nor its lines', WHY, async () => {
    const { service, traceId } = await sentTrace();
    const stranger = await adminOfOtherProject(e2e.stack.stateDir);
    expect((await e2e.api('GET', `/v1/traces/${traceId}`, stranger)).status).toBe(404);
    const theirs = await e2e.api('GET', `/v1/logs/search?service=${service}`, stranger);
    expect((await as(searchSchema, Promise.resolve(theirs))).data).toEqual([]);
  });
});
