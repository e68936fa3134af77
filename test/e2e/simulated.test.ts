import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { allFrames, textOf, threadClient } from '../support/thread-client.ts';

const LOCAL = 'a deployed stage simulates no provider';
const MODEL = 'claude-haiku-4-5';

/** The stack's own model of a provider without a key, through all that is between a client and it. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const asked = (content: string, fields: object = {}) => ({
  model: MODEL,
  max_tokens: 400,
  messages: [{ role: 'user' as const, content }],
  ...fields,
});

laptopTest(
  'a thought is streamed, metered and paid for as the provider counts it',
  LOCAL,
  async () => {
    const key = await e2e.mint();
    const stream = e2e.anthropic(key.secret).messages.stream(asked('Think about a sluice'));
    const { content, usage } = await stream.finalMessage();
    expect(content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    // $1 and $5 a million tokens.
    const { spent_micros } = await e2e.own(key.secret);
    expect(spent_micros).toBe(Math.ceil(usage.input_tokens + 5 * usage.output_tokens));
  },
);

laptopTest('a tool is asked for with input that fits', LOCAL, async () => {
  const { secret } = await e2e.mint();
  const input_schema = {
    type: 'object' as const,
    properties: { city: { type: 'string', minLength: 1 } },
    required: ['city'],
  };
  const body = asked('Use the tool for “Oslo”', { tools: [{ name: 'weather', input_schema }] });
  const { content, stop_reason } = await e2e.anthropic(secret).messages.create(body);
  expect([stop_reason, content]).toMatchObject(['tool_use', [{ input: { city: 'Oslo' } }]]);
});

laptopTest('an error has the status that the prompt names, and costs nothing', LOCAL, async () => {
  const key = await e2e.mint();
  const call = e2e.anthropic(key.secret).messages.create(asked('fail 429'));
  await expect(call).rejects.toMatchObject({ status: 429 });
  expect((await e2e.own(key.secret)).spent_micros).toBe(0);
});

laptopTest(
  'an answer that breaks in its middle is an error, and what came is paid for',
  LOCAL,
  async () => {
    const key = await e2e.mint();
    const stream = e2e.anthropic(key.secret).messages.stream(asked('fail mid-stream'));
    await expect(stream.finalMessage()).rejects.toThrow();
    const { spent_micros, held_micros } = await e2e.own(key.secret);
    expect([spent_micros > 0, held_micros]).toEqual([true, 0]);
  },
);

laptopTest(
  'an answer of a thread says that it is simulated, and stores its thought',
  LOCAL,
  async () => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, secret);
    const thread = await ada.open();
    const answer = await ada.post(thread, 'Think', { model: MODEL });
    expect(answer.headers.get('x-sluice-simulated')).toBe('true');
    expect(textOf(await allFrames(answer))).toContain('“Think”');
    const { data } = await ada.messages(thread);
    expect(data.at(-1)?.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
  },
);

laptopTest('a prompt fails one target of a route, and the next one answers', LOCAL, async () => {
  const name = `simulated-${randomBytes(6).toString('hex')}`;
  const targets = ['gemini-2.5-flash', MODEL].map((model) => ({ model }));
  const made = await e2e.admin('POST', '/v1/routes', { name, default: { targets } });
  expect(made.status).toBe(201);
  const { secret } = await e2e.mint();
  const { data, response } = await e2e
    .anthropic(secret)
    .messages.create({ ...asked('fail 429 gemini*'), model: name })
    .withResponse();
  expect(data.model).toBe(MODEL);
  expect(response.headers.get('x-sluice-route')).toBe(
    `${name}; try=gemini-2.5-flash:429; used=${MODEL}`,
  );
});

laptopTest('a turn that failed does not fail the next one of its thread', LOCAL, async () => {
  const { secret } = await e2e.mint({ user_id: 'ada' });
  const ada = threadClient(e2e, secret);
  const thread = await ada.open();
  const model = 'deepseek-flash';
  await allFrames(await ada.post(thread, 'fail 500', { model }));
  const answer = await ada.post(thread, 'hi', { model });
  expect(textOf(await allFrames(answer))).toContain('“hi”');
});

laptopTest(
  'a count is said to be simulated and estimated, on each route that counts',
  LOCAL,
  async () => {
    const { secret } = await e2e.mint();
    const messages = [{ role: 'user', content: 'hi' }];
    const contents = [{ parts: [{ text: 'hi' }] }];
    for (const [path, body] of [
      ['/v1/messages/count_tokens', { model: MODEL, messages }],
      ['/v1/responses/input_tokens', { model: MODEL, input: 'hi' }],
      ['/v1beta/models/gemini-2.5-flash:countTokens', { contents }],
      [`/v1beta/models/${MODEL}:countTokens`, { contents }],
    ] as const) {
      const { status, headers } = await e2e.api('POST', path, secret, body);
      const told = [headers.get('x-sluice-simulated'), headers.get('x-sluice-emulated')];
      expect([path, status, ...told]).toEqual([path, 200, 'true', 'input_tokens']);
    }
  },
);
