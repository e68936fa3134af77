import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { callsAtOnce, laptopTest } from '../support/deployed-stage.ts';
import { CALL_MICROS, COST_MICROS, say, sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';

/** What a call costs, and when it is refused for money. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { api, begun, mint, openai, own } = e2e;

test('a call that cannot fit is a 402 that the SDK does not retry', async () => {
  const key = await mint({ max_spend_usd: 0.00001 });
  const before = e2e.upstream.bodies.length;
  const failure = await openai(key.secret)
    .chat.completions.create(say('hi'))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ status: 402, code: 'request_exceeds_budget' });
  expect(e2e.upstream.bodies.length).toBe(before);
});

test(`of ${callsAtOnce} calls at once no more are admitted than the cap fits, and the rest of it stays usable`, async () => {
  const capMicros = callsAtOnce * 5;
  const key = await mint({
    max_spend_usd: capMicros / 1_000_000,
    max_concurrency: 1_000,
    rpm: 100_000,
  });
  const answers = await Promise.all(
    Array.from(
      { length: callsAtOnce },
      async () => await api('POST', '/v1/chat/completions', key.secret, say('hi')),
    ),
  );
  const statuses = answers.map((answer) => answer.status);
  expect(new Set(statuses)).toEqual(new Set([200, 402]));
  const answered = statuses.filter((status) => status === 200).length;
  expect(answered * CALL_MICROS).toBeLessThanOrEqual(capMicros);
  const after = await own(key.secret);
  expect(after.held_micros).toBe(0);
  expect(after.spent_micros).toBeLessThanOrEqual(capMicros);
  expect(after.spent_micros).toBe(Math.ceil(answered * CALL_MICROS));
  for (;;) {
    const { status } = await api('POST', '/v1/chat/completions', key.secret, {
      ...say('hi'),
      max_tokens: 20,
    });
    if (status === 402) break;
    expect(status).toBe(200);
  }
  // The smallest call is held at the dearest tier that its provider may choose.
  expect((await own(key.secret)).spent_micros).toBeGreaterThan(capMicros - 80);
  await eventually(async () => {
    const usage = z
      .object({ totals: z.object({ cost_micros: z.number() }) })
      .parse(await (await api('GET', '/v1/usage', key.secret)).json());
    expect(usage.totals.cost_micros).toBe((await own(key.secret)).spent_micros);
  });
});

test('money that running calls hold is another 402 than money that is spent, each with its figures', async () => {
  // One call fits, held at the dearest tier that its provider may choose; two do not.
  const capMicros = 200;
  const key = await mint({ max_spend_usd: capMicros / 1_000_000 });
  const refusal = z.object({ error: z.looseObject({ needed_micros: z.number() }) });
  const refused = async () => {
    const answer = await api('POST', '/v1/chat/completions', key.secret, say('hi'));
    expect(answer.status).toBe(402);
    return { answer, ...refusal.parse(await answer.json()) };
  };
  const running = api('POST', '/v1/chat/completions', key.secret, {
    ...say('slow'),
    stream: true,
  });
  await begun(key.secret);
  const { held_micros } = await own(key.secret);
  const held = await refused();
  expect(held.error).toMatchObject({
    code: 'in_flight_budget_exhausted',
    type: 'billing_error',
    cap_micros: capMicros,
    spent_micros: 0,
    held_micros,
    resets_at: null,
    limit_source: 'key',
  });
  expect(Number(held.answer.headers.get('retry-after'))).toBeGreaterThan(0);
  e2e.upstream.hurry();
  await (await running).text();
  for (;;) {
    const { available_micros } = await own(key.secret);
    if ((available_micros ?? 0) < held.error.needed_micros) break;
    await openai(key.secret).chat.completions.create(say('hi'));
  }
  const spent = await refused();
  expect(spent.error).toMatchObject({ code: 'key_cap_exceeded', held_micros: 0 });
  expect(spent.answer.headers.get('retry-after')).toBeNull();
});

test('a client that leaves changes nothing: the call drains and pays what the provider reports', async () => {
  const key = await mint();
  const controller = new AbortController();
  const call = openai(key.secret).chat.completions.create(
    { ...say('slow'), stream: true },
    { signal: controller.signal },
  );
  const left = call.then(
    () => 'reading',
    () => 'left',
  );
  await begun(key.secret);
  controller.abort();
  await left;
  e2e.upstream.hurry();
  await eventually(async () => {
    expect(await own(key.secret)).toMatchObject({ spent_micros: COST_MICROS, held_micros: 0 });
  });
});

const cancelled = 'a cancelled call aborts the provider in mid-answer and pays for what came';
laptopTest(cancelled, 'a buffered answer shows its request id at its end', async () => {
  const key = await mint();
  const { data, response } = await openai(key.secret)
    .chat.completions.create({ ...say('slow'), stream: true })
    .withResponse();
  const requestId = response.headers.get('x-request-id') ?? '';
  const aborted = e2e.upstream.abortedAtMs.length;
  expect((await api('POST', `/v1/calls/${requestId}/cancel`, key.secret)).status).toBe(202);
  const failure = await (async () => {
    for await (const _chunk of data) continue;
    return null;
  })().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'call_cancelled' });
  await eventually(async () => expect(e2e.upstream.abortedAtMs.length).toBe(aborted + 1));
  const after = await own(key.secret);
  expect(after.held_micros).toBe(0);
  expect(after.spent_micros).toBeGreaterThan(0);
});

test('a provider error before any token costs nothing; a cut stream pays for what came', async () => {
  const key = await mint();
  const failed = await api('POST', '/v1/chat/completions', key.secret, say('fail'));
  expect(failed.status).toBe(500);
  expect(await failed.json()).toEqual({ error: { message: 'upstream broke' } });
  expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
  const cut = await api('POST', '/v1/chat/completions', key.secret, {
    ...say('cut'),
    stream: true,
  });
  expect(await cut.text()).toContain('provider_stream_malformed');
  const after = await own(key.secret);
  expect(after.held_micros).toBe(0);
  expect(after.spent_micros).toBeGreaterThan(0);
});

test('a stream without usage is estimated', async () => {
  const key = await mint();
  const answer = await api('POST', '/v1/chat/completions', key.secret, {
    ...say('silent'),
    stream: true,
  });
  await answer.text();
  const requestId = answer.headers.get('x-request-id') ?? '';
  await eventually(async () => {
    const call: unknown = await (await api('GET', `/v1/calls/${requestId}`, key.secret)).json();
    expect(call).toMatchObject({ estimated: true, status: 'completed' });
  });
});
