import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Settlement } from '../../../lambdas/ledger/domain/usage.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';
import { newHoldId, requestIdOf } from '../../../lambdas/shared/ids.ts';
import { gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';
import { settlementOf } from '../../support/key-items.ts';

const DOLLAR = 1_000_000_000;
const DAY_MS = 86_400_000;
const month = new Date().toISOString().slice(0, 7);
const anyObject = z.looseObject({});

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));
const body = async (method: string, path: string, sent?: object) => {
  const answer = await room.send(method, path, sent);
  expect(answer.status, answer.body).toBe(200);
  return anyObject.parse(JSON.parse(answer.body));
};

/** A key, and what it spent a moment ago. */
const spent = async (
  userId: string | null,
  plan: string,
  costNanoUsd: number,
  fields: Partial<Settlement> = {},
): Promise<string> => {
  const key = await room.mint({ user_id: userId, cohort: { plan } });
  if (costNanoUsd === 0) return key.id;
  const holdId = newHoldId(Date.now());
  const about = { keyId: key.id, requestId: requestIdOf(key.id, holdId), feature: 'chat' };
  await room.usage.record({
    ...settlementOf(holdId, costNanoUsd, Date.now()),
    ...about,
    ...fields,
  });
  return key.id;
};

describe('cohorts', () => {
  test('are compared by their users: those who spent nothing count, two keys of one are one', async () => {
    const ada = await spent('ada', 'pro', 3 * DOLLAR);
    await spent('ada', 'pro', DOLLAR);
    await spent('bob', 'pro', 0);
    await spent(null, 'free', 1_500);
    await room.capBook.note({
      keyId: ada,
      projectId: 'project_default',
      model: 'gpt-5',
      atMs: Date.now(),
    });
    expect(await body('GET', '/v1/cohorts?by=plan')).toMatchObject({
      by: 'plan',
      data: [
        {
          cohort: 'pro',
          users: 2,
          active_users: 1,
          cost_micros: 4_000_000,
          cost_per_user_micros: { mean: 2_000_000, median: 0, p90: 4_000_000 },
          reached_cap: { users: 1, share: 0.5 },
          first_dollar: { users: 1 },
        },
        { cohort: 'free', users: 1, cost_micros: 2, first_dollar: { users: 0, median_ms: null } },
        // The admin's own key.
        { cohort: '', users: 1, cost_micros: 0 },
      ],
    });
  });

  test('know the first dollar of those alone whose hours are all in the span', async () => {
    await spent('ada', 'pro', 2 * DOLLAR);
    const later = `/v1/cohorts?by=plan&from_ms=${Date.now() + DAY_MS}&to_ms=${Date.now() + 2 * DAY_MS}`;
    expect(await body('GET', later)).toMatchObject({
      data: expect.arrayContaining([
        expect.objectContaining({ cohort: 'pro', first_dollar: { users: 0, median_ms: null } }),
      ]),
    });
    const { data } = await body('GET', '/v1/cohorts?by=plan');
    const { median_ms: ms } = z
      .array(z.looseObject({ first_dollar: z.object({ median_ms: z.number().nullable() }) }))
      .parse(data)[0]?.first_dollar ?? { median_ms: null };
    expect(ms).toBeGreaterThanOrEqual(0);
    expect(ms).toBeLessThanOrEqual(3_600_000);
  });
});

test('leads are users who were refused at their cap, with what they asked for, the most eager first', async () => {
  const [ada, twin, bob] = [
    await spent('ada', 'free', 0),
    await spent('ada', 'free', 0),
    await spent('bob', 'free', 0),
  ];
  await spent('eve', 'free', 0);
  const projectId = 'project_default';
  const atMs = Date.parse(`${month}-01T00:00:00Z`);
  const note = async (keyId: string, model: string, minute: number) =>
    await room.capBook.note({ keyId, projectId, model, atMs: atMs + minute * 60_000 });
  await note(bob, 'gpt-5', 0);
  await note(ada, 'gpt-5', 1);
  await note(ada, 'gpt-4o-mini', 1);
  await note(ada, 'gpt-5', 2);
  await note(twin, 'claude-haiku-4-5', 7);
  expect((await body('GET', '/v1/leads'))['data']).toEqual([
    {
      object: 'lead',
      user_id: 'ada',
      keys: expect.toSatisfy((keys: unknown) =>
        isDeepStrictEqual(new Set([keys].flat()), new Set([ada, twin])),
      ),
      cohort: { plan: 'free' },
      minutes_at_cap: 3,
      first_at: atMs + 60_000,
      last_at: atMs + 7 * 60_000,
      asked_for: [
        { model: 'gpt-5', minutes: 2 },
        { model: 'claude-haiku-4-5', minutes: 1 },
      ],
    },
    expect.objectContaining({ user_id: 'bob', minutes_at_cap: 1 }),
  ]);
  expect((await body('GET', '/v1/leads?month=2020-01'))['data']).toEqual([]);
});

test('the price of a feature leaves the margin with nine of ten users, scaled to a month', async () => {
  for (let user = 1; user <= 10; user++) await spent(`u${user}`, 'pro', user * DOLLAR);
  await spent('ada', 'pro', 1_000, { feature: 'title' });
  // Nine dollars in 15 days are 18 in a month; of 60 dollars 30 % are left for it.
  const toMs = Math.ceil(Date.now() / 3_600_000) * 3_600_000;
  const span = `from_ms=${toMs - 15 * DAY_MS}&to_ms=${toMs}`;
  expect((await body('GET', `/v1/prices/advice?margin=0.7&${span}`))['data']).toMatchObject([
    {
      feature: 'chat',
      users: 10,
      request_count: 10,
      cost_micros: 55_000_000,
      cost_per_call_micros: 5_500_000,
      cost_per_user_micros: { mean: 5_500_000, median: 5_000_000, p90: 9_000_000 },
      price_per_month_micros: 60_000_000,
    },
    { feature: 'title', users: 1 },
  ]);
  expect((await room.send('GET', '/v1/prices/advice?margin=1')).status).toBe(400);
});

describe('invoices', () => {
  test('go by the first rule that a cohort meets, and name who has none', async () => {
    const tokens = { ...NO_TOKENS, input: 2_000_000, cacheRead: 500_000, output: 100_000 };
    await spent('ada', 'pro', 10 * DOLLAR);
    await spent('bob', 'free', DOLLAR, { tokens });
    await spent('cyd', 'team', 5 * DOLLAR);
    await spent('dan', 'pro', 0);
    await spent('eve', 'gone', 7_000);
    const rules = [
      { kind: 'flat', cohort: { plan: 'pro' }, usd: '20', included_usd: 8, markup_percent: 25 },
      {
        kind: 'per_token',
        cohort: { plan: 'free' },
        usd_per_million: { input_tokens: 1, cache_read_tokens: '0.1', output_tokens: 8 },
      },
      { kind: 'cost_plus', cohort: { plan: 'team' }, markup_percent: 12.5 },
    ];
    const answer = await body('POST', '/v1/invoices', { month, rules });
    expect(answer).toMatchObject({ month, is_final: false });
    expect(answer['without_rule']).toMatchObject([{ user_id: 'eve', cost_micros: 7 }]);
    const invoices = z
      .array(z.looseObject({ user_id: z.string(), lines: z.array(z.looseObject({})) }))
      .parse(answer['invoices']);
    const of = (user: string) => invoices.find(({ user_id: id }) => id === user);
    expect(of('ada')).toMatchObject({
      rule: 'flat',
      cost_micros: 10_000_000,
      amount_cents: 2_250,
      lines: [
        { description: 'Plan', amount_cents: 2_000 },
        { description: 'Usage above the plan', amount_cents: 250 },
      ],
    });
    expect(of('bob')).toMatchObject({ rule: 'per_token', amount_cents: 285 });
    expect(of('cyd')).toMatchObject({
      amount_cents: 563,
      lines: [
        {
          description: 'gpt-4o-mini: 1 call',
          idempotency_key: expect.stringMatching(/^sluice-[0-9a-f]{32}$/),
        },
      ],
    });
    expect(of('dan')).toMatchObject({ amount_cents: 2_000 });
  });

  test('add up: lines share the rounding of their total', async () => {
    const key = await room.mint({ user_id: 'ada' });
    for (const [index, cost] of [3_400_000, 3_400_000, 3_400_000, 2_000_000].entries()) {
      const holdId = newHoldId(Date.now());
      await room.usage.record({
        ...settlementOf(holdId, cost, Date.now()),
        keyId: key.id,
        model: `model-${index}`,
      });
    }
    const rules = [{ kind: 'cost_plus', markup_percent: 0 }];
    const { invoices } = await body('POST', '/v1/invoices', { month, rules });
    const [invoice] = z
      .array(
        z.looseObject({
          amount_cents: z.number(),
          lines: z.array(z.looseObject({ amount_cents: z.number() })),
        }),
      )
      .parse(invoices);
    expect(invoice?.amount_cents).toBe(1);
    expect(invoice?.lines.map(({ amount_cents: cents }) => cents)).toEqual([1]);
  });

  test.each([
    [{ month: '2026-13', rules: [{ kind: 'cost_plus', markup_percent: 1 }] }, 'month'],
    [{ month, rules: [] }, 'rules'],
    [{ month, rules: [{ kind: 'cost_plus', markup_percent: -1 }] }, 'markup_percent'],
    [{ month, rules: [{ kind: 'flat', usd: 1e12, included_usd: 0 }] }, 'usd'],
    [{ month, rules: [{ kind: 'per_token', usd_per_million: { words: 1 } }] }, 'usd_per_million'],
  ])('%j is refused by the name of its field', async (sent, field) => {
    const answer = await room.send('POST', '/v1/invoices', sent);
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(field)]);
  });
});

test('usage of one user or one key is summed alone; a standard key sees no other', async () => {
  const ada = await spent('ada', 'pro', 2_000);
  await spent('ada', 'pro', 3_000);
  const bob = await spent('bob', 'pro', 10_000);
  const costOf = async (query: string) =>
    z
      .looseObject({ totals: z.looseObject({ cost_micros: z.number() }) })
      .parse(await body('GET', `/v1/usage?${query}`)).totals.cost_micros;
  expect(await costOf('user_id=ada')).toBe(5);
  expect(await costOf(`key_id=${ada}`)).toBe(2);
  expect(await costOf(`key_id=${bob}&user_id=ada`)).toBe(0);
  const own = await room.mint({ user_id: 'ada' });
  expect((await room.send('GET', `/v1/usage?key_id=${bob}`, undefined, own.secret)).status).toBe(
    404,
  );
});
