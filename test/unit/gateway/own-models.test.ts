import { expect, test } from 'vitest';
import * as z from 'zod';
import { createKeyBody } from '../../../lambdas/gateway/formats/key-format.ts';
import { createKey } from '../../../lambdas/gateway/usecases/manage-keys.ts';
import { modelRoutes } from '../../../lambdas/gateway/routes/model-routes.ts';
import { byRoute, httpDoor } from '../../../lambdas/http/door.ts';
import { bookOf } from '../../../lambdas/inference/models/own-prices.ts';
import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { PROJECT } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';

const list = z.object({ data: z.array(z.object({ id: z.string() })) });

test('a model with a price of the operator’s is listed for a capped key from its date on', async () => {
  const keys = dynamoKeyRegister({ tables: new MemoryTables() });
  const body = createKeyBody.parse({ name: 'ada', max_spend_usd: 1 });
  const made = { keys, nowMs: Date.now(), mode: 'test' } as const;
  const { secret } = await createKey(made, PROJECT, body);
  const terms = { kind: 'free' } as const;
  const book = bookOf([
    { model: 'vllm/mine', periods: [{ fromMs: 0, terms }] },
    { model: 'vllm/*', periods: [{ fromMs: 0, terms }] },
    { model: 'vllm/later', periods: [{ fromMs: Date.now() + 90_000, terms }] },
  ]);
  const vllm = { name: 'vllm', wire: 'openai-chat', apiKey: null, simulated: false } as const;
  const accounts = [{ ...vllm, baseUrl: 'https://vllm.example' }];
  const routes = modelRoutes({
    keys,
    accounts: {
      get: async (name) => await Promise.resolve(accounts.find((one) => one.name === name) ?? null),
      list: async () => await Promise.resolve(accounts),
    },
    stagePrices: { book: async () => await Promise.resolve(book) },
    readRoutes: async () => await Promise.resolve(new Map()),
  });
  const entry = httpEntry(httpDoor('*', () => 'native', byRoute(routes)));
  const answer = await invoke(entry, proxyEvent('GET', '/v1/models', [], undefined, secret));
  expect(list.parse(JSON.parse(answer.body)).data.map(({ id }) => id)).toEqual(['vllm/mine']);
});
