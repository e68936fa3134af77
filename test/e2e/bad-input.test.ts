import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { mintSecret } from '../../lambdas/shared/secret.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { say, sharedE2e } from '../support/e2e.ts';

/** What is refused, with which status, code and words. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { admin, api, begun, mint } = e2e;

test('unknown, wrong, mistyped, revoked, paused and expired keys get one and the same 401', async () => {
  const revoked = await mint();
  await admin('DELETE', `/v1/keys/${revoked.id}`);
  const paused = await mint();
  await admin('PATCH', `/v1/keys/${paused.id}`, { status: 'paused' });
  const expired = await mint();
  await admin('PATCH', `/v1/keys/${expired.id}`, { expires_at: Date.now() - 1 });
  const other = await mint();
  const typo = `${other.secret.slice(0, -1)}${other.secret.endsWith('0') ? '1' : '0'}`;
  const wrong = mintSecret(other.id, 'test');
  const unknown = mintSecret('key_0000000000000001', 'test');
  const texts = new Set<string>();
  for (const secret of [
    revoked.secret,
    paused.secret,
    expired.secret,
    typo,
    wrong,
    unknown,
    'nonsense',
  ]) {
    const answer = await api('POST', '/v1/chat/completions', secret, say('hi'));
    expect(answer.status).toBe(401);
    texts.add(
      z.object({ error: z.object({ message: z.string() }) }).parse(await answer.json()).error
        .message,
    );
  }
  expect(texts.size).toBe(1);
  expect((await fetch(`${e2e.stack.baseUrl}/v1/key`)).status).toBe(401);
});

test.each([
  ['POST', '/v1/keys', { name: 'x', max_spend: 1 }, 400, 'invalid_request', 'max_spend'],
  ['POST', '/v1/keys', { name: 'x', max_spend_usd: -1 }, 400, 'invalid_request', 'max_spend_usd'],
  ['GET', '/v1/usage?group_by=colour', undefined, 400, 'invalid_request', 'group_by'],
  ['GET', '/v1/keys?cursor=zzz', undefined, 400, 'cursor_invalid', 'cursor'],
  ['GET', '/v1/keys/key_0000000000000000', undefined, 404, 'not_found', 'key_0000000000000000'],
  ['GET', '/v1/nothing', undefined, 404, 'route_not_found', '/v1/nothing'],
  [
    'POST',
    '/v1/keys',
    { naem: 'x' },
    400,
    'invalid_request',
    'naem: unknown field; did you mean name?',
  ],
  [
    'POST',
    '/chat/completions',
    {},
    404,
    'route_not_found',
    'Did you mean POST /v1/chat/completions?',
  ],
  ['POST', '/v1/v1/messages', {}, 404, 'route_not_found', 'Did you mean POST /v1/messages?'],
])('%s %s %j is a %d %s that names %s', async (method, path, body, status, code, named) => {
  const answer = await api(method, path, e2e.stack.adminKey, body);
  expect(answer.status).toBe(status);
  const text = await answer.text();
  expect(text).toContain(code);
  expect(text).toContain(named);
});

test.each([
  [{ ...say('hi'), model: 'nobody' }, 404, 'model_not_found'],
  [{ ...say('hi'), model: 'openai-gpt-4o-mini' }, 404, 'Did you mean gpt-4o-mini?'],
  [{ ...say('hi'), model: 'gpt-4o-mnii' }, 400, 'Did you mean gpt-4o-mini?'],
  [{ ...say('hi'), max_token: 5 }, 400, 'did you mean max_tokens?'],
  [{ ...say('hi'), messages: undefined, mesages: [] }, 400, 'messages: is missing: a list'],
  [{ ...say('hi'), model: 'gpt-unknown-9' }, 400, 'model_not_priced'],
  [{ ...say('hi'), model: 'claude-sonnet-4-5', seed: 7 }, 400, 'seed: this provider takes none'],
  [{ ...say('hi'), web_search_options: {} }, 400, 'feature_not_priced'],
  [{ model: 'gpt-4o-mini' }, 400, 'invalid_request'],
])('a call %j is a %d %s', async (body, status, code) => {
  const key = await mint();
  const answer = await api('POST', '/v1/chat/completions', key.secret, body);
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(code)]);
});

test.each([
  ['/v1/chat/completions', 'invalid_json'],
  ['/v1/messages', 'invalid_json'],
])('a body of %s that is no JSON is a 400 %s', async (path, code) => {
  const key = await mint();
  const answer = await fetch(`${e2e.stack.baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.secret}` },
    body: '{"model":',
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { error: { code, type: 'invalid_request_error' } },
  ]);
});

const completeCoded = async (coding: string, encode: (text: string) => Buffer<ArrayBuffer>) => {
  const { secret } = await mint();
  const headers = {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    'content-encoding': coding,
  };
  const body = encode(JSON.stringify(say('hi')));
  const url = `${e2e.stack.baseUrl}/v1/chat/completions`;
  return await fetch(url, { method: 'POST', headers, body });
};

test('a call whose body comes in gzip is answered', async () => {
  expect((await completeCoded('gzip', gzipSync)).status).toBe(200);
});

const inDeflate = 'a call whose body comes in deflate is answered';
laptopTest(inDeflate, 'the emulator decodes gzip alone', async () => {
  expect((await completeCoded('deflate', deflateSync)).status).toBe(200);
});

test.each([
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const)(
  'a call whose body comes in %s is a 415 that names the header',
  async (coding, encode) => {
    const answer = await completeCoded(coding, encode);
    expect([answer.status, await answer.json()]).toMatchObject([
      415,
      {
        error: {
          code: 'content_encoding_not_supported',
          message: expect.stringMatching(/^content-encoding: /),
        },
      },
    ]);
  },
);

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
