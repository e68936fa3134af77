import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secretProviderAccounts } from '../../../lambdas/inference/adapters/secret-provider-accounts.ts';
import { secretReader } from '../../../lambdas/platform/secrets.ts';
import { localPlace } from '../../support/local-calls.ts';
import { SecretStore, startAwsEndpoints, type AwsEndpoints } from '../../../local/aws-endpoints.ts';

const store = new SecretStore(join(mkdtempSync(join(tmpdir(), 'sluice-secret-')), 'secrets.json'));
const neverPut = async (): Promise<never> => await Promise.reject(new Error('no event here'));
let endpoints: AwsEndpoints;
beforeAll(async () => {
  endpoints = await startAwsEndpoints(store, { put: neverPut });
});
afterAll(() => endpoints.stop());

const accountsOf = (text: string) => {
  store.put('providers', text);
  return secretProviderAccounts({
    readSecret: secretReader('providers', localPlace(endpoints.url)),
    clock: { nowMs: () => 0 },
  });
};

test('a stage without providers has none, which is no failure', async () => {
  expect(await accountsOf('{}').list()).toEqual([]);
  expect(await accountsOf('{}').get('openai')).toBeNull();
});

test('a key makes a provider, and its base URL is known', async () => {
  expect(await accountsOf('{"openai":{"api_key":"sk-1"}}').get('openai')).toMatchObject({
    baseUrl: 'https://api.openai.com/v1',
    apiKey: 'sk-1',
  });
});

test.each(['{"openai":"sk-planted"}', 'sk-planted', '{"openai":{"api_key":"sk-planted"'])(
  'a secret that is no list of providers (%j) is provider_not_configured, and no error quotes it',
  async (text) => {
    const failure: unknown = await accountsOf(text)
      .list()
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'provider_not_configured', status: 503 });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('planted');
  },
);
