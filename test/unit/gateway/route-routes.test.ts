import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

const any = z.looseObject({});
const list = z.object({ data: z.array(z.looseObject({})), next_cursor: z.string().nullable() });

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));

const sent = async (status: number, method: string, path: string, body?: object) => {
  const answer = await room.send(method, path, body);
  expect(answer.status, answer.body).toBe(status);
  return any.parse(JSON.parse(answer.body));
};
const to = (...models: readonly string[]) => ({ targets: models.map((model) => ({ model })) });
const create = async (status: number, name: string, ...models: readonly string[]) =>
  await sent(status, 'POST', '/v1/routes', { name, default: to(...models) });
/** Changes of one millisecond have no order. */
const nextMillisecond = async (): Promise<void> => {
  const before = Date.now();
  while (Date.now() === before) await setImmediate();
};

describe('routes of a project', () => {
  test('are made, read, changed and removed by their name, a model with a provider before it too', async () => {
    expect(await create(201, 'auto', 'deepseek-flash', 'gpt-5-nano')).toMatchObject({
      kind: 'alias',
      retries: 1,
      default: { on_cap: 'refuse', downgrade_at: 0.9 },
    });
    expect(await create(201, 'ollama/llama3', 'gpt-5-nano')).toMatchObject({ kind: 'fallback' });
    const patched = { tiers: { paid: to('claude-sonnet-5') }, first_token_ms: 9_000 };
    await sent(200, 'PATCH', '/v1/routes/auto', patched);
    expect(await sent(200, 'GET', '/v1/routes/auto')).toMatchObject({
      default: { targets: [{ model: 'deepseek-flash' }, { model: 'gpt-5-nano' }] },
      tiers: { paid: { targets: [{ model: 'claude-sonnet-5' }] } },
      first_token_ms: 9_000,
    });
    await sent(200, 'DELETE', '/v1/routes/ollama/llama3');
    await sent(404, 'GET', '/v1/routes/ollama/llama3');
    const { data } = list.parse(await sent(200, 'GET', '/v1/routes'));
    expect(data.map(({ name }) => name)).toEqual(['auto']);
    await create(409, 'auto', 'gpt-5-nano');
  });

  test.each([
    ['no targets', { name: 'a', default: { targets: [] } }, 'default.targets'],
    ['a misspelt field', { name: 'a', default: { ...to('gpt-5'), fallback: [] } }, 'default'],
    ['a blank in the name', { name: 'my auto', default: to('gpt-5') }, 'name'],
    [
      'a target that is nobody',
      { name: 'a', default: to('gpt-5', 'b') },
      'default.targets.1.model',
    ],
    ['itself', { name: 'a', default: to('gpt-5', 'a') }, 'default.targets.1.model'],
    [
      'a model that falls back to itself',
      { name: 'gpt-5', default: to('gpt-5') },
      'default.targets.0.model',
    ],
    [
      'a downgrade to a route',
      { name: 'a', default: { ...to('gpt-5'), downgrade_to: 'auto' } },
      'default.downgrade_to',
    ],
    [
      'a weight of nothing',
      { name: 'a', default: { targets: [{ model: 'gpt-5', weight: 0 }] } },
      'default.targets.0.weight',
    ],
    [
      'a tier that is wrong',
      { name: 'a', default: to('gpt-5'), tiers: { free: to('b') } },
      'tiers.free.targets.0.model',
    ],
  ])('refuses %s by the name of the field', async (_, body, param) => {
    expect(await sent(400, 'POST', '/v1/routes', body)).toMatchObject({
      error: { code: 'invalid_request', param: expect.stringContaining(param) },
    });
  });

  test('refuses a loop over other routes, of whichever tier, and a chain that is too long', async () => {
    await create(201, 'a', 'gpt-5');
    await create(201, 'b', 'a');
    await create(201, 'c', 'b');
    const loop = await sent(400, 'PATCH', '/v1/routes/a', { tiers: { free: to('gpt-5', 'c') } });
    expect(JSON.stringify(loop)).toContain('a -> c -> b -> a');
    await create(201, 'd', 'c');
    expect(JSON.stringify(await create(400, 'e', 'd'))).toContain('more than 4 routes');
    // A loop that begins elsewhere is closed by the change of another route.
    expect(
      JSON.stringify(await sent(400, 'PATCH', '/v1/routes/a', { default: to('d') })),
    ).toContain('->');
  });

  test('keeps a route that another leads to', async () => {
    await create(201, 'fast', 'gpt-5-nano');
    await create(201, 'auto', 'fast');
    await sent(409, 'DELETE', '/v1/routes/fast');
    await sent(200, 'DELETE', '/v1/routes/auto');
    await sent(200, 'DELETE', '/v1/routes/fast');
  });

  test('tell who changed what, newest first, page by page', async () => {
    await create(201, 'auto', 'gpt-5');
    await nextMillisecond();
    await sent(200, 'PATCH', '/v1/routes/auto', { retries: 0 });
    await nextMillisecond();
    await sent(200, 'DELETE', '/v1/routes/auto');
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const page = list.parse(await sent(200, 'GET', `/v1/project/changes?limit=1${cursor}`));
      seen.push(...page.data.map(({ action, subject }) => `${String(action)} ${String(subject)}`));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor !== '');
    expect(seen.slice(-3)).toEqual([
      'removed routes/auto',
      'changed routes/auto',
      'created routes/auto',
    ]);
  });

  test('two admins at once both land', async () => {
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map(async (name) => await create(201, name, 'gpt-5')));
    const { data } = list.parse(await sent(200, 'GET', '/v1/routes'));
    expect(new Set(data.map(({ name }) => name))).toEqual(new Set(names));
  });
});
