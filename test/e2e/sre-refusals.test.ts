import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ingestUsageSchema } from '../../lambdas/sre/formats/sre-schemas.ts';
import { as } from '../support/answer-as.ts';
import { sharedE2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { JSON_TYPE } from '../support/sre/send-telemetry.ts';
import { ownService, telemetrySender } from '../support/sre/telemetry-sender.ts';

const e2e = sharedE2e();
const { start, send } = telemetrySender(e2e);
beforeAll(async () => {
  await e2e.start();
  await start();
});
afterAll(async () => await e2e.stop());

describe('what is refused', () => {
  test.each([
    ['no such encoding', 'x', { 'content-type': 'text/plain' }, 415],
    ['no protobuf', 'x', { 'content-type': 'application/x-protobuf' }, 400],
    ['no JSON', '{', JSON_TYPE, 400],
    ['a coding that nobody knows', '{}', { ...JSON_TYPE, 'content-encoding': 'br' }, 415],
    [
      'a bomb',
      new Uint8Array(zstdCompressSync(Buffer.alloc(64_000_000))),
      { 'content-type': 'application/x-protobuf', 'content-encoding': 'zstd' },
      413,
    ],
    ['too large a body', 'x'.repeat(4_400_001), JSON_TYPE, 413],
  ] as const)('%s is answered with a Status', async (_name, body, headers, status) => {
    const answer = await send(body, headers);
    expect(answer.status).toBe(status);
    const isProtobuf = headers['content-type'] === 'application/x-protobuf';
    expect(answer.headers.get('content-type')).toBe(
      isProtobuf ? 'application/x-protobuf' : 'application/json',
    );
    if (!isProtobuf)
      expect(
        z.object({ code: z.number(), message: z.string() }).parse(await answer.json()).message,
      ).not.toBe('');
  });

  test('other keys, and a key whose bytes of the day are used up', async () => {
    const body = logsBody(ownService(), [{ text: 'hello' }]);
    const { secret: standard } = await e2e.mint();
    expect((await send(body, JSON_TYPE, '/v1/logs', standard)).status).toBe(403);
    expect((await send(body, JSON_TYPE, '/v1/logs', 'slk_test_nobody')).status).toBe(401);
    const { secret: small } = await e2e.mint({ scope: 'ingest', ingest_bytes_per_day: 10 });
    expect((await send(body, JSON_TYPE, '/v1/logs', small)).status).toBe(200);
    const over = await send(
      logsBody(ownService(), [{ text: 'more' }]),
      JSON_TYPE,
      '/v1/logs',
      small,
    );
    expect(over.status).toBe(429);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(1);
  });

  test.each([
    '/v1/anomalies?from_ms=2&to_ms=1',
    '/v1/ingest/usage?from_ms=2&to_ms=1',
    '/v1/logs/search?from_ms=2&to_ms=1',
    '/v1/logs/search?__proto__=1',
    '/v1/logs/search?cursor=nothing',
  ])('%s is a 400', async (path) => {
    expect((await e2e.admin('GET', path)).status).toBe(400);
  });

  test('a batch of which nothing is kept counts once too', async () => {
    const { secret, id } = await e2e.mint({ scope: 'ingest' });
    const body = JSON.stringify({
      resourceMetrics: [
        {
          scopeMetrics: [
            { metrics: [{ name: `m.${id}`, histogram: { dataPoints: [{ count: 1 }] } }] },
          ],
        },
      ],
    });
    for (let times = 0; times < 3; times++)
      expect((await send(body, JSON_TYPE, '/v1/metrics', secret)).status).toBe(200);
    const usage = await as(ingestUsageSchema, e2e.admin('GET', '/v1/ingest/usage'));
    expect(usage.by_key.find((row) => row.key_id === id)).toMatchObject({ batches: 1 });
  });
});
