import { expect, test } from 'vitest';
import { callListSchema } from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { newHoldId, requestIdOf } from '../../../lambdas/shared/ids.ts';
import { as, gatewayRoom } from '../../support/gateway-room.ts';
import { settlementOf } from '../../support/key-items.ts';

const MINUTE_MS = 60_000;

test('calls of all keys come newest first, page by page, each once, and by key, user and ending', async () => {
  const room = await gatewayRoom();
  const keys = await Promise.all(
    ['ada', 'ada', 'bob'].map(async (user) => await room.mint({ user_id: user })),
  );
  const startMs = Date.now() - 30 * 3_600_000;
  const calls = Array.from({ length: 61 }, (_, index) => {
    const atMs = startMs + index * 29 * MINUTE_MS;
    const { id = '' } = keys[index % 3] ?? {};
    const holdId = newHoldId(atMs);
    return {
      ...settlementOf(holdId, 1_000, atMs + MINUTE_MS),
      keyId: id,
      requestId: requestIdOf(id, holdId),
      startedAtMs: atMs,
      status: index % 5 === 0 ? ('cancelled' as const) : ('completed' as const),
    };
  });
  for (const call of calls) expect(await room.usage.record(call)).toBe(true);

  const list = async (query: string, key?: string): Promise<readonly string[]> => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const path = `/v1/calls?limit=7${query}${cursor}`;
      const page = await as(callListSchema, room.send('GET', path, undefined, key));
      expect(page.data.length).toBeLessThanOrEqual(7);
      seen.push(...page.data.map(({ request_id }) => request_id));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    return seen;
  };
  const hourOf = (ms: number): number => Math.floor(ms / 3_600_000);
  const idsOf = (wanted: (call: (typeof calls)[number], index: number) => boolean) =>
    calls
      .filter(wanted)
      .toSorted(
        (left, right) =>
          hourOf(right.settledAtMs) - hourOf(left.settledAtMs) ||
          (left.holdId < right.holdId ? 1 : -1),
      )
      .map(({ requestId }) => requestId);

  expect(await list('')).toEqual(idsOf(() => true));
  expect(await list('&user_id=ada')).toEqual(idsOf((_, index) => index % 3 !== 2));
  expect(await list(`&key_id=${keys[1]?.id}`)).toEqual(idsOf((_, index) => index % 3 === 1));
  expect(await list('&status=cancelled')).toEqual(idsOf((_, index) => index % 5 === 0));
  const fromMs = startMs + 10 * 29 * MINUTE_MS;
  expect(await list(`&from_ms=${fromMs}&to_ms=${fromMs + 3_600_000}`)).toEqual(
    idsOf(({ settledAtMs }) => settledAtMs >= fromMs && settledAtMs < fromMs + 3_600_000),
  );
  expect(await list('', keys[2]?.secret)).toEqual(idsOf((_, index) => index % 3 === 2));

  const answerOf = async (query: string, key?: string) =>
    (await room.send('GET', `/v1/calls${query}`, undefined, key)).status;
  expect(await answerOf(`?key_id=${keys[0]?.id}`, keys[2]?.secret)).toBe(404);
  expect(await answerOf('?key_id=key_0000000000000000')).toBe(404);
  for (const wrong of ['zzz', Buffer.from('["1","zz"]').toString('base64url')])
    expect(await answerOf(`?cursor=${wrong}`)).toBe(400);
  expect(await answerOf('?status=lost')).toBe(400);
});
