import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableNoticeHealth } from '../../lambdas/ledger/adapters/table-notice-health.ts';
import { NOTICE_LIMITS } from '../../lambdas/ledger/domain/notice.ts';
import { CLAIM_MS, tableSendingMarks } from '../../lambdas/ledger/adapters/table-sending-marks.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const SENDING = { noticeId: 'notice_1', newsId: 'key_1#KeyCapWarned#2026-11#0.8' } as const;
const operator = { ...SENDING, audience: 'operator' } as const;

describe.each(ENGINES)('the marks of notices on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => {
    engine = await open();
  });
  beforeEach(async () => {
    tables = await engine.fresh();
  });
  afterAll(() => engine.close());

  const claimed = async (atMs: number) => {
    const outcome = await tableSendingMarks({ tables }).claim(operator, atMs);
    if (outcome.kind !== 'claimed') throw new Error(`it is ${outcome.kind}`);
    return outcome;
  };

  test('a sending is one sender’s until its claim lapses, and nobody’s once it has ended', async () => {
    const marks = tableSendingMarks({ tables });
    const first = await claimed(NOW);
    expect(first.counted).toBeNull();
    expect(await marks.claim(operator, NOW + CLAIM_MS - 1)).toEqual({ kind: 'pending' });
    expect(await marks.claim({ ...SENDING, audience: 'user' }, NOW)).toMatchObject({
      kind: 'claimed',
    });
    const second = await claimed(NOW + CLAIM_MS);
    // Who lost the claim gives nothing back.
    await marks.free(first.claim, 1);
    expect(await marks.claim(operator, NOW + CLAIM_MS)).toEqual({ kind: 'pending' });
    await marks.free(second.claim, 2);
    const third = await claimed(NOW + CLAIM_MS);
    expect(third.counted).toBe(2);
    // What was sent is sent, whoever holds the claim by now.
    await marks.end(first.claim, NOW + CLAIM_MS);
    await marks.free(third.claim, 2);
    expect(await marks.claim(operator, NOW + 10 * CLAIM_MS)).toEqual({ kind: 'ended' });
  });

  test('a sending that an earlier release counted is of all its addresses', async () => {
    const key = { pk: 'NOTICE#notice_1', sk: `SENT#operator#${SENDING.newsId}` };
    await tables.update({
      kind: 'update',
      table: 'keys',
      key,
      update: 'SET progress = :open, counted = :counted',
      values: { ':open': 0, ':counted': true },
    });
    expect((await claimed(NOW)).counted).toBe(NOTICE_LIMITS.addressesMax);
  });

  test('health has what was sent last and what failed since, and counts what was left out', async () => {
    const health = tableNoticeHealth({ tables });
    await health.leftOut('notice_1', 2, 'full', NOW);
    await health.leftOut('notice_1', 1, 'full', NOW + 1);
    expect(await health.read('notice_1')).toEqual({
      lastSentMs: null,
      problem: 'full',
      problemMs: NOW + 1,
      leftOut: 3,
    });
    await health.sent('notice_1', NOW + 2);
    expect(await health.read('notice_1')).toEqual({
      lastSentMs: NOW + 2,
      problem: null,
      problemMs: null,
      leftOut: 3,
    });
    await health.failed('notice_1', 'it\nanswered 404', NOW + 3);
    expect(await health.read('notice_1')).toMatchObject({ problem: 'it answered 404' });
  });
});
