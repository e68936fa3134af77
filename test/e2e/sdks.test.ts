import * as Anthropic from '@anthropic-ai/sdk';
import * as OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { isAlias } from '../../lambdas/inference/routing/route.ts';
import { mintSecret } from '../../lambdas/shared/secret.ts';
import { say, sharedE2e } from '../support/e2e.ts';

const ask = (model: string) => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'hi' }],
});

/** What the unmodified SDKs make of Sluice: their own types for errors, tools and models. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { mint, openai, anthropic } = e2e;
const failed = async (call: PromiseLike<unknown>): Promise<unknown> =>
  await call.then(
    () => null,
    (error: unknown) => error,
  );

test('each refusal is the typed error of the OpenAI SDK', async () => {
  const key = await mint();
  const create = async (secret: string, model: string) =>
    await failed(openai(secret, 0).chat.completions.create(ask(model)));
  const unknown = await create(mintSecret(key.id, 'test'), 'gpt-4o-mini');
  expect(unknown).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(unknown).toMatchObject({ status: 401, code: 'invalid_api_key' });
  expect(await create(key.secret, 'nobody')).toBeInstanceOf(OpenAI.NotFoundError);
  const bound = await mint({ allowed_models: ['gpt-4.1'] });
  expect(await create(bound.secret, 'gpt-4o-mini')).toBeInstanceOf(OpenAI.PermissionDeniedError);
  const rated = await mint({ rpm: 1 });
  await create(rated.secret, 'gpt-4o-mini');
  const limited = await create(rated.secret, 'gpt-4o-mini');
  expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
  expect(limited).toMatchObject({
    code: 'rate_limited',
    requestID: expect.stringMatching(/^req_/),
  });
});

laptopTest(
  'each SDK is answered by models of the other, streamed and in one body, and pays the same',
  'a deployed stage has one provider',
  async () => {
    const key = await mint();
    const chat = openai(key.secret, 0).chat.completions;
    const told = await chat.create(ask('claude-haiku-4-5')).withResponse();
    expect(told.data.choices[0]?.message.content).toBeTruthy();
    expect(told.response.headers.get('x-sluice-provider')).toBe('anthropic');
    expect(Number(told.response.headers.get('x-sluice-cost-micros'))).toBeGreaterThan(0);
    const streamed = await chat
      .stream({ ...ask('claude-haiku-4-5'), stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(streamed.usage?.completion_tokens).toBeGreaterThan(0);
    const { messages } = anthropic(key.secret, 0);
    const message = await messages.create(ask('gpt-4o-mini'));
    expect(message).toMatchObject({
      type: 'message',
      model: 'gpt-4o-mini',
      stop_reason: 'end_turn',
    });
    const final = await messages.stream(ask('gpt-4o-mini')).finalMessage();
    expect(final.usage.output_tokens).toBeGreaterThan(0);
    const count = await messages.countTokens({
      model: 'gpt-4o-mini',
      messages: ask('gpt-4o-mini').messages,
    });
    expect(count.input_tokens).toBeGreaterThan(0);
  },
);

test('each refusal is the typed error of the Anthropic SDK', async () => {
  const key = await mint();
  const create = async (secret: string, model = 'claude-haiku-4-5') =>
    await failed(anthropic(secret, 0).messages.create(ask(model)));
  const unknown = await create(mintSecret(key.id, 'test'));
  expect(unknown).toBeInstanceOf(Anthropic.AuthenticationError);
  expect(unknown).toMatchObject({
    status: 401,
    error: { type: 'error', error: { type: 'authentication_error', code: 'invalid_api_key' } },
  });
  expect(await create(key.secret, 'nobody')).toBeInstanceOf(Anthropic.NotFoundError);
  const bound = await mint({ allowed_models: ['claude-sonnet-4-5'] });
  expect(await create(bound.secret)).toBeInstanceOf(Anthropic.PermissionDeniedError);
  const poor = await mint({ max_spend_usd: 0.000001 });
  expect(await create(poor.secret)).toMatchObject({
    status: 402,
    error: { error: { type: 'billing_error', code: 'request_exceeds_budget', cap_micros: 1 } },
  });
  const rated = await mint({ rpm: 1 });
  await create(rated.secret);
  expect(await create(rated.secret)).toBeInstanceOf(Anthropic.RateLimitError);
});

test('a route that does not exist is the typed 404 of whoever asks', async () => {
  const { secret } = await mint();
  const [ofOpenAI, ofAnthropic] = [openai(secret, 0), anthropic(secret, 0)];
  const told = { status: 404, code: 'route_not_found', type: 'not_found_error' };
  for (const call of [
    () => ofOpenAI.files.list(),
    () => ofOpenAI.batches.list(),
    () => ofOpenAI.fineTuning.jobs.list(),
  ]) {
    const error = await failed(call());
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ ...told, requestID: expect.stringMatching(/^req_/) });
  }
  const error = await failed(ofAnthropic.messages.batches.list());
  expect(error).toBeInstanceOf(Anthropic.NotFoundError);
  expect(error).toMatchObject({
    status: 404,
    error: {
      type: 'error',
      error: { type: 'not_found_error', code: 'route_not_found' },
      request_id: expect.stringMatching(/^req_/),
    },
  });
  const voices = await e2e.api('POST', '/elevenlabs/v9/nothing', secret);
  expect([voices.status, await voices.json()]).toMatchObject([
    400,
    { detail: { status: 'feature_not_priced', message: expect.stringContaining('/v9/nothing') } },
  ]);
});

test('a tool call streams through the OpenAI SDK piece by piece', async () => {
  const key = await mint();
  const stream = openai(key.secret).chat.completions.stream({
    ...say('tools'),
    tools: [{ type: 'function', function: { name: 'time', parameters: { type: 'object' } } }],
  });
  const { choices } = await stream.finalChatCompletion();
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      tool_calls: [{ id: 'call_1', function: { name: 'time', arguments: '{"zone":"UTC"}' } }],
    },
  });
});

test('models are listed and fetched by both SDKs, and only those that the key may use', async () => {
  const key = await mint({ allowed_models: ['gpt-4o-mini', 'claude-haiku-4-5'] });
  const names = ['claude-haiku-4-5', 'gpt-4o-mini'];
  const ofOpenAI: string[] = [];
  for await (const model of openai(key.secret).models.list()) ofOpenAI.push(model.id);
  const ofAnthropic: string[] = [];
  for await (const model of anthropic(key.secret).models.list()) ofAnthropic.push(model.id);
  // Names that other tests' routes have at the moment stand there too.
  for (const listed of [ofOpenAI, ofAnthropic])
    expect(listed.filter((id) => !isAlias(id)).toSorted()).toEqual(names);
  expect(await openai(key.secret).models.retrieve('gpt-4o-mini')).toMatchObject({
    object: 'model',
    owned_by: 'openai',
  });
  expect(await anthropic(key.secret).models.retrieve('claude-haiku-4-5')).toMatchObject({
    type: 'model',
  });
  expect(await failed(openai(key.secret).models.retrieve('nobody'))).toBeInstanceOf(
    OpenAI.NotFoundError,
  );
});
