import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import type { KeyPatch, KeyQuery } from '../../lambdas/ledger/ports.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { holdRequest, KEY_ID, newKey, PROJECT, settlementOf } from '../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const idOf = (index: number): string => `key_${String(index).padStart(16, '0')}`;
const query = (fields: Partial<KeyQuery> = {}): KeyQuery => ({
  projectId: PROJECT,
  metadata: {},
  limit: 100,
  cursor: null,
  ...fields,
});

describe.each(ENGINES)('the key register on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  const keys = () => dynamoKeyRegister({ tables });
  const ledger = () => dynamoSpendLedger({ tables });
  const knows = async (secretHash: string, nowMs = NOW) =>
    await keys().authenticate({ keyId: KEY_ID, secretHash }, nowMs);
  const patch = async (fields: KeyPatch) => await keys().patch(PROJECT, KEY_ID, fields, NOW);
  const listed = async (fields: Partial<KeyQuery>) =>
    (await keys().list(query(fields))).records.map(({ state }) => state.keyId);

  test('a created key is what is read back, and its id is taken once', async () => {
    const fields = {
      capNanoUsd: 5,
      period: 'month' as const,
      allowedModels: ['gpt-5'],
      tier: 'free',
    };
    const profile = {
      name: 'ada',
      userId: 'u1',
      cohort: { plan: 'pro' },
      metadata: { team: 'red' },
    };
    const made = await keys().create(newKey({ ...fields, nowMs: NOW, profile }));
    expect(made.state).toMatchObject({
      ...fields,
      keyId: KEY_ID,
      window: '2026-11',
      availableNanoUsd: 5,
    });
    expect(made.profile).toMatchObject(profile);
    expect(await keys().get(PROJECT, KEY_ID)).toEqual(made);
    await expect(keys().create(newKey({ capNanoUsd: 9 }))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await keys().get(PROJECT, KEY_ID)).toEqual(made);
  });

  test('who a key is: its own secret, active, before its end', async () => {
    await keys().create(newKey({ expiresAtMs: NOW + 10 }));
    expect(await knows('hash')).toMatchObject({ kind: 'authenticated', key: { keyId: KEY_ID } });
    expect(await knows('wrong')).toEqual({ kind: 'refused', reason: 'invalid_key' });
    expect(await knows('hash', NOW + 10)).toEqual({ kind: 'refused', reason: 'expired' });
    await patch({ status: 'paused' });
    expect(await knows('hash')).toEqual({ kind: 'refused', reason: 'paused' });
    expect(await keys().authenticate({ keyId: idOf(1), secretHash: 'hash' }, NOW)).toEqual({
      kind: 'refused',
      reason: 'invalid_key',
    });
  });

  test('a key that sends telemetry is good for that alone, and no other key is good for it', async () => {
    await keys().create(newKey({ scope: 'ingest', ingestBytesADay: 7 }));
    const sends = async (secretHash: string) =>
      await keys().authenticateSender({ keyId: KEY_ID, secretHash }, NOW);
    expect(await sends('hash')).toMatchObject({ key: { scope: 'ingest', ingestBytesADay: 7 } });
    expect(await sends('wrong')).toEqual({ kind: 'refused', reason: 'invalid_key' });
    expect(await knows('hash')).toEqual({ kind: 'refused', reason: 'other_scope' });
    expect(await ledger().hold(holdRequest('a', 0, NOW))).toMatchObject({ reason: 'other_scope' });
    const known = { ...holdRequest('b', 0, NOW), secretHash: null };
    expect(await ledger().hold(known)).toMatchObject({ reason: 'other_scope' });
    expect((await patch({ ingestBytesADay: 9 }))?.state.ingestBytesADay).toBe(9);
    for (const scope of ['standard', 'admin', 'viewer', 'oncall'] as const) {
      tables = await engine.fresh();
      await keys().create(newKey({ scope }));
      expect(await sends('hash')).toEqual({ kind: 'refused', reason: 'other_scope' });
    }
  });

  test.each(['viewer', 'oncall'] as const)(
    'a key of scope %s is known, and holds no money for a call',
    async (scope) => {
      await keys().create(newKey({ scope }));
      expect(await knows('hash')).toMatchObject({ kind: 'authenticated', key: { scope } });
      for (const request of [
        holdRequest('a', 0, NOW),
        { ...holdRequest('b', 0, NOW), secretHash: null },
      ])
        expect(await ledger().hold(request)).toMatchObject({ reason: 'other_scope' });
    },
  );

  test('a rotated secret works until its grace ends, and not a moment without one', async () => {
    await keys().create(newKey({}));
    await keys().rotate(PROJECT, KEY_ID, 'new', NOW + 1_000);
    for (const secret of ['hash', 'new'])
      expect(await knows(secret)).toMatchObject({ kind: 'authenticated' });
    expect(await knows('hash', NOW + 1_000)).toMatchObject({ reason: 'invalid_key' });
    await keys().rotate(PROJECT, KEY_ID, 'newer', 0);
    expect(await knows('new', NOW - 2_000)).toMatchObject({ reason: 'invalid_key' });
    expect(await knows('newer')).toMatchObject({ kind: 'authenticated' });
  });

  test('a rotation whose answer was lost may be asked again: the secret before it keeps its grace', async () => {
    await keys().create(newKey({}));
    const rotated = await keys().rotate(PROJECT, KEY_ID, 'new', NOW + 1_000);
    expect(await keys().rotate(PROJECT, KEY_ID, 'new', NOW + 1_000)).toEqual(rotated);
    for (const secret of ['hash', 'new'])
      expect(await knows(secret)).toMatchObject({ kind: 'authenticated' });
  });

  test('a revoked key is dead at once with both its secrets, stays for audit, and stays revoked', async () => {
    await keys().create(newKey({}));
    await keys().rotate(PROJECT, KEY_ID, 'new', NOW + 1_000_000);
    const revoked = await keys().revoke(PROJECT, KEY_ID, NOW);
    expect(revoked).toMatchObject({ state: { status: 'revoked' }, profile: { revokedAtMs: NOW } });
    for (const secret of ['hash', 'new'])
      expect(await knows(secret)).toEqual({ kind: 'refused', reason: 'revoked' });
    expect(await keys().revoke(PROJECT, KEY_ID, NOW + 5)).toEqual(revoked);
    await expect(patch({ status: 'active' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(keys().rotate(PROJECT, KEY_ID, 'x', 0)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await listed({ status: 'revoked' })).toEqual([KEY_ID]);
  });

  test('a key of another project answers as a missing one, whatever is asked', async () => {
    const made = await keys().create(newKey({ profile: { userId: 'u1' } }));
    const other = 'project_other';
    expect(await keys().get(other, KEY_ID)).toBeNull();
    expect(await keys().patch(other, KEY_ID, { name: 'mine', capNanoUsd: 9 }, NOW)).toBeNull();
    expect(await keys().rotate(other, KEY_ID, 'stolen', NOW + 9)).toBeNull();
    expect(await keys().revoke(other, KEY_ID, NOW)).toBeNull();
    expect(await listed({ projectId: other })).toEqual([]);
    expect(await listed({ projectId: other, userId: 'u1' })).toEqual([]);
    expect((await keys().profiles(other, [KEY_ID])).size).toBe(0);
    expect(await keys().get(PROJECT, KEY_ID)).toEqual(made);
    expect(await keys().get(PROJECT, idOf(1))).toBeNull();
  });

  test('a patch of the cap in flight keeps what is held and spent', async () => {
    await keys().create(newKey({ capNanoUsd: 100 }));
    for (const id of ['a', 'b']) await ledger().hold(holdRequest(id, 30, NOW));
    const [running] = await Promise.all([
      ledger().hold(holdRequest('c', 30, NOW)),
      patch({ capNanoUsd: 200 }),
      patch({ rpm: 7, name: 'renamed' }),
    ]);
    if (running.kind === 'held') await ledger().settle(running.hold, settlementOf('c', 10, NOW));
    expect(await keys().get(PROJECT, KEY_ID)).toMatchObject({
      state: { capNanoUsd: 200, spentNanoUsd: 10, heldNanoUsd: 60, availableNanoUsd: 130, rpm: 7 },
      profile: { name: 'renamed' },
    });
  });

  test('a cap is taken away and given again', async () => {
    await keys().create(newKey({ capNanoUsd: 100 }));
    await ledger().hold(holdRequest('a', 30, NOW));
    expect((await patch({ capNanoUsd: null }))?.state.capNanoUsd).toBeNull();
    expect((await patch({ capNanoUsd: 50 }))?.state).toMatchObject({
      capNanoUsd: 50,
      availableNanoUsd: 20,
      heldNanoUsd: 30,
    });
  });

  test('a patch changes what it names, null clears, metadata is merged', async () => {
    await keys().create(
      newKey({
        allowedModels: ['gpt-5'],
        tier: 'free',
        expiresAtMs: NOW,
        profile: { userId: 'u1', metadata: { team: 'red', seat: '4' }, cohort: { plan: 'pro' } },
      }),
    );
    const patched = await patch({
      allowedModels: null,
      tier: null,
      expiresAtMs: null,
      userId: 'u2',
      cohort: { geo: 'de' },
      metadata: { team: 'blue', seat: null },
    });
    expect(patched).toMatchObject({
      state: { allowedModels: null, tier: null, expiresAtMs: null },
      profile: { userId: 'u2', metadata: { team: 'blue' }, cohort: { plan: 'pro', geo: 'de' } },
    });
    expect(patched?.profile.metadata).not.toHaveProperty('seat');
    expect(await listed({ userId: 'u1' })).toEqual([]);
    expect(await listed({ userId: 'u2' })).toEqual([KEY_ID]);
    await patch({ userId: null });
    expect(await listed({ userId: 'u2' })).toEqual([]);
  });

  test('lists are newest first and found by user, part of a name, metadata and status', async () => {
    for (const index of [1, 2, 3, 4])
      await keys().create(
        newKey({
          keyId: idOf(index),
          nowMs: NOW + index,
          profile: {
            name: index % 2 === 0 ? `Even ${index}` : `odd ${index}`,
            userId: index > 2 ? 'u2' : 'u1',
            metadata: { team: index === 3 ? 'red' : 'blue' },
          },
        }),
      );
    await keys().revoke(PROJECT, idOf(1), NOW);
    expect(await listed({})).toEqual([4, 3, 2, 1].map(idOf));
    expect(await listed({ userId: 'u1' })).toEqual([2, 1].map(idOf));
    expect(await listed({ name: 'EVEN' })).toEqual([4, 2].map(idOf));
    expect(await listed({ metadata: { team: 'red' } })).toEqual([idOf(3)]);
    expect(await listed({ status: 'active', userId: 'u1' })).toEqual([idOf(2)]);
    expect(await listed({ name: 'even', metadata: { team: 'red' } })).toEqual([]);
  });

  test('pages follow one another without a gap or a repeat, filtered or not, and end', async () => {
    for (let index = 0; index < 25; index++)
      await keys().create(
        newKey({
          keyId: idOf(index),
          nowMs: NOW + Math.floor(index / 3),
          profile: { metadata: { kind: index % 3 === 0 ? 'rare' : 'common' } },
        }),
      );
    const through = async (fields: Partial<KeyQuery>): Promise<string[]> => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await keys().list(query({ ...fields, cursor }));
        seen.push(...page.records.map(({ state }) => state.keyId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return seen;
    };
    const whole = await listed({});
    expect(whole).toHaveLength(25);
    for (const limit of [1, 5, 7, 25]) expect(await through({ limit })).toEqual(whole);
    const rare = await listed({ metadata: { kind: 'rare' } });
    expect(rare).toHaveLength(9);
    expect(await through({ limit: 2, metadata: { kind: 'rare' } })).toEqual(rare);
    expect((await keys().list(query({ limit: 25 }))).nextCursor).toBeNull();
    await expect(keys().list(query({ cursor: 'nonsense' }))).rejects.toMatchObject({
      code: 'cursor_invalid',
    });
  });

  test('words about many keys come in one answer, foreign and missing ones left out', async () => {
    const ids = Array.from({ length: 130 }, (_, index) => idOf(index));
    await Promise.all(
      ids.map(async (keyId, index) => {
        const projectId = index === 7 ? 'project_other' : PROJECT;
        await keys().create(
          newKey({ keyId, projectId, profile: { keyId, projectId, name: keyId } }),
        );
      }),
    );
    const found = await keys().profiles(PROJECT, [...ids, idOf(999)]);
    expect(found.size).toBe(129);
    expect(found.get(idOf(128))?.name).toBe(idOf(128));
    expect((await keys().profiles(PROJECT, [])).size).toBe(0);
  });
});
