import { beforeEach, expect, test } from 'vitest';
import { createKeyBody } from '../../../lambdas/gateway/formats/key-format.ts';
import { modelListSchema } from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { createRouteBody, readRoute } from '../../../lambdas/gateway/formats/route-format.ts';
import { modelRoutes } from '../../../lambdas/gateway/routes/model-routes.ts';
import { createKey } from '../../../lambdas/gateway/usecases/manage-keys.ts';
import { createRoute } from '../../../lambdas/gateway/usecases/manage-routes.ts';
import { byRoute, httpDoor } from '../../../lambdas/http/door.ts';
import {
  routeReader,
  tableRouteStore,
} from '../../../lambdas/inference/adapters/table-route-store.ts';
import { ownWire } from '../../../lambdas/inference/models/families.ts';
import { LIST_PRICES } from '../../../lambdas/inference/models/own-prices.ts';
import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectSettings } from '../../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';

const MADE_AT_MS = Date.UTC(2026, 10, 30, 12);
const ANTHROPIC = { 'Anthropic-Version': '2023-06-01' };

let secret = '';
let mint: (fields?: object) => Promise<string>;
let routeTo: (name: string, targets: readonly string[], tiers?: object) => Promise<void>;
let get: (path: string, headers?: object) => Promise<{ status: number; body: unknown }>;

/** A stage that has accounts of two providers. */
beforeEach(async () => {
  const tables = new MemoryTables();
  const keys = dynamoKeyRegister({ tables });
  const settings = dynamoProjectSettings({ tables });
  mint = async (fields = {}) => {
    const deps = { keys, nowMs: Date.now(), mode: 'test' } as const;
    return (await createKey(deps, PROJECT, createKeyBody.parse({ name: 'ada', ...fields }))).secret;
  };
  routeTo = async (name, targets, tiers = {}) => {
    const plan = { targets: targets.map((model) => ({ model })) };
    const asked = createRouteBody.parse({ name, default: plan, tiers });
    const by = { projectId: PROJECT, byKeyId: KEY_ID, name, nowMs: MADE_AT_MS };
    await createRoute(tableRouteStore(settings), by, readRoute(asked, MADE_AT_MS));
  };
  secret = await mint();
  const accountOf = (name: string) =>
    name === 'openai' || name === 'anthropic'
      ? { name, wire: ownWire(name), apiKey: 'sk', baseUrl: 'https://a.example', simulated: false }
      : null;
  const routes = modelRoutes({
    keys,
    accounts: {
      get: async (name) => await Promise.resolve(accountOf(name)),
      list: async () => await Promise.resolve([]),
    },
    stagePrices: { book: async () => await Promise.resolve(LIST_PRICES) },
    readRoutes: routeReader(settings),
  });
  const entry = httpEntry(httpDoor('*', () => 'native', byRoute(routes)));
  get = async (path, headers = {}) => {
    const [plain = ''] = path.split('?');
    const event = proxyEvent('GET', path, ['/v1/models/{id}'], undefined, secret);
    const resource = plain === '/v1/models' ? plain : '/v1/models/{id+}';
    const answer = await invoke(entry, {
      ...event,
      resource,
      headers: { Authorization: `Bearer ${secret}`, ...headers },
    });
    return { status: answer.status, body: JSON.parse(answer.body) };
  };
});

const idsOf = (body: unknown) => modelListSchema.parse(body).data.map(({ id }) => id);

test("the project's names come first, as models of each vendor's kind", async () => {
  const claude = { free: { targets: [{ model: 'claude-haiku-4-5' }] } };
  await routeTo('auto', ['gpt-4o-mini', 'gpt-4.1'], claude);
  await routeTo('vectors', ['text-embedding-3-small']);
  await routeTo('gpt-4o', ['gpt-4o-mini']);
  const list = modelListSchema.parse((await get('/v1/models')).body);
  const created = MADE_AT_MS / 1_000;
  const one = { id: 'auto', object: 'model', created, owned_by: PROJECT };
  expect(list.data.slice(0, 2)).toEqual([one, { ...one, id: 'vectors' }]);
  expect(list.data.filter(({ id }) => id === 'gpt-4o')).toHaveLength(1);
  expect((await get('/v1/models/auto')).body).toEqual(one);
  const told = await get('/v1/models?limit=1', ANTHROPIC);
  expect(told.body).toMatchObject({
    has_more: true,
    // What both models take.
    data: [{ type: 'model', id: 'auto', max_input_tokens: 128_000, max_tokens: 16_384 }],
  });
  const google = await get('/v1/models?pageSize=2', { 'x-goog-api-key': 'k' });
  expect(google.body).toMatchObject({
    models: [
      { name: 'models/auto', supportedGenerationMethods: ['generateContent', 'countTokens'] },
      { name: expect.not.stringContaining('vectors') },
    ],
  });
  secret = await mint({ tier: 'free' });
  expect((await get('/v1/models/auto', ANTHROPIC)).body).toMatchObject({ max_tokens: 64_000 });
});

test('a name is listed for a key that may use it, and for no other', async () => {
  await routeTo('auto', ['gpt-4o-mini']);
  await routeTo('inner', ['gpt-4.1']);
  await routeTo('outer', ['inner']);
  await routeTo('far', ['deepseek-flash']);
  await routeTo('new', ['openai/new']);
  expect(idsOf((await get('/v1/models')).body).slice(0, 4)).toEqual([
    'auto',
    'inner',
    'outer',
    'new',
  ]);
  expect((await get('/v1/models/far')).status).toBe(404);
  secret = await mint({ max_spend_usd: 1 });
  expect((await get('/v1/models/new')).status).toBe(404);
  secret = await mint({ allowed_models: ['gpt-4.1', 'auto', 'nothing'] });
  expect(idsOf((await get('/v1/models')).body)).toEqual(['auto', 'inner', 'outer', 'gpt-4.1']);
  secret = await mint({ allowed_models: ['gpt-4o'] });
  expect(idsOf((await get('/v1/models')).body)).toEqual(['gpt-4o']);
  for (const name of ['auto', 'outer']) expect((await get(`/v1/models/${name}`)).status).toBe(404);
});
