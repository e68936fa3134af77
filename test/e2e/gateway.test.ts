import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { callsAtOnce, laptopTest } from '../support/deployed-stage.ts';
import { eventually, startStack, type Stack } from '../support/stack.ts';
import { startUpstream, USAGE, type Upstream } from '../support/upstream.ts';

let stack: Stack;
let upstream: Upstream;

const keyView = z.looseObject({
  id: z.string(),
  secret: z.string().default(''),
  status: z.string(),
  spent_micros: z.number(),
  held_micros: z.number(),
  available_micros: z.number().nullable(),
});

beforeAll(async () => {
  upstream = await startUpstream();
  stack = await startStack({ OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-upstream' });
});
afterAll(async () => {
  await stack.stop();
  upstream.stop();
});

const api = async (method: string, path: string, key: string, body?: unknown): Promise<Response> =>
  await fetch(`${stack.baseUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const mint = async (fields: object = {}) => {
  const answer = await api('POST', '/v1/keys', stack.adminKey, {
    name: 'test',
    max_spend_usd: 1,
    ...fields,
  });
  expect(answer.status).toBe(201);
  return keyView.parse(await answer.json());
};
const own = async (secret: string) =>
  keyView.parse(await (await api('GET', '/v1/key', secret)).json());
/** Its call is admitted and runs. */
const begun = async (secret: string): Promise<void> =>
  await eventually(async () => expect((await own(secret)).held_micros).toBeGreaterThan(0));
const openai = (secret: string, maxRetries = 2) =>
  new OpenAI({ baseURL: `${stack.baseUrl}/v1`, apiKey: secret, maxRetries });
const say = (content: string) => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user' as const, content }],
  max_tokens: 100,
});
/** 9 input and 20 output tokens of gpt-4o-mini at $0.15 and $0.60 a million: 13.35 micro-USD, rounded up. */
const COST_MICROS = 14;

describe('calls', () => {
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
    const usage: unknown = await (
      await api('GET', '/v1/usage?group_by=feature', key.secret)
    ).json();
    expect(usage).toMatchObject({
      totals: { cost_micros: COST_MICROS, request_count: 1 },
      by_feature: [{ feature: 'greeting', cost_micros: COST_MICROS }],
    });
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
      messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'tools 🙂' }] }],
      tools: [
        { type: 'function' as const, function: { name: 'time', parameters: { type: 'object' } } },
      ],
      response_format: { type: 'json_object' as const },
      n: 2,
      seed: 7,
    };
    const { response } = await openai(key.secret).chat.completions.create(body).withResponse();
    expect(response.headers.get('x-sluice-max-tokens')).toBe('4096');
    expect(upstream.bodies.at(-1)).toEqual({ ...body, max_completion_tokens: 4_096 });
  });

  test('an Anthropic call streams through the simulated provider and says so', async () => {
    const key = await mint();
    const client = new Anthropic({ baseURL: stack.baseUrl, apiKey: key.secret });
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
});

test('a message is counted before it is sent, for nothing', async () => {
  const key = await mint();
  const client = new Anthropic({ baseURL: stack.baseUrl, apiKey: key.secret });
  const messages = [{ role: 'user' as const, content: 'How many tokens are these?' }];
  const { input_tokens } = await client.messages.countTokens({
    model: 'claude-haiku-4-5',
    messages,
  });
  expect(input_tokens).toBeGreaterThan(5);
  expect((await own(key.secret)).spent_micros).toBe(0);
});

describe('money', () => {
  test('a call that cannot fit is a 402 that the SDK does not retry', async () => {
    const key = await mint({ max_spend_usd: 0.00001 });
    const before = upstream.bodies.length;
    const failure = await openai(key.secret)
      .chat.completions.create(say('hi'))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 402, code: 'request_exceeds_budget' });
    expect(upstream.bodies.length).toBe(before);
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
    expect(answered * 13.35).toBeLessThanOrEqual(capMicros);
    const after = await own(key.secret);
    expect(after.held_micros).toBe(0);
    expect(after.spent_micros).toBeLessThanOrEqual(capMicros);
    expect(after.spent_micros).toBe(Math.ceil(answered * 13.35));
    for (;;) {
      const { status } = await api('POST', '/v1/chat/completions', key.secret, {
        ...say('hi'),
        max_tokens: 20,
      });
      if (status === 402) break;
      expect(status).toBe(200);
    }
    expect((await own(key.secret)).spent_micros).toBeGreaterThan(capMicros - 30);
    await eventually(async () => {
      const usage = z
        .object({ totals: z.object({ cost_micros: z.number() }) })
        .parse(await (await api('GET', '/v1/usage', key.secret)).json());
      expect(usage.totals.cost_micros).toBe((await own(key.secret)).spent_micros);
    });
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
    await eventually(async () => {
      expect(await own(key.secret)).toMatchObject({ spent_micros: COST_MICROS, held_micros: 0 });
    });
  });

  const cancelled =
    'a cancelled call aborts the provider within two seconds and pays for what came';
  laptopTest(cancelled, 'a buffered answer shows its request id at its end', async () => {
    const key = await mint();
    const { data, response } = await openai(key.secret)
      .chat.completions.create({ ...say('slow'), stream: true })
      .withResponse();
    const requestId = response.headers.get('x-request-id') ?? '';
    const aborted = upstream.abortedAtMs.length;
    const askedAtMs = Date.now();
    expect((await api('POST', `/v1/calls/${requestId}/cancel`, key.secret)).status).toBe(202);
    const failure = await (async () => {
      for await (const _chunk of data) continue;
      return null;
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'call_cancelled' });
    await eventually(async () => expect(upstream.abortedAtMs.length).toBe(aborted + 1));
    expect((upstream.abortedAtMs.at(-1) ?? 0) - askedAtMs).toBeLessThan(2_000);
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
});

describe('bad input', () => {
  test('unknown, wrong, mistyped and revoked keys get one and the same 401', async () => {
    const key = await mint();
    await api('DELETE', `/v1/keys/${key.id}`, stack.adminKey);
    const other = await mint();
    const typo = `${other.secret.slice(0, -1)}${other.secret.endsWith('0') ? '1' : '0'}`;
    const texts = new Set<string>();
    for (const secret of [key.secret, typo, 'nonsense']) {
      const answer = await api('POST', '/v1/chat/completions', secret, say('hi'));
      expect(answer.status).toBe(401);
      texts.add(
        z.object({ error: z.object({ message: z.string() }) }).parse(await answer.json()).error
          .message,
      );
    }
    expect(texts.size).toBe(1);
    expect((await fetch(`${stack.baseUrl}/v1/key`)).status).toBe(401);
  });

  test.each([
    ['POST', '/v1/keys', { name: 'x', max_spend: 1 }, 400, 'invalid_request', 'max_spend'],
    ['POST', '/v1/keys', { name: 'x', max_spend_usd: -1 }, 400, 'invalid_request', 'max_spend_usd'],
    ['GET', '/v1/usage?group_by=colour', undefined, 400, 'invalid_request', 'group_by'],
    ['GET', '/v1/keys?cursor=zzz', undefined, 400, 'cursor_invalid', 'cursor'],
    ['GET', '/v1/keys/key_0000000000000000', undefined, 404, 'not_found', 'key_0000000000000000'],
    ['GET', '/v1/nothing', undefined, 404, 'route_not_found', '/v1/nothing'],
  ])('%s %s %j is a %d %s that names %s', async (method, path, body, status, code, named) => {
    const answer = await api(method, path, stack.adminKey, body);
    expect(answer.status).toBe(status);
    const text = await answer.text();
    expect(text).toContain(code);
    expect(text).toContain(named);
  });

  test.each([
    [{ ...say('hi'), model: 'nobody' }, 404, 'model_not_found'],
    [{ ...say('hi'), model: 'gpt-unknown-9' }, 400, 'model_not_priced'],
    [{ ...say('hi'), model: 'claude-sonnet-4-5' }, 400, 'dialect_not_supported_for_model'],
    [{ ...say('hi'), web_search_options: {} }, 400, 'feature_not_priced'],
    [{ model: 'gpt-4o-mini' }, 400, 'invalid_request'],
  ])('a call %j is a %d %s', async (body, status, code) => {
    const key = await mint();
    const answer = await api('POST', '/v1/chat/completions', key.secret, body);
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(code)]);
  });

  test('a standard key may not administer', async () => {
    const key = await mint();
    expect((await api('GET', '/v1/keys', key.secret)).status).toBe(403);
  });

  const tooLarge = 'a body over the event limit is a 413 with the limit';
  laptopTest(tooLarge, 'the emulator has no limit of an event', async () => {
    const key = await mint();
    const large = await api('POST', '/v1/chat/completions', key.secret, say('x'.repeat(6_300_000)));
    expect(large.status).toBe(413);
    expect(await large.text()).toContain('6291456');
  });

  test('rate and concurrency limits answer 429 with Retry-After', async () => {
    const slow = await mint({ rpm: 1 });
    expect((await api('POST', '/v1/chat/completions', slow.secret, say('hi'))).status).toBe(200);
    const limited = await api('POST', '/v1/chat/completions', slow.secret, say('hi'));
    expect([limited.status, Number(limited.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const narrow = await mint({ max_concurrency: 1 });
    const running = api('POST', '/v1/chat/completions', narrow.secret, {
      ...say('slow'),
      stream: true,
    });
    await begun(narrow.secret);
    const second = await api('POST', '/v1/chat/completions', narrow.secret, say('hi'));
    expect([second.status, await second.text()]).toEqual([
      429,
      expect.stringContaining('concurrency_limited'),
    ]);
    await (await running).text();
  });
});

describe('keys', () => {
  test('a patch takes effect on the next call, and a rotated key works for its grace period', async () => {
    const name = `findable-${Date.now()}`;
    const key = await mint({ metadata: { team: 'red' }, name });
    await api('PATCH', `/v1/keys/${key.id}`, stack.adminKey, { status: 'paused' });
    expect((await api('POST', '/v1/chat/completions', key.secret, say('hi'))).status).toBe(401);
    await api('PATCH', `/v1/keys/${key.id}`, stack.adminKey, {
      status: 'active',
      max_spend_usd: 2,
    });
    expect((await own(key.secret)).available_micros).toBe(2_000_000);
    const rotated = keyView.parse(
      await (
        await api('POST', `/v1/keys/${key.id}/rotate`, stack.adminKey, { grace_seconds: 60 })
      ).json(),
    );
    for (const secret of [key.secret, rotated.secret])
      expect((await api('POST', '/v1/chat/completions', secret, say('hi'))).status).toBe(200);
    const found: unknown = await (
      await api('GET', `/v1/keys?name=${name}&metadata.team=red`, stack.adminKey)
    ).json();
    expect(found).toMatchObject({ data: [{ id: key.id }], has_more: false });
    expect(JSON.stringify(found)).not.toContain(key.secret);
  });

  test('health, the contract and a preflight need no key', async () => {
    expect((await fetch(`${stack.baseUrl}/health`)).status).toBe(200);
    expect(await (await fetch(`${stack.baseUrl}/openapi.json`)).json()).toMatchObject({
      openapi: '3.1.0',
    });
    const preflight = await fetch(`${stack.baseUrl}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-headers': 'x-stainless-os',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('x-stainless-os');
  });
});

const RESTARTS = 'a deployed stage is redeployed, not restarted: test/deploy does it';
laptopTest('the state survives a restart', RESTARTS, async () => {
  const key = await mint();
  await openai(key.secret).chat.completions.create(say('hi'));
  await stack.stop();
  stack = await startStack(
    { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-upstream' },
    stack.stateDir,
  );
  expect((await own(key.secret)).spent_micros).toBe(COST_MICROS);
});

const killed =
  'a stack that was killed in mid-stream comes back with the hold in place and nothing lost';
laptopTest(killed, RESTARTS, async () => {
  const key = await mint();
  await openai(key.secret).chat.completions.create(say('hi'));
  const running = await api('POST', '/v1/chat/completions', key.secret, {
    ...say('slow'),
    stream: true,
  });
  const held = (await own(key.secret)).held_micros;
  expect(held).toBeGreaterThan(0);
  await stack.kill();
  await running.text().catch(() => '');
  stack = await startStack(
    { OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-upstream' },
    stack.stateDir,
  );
  expect(await own(key.secret)).toMatchObject({ held_micros: held, spent_micros: COST_MICROS });
  await openai(key.secret).chat.completions.create(say('hi'));
  expect((await own(key.secret)).spent_micros).toBe(Math.ceil(2 * 13.35));
});

laptopTest('a taken port is a clear error', 'a deployed stage has no port of its own', async () => {
  const { port } = new URL(stack.baseUrl);
  await expect(startStack({}, undefined, port)).rejects.toThrow(`port ${port} is taken`);
});
