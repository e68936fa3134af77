import type { Model } from '@anthropic-ai/sdk/resources/messages/messages.js';
import type { ChatModel } from 'openai/resources/shared.js';
import { beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { createKeyBody } from '../../../lambdas/gateway/formats/key-format.ts';
import { modelListSchema, modelSchema } from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { createKey } from '../../../lambdas/gateway/usecases/manage-keys.ts';
import { catalogSchema } from '../../../lambdas/gateway/formats/catalog-format.ts';
import { LIST_PRICES } from '../../../lambdas/inference/models/own-prices.ts';
import { modelRoutes } from '../../../lambdas/gateway/routes/model-routes.ts';
import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { byRoute, httpDoor } from '../../../lambdas/http/door.ts';
import type { ProviderAccount } from '../../../lambdas/inference/ports/providers.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { PROJECT } from '../../support/key-items.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';

const account = (name: string, wire: ProviderAccount['wire']): ProviderAccount => ({
  name,
  wire,
  apiKey: 'sk',
  baseUrl: 'https://provider.example',
  simulated: false,
});
const ACCOUNTS = [account('openai', 'openai-chat'), account('anthropic', 'anthropic-messages')];
const ANTHROPIC = { 'Anthropic-Version': '2023-06-01' };

/** The names among them; any other text is a model too. */
type Known<Name> = Name extends string ? (string extends Name ? never : Name) : never;

let secret = '';
let mint: (fields?: object) => Promise<string>;
let get: (
  path: string,
  headers?: object,
  method?: string,
) => Promise<{ status: number; body: unknown }>;

beforeEach(async () => {
  const keys = dynamoKeyRegister({ tables: new MemoryTables() });
  const stagePrices = { book: async () => await Promise.resolve(LIST_PRICES) };
  const readRoutes = async () => await Promise.resolve(new Map());
  mint = async (fields = {}) => {
    const deps = { keys, nowMs: Date.now(), mode: 'test' } as const;
    const body = createKeyBody.parse({ name: 'ada', ...fields });
    return (await createKey(deps, PROJECT, body)).secret;
  };
  secret = await mint();
  const accounts = {
    get: async (name: string) =>
      await Promise.resolve(ACCOUNTS.find((one) => one.name === name) ?? null),
    list: async () => await Promise.resolve(ACCOUNTS),
  };
  const routes = modelRoutes({ keys, accounts, stagePrices, readRoutes });
  const entry = httpEntry(httpDoor('*', () => 'native', byRoute(routes)));
  get = async (path, headers = {}, method = 'GET') => {
    const event = proxyEvent(method, path, ['/v1/models/{id}'], undefined, secret);
    const resource = /^\/v1\/(?:models|catalog)(\?|$)/.test(path)
      ? path.replace(/\?.*/, '')
      : '/v1/models/{id+}';
    const answer = await invoke(entry, {
      ...event,
      resource,
      headers: { Authorization: `Bearer ${secret}`, ...headers },
    });
    return { status: answer.status, body: JSON.parse(answer.body) };
  };
});

const idsOf = (body: unknown) => modelListSchema.parse(body).data.map(({ id }) => id);

test('OpenAI’s SDK gets a list of its own models, and one in the same words', async () => {
  const { body } = await get('/v1/models');
  expect(body).toEqual({ object: 'list', data: expect.any(Array) });
  const { data } = modelListSchema.parse(body);
  const created = Date.UTC(2024, 6, 18) / 1_000;
  const one = { id: 'gpt-4o-mini', object: 'model', created, owned_by: 'openai' };
  expect(data).toContainEqual(one);
  expect(data).toContainEqual({ ...one, id: 'gpt-4o-mini-2024-07-18' });
  expect(new Set(data.map((model) => model['owned_by']))).toEqual(new Set(['openai', 'anthropic']));
  expect((await get('/v1/models/gpt-4o-mini')).body).toEqual(one);
  for (const model of data) expect(model['created']).toBeGreaterThan(1_700_000_000);
});

test('Anthropic’s SDK gets the same models in its pages, and one in the same words', async () => {
  const ids: string[] = [];
  let query = '';
  for (let hasMore = true; hasMore;) {
    const { body } = await get(`/v1/models?limit=10${query}`, ANTHROPIC);
    const page = z.object({ has_more: z.boolean(), first_id: z.string(), last_id: z.string() });
    const { has_more, first_id, last_id } = page.parse(body);
    expect([idsOf(body)[0], idsOf(body).at(-1)]).toEqual([first_id, last_id]);
    expect(idsOf(body).length).toBeLessThanOrEqual(10);
    ids.push(...idsOf(body));
    query = `&after_id=${last_id}`;
    hasMore = has_more;
  }
  expect(ids).toEqual(idsOf((await get('/v1/models')).body));
  const first = (await get('/v1/models', ANTHROPIC)).body;
  expect(idsOf(first)).toEqual(ids.slice(0, 20));
  const back = await get(`/v1/models?limit=3&before_id=${ids[9]}`, ANTHROPIC);
  expect(idsOf(back.body)).toEqual(ids.slice(6, 9));
  const one = await get('/v1/models/claude-haiku-4-5', ANTHROPIC);
  expect(modelSchema.parse(one.body)).toEqual({
    type: 'model',
    id: 'claude-haiku-4-5',
    display_name: 'claude-haiku-4-5',
    created_at: '2025-10-01T00:00:00Z',
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: null,
    lifecycle: 'active',
    line: null,
    deprecated_at: null,
    retires_at: null,
  });
});

test('HEAD is answered as GET, whose body HTTP leaves out', async () => {
  const asked = await get('/v1/models/gpt-4o-mini', {}, 'HEAD');
  expect(asked).toEqual(await get('/v1/models/gpt-4o-mini'));
  expect((await get('/v1/models/nobody', {}, 'HEAD')).status).toBe(404);
});

test.each(['limit=0', 'limit=0x10', 'limit=1001', 'after_id=nobody', 'before_id='])(
  'a page is not asked for by %s',
  async (query) => {
    const { status, body } = await get(`/v1/models?${query}`, ANTHROPIC);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(query.split('=')[0]);
  },
);

test('a key sees what it may use: of a list its names, with a cap no model without a price', async () => {
  const names = [
    'gpt-4.1',
    'claude-sonnet-4-5-20250929',
    'deepseek-v4-pro',
    'nobody',
    'openai/new',
  ];
  secret = await mint({ allowed_models: names });
  expect(idsOf((await get('/v1/models')).body)).toEqual([...names.slice(0, 2), 'openai/new']);
  expect((await get('/v1/models/gpt-4o')).status).toBe(404);
  secret = await mint({ allowed_models: names, max_spend_usd: 1 });
  expect(idsOf((await get('/v1/models')).body)).toEqual(names.slice(0, 2));
});

test('every name that the SDKs list is listed, or left out with its reason', async () => {
  const listed = new Set(idsOf((await get('/v1/models')).body));
  for (const [name, isListed] of Object.entries({ ...CHAT_MODELS, ...CLAUDE_MODELS }))
    expect([name, listed.has(name)]).toEqual([name, isListed === LISTED]);
});

const LISTED = 'listed';
type Place = 'listed' | 'withdrawn' | 'another wire';
const W = 'withdrawn';
const A = 'another wire';
/** One that comes with a later version of an SDK does not compile without its place here. */
const CHAT_MODELS: Record<ChatModel, Place> = {
  'gpt-6-astra': LISTED,
  'gpt-6.1-sol': LISTED,
  'gpt-6.1-terra': LISTED,
  'gpt-6-sol': LISTED,
  'gpt-6-luna': LISTED,
  'gpt-5.6-sol': LISTED,
  'gpt-5.6-terra': LISTED,
  'gpt-5.6-luna': LISTED,
  'gpt-5.5': LISTED,
  'gpt-5.5-2026-04-23': LISTED,
  'gpt-5.4': LISTED,
  'gpt-5.4-mini': LISTED,
  'gpt-5.4-nano': LISTED,
  'gpt-5.4-mini-2026-03-17': LISTED,
  'gpt-5.4-nano-2026-03-17': LISTED,
  'gpt-5.3-chat-latest': LISTED,
  'gpt-5.2': LISTED,
  'gpt-5.2-2025-12-11': LISTED,
  'gpt-5.2-chat-latest': LISTED,
  'gpt-5.2-pro': A,
  'gpt-5.2-pro-2025-12-11': A,
  'gpt-5.1': LISTED,
  'gpt-5.1-2025-11-13': LISTED,
  'gpt-5.1-codex': A,
  'gpt-5.1-mini': A,
  'gpt-5.1-chat-latest': LISTED,
  'gpt-5': LISTED,
  'gpt-5-mini': LISTED,
  'gpt-5-nano': LISTED,
  'gpt-5-2025-08-07': LISTED,
  'gpt-5-mini-2025-08-07': LISTED,
  'gpt-5-nano-2025-08-07': LISTED,
  'gpt-5-chat-latest': LISTED,
  'gpt-4.1': LISTED,
  'gpt-4.1-mini': LISTED,
  'gpt-4.1-nano': LISTED,
  'gpt-4.1-2025-04-14': LISTED,
  'gpt-4.1-mini-2025-04-14': LISTED,
  'gpt-4.1-nano-2025-04-14': LISTED,
  'o4-mini': LISTED,
  'o4-mini-2025-04-16': LISTED,
  o3: LISTED,
  'o3-2025-04-16': LISTED,
  'o3-mini': LISTED,
  'o3-mini-2025-01-31': LISTED,
  o1: LISTED,
  'o1-2024-12-17': LISTED,
  'o1-preview': W,
  'o1-preview-2024-09-12': W,
  'o1-mini': W,
  'o1-mini-2024-09-12': W,
  'gpt-4o': LISTED,
  'gpt-4o-2024-11-20': LISTED,
  'gpt-4o-2024-08-06': LISTED,
  'gpt-4o-2024-05-13': LISTED,
  'gpt-audio-mini': A,
  'gpt-audio-mini-2025-12-15': A,
  'gpt-4o-audio-preview': A,
  'gpt-4o-audio-preview-2024-10-01': A,
  'gpt-4o-audio-preview-2024-12-17': A,
  'gpt-4o-audio-preview-2025-06-03': A,
  'gpt-4o-mini-audio-preview': A,
  'gpt-4o-mini-audio-preview-2024-12-17': A,
  'gpt-4o-search-preview': A,
  'gpt-4o-mini-search-preview': A,
  'gpt-4o-search-preview-2025-03-11': A,
  'gpt-4o-mini-search-preview-2025-03-11': A,
  'chatgpt-4o-latest': W,
  'codex-mini-latest': A,
  'gpt-4o-mini': LISTED,
  'gpt-4o-mini-2024-07-18': LISTED,
  'gpt-4-turbo': LISTED,
  'gpt-4-turbo-2024-04-09': LISTED,
  'gpt-4-0125-preview': W,
  'gpt-4-turbo-preview': W,
  'gpt-4-1106-preview': W,
  'gpt-4-vision-preview': W,
  'gpt-4': LISTED,
  'gpt-4-0314': W,
  'gpt-4-0613': LISTED,
  'gpt-4-32k': W,
  'gpt-4-32k-0314': W,
  'gpt-4-32k-0613': W,
  'gpt-3.5-turbo': LISTED,
  'gpt-3.5-turbo-16k': W,
  'gpt-3.5-turbo-0301': W,
  'gpt-3.5-turbo-0613': W,
  'gpt-3.5-turbo-1106': W,
  'gpt-3.5-turbo-0125': LISTED,
  'gpt-3.5-turbo-16k-0613': W,
};
const CLAUDE_MODELS: Record<Known<Model>, Place> = {
  'claude-fable-5-2': LISTED,
  'claude-mythos-5-2': LISTED,
  'claude-haiku-5-5': LISTED,
  'claude-sonnet-5-5': LISTED,
  'claude-fable-5-1': LISTED,
  'claude-opus-5-5': LISTED,
  'claude-mythos-5-1': LISTED,
  'claude-sonnet-5': LISTED,
  'claude-fable-5': LISTED,
  'claude-mythos-5': LISTED,
  'claude-opus-5': LISTED,
  'claude-opus-4-8': LISTED,
  'claude-opus-4-7': LISTED,
  'claude-mythos-preview': W,
  'claude-opus-4-6': LISTED,
  'claude-sonnet-4-6': LISTED,
  'claude-haiku-4-5': LISTED,
  'claude-haiku-4-5-20251001': LISTED,
  'claude-opus-4-5': LISTED,
  'claude-opus-4-5-20251101': LISTED,
  'claude-sonnet-4-5': LISTED,
  'claude-sonnet-4-5-20250929': LISTED,
};

test('the catalog needs no key, says what is billed how, and fits its contract', async () => {
  secret = '';
  const { status, body } = await get('/v1/catalog');
  expect(status).toBe(200);
  const { data, prices: snapshot } = catalogSchema.parse(body);
  expect(snapshot.as_of).toMatch(/^2\d{3}-\d{2}-\d{2}$/);
  const of = (id: string) => data.find((model) => model.id === id);
  expect(of('text-embedding-3-small')).toMatchObject({
    kind: 'embedding',
    route: 'POST /v1/embeddings',
    prices: [{ of: 'input', per: 1_000_000, usd: 0.02 }],
  });
  expect(of('whisper-1')?.prices).toEqual([{ of: 'seconds', per: 1_000_000, usd: 100 }]);
  expect(of('gpt-image-1.5')?.prices).toContainEqual({
    of: 'imageOutput',
    per: 1_000_000,
    usd: 32,
  });
  expect(of('claude-haiku-4-5')).toMatchObject({ kind: 'chat', route: 'POST /v1/messages' });
  expect(of('gpt-5-mini')?.service_tiers).toContainEqual({ tier: 'priority', percent: 180 });
  expect(of('gpt-image-2.6-flare')?.prices).toBeNull();
  expect(JSON.stringify(body)).not.toContain('provider.example');
});
