import { existsSync, globSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoCall } from '../../local/dynamo/engine-call.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { readTemplates } from '../../local/template.ts';
import { METRICS } from '../../lambdas/shared/metric-names.ts';
import { deployedStage, laptopSuite } from '../support/deployed-stage.ts';
import { eventually, startStack, type Stack } from '../support/stack.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { startWeakStore, type WeakStore } from '../support/weak-store.ts';

const PROVIDER_KEY = 'sk-planted-provider-key';
const PROMPT = 'planted-prompt-9f3c';
/** As platform/dynamo.ts allows. */
const ATTEMPTS_MAX = 4;
/** 9 input and 20 output tokens of gpt-4o-mini. */
const COST_NANO_USD = 13_350;

let engine: Storage;
let store: WeakStore;
let upstream: Upstream;
let stack: Stack;
const secrets: string[] = [];

const laptop = (title: string, body: () => void): void =>
  laptopSuite(
    title,
    'nobody stands between its functions and their store, or reads their logs from a folder',
    body,
  );

beforeAll(async () => {
  if (deployedStage !== null) return;
  engine = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-engine-')), undefined);
  store = await startWeakStore(engine.endpoint);
  upstream = await startUpstream();
  stack = await startStack(
    {
      DYNAMODB_ENDPOINT: store.url,
      OPENAI_BASE_URL: upstream.url,
      OPENAI_API_KEY: PROVIDER_KEY,
    },
    undefined,
    undefined,
    // A test breaks a bundle.
    { synthesizes: true },
  );
});
afterAll(async () => {
  if (deployedStage !== null) return;
  await stack.stop();
  store.stop();
  upstream.stop();
  engine.stop();
});

const keyView = z.looseObject({
  id: z.string(),
  secret: z.string().default(''),
  cap_micros: z.number(),
  spent_micros: z.number(),
  held_micros: z.number(),
  available_micros: z.number(),
});
const api = async (method: string, path: string, key: string, body?: unknown): Promise<Response> =>
  await fetch(`${stack.baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const mint = async (fields: object = {}) => {
  const answer = await api('POST', '/v1/keys', stack.adminKey, {
    name: 'test',
    max_spend_usd: 1,
    ...fields,
  });
  const key = keyView.parse(await answer.json());
  secrets.push(key.secret);
  return key;
};
const own = async (secret: string) =>
  keyView.parse(await (await api('GET', '/v1/key', secret)).json());
const call = async (secret: string, mood = 'hi', more: object = {}): Promise<Response> =>
  await api('POST', '/v1/chat/completions', secret, {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: `${mood} ${PROMPT}` }],
    max_tokens: 20,
    ...more,
  });

laptop('throttled storage', () => {
  test('a short throttle is waited out', async () => {
    const key = await mint();
    store.throttle((action, before) => action === 'UpdateItem' && before < 2);
    expect((await call(key.secret)).status).toBe(200);
    expect(store.asked.get('UpdateItem')).toBe(4);
    store.recover();
  });

  test('a long one is a 503 after bounded retries, never forwarded, and leaves nothing held', async () => {
    const key = await mint();
    const forwarded = upstream.bodies.length;
    store.throttle((action) => action === 'UpdateItem');
    const answer = await call(key.secret);
    expect(store.asked.get('UpdateItem')).toBe(ATTEMPTS_MAX);
    store.recover();
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('storage_unavailable'),
    ]);
    expect(upstream.bodies.length).toBe(forwarded);
    expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
    expect((await call(key.secret)).status).toBe(200);
  });

  test('a settlement that the store does not take leaves the money held: the answer is there, the cap is not passed', async () => {
    const key = await mint();
    store.throttle((action, before) => action === 'UpdateItem' && before > 0);
    const answer = await call(key.secret);
    store.recover();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Hello');
    const after = await own(key.secret);
    expect(after.spent_micros).toBe(0);
    expect(after.held_micros).toBeGreaterThanOrEqual(COST_NANO_USD / 1_000);
    expect(after.available_micros).toBeLessThanOrEqual(after.cap_micros - COST_NANO_USD / 1_000);
  });

  test('a store that throttles most writes under a storm admits no call above the cap', async () => {
    // Room for some calls at once at what they may cost, and for some fifteen at what they do cost.
    const key = await mint({ max_spend_usd: 0.0002, max_concurrency: 100 });
    const forwarded = upstream.bodies.length;
    store.throttle((action, before) => action === 'UpdateItem' && before % 3 !== 0);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => await call(key.secret)),
    );
    store.recover();
    const statuses = answers.map(({ status }) => status);
    expect(new Set(statuses).difference(new Set([200, 402, 503]))).toEqual(new Set());
    const answered = statuses.filter((status) => status === 200).length;
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(statuses.length);
    expect(upstream.bodies.length - forwarded).toBe(answered);
    const after = await own(key.secret);
    expect((answered * COST_NANO_USD) / 1_000).toBeLessThanOrEqual(after.cap_micros);
    expect(after.spent_micros).toBeLessThanOrEqual(after.cap_micros);
    expect(after.available_micros).toBeGreaterThanOrEqual(0);
    const sum = after.spent_micros + after.held_micros + after.available_micros;
    expect(Math.abs(sum - after.cap_micros)).toBeLessThanOrEqual(2);
  });
});

laptop('a poison stream record', () => {
  test('is isolated and kept whole, and the settlements around it are rolled up', async () => {
    const key = await mint();
    const poisonId = 'key_poisonpoison';
    const delays = (action: string): boolean => action === 'GetRecords';
    store.throttle(delays);
    for (const _ of [1, 2, 3]) expect((await call(key.secret)).status).toBe(200);
    // A new item first: what fails is a change of it, as every settlement is one.
    for (const change of [{}, { write: { S: 'settle' }, last: { S: 'not a settlement' } }])
      await dynamoCall(engine.endpoint, 'PutItem', {
        TableName: 'KeysTable',
        Item: { pk: { S: `KEY#${poisonId}` }, sk: { S: 'STATE' }, ...change },
      });
    for (const _ of [1, 2]) expect((await call(key.secret)).status).toBe(200);
    store.recover();
    await eventually(async () => {
      const usage = await api('GET', '/v1/usage', key.secret);
      expect(await usage.json()).toMatchObject({ totals: { request_count: 5 } });
    });
    await eventually(async () => {
      expect(keptRecords()).toContain(poisonId);
      await Promise.resolve();
    });
    expect(keptRecords()).not.toContain(key.id);
  });
});

laptop('a function that throws on init', () => {
  test('answers in our shape with its request id, and takes nothing else with it', async () => {
    const models = readTemplates(join(stack.stateDir, 'cdk.out')).find(
      ({ properties }) => properties['Description'] === 'Models',
    );
    writeFileSync(
      join(models?.assetPath ?? '', 'index.mjs'),
      "throw new Error('no such variable');",
    );
    const key = await mint();
    const broken = await api('GET', '/v1/models', key.secret);
    expect(broken.status).toBeGreaterThanOrEqual(500);
    expect(broken.headers.get('access-control-allow-origin')).toBe('*');
    expect(await broken.json()).toEqual({
      error: {
        type: 'api_error',
        code: 'internal',
        message: expect.any(String),
        request_id: broken.headers.get('x-request-id'),
      },
    });
    expect((await call(key.secret)).status).toBe(200);
    expect((await fetch(`${stack.baseUrl}/health`)).status).toBe(200);
    expect(readFileSync(join(stack.stateDir, 'logs', `${models?.id ?? ''}.log`), 'utf8')).toContain(
      'no such variable',
    );
  });
});

const filesOf = (folder: string): readonly string[] =>
  globSync(join(stack.stateDir, folder, '**')).filter((path) => statSync(path).isFile());

/** What lies in the on-failure bucket, however it is written. */
const keptRecords = (): string =>
  existsSync(join(stack.stateDir, 'buckets'))
    ? filesOf('buckets')
        .map((path) => readFileSync(path, 'utf8'))
        .join('\n')
    : '';

laptop('the logs of all this', () => {
  test('hold the ids and the metrics of every call, and neither a secret nor a word of a prompt or an answer', async () => {
    const key = await mint();
    for (const mood of ['hi', 'fail', 'garbled']) await (await call(key.secret, mood)).text();
    for (const mood of ['hi', 'cut', 'silent'])
      await (await call(key.secret, mood, { stream: true })).text();
    await api('POST', '/v1/chat/completions', key.secret, `{"model": ${PROMPT}`);
    await call(key.secret, 'hi', { [PROMPT]: true });
    await call(key.secret, 'hi', { max_tokens: 16_384, n: 128 });
    await call(`${key.secret.slice(0, -4)}0000`);
    const poor = await mint({ max_spend_usd: 0.000001 });
    expect((await call(poor.secret)).status).toBe(402);
    await api('GET', `/v1/usage?note=${PROMPT}`, stack.adminKey);
    let text = '';
    await eventually(async () => {
      text = filesOf('logs')
        .map((path) => readFileSync(path, 'utf8'))
        .join('\n');
      for (const name of EXPECTED) expect(text).toContain(`"${METRICS[name].name}"`);
      await Promise.resolve();
    });
    for (const word of [PROVIDER_KEY, stack.adminKey, PROMPT, 'word1', 'Hello', ...secrets])
      expect(text, 'a planted word is in the logs').not.toContain(word);
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
    const calls = lines.filter((line) => 'Calls' in line && line['key_id'] === key.id);
    expect(calls.length).toBeGreaterThanOrEqual(4);
    for (const line of calls)
      expect(line).toMatchObject({
        request_id: expect.stringMatching(/^req_/),
        project_id: expect.any(String),
        provider: 'openai',
      });
  });
});

const operatorsView = z.object({
  alarms: z.array(z.object({ alarm: z.string(), state: z.string() })),
  queues: z.array(z.object({ queue: z.string(), depth: z.number() })),
});

laptop("the operator's view of all this", () => {
  test('shows the alarms that it set off, no other of money, and the records that wait for a replay', async () => {
    await eventually(async () => {
      const view = operatorsView.parse(await (await fetch(`${stack.baseUrl}/_local.json`)).json());
      const stateOf = new Map(view.alarms.map(({ alarm, state }) => [alarm, state]));
      for (const name of ['failed-settlements', 'storage-failures', 'records-kept-aside'])
        expect([name, stateOf.get(`sluice-dev-${name}`)]).toEqual([name, 'ALARM']);
      for (const name of ['cost-above-hold', 'records-lost'])
        expect([name, stateOf.get(`sluice-dev-${name}`)]).toEqual([name, 'OK']);
      expect(view.queues).toContainEqual(
        expect.objectContaining({
          queue: expect.stringContaining('FailedRecords'),
          depth: expect.toSatisfy((depth) => Number(depth) >= 1),
        }),
      );
    });
  });
});

const EXPECTED = [
  'calls',
  'addedMs',
  'settledMicros',
  'firstTokenMs',
  'estimatedSettlements',
  'moneyRefusals',
  'providerErrors',
  'rollUpLagMs',
  'failedRecords',
  'storageFailures',
  'failedSettlements',
  'coldStarts',
] as const;
