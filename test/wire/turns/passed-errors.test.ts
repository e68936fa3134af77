import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { countTokens } from '../../../lambdas/inference/calls/count-tokens.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { failureOf } from '../../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());
beforeEach(async () => {
  room = engineRoom(upstream.url);
  await room.mint();
});

const refuses = (status: number, error: object, headers: Record<string, string> = {}): void => {
  const chunks = [JSON.stringify(error)];
  upstream.script = { status, type: 'application/json', headers, chunks };
};
const openai = (message: string, fields: object = {}) => ({ error: { message, ...fields } });
const anthropic = (message: string, type = 'invalid_request_error') => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_011',
});
const ask = async (wire: WireName) =>
  wire === 'openai-chat'
    ? await room.call({})
    : await room.call({ model: 'claude-sonnet-4-5', max_tokens: 20 }, { wire });

describe('a refusal of the account', () => {
  test.each<[number, object]>([
    [400, anthropic('Your credit balance is too low to access the Anthropic API.')],
    [400, anthropic('You have reached your specified API usage limits.')],
    [400, anthropic('This organization has been disabled.')],
    [400, openai('Billing hard limit has been reached', { code: 'billing_hard_limit_reached' })],
    [401, openai('Incorrect API key provided: sk-upstr****ream')],
    [402, openai('Insufficient Balance')],
    [403, openai('Project `proj_secret1` does not have access to model `gpt-4o-mini`')],
    [403, anthropic('Your API key lacks the permission', 'permission_error')],
    [404, openai('No access', { code: 'account_deactivated' })],
    [429, openai('You exceeded your current quota', { code: 'insufficient_quota' })],
  ])('%d %j is the operator’s, told once, and costs nothing', async (status, error) => {
    refuses(status, error);
    const asked = upstream.requests.length;
    const metrics: object[] = [];
    const record = (figures: object) => void metrics.push(figures);
    Object.assign(room.deps, { metrics: { record } });
    const wire = 'type' in error ? 'anthropic-messages' : 'openai-chat';
    const failure = await failureOf(ask(wire));
    if (!(failure instanceof AppError)) throw new Error('it was passed on');
    const provider = 'type' in error ? 'anthropic' : 'openai';
    expect(failure.publicMessage).toBe(
      `The provider ${provider} refused the account of this gateway.`,
    );
    expect([failure.status, failure.code, failure.retryable]).toEqual([
      502,
      'provider_error',
      false,
    ]);
    expect(failure.internal).toContain(`status ${status}: `);
    expect(failure.internal).not.toMatch(/proj_secret1|sk-up/);
    expect(metrics).toContainEqual({ providerErrors: 1 });
    expect(upstream.requests).toHaveLength(asked + 1);
    expect(await room.state()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
  });

  test('is the same for a count', async () => {
    refuses(401, anthropic('invalid x-api-key', 'authentication_error'));
    const body = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hi' }] };
    const counted = countTokens(room.deps, {
      ...(await room.asker()),
      wire: 'anthropic-messages',
      body: Buffer.from(JSON.stringify(body)),
      headers: {},
    });
    expect(await failureOf(counted)).toMatchObject({ code: 'provider_error', isFinal: true });
  });
});

describe('a refusal of the call passes', () => {
  test('for a count too, with when to ask again and no name of the account', async () => {
    const limited = anthropic('Slow down, org_acme01234', 'rate_limit_error');
    refuses(429, limited, { 'retry-after': '7' });
    const body = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hi' }] };
    const counted = await countTokens(room.deps, {
      ...(await room.asker()),
      wire: 'anthropic-messages',
      body: Buffer.from(JSON.stringify(body)),
      headers: {},
    });
    expect([counted.status, counted.headers]).toEqual([429, { 'retry-after': '7' }]);
    expect(await textOf(counted)).toContain('Slow down, ...');
  });

  test.each<[number, object]>([
    [400, openai('This model’s maximum context length is 8192 tokens', { code: 'context' })],
    [400, anthropic('prompt is too long: 200001 tokens > 200000 maximum')],
    [403, openai('Your input was flagged', { metadata: { reasons: ['violence'] } })],
    [404, openai('The model `gpt-9` does not exist', { code: 'model_not_found' })],
    [413, anthropic('Request exceeds the maximum size', 'request_too_large')],
    [422, { detail: 'unprocessable' }],
    [500, openai('The server had an error', { type: 'server_error' })],
    [529, anthropic('Overloaded', 'overloaded_error')],
  ])('as it came: %d %j', async (status, error) => {
    refuses(status, error);
    const reply = await ask('type' in error ? 'anthropic-messages' : 'openai-chat');
    const { request_id: theirs, ...rest } = { request_id: null, ...error };
    expect([reply.status, JSON.parse(await textOf(reply))]).toEqual([
      status,
      theirs === null
        ? rest
        : {
            ...rest,
            request_id: reply.headers['x-request-id'],
            provider_request_id: theirs,
          },
    ]);
  });

  test('with what its SDK goes by before it asks again, and the provider’s id beside ours', async () => {
    refuses(429, openai('Rate limit reached in organization org-Abc123xyz on tokens per min'), {
      'retry-after': '7',
      'retry-after-ms': '6500',
      'x-should-retry': 'false',
      'x-request-id': 'req_theirs',
      'x-ratelimit-limit-tokens': '30000',
      'openai-organization': 'acme',
    });
    const reply = await ask('openai-chat');
    expect(reply.headers).toEqual({
      'content-type': 'application/json',
      'retry-after': '7',
      'retry-after-ms': '6500',
      'x-should-retry': 'false',
      'x-sluice-provider-request-id': 'req_theirs',
      'x-request-id': expect.stringMatching(/^req_/),
      'x-sluice-model': 'gpt-4o-mini',
      'x-sluice-provider': 'openai',
      'x-sluice-remaining-micros': expect.any(String),
      'x-sluice-max-tokens': '4096',
    });
    expect(JSON.parse(await textOf(reply))).toEqual(
      openai('Rate limit reached in organization ... on tokens per min'),
    );
  });

  test('whatever it is: a page of a proxy', async () => {
    upstream.script = { status: 502, type: 'text/html', chunks: ['<html>Bad gateway</html>'] };
    const reply = await ask('openai-chat');
    expect([reply.status, reply.headers['content-type'], await textOf(reply)]).toEqual([
      502,
      'text/html',
      '<html>Bad gateway</html>',
    ]);
  });
});

const NUMBER = '123456789012';
const GOOGLE = {
  error: {
    code: 429,
    message: `Quota exceeded for quota metric 'Generate Content API requests per minute' and limit 'GenerateContent request limit per minute for a region' of service 'generativelanguage.googleapis.com' for consumer 'project_number:${NUMBER}'.`,
    status: 'RESOURCE_EXHAUSTED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'RATE_LIMIT_EXCEEDED',
        domain: 'googleapis.com',
        metadata: { consumer: `projects/${NUMBER}`, quota_limit_value: '60' },
      },
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ url: `https://console.cloud.google.com/apis?project=${NUMBER}` }],
      },
    ],
  },
};

describe('names of the account are left out', () => {
  test.each<[string, number, object]>([
    ['a project of Google’s', 429, GOOGLE],
    [
      'its name',
      404,
      openai('`projects/acme-prod-1/locations/us-central1/models/x` was not found'),
    ],
    ['a project said in words', 400, openai(`Enable the API for project ${NUMBER} first`)],
    ['a key of Google’s', 400, openai("consumer 'api_key:AIzaSyA-acme_0123456789'")],
    ['a service account', 400, openai('caller runner@acme-prod-1.iam.gserviceaccount.com failed')],
    [
      'a role of AWS',
      400,
      { message: `User: arn:aws:sts::${NUMBER}:assumed-role/acme-fn/acme-session may not do it` },
    ],
    [
      'a profile of AWS',
      400,
      { message: `arn:aws-us-gov:bedrock:us-gov-east-1:${NUMBER}:inference-profile/acme is gone` },
    ],
    ['a role by its name', 400, { message: 'assumed-role/acme-fn/acme-session has no access' }],
    ['an account of AWS', 429, { message: 'Too many requests', accountId: NUMBER }],
    ['an access key of AWS', 400, { message: 'The key AKIAACME000000000000 signed it' }],
    [
      'an organisation of Anthropic’s',
      429,
      anthropic(
        'the limit of your organization (organization: 0abcd000-1111-2222-3333-444455556666)',
        'rate_limit_error',
      ),
    ],
    [
      'a resource of Azure’s',
      404,
      openai('https://acme-east.openai.azure.com/openai has no such deployment'),
    ],
    ['a key in escaped quotes', 500, openai('the key "sk-acme-000000000000" failed')],
    [
      'a key of ElevenLabs’',
      429,
      { detail: { status: 'too_many', message: 'sk_acme0123456789abcdef waits' } },
    ],
  ])('%s', async (_name, status, error) => {
    refuses(status, error);
    const reply = await ask('type' in error ? 'anthropic-messages' : 'openai-chat');
    const text = await textOf(reply);
    expect(reply.status).toBe(status);
    expect(text).not.toMatch(/123456789012|acme|0abcd000/i);
    expect(text).toContain('...');
    expect(JSON.parse(text)).toBeTypeOf('object');
  });

  test.each([
    'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0 is not served here',
    'accounts/fireworks/models/llama-v3 was not found; project ID is needed, 200000 tokens at most',
  ])('and no more: %s', async (message) => {
    refuses(400, openai(message));
    expect(JSON.parse(await textOf(await ask('openai-chat')))).toEqual(openai(message));
  });

  test('in an error that ends a stream', async () => {
    upstream.script = {
      type: 'text/event-stream',
      chunks: [
        'data: {"choices":[{"index":0,"delta":{"content":"for project 123456789012"}}]}\n\n',
        `data: ${JSON.stringify(GOOGLE)}\n\n`,
      ],
    };
    const [, ...after] = (await textOf(await room.call({ stream: true }))).split('\n\n');
    expect(after.join()).toContain('RESOURCE_EXHAUSTED');
    expect(after.join()).not.toContain(NUMBER);
  });
});

test('the word that attributes a call is said to us alone', async () => {
  upstream.script = { type: 'application/json', chunks: ['{"choices":[]}'] };
  await room.call({ metadata: { feature: ' größe ', a: 'b' }, store: true });
  expect(upstream.requests.at(-1)?.body).toEqual({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'hi' }],
    max_completion_tokens: 4_096,
    metadata: { a: 'b' },
    store: true,
  });
  await room.call({ metadata: { feature: 'chat' } });
  expect(upstream.requests.at(-1)?.body).not.toHaveProperty('metadata');
  await room.call(
    { model: 'claude-sonnet-4-5', max_tokens: 20, metadata: { feature: 'chat', user_id: 'u' } },
    { wire: 'anthropic-messages' },
  );
  expect(upstream.requests.at(-1)?.body).toHaveProperty('metadata', { user_id: 'u' });
});
