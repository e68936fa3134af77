import { afterEach, describe, expect, test } from 'vitest';
import { resolveTargets } from '../../../lambdas/inference/routing/resolve-targets.ts';
import { routeWords, type RouteStep } from '../../../lambdas/inference/routing/route-words.ts';
import type { ModelRoute, RouteBook } from '../../../lambdas/inference/routing/route.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { textOf } from '../../support/engine-room.ts';
import { FAILURES, routeRoom, type RouteRoom } from '../../support/route-room.ts';

const CHEAP = 'gpt-4o-mini';
const DEAR = 'gpt-4o';

const routeOf = (name: string, targets: readonly (readonly [string, number?])[]): ModelRoute => ({
  name,
  plan: {
    targets: targets.map(([model, weight = null]) => ({ model, weight, region: null })),
    onCap: 'refuse',
    downgradeAt: 0.9,
    downgradeTo: null,
  },
  tiers: {},
  retries: 0,
  firstTokenMs: null,
  providerRpm: {},
  createdAtMs: 0,
  updatedAtMs: 0,
});
const bookOf = (...routes: readonly ModelRoute[]): RouteBook =>
  new Map(routes.map((route) => [route.name, route]));

describe('the targets of a route', () => {
  test('are drawn by their weights, those without one after them', () => {
    const book = bookOf(routeOf('auto', [['a/last'], ['a/often', 3], ['a/seldom', 1]]));
    const firsts = Array.from({ length: 100 }, (_, index) =>
      resolveTargets(book, 'auto', null, () => index / 100).map(({ model }) => model),
    );
    expect(firsts.filter(([first]) => first === 'a/often')).toHaveLength(75);
    expect(new Set(firsts.map((models) => models.at(-1)))).toEqual(new Set(['a/last']));
    expect(firsts.every(({ length }) => length === 3)).toBe(true);
  });

  test('end where a stored loop closes, each model once and no more than are allowed', () => {
    const loop = bookOf(
      routeOf('auto', [['a/1'], ['fast'], ['a/2']]),
      routeOf('fast', [['a/1'], ['auto'], ['fast'], ['a/3']]),
    );
    const models = resolveTargets(loop, 'auto', null, () => 0).map(({ model }) => model);
    expect(models).toEqual(['a/1', 'a/3', 'a/2']);
    const wide = bookOf(
      routeOf(
        'r0',
        Array.from({ length: 8 }, (_, index) => [`r${index + 1}`]),
      ),
      ...Array.from({ length: 8 }, (_, route) =>
        routeOf(
          `r${route + 1}`,
          Array.from({ length: 8 }, (_, index) => [`a/${route}.${index}`]),
        ),
      ),
    );
    expect(resolveTargets(wide, 'r0', null, () => 0)).toHaveLength(16);
  });
});

test('the header of a route is one line of plain letters, and no longer than its bound', () => {
  const step = (model: string): RouteStep => ({ kind: 'try', model, region: null, outcome: '429' });
  const words = routeWords('auto', 'zażółć; used=evil\r\nx: y', [
    ...Array.from({ length: 30 }, (_, index) =>
      step(`openrouter/some-${index}/${'m'.repeat(200)}`),
    ),
    { kind: 'used', model: 'gpt-5', region: 'eu', outcome: null },
  ]);
  expect(words).toMatch(/^[\x20-\x7e]{1,512}$/);
  expect(words).not.toContain('used=evil');
  expect(words.endsWith('used=gpt-5@eu')).toBe(true);
});

let room: RouteRoom | null = null;
afterEach(() => {
  room?.stop();
  room = null;
});
const open = async (): Promise<RouteRoom> => (room = await routeRoom());

test('a breaker that opens in mid-storm sends the rest past its model, and asks it again when it is well', async () => {
  const { route, mood, call, asked, deps } = await open();
  let later = 0;
  Object.assign(deps.clock, { nowMs: () => Date.now() + later });
  await route('auto', [CHEAP, DEAR]);
  mood(CHEAP, ...Array.from({ length: 100 }, () => FAILURES['500']));
  const ways: (string | undefined)[] = [];
  for (let index = 0; index < 8; index++) {
    const answer = await call({ model: 'auto' });
    expect(await textOf(answer)).toContain('hello');
    ways.push(answer.headers['x-sluice-route']?.split('; ')[2]);
  }
  const tried = `try=${CHEAP}:500`;
  const passed = `skip=${CHEAP}:open`;
  expect(ways).toEqual([tried, tried, tried, tried, tried, passed, passed, passed]);
  mood(CHEAP);
  later = 11_000;
  await textOf(await call({ model: 'auto' }));
  expect(asked().at(-1)).toBe(CHEAP);
});

test('two models that fall back to each other are each asked once, whichever is named, and the last error is heard', async () => {
  const { route, mood, call, asked, expectEven } = await open();
  await route(CHEAP, [DEAR]);
  await route(DEAR, [CHEAP]);
  for (const [first, second] of [
    [CHEAP, DEAR],
    [DEAR, CHEAP],
  ] as const) {
    mood(first, FAILURES['529']);
    mood(second, FAILURES['500']);
    const before = asked().length;
    const answer = await call({ model: first });
    expect([answer.status, asked().slice(before)]).toEqual([500, [first, second]]);
    await textOf(answer);
    await expectEven();
  }
});

test('a caller whose own request is refused shows that the provider is well', async () => {
  const { route, mood, call, asked, deps } = await open();
  let later = 0;
  Object.assign(deps.clock, { nowMs: () => Date.now() + later });
  await route('auto', [CHEAP, DEAR]);
  mood(CHEAP, ...Array.from({ length: 100 }, () => FAILURES['500']));
  for (let index = 0; index < 6; index++) await textOf(await call({ model: 'auto' }));
  later = 11_000;
  mood(CHEAP, {
    status: 400,
    type: 'application/json',
    chunks: ['{"error":{"message":"no such tool"}}'],
  });
  expect((await call({ model: 'auto' })).status).toBe(400);
  await textOf(await call({ model: 'auto' }));
  expect(asked().at(-1)).toBe(CHEAP);
});

test('where every target is open, the first is asked all the same', async () => {
  const { route, mood, call } = await open();
  await route('auto', [CHEAP]);
  mood(CHEAP, ...Array.from({ length: 5 }, () => FAILURES['500']));
  for (let index = 0; index < 5; index++) await call({ model: 'auto' });
  const answer = await call({ model: 'auto' });
  expect(answer.headers['x-sluice-route']).toBe(
    `auto; tier=free; skip=${CHEAP}:open; used=${CHEAP}`,
  );
});

test('a provider that got its requests of the minute is passed over, and one that is alone says when', async () => {
  const { route, call } = await open();
  await route('auto', [CHEAP, 'claude-haiku-4-5'], { provider_rpm: { openai: 1 } });
  await route('only', [CHEAP], { provider_rpm: { openai: 1 } });
  const dialect = async () => (await import('#beside/dialects')).chatDialect;
  const ask = async (model: string) => await call({ model, max_tokens: 9 }, { dialect });
  expect((await ask('auto')).headers['x-sluice-model']).toBe(CHEAP);
  expect((await ask('auto')).headers['x-sluice-route']).toBe(
    `auto; tier=free; skip=${CHEAP}:rate; used=claude-haiku-4-5`,
  );
  const error: unknown = await ask('only').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'rate_limited', status: 429 });
  expect(error instanceof AppError ? error.retryAfterSeconds : null).toBeLessThanOrEqual(60);
});

test("a target's region asks by the account of that region, and one that is not set is passed over", async () => {
  const { route, call, deps, upstream } = await open();
  const { get } = deps.accounts;
  Object.assign(deps.accounts, {
    get: async (name: string) => {
      if (!name.includes('@')) return await get(name);
      const account = name === 'openai@eu' ? await get('openai') : null;
      return account === null ? null : { ...account, name, apiKey: 'sk-eu' };
    },
  });
  const target = (region: string) => ({ model: CHEAP, region });
  await route('auto', [target('mars'), target('eu')]);
  const answer = await call({ model: 'auto' });
  expect(answer.headers).toMatchObject({
    'x-sluice-route': `auto; tier=free; skip=${CHEAP}@mars:provider_not_configured; used=${CHEAP}@eu`,
    'x-sluice-provider': 'openai',
  });
  expect(upstream.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer sk-eu' });
});
