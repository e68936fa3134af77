import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamoCapBook } from '../../../lambdas/ledger/adapters/dynamo-cap-book.ts';
import { dynamoProjectCaps } from '../../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { shardKey } from '../../../lambdas/ledger/adapters/project-shard.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const refusedAt = async (room: ReturnType<typeof engineRoom>, model: string): Promise<string> =>
  await room.call({ model, max_tokens: 1_000 }).then(
    () => 'held',
    (error: unknown) => (error instanceof AppError ? error.code : 'another error'),
  );
const month = (): string => new Date().toISOString().slice(0, 7);

/** A key that has spent all but a trifle: enough for no call. */
const atItsCap = async () => {
  const room = engineRoom(upstream.url);
  await room.mint({ capNanoUsd: 1_000_000_000 });
  await room.tables.write({
    kind: 'update',
    table: 'keys',
    key: { pk: `KEY#${KEY_ID}`, sk: 'STATE' },
    update: 'SET available = :left, spent = :spent',
    values: { ':left': 10, ':spent': 999_999_990 },
  });
  return room;
};

test('a refusal at the cap is noted by the model that a price names, not by what its caller says', async () => {
  const room = await atItsCap();
  const twin = `ft:gpt-4o-2024-08-06:acme::${'a'.repeat(40)}`;
  expect(await refusedAt(room, twin)).toBe('key_cap_exceeded');
  const [seen] = await dynamoCapBook({ tables: room.tables }).ofMonth(PROJECT, month());
  expect(seen).toMatchObject({ keyId: KEY_ID, minutes: 1 });
  const [name = ''] = Object.keys(seen?.byModel ?? {});
  expect(name).not.toContain('acme');
  expect(name.length).toBeLessThan(40);
});

test('the bus hears of the reached cap of a project, and no key is noted for it', async () => {
  const room = engineRoom(upstream.url);
  await room.mint({ capNanoUsd: null });
  const caps = dynamoProjectCaps({ tables: room.tables, pause: async () => {}, nowMs: Date.now });
  const nowMs = Date.now();
  const cap = { capNanoUsd: 1_000_000_000, period: 'month' as const };
  await caps.set(PROJECT, cap, { keyId: KEY_ID, nowMs });
  await caps.bind(PROJECT, nowMs + 60_000);
  await room.tables.write({
    kind: 'update',
    table: 'keys',
    key: shardKey(PROJECT, 0),
    update: 'SET available = :left, spent = :spent',
    values: { ':left': 10, ':spent': 999_999_990 },
  });
  expect(await refusedAt(room, 'gpt-4o-mini')).toBe('project_cap_exceeded');
  expect(room.told).toMatchObject([
    { kind: 'ProjectCapReached', projectId: PROJECT, epoch: 1, ...cap },
  ]);
  expect(await dynamoCapBook({ tables: room.tables }).ofMonth(PROJECT, month())).toEqual([]);
});

test('the bus hears of a reached cap though the refusal cannot be noted', async () => {
  const room = await atItsCap();
  const { deps } = room;
  deps.capBook.note = async () => await Promise.reject(new Error('no room'));
  expect(await refusedAt(room, 'gpt-4o-mini')).toBe('key_cap_exceeded');
  expect(room.told.map(({ kind }) => kind)).toEqual(['KeyCapReached']);
  expect(room.reports).toContain('refusal at the cap not noted');
});
