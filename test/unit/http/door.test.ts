import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { corsHeaders } from '../../../lambdas/http/cors.ts';
import { byRoute, httpDoor } from '../../../lambdas/http/door.ts';
import type { HttpRequest } from '../../../lambdas/http/request.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { AppError, ERROR_TABLE, type ErrorCode } from '../../../lambdas/shared/app-error.ts';
import { invoke, proxyEvent } from '../../support/proxy-event.ts';

const refused = async (code: ErrorCode, retryAfterSeconds?: number) => {
  const refuse = async (_request: HttpRequest): Promise<never> => {
    throw new AppError({
      code,
      publicMessage: 'No.',
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  };
  const event = proxyEvent('GET', '/v1/key', ['/v1/key'], undefined, null);
  return await invoke(httpEntry(httpDoor('*', () => 'native', refuse)), event);
};

test.each([
  ['in_flight_budget_exhausted', 402, 'true'],
  ['key_cap_exceeded', 402, 'false'],
  ['request_id_reused', 409, 'false'],
  ['thread_busy', 409, 'true'],
  ['too_many_subscriptions', 429, 'false'],
  ['provider_not_configured', 503, 'false'],
  ['storage_unavailable', 503, 'true'],
] as const)(
  'an error says to the SDKs whether to ask again, whatever its status: %s, %d, %s',
  async (code, status, shouldRetry) => {
    const answer = await refused(code);
    expect(answer.status).toBe(status);
    expect(answer.headers['x-should-retry']).toBe(shouldRetry);
    expect(answer.headers).not.toHaveProperty('retry-after');
  },
);

const ERROR_CODE = z.custom<ErrorCode>((name) => Object.hasOwn(ERROR_TABLE, String(name)));

/** What an SDK makes of an error, without its pauses. */
const tries = async (
  code: ErrorCode,
  ask: (fetch: typeof globalThis.fetch) => Promise<unknown>,
) => {
  const { status, headers, body } = await refused(code);
  let asked = 0;
  await ask(async () => {
    asked++;
    return await Promise.resolve(
      new Response(body, { status, headers: { ...headers, 'retry-after-ms': '1' } }),
    );
  }).catch(() => undefined);
  return asked;
};

test('the SDKs of OpenAI and Anthropic ask again exactly where a repetition may cure it', async () => {
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const seen: Record<string, readonly number[]> = {};
  const meant: Record<string, readonly number[]> = {};
  for (const [name, { retryable }] of Object.entries(ERROR_TABLE)) {
    const code = ERROR_CODE.parse(name);
    meant[code] = retryable ? [3, 3] : [1, 1];
    seen[code] = [
      await tries(code, async (fetch) => {
        const openai = new OpenAI({ apiKey: 'x', fetch });
        await openai.chat.completions.create({ model: 'm', messages });
      }),
      await tries(code, async (fetch) => {
        const anthropic = new Anthropic({ apiKey: 'x', fetch });
        await anthropic.messages.create({ model: 'm', max_tokens: 1, messages });
      }),
    ];
  }
  expect(seen).toEqual(meant);
});

test('an error says when to ask again where that is known, and a browser may read both', async () => {
  const { headers } = await refused('rate_limited', 7);
  expect(headers).toMatchObject({ 'x-should-retry': 'true', 'retry-after': '7' });
  const exposed = corsHeaders('*', undefined)['access-control-expose-headers']?.split(', ');
  expect(exposed).toEqual(expect.arrayContaining(['x-should-retry', 'retry-after']));
});

describe('a resource of the front door has every method', () => {
  const answer = async () => await Promise.resolve({ status: 200, body: {} });
  const handler = httpEntry(
    httpDoor(
      '*',
      () => 'native',
      byRoute({ 'GET /v1/key': answer, 'PATCH /v1/key': answer, 'GET /v1/keys': answer }, [
        'POST /v1/key',
      ]),
    ),
  );
  const ask = async (method: string, headers: Readonly<Record<string, string>> = {}) =>
    await invoke(handler, {
      ...proxyEvent(method, '/v1/key', ['/v1/key'], undefined, null),
      headers: { ...headers },
    });

  test.each(['GET', 'HEAD', 'PATCH'])('%s is answered by its handler', async (method) => {
    expect((await ask(method)).status).toBe(200);
  });

  test.each(['PUT', 'DELETE', 'POST'])(
    '%s, which its function does not answer, is a 405 that lists what the resource answers',
    async (method) => {
      const { status, headers, body } = await ask(method);
      expect(status).toBe(405);
      expect(headers).toMatchObject({
        allow: 'GET, HEAD, PATCH, POST, OPTIONS',
        'x-should-retry': 'false',
      });
      expect(JSON.parse(body)).toMatchObject({
        error: {
          code: 'method_not_allowed',
          message: `${method} /v1/key does not exist. It answers GET, PATCH, POST.`,
        },
      });
    },
  );

  test('a preflight needs no key and no handler, and is told what it asked for', async () => {
    const { status, headers, body } = await ask('OPTIONS', {
      'access-control-request-headers': 'x-stainless-os',
    });
    expect([status, body]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'x-stainless-os',
    });
  });
});
