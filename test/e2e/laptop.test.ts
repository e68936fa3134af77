import * as Anthropic from '@anthropic-ai/sdk';
import { GetCommand, DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { expireHolds } from '../../lambdas/ledger/usecases/expire-holds.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { cuttable, type Cuttable } from '../support/cuttable.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { CALL_MICROS, COST_MICROS, ownE2e, say } from '../support/e2e.ts';
import { localCalls } from '../support/local-calls.ts';
import { eventually } from '../support/stack.ts';
import { threadClient } from '../support/thread-client.ts';

const REASON = 'nobody stands between its functions, their store and their clock';
/** The function's own timeout; its calls are aborted 10 s before. */
const CALL_SECONDS = 13;

/** A stack of its own on a store that the test reaches too, with short calls and both wires on the test's provider. */
laptopSuite('a stack in the hands of a test', REASON, () => {
  let engine: Storage;
  let wire: Cuttable;
  const e2e = ownE2e((upstreamUrl) => ({
    DYNAMODB_ENDPOINT: wire.url,
    ANTHROPIC_BASE_URL: upstreamUrl.replace(/\/v1$/, ''),
    ANTHROPIC_API_KEY: 'sk-ant-upstream',
    CDK_CONTEXT_JSON: JSON.stringify({ callSecondsMax: CALL_SECONDS }),
  }));
  const { api, complete, mint, own, anthropic, begun } = e2e;
  const store = () => DynamoDBDocumentClient.from(storageClient(engine.endpoint));

  beforeAll(async () => {
    engine = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-engine-')), undefined);
    wire = await cuttable(engine.endpoint);
    await e2e.start();
  });
  afterAll(async () => {
    await e2e.stop();
    await wire.cut();
    engine.stop();
  });

  const ask = (content: string) => ({
    model: 'claude-haiku-4-5',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content }],
  });
  const failed = async (call: PromiseLike<unknown>): Promise<unknown> =>
    await call.then(
      () => null,
      (error: unknown) => error,
    );

  test('a store that cannot be reached is a 503, nothing is forwarded, and all is well when it is back', async () => {
    const key = await mint();
    expect((await complete(key.secret, say('hi'))).status).toBe(200);
    const forwarded = e2e.upstream.bodies.length;
    await wire.cut();
    const answer = await complete(key.secret, say('hi'));
    const typed = await failed(anthropic(key.secret, 0).messages.create(ask('hi')));
    await wire.mend();
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('storage_unavailable'),
    ]);
    expect(typed).toMatchObject({
      status: 503,
      error: { type: 'error', error: { type: 'overloaded_error', code: 'storage_unavailable' } },
    });
    expect(e2e.upstream.bodies.length).toBe(forwarded);
    expect((await complete(key.secret, say('hi'))).status).toBe(200);
    expect((await own(key.secret)).spent_micros).toBe(Math.ceil(2 * CALL_MICROS));
  });

  const small = { ...say('hi'), max_tokens: 20 };
  /** Calls until the cap refuses; returns how many were answered. */
  const exhaust = async (secret: string): Promise<number> => {
    for (let calls = 0; ; calls++) {
      const { status } = await complete(secret, small);
      if (status === 402) return calls;
      expect(status).toBe(200);
    }
  };

  const eventLine = z.object({ detail_type: z.string(), detail: z.string() });
  const eventsOf = (keyId: string) =>
    readFileSync(join(e2e.stack.stateDir, 'events.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => eventLine.parse(JSON.parse(line)))
      .filter(({ detail }) => detail.includes(keyId))
      .map(({ detail_type, detail }) => ({
        type: detail_type,
        detail: z.record(z.string(), z.unknown()).parse(JSON.parse(detail)),
      }));

  test('crossing a threshold and reaching the cap reach the bus once each, however often it is refused', async () => {
    const key = await mint({ max_spend_usd: 0.00008, warn_at: [0.3, 0.5], user_id: 'keen' });
    await exhaust(key.secret);
    for (let call = 0; call < 3; call++)
      expect((await complete(key.secret, small)).status).toBe(402);
    const last = await mint();
    await complete(last.secret, say('hi'));
    // What the stream brings after these settlements is told by then, or a moment later.
    await eventually(async () => {
      const usage: unknown = await (await api('GET', '/v1/usage', last.secret)).json();
      expect(usage).toMatchObject({ totals: { request_count: 1 } });
      expect(eventsOf(key.id).length).toBeGreaterThan(2);
    });
    const told = eventsOf(key.id);
    expect(told.filter(({ type }) => type === 'KeyCapWarned')).toMatchObject([
      { detail: { threshold: 0.3, spent_micros: Math.ceil(2 * CALL_MICROS), cap_micros: 80 } },
      { detail: { threshold: 0.5, spent_micros: Math.ceil(3 * CALL_MICROS), window: 'lifetime' } },
    ]);
    expect(told.filter(({ type }) => type === 'KeyCapReached')).toHaveLength(1);
    expect(told).toHaveLength(3);
    await eventually(async () => {
      const leads: unknown = await (await e2e.admin('GET', '/v1/leads')).json();
      expect(leads).toMatchObject({
        data: expect.arrayContaining([
          expect.objectContaining({
            user_id: 'keen',
            keys: [key.id],
            asked_for: [expect.objectContaining({ model: 'gpt-4o-mini' })],
          }),
        ]),
      });
    });
    const view = await (await fetch(`${e2e.stack.baseUrl}/_local.json`)).text();
    expect(view).toContain(`${key.id}#KeyCapReached`);
  });

  test('a budget of a day starts anew on the next day, and yesterday stays spent', async () => {
    const key = await mint({ max_spend_usd: 0.00005, period: 'day' });
    const calls = await exhaust(key.secret);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    // The clock of the machine stays: the key is moved back by a day instead.
    await store().send(
      new UpdateCommand({
        TableName: 'KeysTable',
        Key: { pk: `KEY#${key.id}`, sk: 'STATE' },
        UpdateExpression: 'SET #window = :yesterday',
        ExpressionAttributeNames: { '#window': 'window' },
        ExpressionAttributeValues: { ':yesterday': yesterday },
      }),
    );
    expect((await complete(key.secret, small)).status).toBe(200);
    expect(await own(key.secret)).toMatchObject({ spent_micros: COST_MICROS, held_micros: 0 });
    await eventually(async () => {
      const usage: unknown = await (await api('GET', '/v1/usage', key.secret)).json();
      expect(usage).toMatchObject({
        totals: { cost_micros: Math.ceil((calls + 1) * CALL_MICROS) },
      });
    });
  });

  test('a provider that stalls is a 504 in the shape of each dialect before the function ends, and holds nothing', async () => {
    const key = await mint();
    const [answer, typed] = await Promise.all([
      complete(key.secret, say('stall')),
      failed(anthropic(key.secret, 0).messages.create(ask('stall'))),
    ]);
    expect([answer.status, await answer.json()]).toEqual([
      504,
      { error: expect.objectContaining({ code: 'provider_timeout', type: 'api_error' }) },
    ]);
    expect(typed).toBeInstanceOf(Anthropic.InternalServerError);
    expect(typed).toMatchObject({
      status: 504,
      error: { type: 'error', error: { type: 'api_error', code: 'provider_timeout' } },
    });
    expect((await own(key.secret)).held_micros).toBe(0);
  });

  test('a stream that outlasts the deadline ends with its reason, is paid for what came, and its provider is aborted', async () => {
    const key = await mint();
    const aborted = e2e.upstream.abortedAtMs.length;
    const answer = await complete(key.secret, { ...say('slow'), stream: true });
    const text = await answer.text();
    expect(text).toContain('word0');
    expect(text).toContain('provider_timeout');
    expect(text).not.toContain('word79');
    await eventually(async () => expect(e2e.upstream.abortedAtMs.length).toBe(aborted + 1));
    const call = await api('GET', `/v1/calls/${answer.headers.get('x-request-id')}`, key.secret);
    expect(await call.json()).toMatchObject({ status: 'deadline', estimated: true });
    const after = await own(key.secret);
    expect(after.held_micros).toBe(0);
    expect(after.spent_micros).toBeGreaterThan(0);
  });

  test('a turn that outlasts it is incomplete by its deadline, and what came is kept and paid', async () => {
    const key = await mint();
    const client = threadClient(e2e, key.secret);
    const thread = await client.open();
    const text = await (await client.post(thread, 'slow')).text();
    expect(text).toContain('word0');
    expect(text).toMatch(/run\.incomplete.*"stop_reason":"deadline"/s);
    const { data } = await client.messages(thread);
    const answer = data.find(({ role }) => role === 'assistant');
    expect(answer).toMatchObject({ status: 'incomplete', stop_reason: 'deadline' });
    expect(JSON.stringify(answer?.content)).not.toContain('word79');
    const { spent_micros, held_micros } = await own(key.secret);
    expect([spent_micros, held_micros]).toEqual([answer?.cost_micros, 0]);
    expect((await client.post(thread, 'hi')).status).toBe(200);
  });

  test('a tool call streams through the Anthropic SDK, and the real provider is not called simulated', async () => {
    const key = await mint();
    const tools = [{ name: 'time', input_schema: { type: 'object' as const } }];
    const stream = anthropic(key.secret).messages.stream({ ...ask('hi'), tools });
    const { response } = await stream.withResponse();
    expect(response.headers.get('x-sluice-simulated')).toBeNull();
    const message = await stream.finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'text', text: 'One moment.' },
      { type: 'tool_use', id: 'toolu_1', name: 'time', input: { zone: 'UTC' } },
    ]);
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({ tools });
  });

  test.each([
    ['limited', 429, '7', 'rate_limit_error'],
    ['overloaded', 529, '3', 'overloaded_error'],
  ])(
    'an Anthropic that is %s is its own %d with Retry-After, typed by its SDK',
    async (mood, status, retryAfter, type) => {
      const key = await mint();
      const error = await failed(anthropic(key.secret, 0).messages.create(ask(mood)));
      const kind = status === 429 ? Anthropic.RateLimitError : Anthropic.InternalServerError;
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ status, error: { error: { type } } });
      expect(error instanceof Anthropic.APIError && error.headers?.get('retry-after')).toBe(
        retryAfter,
      );
      expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
    },
  );

  test('an Anthropic stream that breaks off ends with an error event of that dialect', async () => {
    const key = await mint();
    const error = await failed(anthropic(key.secret).messages.stream(ask('cut')).finalMessage());
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ error: { type: 'error', error: { type: 'api_error' } } });
    expect((await own(key.secret)).held_micros).toBe(0);
  });

  test('a call that died with its stack is held until its expiry, then paid in full: nothing stays held', async () => {
    const key = await mint();
    const running = complete(key.secret, { ...say('slow'), stream: true }).catch(() => null);
    await begun(key.secret);
    const held = (await own(key.secret)).held_micros;
    await e2e.stack.kill();
    await running;
    await e2e.restart();
    expect(await own(key.secret)).toMatchObject({ held_micros: held, spent_micros: 0 });
    // The sweep of the schedule, on the same store, by a clock that is past the expiry.
    const keysTable = 'KeysTable';
    const tables = dynamoTables({
      call: localCalls(engine.endpoint),
      tableNames: { keys: keysTable },
    });
    const clock = { nowMs: () => Date.now() + (CALL_SECONDS + 60) * 1_000 };
    await expireHolds({
      ledger: dynamoSpendLedger({ tables }),
      clock,
      metrics: { record: () => undefined },
    });
    expect(await own(key.secret)).toMatchObject({ held_micros: 0, spent_micros: held });
    await eventually(async () => {
      const usage: unknown = await (await api('GET', '/v1/usage', key.secret)).json();
      expect(usage).toMatchObject({ totals: { cost_micros: held, request_count: 1 } });
    });
    const state = await store().send(
      new GetCommand({ TableName: keysTable, Key: { pk: `KEY#${key.id}`, sk: 'STATE' } }),
    );
    expect(state.Item).toMatchObject({ holds: {} });
  });
});
