import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/stack.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { bootstrap, deploy } from './support/cdk.ts';
import { output } from './support/deployed.ts';
import { mustRun } from './support/run.ts';
import { caller, COST_MICROS, deployment, PROVIDERS } from './support/stage.ts';

/** A function reads the provider secret at most once a minute. */
const SECRET_CACHE_MS = 60_000;

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

test('cdk bootstrap and cdk deploy --all bring up an empty account', async () => {
  expect(await bootstrap()).toContain('bootstrapped');
  const { status, output } = await deploy(deployment);
  expect(status, output).toBe(0);
});

test('the outputs name a base URL and a command that reads the admin key', async () => {
  const { request, adminKey } = await caller();
  expect((await request('GET', '/health', '')).status).toBe(200);
  expect((await request('GET', '/v1/keys', adminKey)).status).toBe(200);
  expect((await request('GET', '/v1/keys', `${adminKey}x`)).status).toBe(401);
});

test('without a provider secret a call and a turn answer 503 provider_not_configured and cost nothing; the rest works', async () => {
  const { chat, mint, own, request, adminKey, openThread, turn: turnOf, messages } = await caller();
  const key = await mint();
  const refused = await chat(key.secret, 'hi');
  expect([refused.status, await refused.text()]).toEqual([
    503,
    expect.stringContaining('provider_not_configured'),
  ]);
  expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
  const thread = await openThread(key.secret);
  const turn = await turnOf(key.secret, thread, 'hi');
  expect([turn.status, await turn.text()]).toEqual([
    503,
    expect.stringContaining('provider_not_configured'),
  ]);
  expect(await messages(key.secret, thread)).toEqual([]);
  expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
  expect((await request('GET', '/v1/usage', adminKey)).status).toBe(200);
  expect((await request('GET', '/v1/models', key.secret)).status).toBe(200);
});

test('the command that sets a provider key works within a minute, without a deployment', async () => {
  const { chat, mint, own } = await caller();
  const key = await mint();
  const [setOpenAi = ''] = output(deployment, 'ProviderKeyCommand').split(' ; ');
  const { api_key: apiKey, base_url: baseUrl } = PROVIDERS.openai;
  await mustRun('sh', ['-c', `echo ${apiKey} | ${setOpenAi} --base-url ${baseUrl}`]);
  await eventually(
    async () => expect((await chat(key.secret, 'hi')).status).toBe(200),
    SECRET_CACHE_MS + 15_000,
  );
  expect((await own(key.secret)).spent_micros).toBe(Math.ceil(COST_MICROS));
  // The simulated provider of the tests to come, which no command of ours sets.
  const put = 'secretsmanager put-secret-value --secret-id';
  const secret = output(deployment, 'ProviderSecret');
  await mustRun('aws', [...put.split(' '), secret, '--secret-string', JSON.stringify(PROVIDERS)]);
});
