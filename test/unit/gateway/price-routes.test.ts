import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ownPriceSchema } from '../../../lambdas/gateway/formats/price-contract.ts';
import { PRICE_LEAD_MIN_MS } from '../../../lambdas/inference/models/price-limits.ts';
import { as, gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

const error = z.object({
  error: z.looseObject({ code: z.string(), param: z.string().optional() }),
});
const list = z.object({ data: z.array(ownPriceSchema) });
const RATES = { rates: { input: 0.2, output: 0.6 } };

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));

const path = (model: string): string => `/v1/prices/own/${model}`;
const set = async (model: string, body: object) =>
  await as(ownPriceSchema, room.send('PUT', path(model), body));
const refused = async (model: string, body: object, status = 400) => {
  const answer = await room.send('PUT', path(model), body);
  expect(answer.status, answer.body).toBe(status);
  return error.parse(JSON.parse(answer.body)).error;
};

describe("an operator's own price", () => {
  test('holds as soon as every instance can know it, and says when', async () => {
    const before = Date.now();
    const price = await set('vllm/llama-4', RATES);
    const [period, ...more] = price.periods;
    expect(more).toEqual([]);
    expect(period).toMatchObject({ ...RATES, is_in_force: false, percent_of_list: null });
    expect(period?.from_ms).toBeGreaterThanOrEqual(before + PRICE_LEAD_MIN_MS);
    expect(period?.from_ms).toBeLessThanOrEqual(Date.now() + PRICE_LEAD_MIN_MS);
    expect(await as(list, room.send('GET', '/v1/prices/own'))).toEqual({ data: [price] });
    expect(await as(ownPriceSchema, room.send('GET', path('vllm/llama-4')))).toEqual(price);
  });

  test('takes the place of what was planned for later, and stands beside what holds before', async () => {
    const atMs = Date.now() + 1_000_000;
    await set('gpt-5.1', { percent_of_list: 80, from_ms: atMs });
    await set('gpt-5.1', { percent_of_list: 70.5, from_ms: atMs + 2_000_000 });
    const price = await set('gpt-5.1', { free: true, from_ms: atMs + 1_000_000 });
    expect(price.periods).toMatchObject([
      { from_ms: atMs, percent_of_list: 80, free: false, rates: null },
      { from_ms: atMs + 1_000_000, percent_of_list: null, free: true, rates: null },
    ]);
  });

  test('has its tiers of service beside it, to the hundredth of a percent', async () => {
    const service_tiers = { flex: 33.33, priority: 180, batch: 0.01 };
    const plain = await set('vllm/llama-4', { ...RATES, service_tiers });
    expect(plain.periods).toMatchObject([{ ...RATES, service_tiers }]);
    const share = await set('gpt-5.1', { percent_of_list: 80, service_tiers: { flex: 60 } });
    expect(share.periods).toMatchObject([{ percent_of_list: 80, service_tiers: { flex: 60 } }]);
    expect((await set('gpt-5', { percent_of_list: 80 })).periods).toMatchObject([
      { service_tiers: null },
    ]);
    const { data } = await as(list, room.send('GET', '/v1/prices/own'));
    expect(data.map(({ periods }) => periods[0]?.service_tiers)).toEqual([
      null,
      { flex: 60 },
      service_tiers,
    ]);
  });

  test("ends with the list's price again, from a date on", async () => {
    await set('gpt-5.1', { percent_of_list: 80 });
    const fromMs = Date.now() + 5_000_000;
    const ended = room.send('DELETE', `${path('gpt-5.1')}?from_ms=${fromMs}`);
    expect((await as(ownPriceSchema, ended)).periods).toMatchObject([
      { percent_of_list: 80 },
      { from_ms: fromMs, percent_of_list: 100, rates: null, free: false },
    ]);
    expect((await room.send('DELETE', path('gpt-5'))).status).toBe(404);
  });

  test.each([
    ['nothing at all', {}],
    ['two prices', { ...RATES, percent_of_list: 80 }],
    ['a price of nothing that is not said outright', { rates: { input: 0, output: 0 } }],
    ['an output of nothing', { rates: { input: 1, output: 0 } }],
    ['a negative price', { rates: { input: -1, output: 1 } }],
    ['a price finer than a nano-dollar', { rates: { input: 0.000_000_000_1, output: 1 } }],
    ['a conversation without a price of what it puts out', { rates: { input: 1 } }],
    ['a factor of nothing', { percent_of_list: 0 }],
    ['free: false', { free: false }],
    ['a date that has passed', { ...RATES, from_ms: 1 }],
    ['a date before every instance knows it', { ...RATES, from_ms: Date.now() + 60_000 }],
    ['a date out of sight', { ...RATES, from_ms: Date.now() + 500 * 86_400_000 }],
    ['a tier of nothing', { ...RATES, service_tiers: { flex: 0 } }],
    ['no tier among its tiers', { ...RATES, service_tiers: {} }],
    ['a tier that nobody has', { ...RATES, service_tiers: { scale: 80 } }],
    ['a tier finer than a ten-thousandth', { ...RATES, service_tiers: { flex: 0.001 } }],
    ['a tier of what costs nothing', { free: true, service_tiers: { flex: 50 } }],
    ['a misspelt kind', { rates: { input: 1, output: 1, cached: 1 } }],
  ])('is refused with %s', async (_what, body) =>
    expect(await refused('vllm/llama-4', body)).toMatchObject({ code: 'invalid_request' }),
  );

  test('by a factor is refused where the list has no price, and any price where a search has a fee', async () => {
    expect(await refused('vllm/llama-4', { percent_of_list: 80 })).toMatchObject({
      param: 'percent_of_list',
    });
    expect(await refused('gpt-4o-search-preview', RATES)).toMatchObject({ param: 'model' });
    expect(await refused('nobody', RATES, 404)).toMatchObject({ code: 'model_not_found' });
    expect(await refused('*', RATES, 404)).toMatchObject({ code: 'model_not_found' });
  });

  test.each([
    ['text-embedding-mine', { rates: { input: 0.01 } }],
    ['vllm/embed-x', { rates: { input: 0.01 } }],
    ['tts-1', { rates: { characters: 12 } }],
    ['groq/whisper-large-v3', { rates: { seconds: 30 } }],
    ['vllm/*', { free: true }],
    ['bedrock/eu.amazon.nova-pro-v1:0', { percent_of_list: 90 }],
  ])('may be of %s by %j', async (model, body) =>
    expect((await set(model, body)).model).toBe(model),
  );

  test('is written down with who set it', async () => {
    await set('vllm/llama-4', RATES);
    await room.send('DELETE', path('vllm/llama-4'));
    const changes = z.object({
      data: z.array(z.object({ subject: z.string(), action: z.string(), by_key_id: z.string() })),
    });
    const { data } = await as(changes, room.send('GET', '/v1/project/changes'));
    expect(new Set(data.map(({ action, subject }) => `${action} ${subject}`))).toEqual(
      new Set(['created prices/vllm/llama-4', 'removed prices/vllm/llama-4']),
    );
    expect(data.map(({ by_key_id }) => by_key_id.startsWith('key_'))).toEqual([true, true]);
  });

  test('is not lost when two admins set prices at once', async () => {
    const models = ['vllm/a', 'vllm/b', 'vllm/c', 'vllm/d'];
    await Promise.all(models.map(async (model) => await set(model, RATES)));
    const { data } = await as(list, room.send('GET', '/v1/prices/own'));
    expect(data.map(({ model }) => model)).toEqual(models);
  });

  test('is seen and set by admins alone', async () => {
    const { secret } = await room.mint();
    expect((await room.send('GET', '/v1/prices/own', undefined, secret)).status).toBe(403);
    expect((await room.send('PUT', path('vllm/*'), { free: true }, secret)).status).toBe(403);
  });
});
