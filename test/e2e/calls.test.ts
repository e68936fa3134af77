import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { COST_MICROS, say, sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';
import { USAGE } from '../support/upstream.ts';

const RUNNING = 'a call is shown as running with what it holds, then at once as settled';

/** Calls that go well, by both SDKs. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { admin, api, mint, openai, own } = e2e;

test('an OpenAI call is answered, priced and attributed', async () => {
  const key = await mint({ user_id: 'ada' });
  const { data, response } = await openai(key.secret)
    .chat.completions.create(say('hi'), { headers: { 'x-sluice-feature': 'greeting' } })
    .withResponse();
  expect(data.choices[0]?.message.content).toBe('Hello');
  expect(response.headers.get('x-sluice-cost-micros')).toBe(String(COST_MICROS));
  expect((await own(key.secret)).spent_micros).toBe(COST_MICROS);
  const requestId = response.headers.get('x-request-id') ?? '';
  await eventually(async () => {
    const call = await api('GET', `/v1/calls/${requestId}`, key.secret);
    expect(call.status).toBe(200);
    expect(await call.json()).toMatchObject({
      cost_micros: COST_MICROS,
      status: 'completed',
      feature: 'greeting',
    });
  });
  await eventually(async () => {
    const usage = await api('GET', '/v1/usage?group_by=feature', key.secret);
    expect(await usage.json()).toMatchObject({
      totals: { cost_micros: COST_MICROS, request_count: 1 },
      by_feature: [{ feature: 'greeting', cost_micros: COST_MICROS }],
    });
  });
});

laptopTest(RUNNING, 'a buffered answer shows its request id at its end', async () => {
  const key = await mint();
  const running = await api('POST', '/v1/chat/completions', key.secret, {
    ...say('slow'),
    stream: true,
  });
  const requestId = running.headers.get('x-request-id') ?? '';
  const path = `/v1/calls/${requestId}`;
  const { held_micros: held } = await own(key.secret);
  const call: unknown = await (await api('GET', path, key.secret)).json();
  expect(call).toMatchObject({ request_id: requestId, status: 'running', held_micros: held });
  expect(await (await admin('GET', path)).json()).toEqual(call);
  const stranger = await mint();
  expect((await api('GET', path, stranger.secret)).status).toBe(404);
  e2e.upstream.hurry();
  await running.text();
  const settled = await api('GET', path, key.secret);
  expect([settled.status, await settled.json()]).toEqual([
    200,
    expect.objectContaining({ status: 'completed', cost_micros: COST_MICROS }),
  ]);
  const unknown = `${requestId.slice(0, -4)}zzzz`;
  expect((await api('GET', `/v1/calls/${unknown}`, key.secret)).status).toBe(404);
});

test('a stream comes whole, without the usage chunk that nobody asked for, and is settled exactly', async () => {
  const key = await mint();
  let text = '';
  let usageChunks = 0;
  for await (const chunk of await openai(key.secret).chat.completions.create({
    ...say('hi'),
    stream: true,
  })) {
    text += chunk.choices[0]?.delta.content ?? '';
    if (chunk.choices.length === 0) usageChunks += 1;
  }
  expect(text).toBe('word0 word1 word2 word3 word4 ');
  expect(usageChunks).toBe(0);
  expect(await own(key.secret)).toMatchObject({ spent_micros: COST_MICROS, held_micros: 0 });
});

test('the usage chunk is shown to who asks for it', async () => {
  const key = await mint();
  const stream = await openai(key.secret).chat.completions.create({
    ...say('hi'),
    stream: true,
    stream_options: { include_usage: true },
  });
  const usages = [];
  for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage);
  expect(usages).toEqual([USAGE]);
});

test('everything but the token limit reaches the provider untouched', async () => {
  const key = await mint();
  const body = {
    model: 'gpt-4o-mini',
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'json 🙂' }] }],
    tools: [
      { type: 'function' as const, function: { name: 'time', parameters: { type: 'object' } } },
    ],
    response_format: { type: 'json_object' as const },
    n: 2,
    seed: 7,
  };
  const { response } = await openai(key.secret).chat.completions.create(body).withResponse();
  expect(response.headers.get('x-sluice-max-tokens')).toBe('4096');
  expect(e2e.upstream.bodies.at(-1)).toEqual({ ...body, max_completion_tokens: 4_096 });
});

test('an Anthropic call streams through the simulated provider and says so', async () => {
  const key = await mint();
  const client = e2e.anthropic(key.secret);
  const { data, response } = await client.messages
    .create({
      model: 'claude-haiku-4-5',
      max_tokens: 200,
      messages: [{ role: 'user', content: 'hi' }],
    })
    .withResponse();
  expect(data.type).toBe('message');
  expect(response.headers.get('x-sluice-simulated')).toBe('true');
  const message = await client.messages
    .stream({
      model: 'claude-haiku-4-5',
      max_tokens: 200,
      messages: [{ role: 'user', content: 'hi' }],
    })
    .finalMessage();
  expect(message.stop_reason).toBe('end_turn');
  expect((await own(key.secret)).spent_micros).toBeGreaterThan(0);
});

test('a message is counted before it is sent, for nothing', async () => {
  const key = await mint();
  const client = e2e.anthropic(key.secret);
  const messages = [{ role: 'user' as const, content: 'How many tokens are these?' }];
  const { input_tokens } = await client.messages.countTokens({
    model: 'claude-haiku-4-5',
    messages,
  });
  expect(input_tokens).toBeGreaterThan(5);
  expect((await own(key.secret)).spent_micros).toBe(0);
});
