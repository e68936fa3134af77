import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

const any = z.looseObject({});
const idOf = (body: unknown): string => z.looseObject({ id: z.string() }).parse(body).id;

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));

const sent = async (status: number, method: string, path: string, body?: object) => {
  const answer = await room.send(method, path, body);
  expect(answer.status, answer.body).toBe(status);
  return any.parse(JSON.parse(answer.body));
};
const tier = async (name: string, body: object) =>
  await sent(200, 'PUT', `/v1/tiers/${name}`, body);
const key = async (body: object) => await sent(201, 'POST', '/v1/keys', { name: 'k', ...body });
const get = async (id: string) => await sent(200, 'GET', `/v1/keys/${id}`);
const apply = async (name: string) => await sent(200, 'POST', `/v1/tiers/${name}/apply`, {});

const FREE = { max_spend_usd: 2, period: 'month', rpm: 20, allowed_models: ['gpt-5-nano'] };

describe('a tier', () => {
  test('gives a new key what nobody names for it, and the key says which fields these are', async () => {
    expect(await tier('free', FREE)).toMatchObject({
      name: 'free',
      names: ['max_spend_usd', 'period', 'allowed_models', 'rpm'],
      cap_micros: 2_000_000,
      max_concurrency: null,
    });
    expect(await key({ tier: 'free', rpm: 90 })).toMatchObject({
      tier: 'free',
      cap_micros: 2_000_000,
      period: 'month',
      rpm: 90,
      allowed_models: ['gpt-5-nano'],
      max_concurrency: 50,
      from_tier: ['allowed_models', 'max_spend_usd', 'period'],
    });
    expect(await key({ tier: 'free', max_spend_usd: null, allowed_models: null })).toMatchObject({
      cap_micros: null,
      allowed_models: null,
      from_tier: ['period', 'rpm'],
    });
  });

  test('gives its period too, so that the budget of its keys opens again with it', async () => {
    await tier('daily', { max_spend_usd: 1, period: 'day' });
    const made = await key({ tier: 'daily' });
    const day = new Date(Number(made['resets_at']));
    expect(made).toMatchObject({
      period: 'day',
      window: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    expect(day.getTime()).toBeGreaterThan(Date.now());
    expect(day.toISOString()).toMatch(/T00:00:00.000Z$/);
  });

  test('of which nothing is said is a word, as ever', async () => {
    expect(await key({ tier: 'gold' })).toMatchObject({
      tier: 'gold',
      cap_micros: null,
      rpm: 600,
      from_tier: [],
    });
  });

  test('that changes reaches its keys when it is applied, but for what is their own', async () => {
    await tier('free', FREE);
    const [plain, own] = [idOf(await key({ tier: 'free' })), idOf(await key({ tier: 'free' }))];
    const other = idOf(await key({ rpm: 20 }));
    await sent(200, 'PATCH', `/v1/keys/${own}`, { rpm: 7 });
    await tier('free', { ...FREE, max_spend_usd: 3, rpm: 30, warn_at: [0.5] });
    expect(await get(plain)).toMatchObject({ cap_micros: 2_000_000, rpm: 20 });
    expect(await apply('free')).toEqual({
      object: 'tier_apply',
      name: 'free',
      keys: 2,
      changed: 2,
      of_other_period: 0,
      has_more: false,
      next_cursor: null,
    });
    expect(await get(plain)).toMatchObject({
      cap_micros: 3_000_000,
      available_micros: 3_000_000,
      rpm: 30,
      warn_at: [0.5],
    });
    expect(await get(own)).toMatchObject({
      cap_micros: 3_000_000,
      rpm: 7,
      from_tier: ['allowed_models', 'max_spend_usd', 'period', 'warn_at'],
    });
    expect(await get(other)).toMatchObject({ cap_micros: null, rpm: 20 });
    expect(await apply('free')).toMatchObject({ keys: 2, changed: 0 });
  });

  test('that no longer names a field leaves it as it is on the keys that have it', async () => {
    await tier('free', FREE);
    const id = idOf(await key({ tier: 'free' }));
    await tier('free', { rpm: 20 });
    expect(await apply('free')).toMatchObject({ changed: 1 });
    expect(await get(id)).toMatchObject({ cap_micros: 2_000_000, from_tier: ['rpm'] });
  });

  test('of another period than a key leaves the cap of that key alone, and counts it', async () => {
    await tier('free', FREE);
    const id = idOf(await key({ tier: 'free', period: 'day' }));
    await tier('free', { ...FREE, max_spend_usd: 50, rpm: 40 });
    expect(await apply('free')).toMatchObject({ changed: 1, of_other_period: 1 });
    expect(await get(id)).toMatchObject({ cap_micros: 2_000_000, period: 'day', rpm: 40 });
  });

  test('that a key moves to gives it what is not its own', async () => {
    await tier('free', FREE);
    await tier('pro', { max_spend_usd: 20, period: 'month', rpm: 500 });
    const id = idOf(await key({ tier: 'free', allowed_models: ['gpt-5'] }));
    expect(await sent(200, 'PATCH', `/v1/keys/${id}`, { tier: 'pro' })).toMatchObject({
      tier: 'pro',
      cap_micros: 20_000_000,
      rpm: 500,
      allowed_models: ['gpt-5'],
      from_tier: ['max_spend_usd', 'period', 'rpm'],
    });
    expect(await sent(200, 'PATCH', `/v1/keys/${id}`, { tier: null })).toMatchObject({
      tier: null,
      cap_micros: 20_000_000,
      from_tier: [],
    });
  });

  test('is not deleted while a key names it, unless it is forced', async () => {
    await tier('free', FREE);
    const id = idOf(await key({ tier: 'free' }));
    const { error } = await sent(409, 'DELETE', '/v1/tiers/free');
    expect(error).toMatchObject({ code: 'conflict', key_id: id });
    await sent(200, 'DELETE', '/v1/tiers/free?force=true');
    await sent(404, 'GET', '/v1/tiers/free');
    expect(await get(id)).toMatchObject({ tier: 'free', cap_micros: 2_000_000 });
    await tier('free', FREE);
    await sent(200, 'DELETE', `/v1/keys/${id}`);
    await sent(200, 'DELETE', '/v1/tiers/free');
  });

  test('leaves a record of who changed it, and more than a page of keys is carried to its end', async () => {
    await tier('free', FREE);
    for (let index = 0; index < 120; index++) await key({ tier: index % 2 === 0 ? 'free' : 'pro' });
    await tier('free', { ...FREE, rpm: 21 });
    expect(await apply('free')).toMatchObject({ keys: 60, changed: 60, has_more: false });
    const { data } = z
      .object({ data: z.array(any) })
      .parse(await sent(200, 'GET', '/v1/project/changes'));
    const seen = data.map(({ subject, action }) => `${String(action)} ${String(subject)}`);
    expect(seen.toSorted()).toEqual(['changed tiers/free', 'created tiers/free']);
  });

  test.each([
    ['a misspelt field', { max_spend: 2 }, 'max_spend'],
    ['no number', { rpm: 'many' }, 'rpm'],
    ['a period of its own', { period: 'year' }, 'period'],
    ['more than a key may have', { max_concurrency: 1_001 }, 'max_concurrency'],
  ])('with %s is refused by the name of the field', async (_, body, field) => {
    const { error } = await sent(400, 'PUT', '/v1/tiers/free', body);
    expect(JSON.stringify(error)).toContain(field);
    await sent(404, 'GET', '/v1/tiers/free');
  });

  test('has a name that a path can hold, and what is no tier is not found', async () => {
    await sent(400, 'PUT', '/v1/tiers/a%20b', {});
    await sent(404, 'GET', '/v1/tiers/nobody');
    await sent(404, 'DELETE', '/v1/tiers/nobody');
    await sent(404, 'POST', '/v1/tiers/nobody/apply', {});
  });
});
