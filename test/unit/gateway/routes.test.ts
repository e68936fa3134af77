import { beforeEach, describe, expect, test } from 'vitest';
import {
  callListSchema,
  callSchema,
  keyListSchema,
  keySchema,
  keyWithSecretSchema,
  runningCallSchema,
  usageGroup,
  usageSchema,
} from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { httpDoor } from '../../../lambdas/http/door.ts';
import type { Settlement } from '../../../lambdas/ledger/domain/usage.ts';
import { errorSchema } from '../../../lambdas/http/openapi-parts.ts';
import { parseSecret } from '../../../lambdas/shared/secret.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { newHoldId, requestIdOf } from '../../../lambdas/shared/ids.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';
import { holdRequest, settlementOf } from '../../support/key-items.ts';
import { as, gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));
const send: GatewayRoom['send'] = async (...args) => await room.send(...args);
const mint: GatewayRoom['mint'] = async (fields) => await room.mint(fields);

describe('every answer is what the contract says', () => {
  test('a call in flight', async () => {
    const key = await mint();
    const parsed = parseSecret(key.secret);
    const holdId = newHoldId(Date.now());
    const { keyId } = await room.ledger
      .hold({
        ...holdRequest(holdId, 5_000, Date.now()),
        keyId: key.id,
        secretHash: parsed.kind === 'ok' ? parsed.secretHash : '',
      })
      .then((outcome) => (outcome.kind === 'held' ? outcome.hold : { keyId: outcome.reason }));
    const path = `/v1/calls/${requestIdOf(keyId, holdId)}`;
    expect(await as(runningCallSchema, send('GET', path))).toMatchObject({ held_micros: 5 });
    expect((await send('GET', `${path.slice(0, -2)}zz`)).status).toBe(404);
  });

  test('keys', async () => {
    const key = await mint({
      max_spend_usd: '0.25',
      period: 'week',
      user_id: 'u1',
      metadata: { team: 'red' },
    });
    expect(key).toMatchObject({ cap_micros: 250_000, available_micros: 250_000, held_micros: 0 });
    expect(key.resets_at).toBeGreaterThan(Date.now());
    const path = `/v1/keys/${key.id}`;
    const { secret: _secret, ...shown } = key;
    expect(await as(keySchema, send('GET', path))).toEqual(shown);
    expect(await as(keySchema, send('GET', '/v1/key', undefined, key.secret))).toEqual(shown);
    const list = await as(
      keyListSchema,
      send('GET', '/v1/keys?user_id=u1&metadata.team=red&name=AD&status=active'),
    );
    expect(list.data).toEqual([shown]);
    expect(await as(keySchema, send('PATCH', path, { max_spend_usd: null }))).toMatchObject({
      cap_micros: null,
      available_micros: null,
    });
    const rotated = await as(
      keyWithSecretSchema,
      send('POST', `${path}/rotate`, { grace_seconds: 60 }),
    );
    for (const own of [key.secret, rotated.secret])
      expect((await send('GET', '/v1/key', undefined, own)).status).toBe(200);
    const revoked = await as(keySchema, send('DELETE', path));
    expect(revoked.status).toBe('revoked');
    expect((await send('POST', `${path}/rotate`)).status).toBe(409);
    expect((await send('PATCH', path, { status: 'active' })).status).toBe(409);
  });

  test('usage and calls', async () => {
    const key = await mint({ user_id: 'u1', cohort: { plan: 'pro' } });
    const settled = (fields: Partial<Settlement>): Settlement => {
      const holdId = newHoldId(Date.now());
      const about = { keyId: key.id, requestId: requestIdOf(key.id, holdId), feature: 'chat' };
      return { ...settlementOf(holdId, 1_500, Date.now()), ...about, ...fields };
    };
    const calls = [settled({}), settled({ model: 'gpt-5', feature: null })];
    for (const call of calls) await room.usage.record(call);
    const whole = await as(usageSchema, send('GET', '/v1/usage?group_by=cohort.plan'));
    // Two calls of 1.5 micro-USD: each figure is rounded up once, from its own sum.
    expect(whole.totals).toMatchObject({ cost_micros: 3, request_count: 2 });
    expect(whole.by_key).toMatchObject([
      { key_id: key.id, user_id: 'u1', name: 'ada', cost_micros: 3 },
    ]);
    expect(whole.by_model.map(({ cost_micros }) => cost_micros)).toEqual([2, 2]);
    expect(whole.by_feature).toMatchObject([{ feature: 'chat', cost_micros: 2 }]);
    expect(whole.groups).toMatchObject([{ 'cohort.plan': 'pro', cost_micros: 3 }]);
    expect([whole.from_ms % 3_600_000, whole.to_ms % 3_600_000]).toEqual([0, 0]);
    const named = new Set(Object.keys(usageGroup.shape));
    for (const word of ['key', 'user', 'model', 'feature', 'hour', 'day']) {
      const { groups = [] } = await as(usageSchema, send('GET', `/v1/usage?group_by=${word}`));
      expect(groups).not.toEqual([]);
      expect([word, groups.flatMap(Object.keys).filter((name) => !named.has(name))]).toEqual([
        word,
        [],
      ]);
    }
    for (const word of ['cohort.', 'tier', 'keys'])
      expect(JSON.parse((await send('GET', `/v1/usage?group_by=${word}`)).body)).toMatchObject({
        error: { param: 'group_by', message: expect.stringContaining('cohort.<name>') },
      });
    const first = calls[0]?.requestId ?? '';
    expect(await as(callSchema, send('GET', `/v1/calls/${first}`))).toMatchObject({
      cost_micros: 2,
    });
    const listed = await as(
      callListSchema,
      send('GET', `/v1/keys/${key.id}/usage?limit=1`, undefined, key.secret),
    );
    expect([listed.data.length, listed.has_more]).toEqual([1, true]);
    const cancel = async (requestId: string) =>
      await send('POST', `/v1/calls/${requestId}/cancel`, undefined, key.secret);
    expect(await as(callSchema, cancel(first))).toMatchObject({ request_id: first });
    const running = await cancel(requestIdOf(key.id, newHoldId(Date.now())));
    expect([running.status, running.body]).toEqual([202, expect.stringContaining('cancelling')]);
    const csv = await send('GET', '/v1/usage/export');
    expect(csv.body.split('\r\n')).toHaveLength(4);
    const lines = (await send('GET', '/v1/usage/export?format=ndjson')).body.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { key_id: key.id },
      { model: 'gpt-5' },
    ]);
  });

  test('an export without rows still has its head', async () => {
    expect((await send('GET', '/v1/usage/export')).body).toMatch(
      /^hour,key_id,model,cost_micros,.*\r\n$/,
    );
  });

  test('a cell that a spreadsheet would run is text', async () => {
    const key = await mint();
    await room.usage.record({
      ...settlementOf(newHoldId(Date.now()), 1, Date.now()),
      keyId: key.id,
      model: '=cmd|"x"',
    });
    expect((await send('GET', '/v1/usage/export')).body).toContain(`"'=cmd|""x"""`);
  });
});

describe('whoever may not', () => {
  test('no key, a malformed, mistyped, unknown, wrong, revoked or expired one is a 401; the last five in the same words', async () => {
    const [revoked, expired, paused] = [await mint(), await mint({ expires_at: 1 }), await mint()];
    await send('DELETE', `/v1/keys/${revoked.id}`);
    await send('PATCH', `/v1/keys/${paused.id}`, { status: 'paused' });
    const rotated = await mint();
    await send('POST', `/v1/keys/${rotated.id}/rotate`);
    const typo = `${room.secret.slice(0, -1)}${room.secret.endsWith('0') ? '1' : '0'}`;
    const words = new Set<string>();
    for (const key of [
      typo,
      'nonsense',
      rotated.secret,
      revoked.secret,
      expired.secret,
      paused.secret,
    ]) {
      const answer = await send('GET', '/v1/key', undefined, key);
      expect(answer.status).toBe(401);
      const { error } = errorSchema.parse(JSON.parse(answer.body));
      words.add(`${error.code} ${error.message}`);
    }
    expect([...words]).toEqual([
      'invalid_api_key The API key is not valid. A key of Sluice begins with slk_.',
    ]);
    const none = await send('GET', '/v1/key', undefined, null);
    expect([none.status, none.body]).toEqual([401, expect.stringContaining('missing_api_key')]);
  });

  test('a standard key administers nothing, and sees its own usage and calls alone', async () => {
    const [own, other] = [await mint(), await mint()];
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys'],
      ['GET', `/v1/keys/${own.id}`],
      ['PATCH', `/v1/keys/${own.id}`],
      ['DELETE', `/v1/keys/${own.id}`],
      ['POST', `/v1/keys/${own.id}/rotate`],
    ] as const) {
      const answer = await send(method, path, undefined, own.secret);
      expect([answer.status, answer.body]).toEqual([
        403,
        expect.stringContaining('admin_scope_required'),
      ]);
    }
    const foreign = settlementOf(newHoldId(Date.now()), 9, Date.now());
    await room.usage.record({ ...foreign, keyId: other.id });
    const requestId = requestIdOf(other.id, foreign.holdId);
    for (const path of [`/v1/keys/${other.id}/usage`, `/v1/calls/${requestId}`])
      expect((await send('GET', path, undefined, own.secret)).status).toBe(404);
    expect(
      (await send('POST', `/v1/calls/${requestId}/cancel`, undefined, own.secret)).status,
    ).toBe(404);
    const seen = await as(usageSchema, send('GET', '/v1/usage', undefined, own.secret));
    expect(seen.totals.request_count).toBe(0);
  });
});

test('an answer that passes the limit of Lambda is an error that says so', async () => {
  const door = httpDoor(
    '*',
    () => 'native',
    async () => ({ status: 200, body: '"'.repeat(4_000_000) }),
  );
  const event = proxyEvent('GET', '/v1/key', [], undefined, room.secret);
  const answer = await invoke(httpEntry(door), event);
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('answer_too_large')]);
});
