import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { countTokens } from '../../../lambdas/inference/calls/count-tokens.ts';
import { countTurn } from '../../../lambdas/inference/calls/count-turn.ts';
import type { TurnControls } from '../../../lambdas/inference/turn/turn.ts';
import type { NewKey } from '../../../lambdas/ledger/ports.ts';
import { textOf } from '../../support/engine-room.ts';
import { FAILURES, routeRoom, type Mood, type RouteRoom } from '../../support/route-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';

/** Counting by a name of the project: the model that a call would ask counts, and nothing is held for it. */
const CLAUDE = 'claude-haiku-4-5';
const OTHER = 'claude-sonnet-4-5';
const GEMINI = 'gemini-2.5-flash';
const GPT = 'gpt-4o-mini';
const EMULATED = 'x-sluice-emulated';

let room: RouteRoom;
const moods = new Map<string, Mood[]>();
const asked: string[] = [];
const open = async (key: Partial<Omit<NewKey, 'profile'>> = {}): Promise<void> => {
  room = await routeRoom(key);
  moods.clear();
  asked.length = 0;
  room.upstream.script = (json, path) => {
    const model = /models\/([^:]+):/.exec(path)?.[1] ?? /"model":"([^"]+)"/.exec(json)?.[1] ?? '';
    asked.push(model);
    const mood = moods.get(model)?.shift() ?? 'well';
    if (mood !== 'well') return mood;
    const count = path.includes('countTokens') ? { totalTokens: 7 } : { input_tokens: 9 };
    return { type: 'application/json', chunks: [JSON.stringify(count)] };
  };
};
afterEach(() => room.stop());

const MESSAGES = [{ role: 'user', content: 'hello there' }];
const anthropic = async (model: string, fields: object = {}) =>
  await countTokens(room.deps, {
    ...(await room.asker()),
    wire: 'anthropic-messages',
    dialect: async () => (await import('#beside/dialects')).messagesDialect,
    headers: {},
    body: Buffer.from(JSON.stringify({ model, messages: MESSAGES, ...fields })),
  });
const google = async (model: string) =>
  await countTokens(room.deps, {
    ...(await room.asker()),
    wire: 'gemini',
    dialect: async () => (await import('#beside/dialects')).geminiDialect,
    headers: {},
    path: { model, isStream: false },
    body: Buffer.from('{"contents":[{"parts":[{"text":"hello there"}]}]}'),
  });
const turn = async (model: string, controls: TurnControls = {}) =>
  await countTurn(room.deps, await room.asker(), {
    model,
    system: null,
    messages: [{ role: 'user', model: null, content: [{ type: 'text', text: 'hello there' }] }],
    tools: [],
    maxTokens: 50,
    temperature: 0.5,
    controls,
  });
const count = z.object({ input_tokens: z.int() });

describe('a name of the project', () => {
  test('is counted by its first model, on the wire of each vendor', async () => {
    await open();
    await room.route('auto', [CLAUDE]);
    await room.route('g', [GEMINI]);
    const told = await anthropic('auto');
    expect(JSON.parse(await textOf(told))).toEqual({ input_tokens: 9 });
    expect(told.headers['x-sluice-route']).toBe(`auto; tier=free; used=${CLAUDE}`);
    const counted = await google('g');
    expect(JSON.parse(await textOf(counted))).toEqual({ totalTokens: 7 });
    expect(counted.headers['x-sluice-route']).toBe(`g; tier=free; used=${GEMINI}`);
    expect(await turn('auto')).toEqual({
      tokens: 9,
      headers: { 'x-sluice-route': `auto; tier=free; used=${CLAUDE}` },
    });
    expect(asked).toEqual([CLAUDE, GEMINI, CLAUDE]);
    expect((await room.state()).spentNanoUsd).toBe(0);
  });

  test('is counted without the wishes that put no token in: a counter refuses them', async () => {
    await open();
    const wishes = { topP: 0.5, topK: 5, stopSequences: ['END'], endUser: 'ann', seed: 7 } as const;
    const kept = { effort: 'low', thinking: { type: 'disabled' } } as const;
    expect(
      (await turn('claude-opus-5', { ...wishes, ...kept, serviceTier: 'default' })).tokens,
    ).toBe(9);
    const { body } = room.upstream.requests.at(-1) ?? {};
    expect(Object.keys(z.looseObject({}).parse(body)).toSorted()).toEqual([
      'messages',
      'model',
      'output_config',
      'thinking',
    ]);
    expect((await turn(GEMINI, wishes)).tokens).toBe(7);
  });

  test("is counted here where its model is another vendor's, and says so", async () => {
    await open();
    await room.route('auto', [GPT]);
    const told = await anthropic('auto');
    expect(count.parse(JSON.parse(await textOf(told))).input_tokens).toBeGreaterThan(0);
    expect(told.headers).toMatchObject({
      'x-sluice-emulated': 'input_tokens',
      'x-sluice-route': `auto; tier=free; used=${GPT}`,
    });
    expect((await turn('auto')).tokens).toBeGreaterThan(0);
    expect(asked).toEqual([]);
  });

  test.each(Object.entries(FAILURES))(
    'goes to the next model after %s, and tells no breaker',
    async (_, script) => {
      await open();
      await room.route('auto', [CLAUDE, OTHER]);
      for (let times = 0; times < 6; times++) {
        moods.set(CLAUDE, [script, script]);
        expect((await anthropic('auto')).headers['x-sluice-route']).toMatch(
          new RegExp(`^auto; tier=free; try=${CLAUDE}:\\w+; used=${OTHER}$`),
        );
      }
    },
  );

  test('is left where it is silent for longer than its route lets it', async () => {
    await open();
    await room.route('auto', [CLAUDE, OTHER], { first_token_ms: 500 });
    moods.set(CLAUDE, [{ ending: 'silent' }]);
    expect((await anthropic('auto')).headers['x-sluice-route']).toBe(
      `auto; tier=free; try=${CLAUDE}:timeout; used=${OTHER}`,
    );
  });

  test('is the last error where nobody counts, as the provider said it', async () => {
    await open();
    await room.route('auto', [CLAUDE, 'nowhere/model']);
    moods.set(CLAUDE, [FAILURES['429 with Retry-After']]);
    const answer = await anthropic('auto');
    expect(answer.status).toBe(429);
    expect(answer.headers).toEqual({
      'retry-after': '7',
      'x-sluice-route': `auto; tier=free; try=${CLAUDE}:429; skip=nowhere/model:model_not_found`,
    });
  });

  test('near the cap is counted by the model that a call would be downgraded to', async () => {
    await open({ capNanoUsd: 1_000 });
    await room.route('auto', [CLAUDE], {
      plan: { on_cap: 'downgrade', downgrade_at: 0.000001, downgrade_to: OTHER },
    });
    await room.deps.ledger.hold({
      keyId: (await room.state()).keyId,
      secretHash: 'hash',
      holdId: 'hold_a',
      amountNanoUsd: 900,
      model: CLAUDE,
      provider: 'anthropic',
      feature: null,
      nowMs: Date.now(),
      expiresAtMs: Date.now() + 60_000,
    });
    expect((await anthropic('auto')).headers['x-sluice-route']).toBe(
      `auto; tier=free; downgrade; used=${OTHER}`,
    );
  });
});

describe('the holder of a key', () => {
  test('hears of a name that nobody made that nobody counts it', async () => {
    await open();
    for (const counted of [anthropic('auto'), google('auto'), turn('auto')])
      expect(await errorOf(counted)).toMatchObject({ code: 'model_not_found', status: 404 });
  });

  test('is counted by no model that its list forbids', async () => {
    await open({ allowedModels: [OTHER] });
    await room.route('auto', [CLAUDE, OTHER]);
    await room.route('inner', [CLAUDE]);
    await room.route('outer', ['inner']);
    expect((await anthropic('auto')).headers['x-sluice-route']).toBe(
      `auto; tier=free; skip=${CLAUDE}:model_not_allowed; used=${OTHER}`,
    );
    expect(await errorOf(anthropic('outer'))).toMatchObject({
      code: 'model_not_allowed',
      publicMessage: expect.stringContaining(OTHER),
    });
  });

  test('hears which field cannot be carried to the model of a name', async () => {
    await open();
    await room.route('auto', [GPT]);
    expect(await errorOf(anthropic('auto', { container: 'c' }))).toMatchObject({
      status: 400,
      facts: { param: 'container', route: expect.stringContaining('invalid_request') },
    });
  });
});

test('a plain model is counted without a look at routes, and by another one where it fails and has one', async () => {
  await open();
  await room.route(CLAUDE, [OTHER]);
  const { key } = await room.asker();
  const reads = vi.spyOn(room.tables, 'get');
  const body = Buffer.from(JSON.stringify({ model: CLAUDE, messages: MESSAGES }));
  const deadlineMs = Date.now() + 60_000;
  const asking = { wire: 'anthropic-messages', headers: {}, body, key, deadlineMs } as const;
  expect((await countTokens(room.deps, asking)).headers['x-sluice-route']).toBeUndefined();
  expect(reads).not.toHaveBeenCalled();
  moods.set(CLAUDE, [FAILURES['529']]);
  expect((await countTokens(room.deps, asking)).headers['x-sluice-route']).toBe(
    `${CLAUDE}; tier=free; try=${CLAUDE}:529; used=${OTHER}`,
  );
});

test('a provider that counts for too long is a timeout, not a defect', async () => {
  await open();
  moods.set(CLAUDE, [{ ending: 'silent' }]);
  const { key } = await room.asker();
  const body = Buffer.from(JSON.stringify({ model: CLAUDE, messages: MESSAGES }));
  const counted = countTokens(room.deps, {
    wire: 'anthropic-messages',
    headers: {},
    body,
    key,
    deadlineMs: Date.now(),
  });
  expect(await errorOf(counted)).toMatchObject({ code: 'provider_timeout', status: 504 });
});

test('a count that no provider made says that it is an estimate, in each dialect, and one that is made does not', async () => {
  await open();
  const counts = async () => [await anthropic(CLAUDE), await google(GEMINI), await turn(CLAUDE)];
  for (const { headers } of await counts()) expect(headers).not.toHaveProperty(EMULATED);
  expect((await turn(GPT)).headers).toEqual({ [EMULATED]: 'input_tokens' });
  asked.length = 0;
  const { accounts } = room.deps;
  const real = await accounts.list();
  vi.spyOn(accounts, 'get').mockImplementation(async (name) => {
    const account = real.find((one) => one.name === name);
    return account === undefined ? null : { ...account, simulated: true };
  });
  for (const { headers } of await counts())
    expect(headers).toMatchObject({ [EMULATED]: 'input_tokens' });
  expect(asked).toEqual([]);
});
