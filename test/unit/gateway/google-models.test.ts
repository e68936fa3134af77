import { beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { createKeyBody } from '../../../lambdas/gateway/formats/key-format.ts';
import { LIST_PRICES } from '../../../lambdas/inference/models/own-prices.ts';
import { modelRoutes } from '../../../lambdas/gateway/routes/model-routes.ts';
import { createKey } from '../../../lambdas/gateway/usecases/manage-keys.ts';
import { byRoute, httpDoor } from '../../../lambdas/http/door.ts';
import { ownWire } from '../../../lambdas/inference/models/families.ts';
import { unitKindOf } from '../../../lambdas/inference/models/model-kinds.ts';
import type { ProviderAccount } from '../../../lambdas/inference/ports/providers.ts';
import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { PROJECT } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';

const account = async (name: string): Promise<ProviderAccount> =>
  await Promise.resolve({
    name,
    wire: ownWire(name),
    apiKey: 'sk',
    baseUrl: 'https://provider.example',
    simulated: false,
  });

let get: (path: string, headers?: object) => Promise<{ status: number; body: unknown }>;
beforeEach(async () => {
  const keys = dynamoKeyRegister({ tables: new MemoryTables() });
  const { secret } = await createKey(
    { keys, nowMs: Date.now(), mode: 'test' },
    PROJECT,
    createKeyBody.parse({ name: 'ada' }),
  );
  const routes = modelRoutes({
    keys,
    accounts: { get: account, list: async () => [] },
    stagePrices: { book: async () => LIST_PRICES },
    readRoutes: async () => await Promise.resolve(new Map()),
  });
  const entry = httpEntry(httpDoor('*', () => 'google', byRoute(routes)));
  get = async (path, headers = {}) => {
    const [plain = ''] = path.split('?');
    const paths = ['/v1/models/{id+}', '/v1beta/models/{id+}'];
    const event = proxyEvent('GET', path, paths, undefined, secret);
    const answer = await invoke(entry, {
      ...event,
      resource: plain.replace(/models\/.*/, 'models/{id+}'),
      pathParameters: { id: plain.replace(/.*models\/?/, '') },
      headers: { Authorization: `Bearer ${secret}`, ...headers },
    });
    return { status: answer.status, body: JSON.parse(answer.body) };
  };
});

const page = z.object({
  models: z.array(
    z.looseObject({ name: z.string(), supportedGenerationMethods: z.array(z.string()) }),
  ),
  nextPageToken: z.string().optional(),
});
const list = z.object({ data: z.array(z.looseObject({ id: z.string() })) });

test('Google’s SDK gets what it can call, in its pages and with what each is called by', async () => {
  const models: z.infer<typeof page>['models'] = [];
  let query = '';
  for (let next: string | undefined = 'first'; next !== undefined;) {
    const told = page.parse((await get(`/v1beta/models?pageSize=10${query}`)).body);
    expect(told.models.length).toBeLessThanOrEqual(10);
    models.push(...told.models);
    next = told.nextPageToken;
    query = `&pageToken=${next}`;
  }
  const listed = list.parse((await get('/v1/models')).body).data.map(({ id }) => id);
  const called = listed.filter((id) => {
    const unit = unitKindOf(id);
    return unit === null || (unit.kind === 'embedding' && unit.provider === 'google');
  });
  expect(models.map(({ name }) => name)).toEqual(called.map((id) => `models/${id}`));
  expect(listed.length).toBeGreaterThan(called.length);
  expect(models.find(({ name }) => name.endsWith('embedding-001'))).toMatchObject({
    supportedGenerationMethods: ['embedContent', 'batchEmbedContents'],
  });
});

test('one model is told in the words of who asks: by the path, or by the header of the key', async () => {
  const one = {
    name: 'models/claude-haiku-4-5',
    displayName: 'claude-haiku-4-5',
    inputTokenLimit: 200_000,
    outputTokenLimit: 64_000,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  };
  expect((await get('/v1beta/models/claude-haiku-4-5')).body).toEqual(one);
  expect((await get('/v1/models/claude-haiku-4-5', { 'x-goog-api-key': 'k' })).body).toEqual(one);
  expect((await get('/v1/models/claude-haiku-4-5')).body).toMatchObject({ object: 'model' });
});

test.each(['pageSize=0', 'pageSize=1001', 'pageToken=nobody'])(
  'a page is not asked for by %s',
  async (query) => {
    const { status, body } = await get(`/v1beta/models?${query}`);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(query.split('=')[0]);
  },
);
