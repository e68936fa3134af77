import { afterEach, describe, expect, test, vi } from 'vitest';
import { textOf } from '../../support/engine-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';
import { FAILURES, routeRoom, type RouteRoom } from '../../support/route-room.ts';
import type { NewKey } from '../../../lambdas/ledger/ports.ts';

const CHEAP = 'gpt-4o-mini';
const DEAR = 'gpt-4o';
const CLAUDE = 'claude-haiku-4-5';

const chat = async () => (await import('#beside/dialects')).chatDialect;

let room: RouteRoom;
const open = async (key: Partial<Omit<NewKey, 'profile'>> = {}): Promise<RouteRoom> => {
  room = await routeRoom(key);
  return room;
};
afterEach(() => room.stop());

describe('an alias', () => {
  test.each([true, false])('is answered by its first target, stream %s', async (stream) => {
    await open();
    await room.route('auto', [CHEAP, DEAR]);
    const answer = await room.call({ model: 'auto', stream });
    expect(await textOf(answer)).toContain('hello');
    expect(answer.headers).toMatchObject({
      'x-sluice-route': `auto; tier=free; used=${CHEAP}`,
      'x-sluice-model': CHEAP,
      'x-sluice-provider': 'openai',
    });
    expect(await room.last()).toMatchObject({ model: CHEAP, status: 'completed' });
    await room.expectEven();
  });

  test('goes where the tier of the key says', async () => {
    await open({ tier: 'paid' });
    const paid = { tiers: { paid: { targets: [{ model: CLAUDE }] } } };
    await room.route('auto', [CHEAP], paid);
    const answer = await room.call({ model: 'auto', max_tokens: 50 }, { dialect: chat });
    expect(answer.headers['x-sluice-model']).toBe(CLAUDE);
    expect(JSON.parse(await textOf(answer))).toMatchObject({
      object: 'chat.completion',
      model: CLAUDE,
      choices: [{ message: { content: 'hello' } }],
    });
    expect(await room.last()).toMatchObject({ model: CLAUDE, provider: 'anthropic' });
  });

  test('that nobody made is a model that does not exist, and a stranger learns nothing', async () => {
    await open();
    expect((await errorOf(room.call({ model: 'auto' }))).code).toBe('model_not_found');
    const stranger = { credential: { keyId: 'key_bbbbbbbbbbbbbbbb', secretHash: 'hash' } };
    await room.route('auto', [CHEAP]);
    expect((await errorOf(room.call({ model: 'auto' }, stranger))).code).toBe('invalid_api_key');
  });
});

describe('a target that fails before its first token', () => {
  const cases = Object.entries(FAILURES).flatMap(([name, script]) =>
    [true, false].map((stream) => [name, stream, script] as const),
  );
  test.each(cases)(
    '%s, stream %s: the next one answers, and is what is paid',
    async (_, stream, script) => {
      await open();
      await room.route('auto', [CHEAP, DEAR]);
      room.mood(CHEAP, script, script);
      const answer = await room.call({ model: 'auto', stream });
      expect(answer.status).toBe(200);
      expect(await textOf(answer)).toContain('hello');
      expect(answer.headers['x-sluice-route']).toMatch(
        new RegExp(`^auto; tier=free; try=${CHEAP}:\\w+; used=${DEAR}$`),
      );
      expect(room.asked().at(-1)).toBe(DEAR);
      expect(await room.last()).toMatchObject({ model: DEAR, status: 'completed' });
      await room.expectEven();
    },
  );

  test('an error event before any word is not shown', async () => {
    await open();
    await room.route('auto', [CLAUDE, CHEAP]);
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    room.mood(CLAUDE, { chunks: [`event: error\ndata: ${JSON.stringify(error)}\n\n`] });
    const input = { wire: 'anthropic-messages' } as const;
    const body = { model: 'auto', max_tokens: 20, stream: true };
    const dialect = async () => (await import('#beside/dialects')).messagesDialect;
    const answer = await room.call(body, { ...input, dialect });
    const text = await textOf(answer);
    expect(text).not.toContain('Overloaded');
    expect(text).toContain('event: message_stop');
    expect(answer.headers['x-sluice-route']).toBe(
      `auto; tier=free; try=${CLAUDE}:stream; used=${CHEAP}`,
    );
    await room.expectEven();
  });

  test('silence is settled for what it may have cost, and the next one has a hold of its own', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR], { first_token_ms: 500 });
    room.mood(CHEAP, { ending: 'silent' });
    const answer = await room.call({ model: 'auto', stream: true });
    await textOf(answer);
    expect(answer.headers['x-sluice-route']).toBe(
      `auto; tier=free; try=${CHEAP}:timeout; used=${DEAR}`,
    );
    expect(room.settled()).toMatchObject([
      {
        model: CHEAP,
        status: 'provider_error',
        estimated: true,
        route: `auto; tier=free; try=${CHEAP}:timeout`,
      },
      { model: DEAR, status: 'completed', estimated: false },
    ]);
    await room.expectEven();
  });

  test.each(['text/event-stream', 'text/plain', 'application/octet-stream'])(
    'a stream sent as %s that says no word in time is left, whatever else it says',
    async (type) => {
      await open();
      await room.route('auto', [CHEAP, DEAR], { first_token_ms: 500 });
      room.mood(CHEAP, { type, chunks: [': the model is waking up\n\n'], ending: 'hang' });
      const answer = await room.call({ model: 'auto', stream: true });
      expect(await textOf(answer)).toContain('hello');
      expect(answer.headers['x-sluice-route']).toBe(
        `auto; tier=free; try=${CHEAP}:timeout; used=${DEAR}`,
      );
      await room.expectEven();
    },
  );

  test('what was settled for silence keeps its id alone, whatever fails after it', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR], { first_token_ms: 500, retries: 1 });
    room.mood(CHEAP, { ending: 'silent' });
    room.mood(DEAR, FAILURES['500']);
    const answer = await room.call({ model: 'auto', stream: true });
    await textOf(answer);
    expect(answer.headers['x-sluice-route']).toBe(
      `auto; tier=free; try=${CHEAP}:timeout; try=${DEAR}:500; used=${DEAR}`,
    );
    const ids = room.settled().map(({ requestId }) => requestId);
    expect(ids).toHaveLength(2);
    // The usage knows a call by its id, and would take the second one for the first.
    expect(new Set(ids).size).toBe(2);
    expect(answer.headers['x-request-id']).toBe(ids[1]);
    await room.expectEven();
  });

  test('nobody follows once a word is out', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR]);
    const word = { choices: [{ index: 0, delta: { content: 'half' } }] };
    room.mood(CHEAP, { chunks: [`data: ${JSON.stringify(word)}\n\n`], ending: 'cut' });
    const text = await textOf(await room.call({ model: 'auto', stream: true }));
    expect(text).toContain('half');
    expect(text).toContain('provider_');
    expect(room.asked()).toEqual([CHEAP]);
    expect(await room.last()).toMatchObject({ model: CHEAP, status: 'provider_error' });
    await room.expectEven();
  });

  test('a request that its provider refuses goes to nobody else', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR]);
    const message = 'messages: too many';
    room.mood(CHEAP, {
      status: 400,
      type: 'application/json',
      chunks: [JSON.stringify({ error: { message } })],
    });
    const answer = await room.call({ model: 'auto' });
    expect(answer.status).toBe(400);
    expect(await textOf(answer)).toContain(message);
    expect(room.asked()).toEqual([CHEAP]);
    await room.expectEven();
  });

  test('the last error is the one that is heard, with its Retry-After, and costs nothing', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR]);
    room.mood(CHEAP, FAILURES['500']);
    room.mood(DEAR, FAILURES['429 with Retry-After']);
    const answer = await room.call({ model: 'auto' });
    expect(answer.status).toBe(429);
    const way = `auto; tier=free; try=${CHEAP}:500; try=${DEAR}:429`;
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'x-sluice-route': way });
    expect(await room.last()).toMatchObject({ model: DEAR, status: 'released', route: way });
    expect((await room.state()).spentNanoUsd).toBe(0);
    await room.expectEven();
  });

  test('is tried again as often as the route says, and what it says of itself is no part of the header', async () => {
    await open();
    await room.route('auto', [CHEAP, DEAR], { retries: 2 });
    room.mood(CHEAP, FAILURES['500'], FAILURES['500']);
    const answer = await room.call({ model: 'auto' });
    expect(answer.headers['x-sluice-route']).toBe(
      `auto; tier=free; try=${CHEAP}:500; try=${CHEAP}:500; used=${CHEAP}`,
    );
    await room.expectEven();
  });
});

describe('a plain model', () => {
  test('falls back where the project says to what, and not before it failed', async () => {
    await open();
    await room.route(CHEAP, [CLAUDE]);
    const well = await room.call({ model: CHEAP });
    expect(well.headers['x-sluice-route']).toBeUndefined();
    room.mood(CHEAP, FAILURES['500']);
    const body = { model: CHEAP, max_tokens: 40 };
    const answer = await room.call(body, { dialect: chat });
    expect(answer.headers).toMatchObject({
      'x-sluice-model': CLAUDE,
      'x-sluice-route': `${CHEAP}; tier=free; try=${CHEAP}:500; used=${CLAUDE}`,
    });
    await room.expectEven();
  });

  test('that answers reads nothing for its route', async () => {
    await open();
    await room.route(CHEAP, [DEAR]);
    const reads = vi.spyOn(room.tables, 'get');
    await textOf(await room.call({ model: CHEAP, stream: true }));
    expect(reads).not.toHaveBeenCalled();
  });

  test('without a route fails as ever', async () => {
    await open();
    room.mood(CHEAP, FAILURES['500']);
    const answer = await room.call({ model: CHEAP });
    expect(answer.status).toBe(500);
    expect(answer.headers['x-sluice-route']).toBeUndefined();
    expect(await room.last()).toMatchObject({ status: 'released' });
    await room.expectEven();
  });
});
