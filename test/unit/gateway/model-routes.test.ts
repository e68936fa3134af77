import { beforeEach, expect, test } from 'vitest';
import { createKeyBody } from '../../../lambdas/gateway/formats/key-format.ts';
import { modelListSchema, modelSchema } from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { createKey } from '../../../lambdas/gateway/usecases/manage-keys.ts';
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

let get: (path: string, headers?: object) => Promise<{ status: number; body: unknown }>;

beforeEach(async () => {
  const keys = dynamoKeyRegister({ tables: new MemoryTables() });
  const { secret } = await createKey(
    { keys, nowMs: Date.now(), mode: 'test' },
    PROJECT,
    createKeyBody.parse({ name: 'ada' }),
  );
  const accounts = {
    get: async (name: string) =>
      await Promise.resolve(ACCOUNTS.find((one) => one.name === name) ?? null),
    list: async () => await Promise.resolve(ACCOUNTS),
  };
  const entry = httpEntry(httpDoor('*', () => 'native', byRoute(modelRoutes({ keys, accounts }))));
  get = async (path, headers = {}) => {
    const event = proxyEvent('GET', path, ['/v1/models/{id}'], undefined, secret);
    const resource = path === '/v1/models' ? path : '/v1/models/{id+}';
    const answer = await invoke(entry, {
      ...event,
      resource,
      headers: { Authorization: `Bearer ${secret}`, ...headers },
    });
    return { status: answer.status, body: JSON.parse(answer.body) };
  };
});

test('OpenAI’s SDK gets a list of its own models, and one in the same words', async () => {
  const { body } = await get('/v1/models');
  expect(body).toEqual({ object: 'list', data: expect.any(Array) });
  const { data } = modelListSchema.parse(body);
  const one = { id: 'gpt-4o-mini', object: 'model', created: 0, owned_by: 'openai' };
  expect(data).toContainEqual(one);
  expect(new Set(data.map((model) => model['owned_by']))).toEqual(new Set(['openai', 'anthropic']));
  expect((await get('/v1/models/gpt-4o-mini')).body).toEqual(one);
});

test('Anthropic’s SDK gets a page of the same models, and one in the same words', async () => {
  const { body } = await get('/v1/models', ANTHROPIC);
  const { data } = modelListSchema.parse(body);
  expect(body).toEqual({
    data: expect.any(Array),
    has_more: false,
    first_id: data[0]?.['id'],
    last_id: data.at(-1)?.['id'],
  });
  const { body: ofOpenAI } = await get('/v1/models');
  const idsOf = (models: readonly { id: string }[]) => models.map(({ id }) => id);
  expect(idsOf(data)).toEqual(idsOf(modelListSchema.parse(ofOpenAI).data));
  const one = await get('/v1/models/claude-haiku-4-5', ANTHROPIC);
  expect(modelSchema.parse(one.body)).toEqual({
    type: 'model',
    id: 'claude-haiku-4-5',
    display_name: 'claude-haiku-4-5',
    created_at: expect.stringMatching(/Z$/),
  });
  expect(data).toContainEqual(one.body);
});
