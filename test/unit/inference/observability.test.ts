import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoSpendLedger } from '../../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import {
  isProviderFailure,
  recordSettlement,
} from '../../../lambdas/inference/calls/call-metrics.ts';
import { expireHolds } from '../../../lambdas/ledger/usecases/expire-holds.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { inInvocation, note } from '../../../lambdas/platform/invocation.ts';
import { logger, report } from '../../../lambdas/platform/logger.ts';
import { recordMetrics } from '../../../lambdas/platform/metrics.ts';
import { METRICS } from '../../../lambdas/shared/metric-names.ts';
import { providerFailure } from '../../../lambdas/inference/wires/frames/failure.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { holdRequest, settlementOf, stateItem } from '../../support/key-items.ts';
import { keepPrinted } from '../../support/printed.ts';
import type { Metrics } from '../../../lambdas/shared/deps.ts';

const SECRET = 'slk_test_planted';
const printed = keepPrinted();

/** A metric is printed in the turn of the event loop behind the one that records it. */
const lines = async (): Promise<readonly Record<string, unknown>[]> => {
  await new Promise<void>((resolve) => void setImmediate(resolve));
  return printed()
    .filter((text) => text.startsWith('{'))
    .map((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text)));
};

describe('a metric line', () => {
  test('counts in the total and by its dimension, and carries ids that split nothing', async () => {
    inInvocation({ request_id: 'req_1' }, () =>
      recordMetrics(
        { providerErrors: 1, firstTokenMs: 12 },
        { by: { provider: 'openai' }, facts: { model: 'gpt-4o' } },
      ),
    );
    expect(await lines()).toEqual([
      expect.objectContaining({
        _aws: expect.objectContaining({
          CloudWatchMetrics: [
            {
              Namespace: 'Sluice',
              Dimensions: [['service'], ['service', 'provider']],
              Metrics: [
                { Name: 'FirstTokenMs', Unit: 'Milliseconds' },
                { Name: 'ProviderErrors', Unit: 'Count' },
              ],
            },
          ],
        }),
        ProviderErrors: 1,
        FirstTokenMs: 12,
        provider: 'openai',
        model: 'gpt-4o',
        request_id: 'req_1',
      }),
    ]);
  });

  test('is not printed when there is nothing to tell, and is not split by what has no name', async () => {
    recordMetrics({});
    recordMetrics({ coldStarts: 1 }, { by: { function: '' } });
    const [line, ...more] = await lines();
    expect(more).toEqual([]);
    expect(line).toMatchObject({ ColdStarts: 1 });
    expect(line).toHaveProperty('_aws.CloudWatchMetrics.0.Dimensions', [['service']]);
  });

  test('has a name of its own for every entry of the list', () => {
    const names = Object.values(METRICS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('a log line', () => {
  test('has its level, time and service first, then what the caller adds, and nothing empty', async () => {
    logger.info('kept', { model: 'gpt-4o', none: null, blank: '', cost: 12n });
    expect(printed().join('')).toMatch(/^\{"level":"INFO","message":"kept","timestamp":"[^"]+Z",/);
    expect(await lines()).toEqual([
      {
        level: 'INFO',
        message: 'kept',
        timestamp: expect.any(String),
        service: expect.any(String),
        model: 'gpt-4o',
        cost: '12',
      },
    ]);
  });

  test('carries the ids of its own invocation when several run side by side', async () => {
    const gate = Promise.withResolvers<void>();
    const invocation = async (id: string): Promise<void> =>
      await inInvocation({ request_id: id }, async () => {
        note({ key_id: `key of ${id}` });
        await gate.promise;
        logger.warn('done');
      });
    const all = ['a', 'b', 'c'].map(invocation);
    gate.resolve();
    await Promise.all(all);
    expect((await lines()).map((line) => [line['request_id'], line['key_id']])).toEqual([
      ['a', 'key of a'],
      ['b', 'key of b'],
      ['c', 'key of c'],
    ]);
  });

  test('of a failure says where and what, and nothing that the error quotes or carries', async () => {
    const cause = ((): unknown => {
      try {
        return JSON.parse(`${SECRET} is my prompt`);
      } catch (error) {
        return error;
      }
    })();
    const failure = Object.assign(
      new AppError({ code: 'provider_error', publicMessage: 'It broke.', cause }),
      { request: { headers: { authorization: SECRET } } },
    );
    report('stream failed', failure);
    const text = printed().join('');
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('my prompt');
    expect(await lines()).toEqual([
      expect.objectContaining({
        message: 'stream failed',
        level: 'ERROR',
        error: expect.objectContaining({ code: 'provider_error', at: expect.any(Array) }),
      }),
    ]);
  });
});

test.each([
  [{ type: 'overloaded_error', message: `Overloaded by ${SECRET}` }, 'provider: overloaded_error'],
  [{ code: 'invalid_prompt', message: SECRET }, 'provider: invalid_prompt'],
  [{ type: `of ${SECRET}`, message: SECRET }, 'provider: error'],
  [SECRET, 'provider: error'],
])('of what a provider says when it fails %j only the kind is for the log', (told, internal) => {
  expect(providerFailure(told)).toMatchObject({ internal, message: internal });
});

describe('a request that meets a defect of ours', () => {
  test('is a 500 that says nothing, a line that says where, and one count for its function', async () => {
    const handler = httpEntry({
      read: () => ({ requestId: 'req_1' }),
      facts: ({ requestId }) => ({ request_id: requestId, key_id: 'key_1' }),
      answer: async () => await Promise.reject(new TypeError('no such field')),
      errorAnswer: ({ status, code }) => ({ status, body: { code } }),
      headers: () => ({}),
      waitsFor: () => 'document',
    });
    const context = z.custom<Context>().parse({ functionName: 'usage' });
    const event = z.custom<APIGatewayProxyEvent>().parse({});
    expect(await handler(event, context)).toMatchObject({
      statusCode: 500,
      body: '{"code":"internal"}',
    });
    const ids = { request_id: 'req_1', key_id: 'key_1' };
    expect((await lines()).filter((line) => !('ColdStarts' in line))).toEqual([
      expect.objectContaining({
        ...ids,
        message: 'unexpected failure',
        error: expect.objectContaining({ name: 'TypeError', message: 'no such field' }),
      }),
      expect.objectContaining({ ...ids, UnexpectedFailures: 1, function: 'usage' }),
    ]);
  });
});

describe('what a use case tells', () => {
  const told: Parameters<Metrics['record']>[] = [];
  const metrics: Metrics = { record: (...words) => void told.push(words) };
  const clock = { nowMs: () => 90_000 };
  beforeEach(() => void told.splice(0));

  test('holds that expired, and nothing when none did', async () => {
    const tables = new MemoryTables();
    tables.place('keys', stateItem({}, 0));
    const ledger = dynamoSpendLedger({ tables });
    await expireHolds({ ledger, clock, metrics });
    expect(told).toEqual([]);
    await ledger.hold({ ...holdRequest('hold_1', 10, 0), expiresAtMs: 60_000 });
    expect(await expireHolds({ ledger, clock, metrics })).toBe(1);
    expect(told).toEqual([[{ expiredHolds: 1 }]]);
  });

  test('a call that cost more than its hold, one that was estimated, and the time that was ours', () => {
    const held = { startedAtMs: 1_000, heldAtMs: 1_007, hold: { amountNanoUsd: 5_000 } };
    const settlement = {
      ...settlementOf('hold_1', 5_001, 89_998),
      estimated: true,
      firstTokenMs: 40,
    };
    recordSettlement({ metrics, clock }, held, settlement);
    expect(told[0]?.[0]).toEqual({
      calls: 1,
      settledMicros: 6,
      addedMs: 9,
      firstTokenMs: 40,
      estimatedSettlements: 1,
      costAboveHold: 1,
    });
    recordSettlement({ metrics, clock }, held, settlementOf('hold_2', 5_000, 89_998));
    expect(told[1]?.[0]).toEqual({ calls: 1, settledMicros: 5, addedMs: 9 });
  });

  test('a call is told with its own ids, whoever settles it: a sweep was called by no key', async () => {
    const settlement = settlementOf('hold_1', 5_000, 0);
    const held = { startedAtMs: 0, heldAtMs: 0, hold: { amountNanoUsd: 5_000 } };
    inInvocation({ request_id: 'of-the-sweep' }, () =>
      recordSettlement({ metrics: { record: recordMetrics }, clock }, held, settlement),
    );
    expect(await lines()).toMatchObject([
      { request_id: settlement.requestId, key_id: settlement.keyId, Calls: 1 },
    ]);
  });

  test.each([
    [400, false],
    [401, false],
    [429, true],
    [500, true],
    [503, true],
  ])('an answer %d is the failure of its provider: %s', (status, isFailure) => {
    expect(isProviderFailure(status)).toBe(isFailure);
  });
});
