import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fold, NOTHING } from '../../clients/browser/fold.ts';
import type { SeenEvent } from '../../clients/browser/types.ts';
import type { Exchange } from '../../clients/node/requests.ts';
import { every, Sluice, SluiceError, type SluiceOptions } from '../../clients/node/sluice.ts';
import { cutProxy } from '../support/cut-proxy.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { ownService, telemetrySender } from '../support/sre/telemetry-sender.ts';
import { eventually } from '../support/stack.ts';

const MODEL = 'gpt-4o-mini';

const ownName = (): string => `client-${randomBytes(6).toString('hex')}`;

const refusal = async (call: Promise<unknown>): Promise<SluiceError> => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof SluiceError) return error;
  throw new Error('it was not refused', { cause: error });
};

laptopSuite('the client for Node', 'an emulated stage buffers: nothing can be cut', () => {
  const e2e = sharedE2e();
  const telemetry = telemetrySender(e2e);
  const clientOf = (key: string, options: Partial<SluiceOptions> = {}): Sluice =>
    new Sluice({ baseUrl: e2e.stack.baseUrl, key, ...options });
  let admin: Sluice;
  beforeAll(async () => {
    await e2e.start();
    await telemetry.start();
    admin = clientOf(e2e.stack.adminKey);
  });
  afterAll(async () => await e2e.stop());

  /** A key of a person, and the client that has it. */
  const person = async (maxSpendUsd: number, options: Partial<SluiceOptions> = {}) => {
    const { id, secret } = await admin.createKey({
      body: { name: 'ada', user_id: ownName(), max_spend_usd: maxSpendUsd },
    });
    return { id, secret, sluice: clientOf(secret, options) };
  };

  test('makes, finds, changes and revokes keys', async () => {
    const plan = ownName();
    const made = await admin.createKey({
      body: { name: 'ada', max_spend_usd: 5, user_id: plan, metadata: { page: 'a&b' } },
    });
    await admin.createKey({ body: { name: 'bob', max_spend_usd: 5, user_id: plan } });
    const { id: key_id } = made;
    const changed = await admin.updateKey({ path: { key_id }, body: { max_spend_usd: 7 } });
    expect(changed.cap_micros).toBe(7_000_000);
    const names: string[] = [];
    for await (const { name } of every((at) =>
      admin.listKeys({ query: { user_id: plan, limit: 1, ...at } }),
    ))
      names.push(name);
    expect(names.toSorted()).toEqual(['ada', 'bob']);
    const filtered = await admin.listKeys({
      query: { user_id: plan, filter: { 'metadata.page': 'a&b' } },
    });
    expect(filtered.data.map(({ id }) => id)).toEqual([key_id]);
    const rotated = await admin.rotateKey({ path: { key_id } });
    expect(await clientOf(rotated.secret).getOwnKey()).toMatchObject({ id: key_id });
    expect(await admin.revokeKey({ path: { key_id } })).toMatchObject({ status: 'revoked' });
    expect(await refusal(clientOf(rotated.secret).getOwnKey())).toMatchObject({
      status: 401,
      code: 'invalid_api_key',
      isRetryable: false,
    });
  });

  test('a call over the cap is an error with its code, its facts, and the request id of the answer', async () => {
    const seen: Exchange[] = [];
    const { sluice } = await person(0.000_001, { onExchange: (one) => seen.push(one) });
    const { id: thread_id } = await sluice.createThread({ body: {} });
    const error = await refusal(
      sluice.postMessage({
        path: { thread_id },
        body: { model: MODEL, content: 'hello', max_tokens: 100, stream: false },
      }),
    );
    expect(error).toMatchObject({
      status: 402,
      code: 'request_exceeds_budget',
      facts: { cap_micros: 1 },
    });
    expect(error.requestId).toMatch(/^req_/);
    expect(seen.map(({ status }) => status)).toEqual([201, 402]);
    expect(seen.at(-1)?.requestId).toBe(error.requestId);
    const streamed = sluice.threads.send(thread_id, { model: MODEL, content: 'hello' });
    expect(await refusal(streamed.next())).toMatchObject({ status: 402, facts: { cap_micros: 1 } });
  });

  test('reads what a call cost in each of the views of usage', async () => {
    const { id: key_id, sluice } = await person(1);
    const { id: thread_id } = await sluice.createThread({ body: { title: 'spending' } });
    const said = await sluice.postMessage({
      path: { thread_id },
      body: { model: MODEL, content: 'hello', max_tokens: 100, stream: false },
    });
    const cost_micros = said.cost_micros;
    expect(cost_micros).toBeGreaterThan(0);
    expect(await sluice.getOwnKey()).toMatchObject({ spent_micros: cost_micros });
    await eventually(async () => {
      const { data } = await admin.listKeyCalls({ path: { key_id } });
      expect(data).toMatchObject([{ cost_micros, request_id: said.request_id }]);
      expect(await admin.getUsage({ query: { key_id, group_by: 'model' } })).toMatchObject({
        totals: { cost_micros, request_count: 1 },
      });
    });
    const csv = await admin.exportUsage({ query: { key_id } });
    const lines = await admin.exportUsage({ query: { key_id, format: 'ndjson' } });
    expect(csv).toContain(key_id);
    expect(JSON.parse(lines)).toMatchObject({ key_id, cost_micros });
    const call = await admin.getCall({ path: { request_id: said.request_id ?? '' } });
    expect(call).toMatchObject({ object: 'call', cost_micros });
  });

  test('a stream whose connection breaks continues, and another reader resumes it at a cursor', async () => {
    const proxy = await cutProxy(e2e.stack.baseUrl, (number) => ({ bytes: 1_900 + number * 7 }));
    const { sluice, secret } = await person(1, { baseUrl: proxy.url });
    const { id: thread_id } = await sluice.createThread({ body: {} });
    const turn = { model: MODEL, content: 'slow', max_tokens: 100 };
    const first: SeenEvent[] = [];
    for await (const seen of sluice.threads.send(thread_id, turn))
      if (first.push(seen) === 8) break;
    const after = first.at(-1)?.cursor ?? '';
    const rest: SeenEvent[] = [];
    for await (const seen of sluice.threads.resume(thread_id, { after }))
      if (rest.push(seen) === 8) e2e.upstream.hurry();
    expect(proxy.heardBytes.length).toBeGreaterThan(4);
    proxy.stop();
    const whole = [...first, ...rest];
    expect(whole.at(-1)?.event.type).toBe('run.completed');

    const reader = clientOf(secret);
    expect(await collect(reader.threads.read(whole[0]?.runId ?? ''))).toEqual(whole);
    expect(await collect(reader.threads.resume(thread_id))).toEqual([]);
    const { data } = await reader.listMessages({ path: { thread_id } });
    expect(data.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(contentOf(whole)).toEqual(data.at(-1)?.content);
  });

  test('a route answers by the model that it names', async () => {
    const name = ownName();
    const made = await admin.createRoute({
      body: { name, default: { targets: [{ model: MODEL }] } },
    });
    expect(made).toMatchObject({ object: 'route', kind: 'alias', name });
    const { sluice } = await person(1);
    const { id: thread_id } = await sluice.createThread({ body: {} });
    const said = await sluice.postMessage({
      path: { thread_id },
      body: { model: name, content: 'hello', max_tokens: 100, stream: false },
    });
    expect(said).toMatchObject({ model: MODEL, route: `${name}; used=${MODEL}` });
    expect(await admin.deleteRoute({ path: { name } })).toMatchObject({ deleted: true });
    const gone = await refusal(admin.getRoute({ path: { name } }));
    expect(gone).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('a batch runs, and its results come page after page', async () => {
    const { sluice } = await person(1);
    const requests = ['a', 'b', 'c'].map((custom_id) => ({
      custom_id,
      url: '/v1/chat/completions' as const,
      body: { model: MODEL, max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] },
    }));
    const { id: job_id } = await sluice.createJob({ body: { requests } });
    await eventually(async () =>
      expect(await sluice.getJob({ path: { job_id } })).toMatchObject({ status: 'completed' }),
    );
    const results = await collect(sluice.jobResults(job_id, { limit: 2 }));
    expect(results.map(({ custom_id }) => custom_id)).toEqual(['a', 'b', 'c']);
    for (const { response } of results) expect(response?.status_code).toBe(200);
  });

  test('an incident is found with its anomaly and its lines, and worked on', async () => {
    const service = ownService();
    const text = 'java.lang.OutOfMemoryError: Java heap space';
    await telemetry.send(logsBody(service, [{ text, severity: 21 }]));
    let incident_id = '';
    await eventually(async () => {
      const { data } = await admin.listAnomalies({ query: { service } });
      const why = await admin.whyIncident({ path: { anomaly_id: data[0]?.id ?? '' } });
      expect(why.incident_id).toBeTruthy();
      incident_id = why.incident_id ?? '';
      expect((await admin.searchLogs({ query: { service } })).data).toMatchObject([{ text }]);
    });
    const { data } = await admin.listIncidents({ query: { state: 'live' } });
    expect(data.map(({ id }) => id)).toContain(incident_id);
    await admin.updateIncident({ path: { incident_id }, body: { state: 'acknowledged' } });
    const { state, timeline } = await admin.getIncident({ path: { incident_id } });
    expect(state).toBe('acknowledged');
    expect(timeline.map(({ kind }) => kind)).toContain('acknowledged');
  });
});

const collect = async <T>(entries: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const one of entries) all.push(one);
  return all;
};

const contentOf = (seen: readonly SeenEvent[]) =>
  seen.map(({ event }) => event).reduce(fold, NOTHING).content;
