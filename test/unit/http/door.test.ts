import { expect, test } from 'vitest';
import { corsHeaders } from '../../../lambdas/http/cors.ts';
import { httpDoor } from '../../../lambdas/http/door.ts';
import type { HttpRequest } from '../../../lambdas/http/request.ts';
import { httpEntry } from '../../../lambdas/platform/http-entry.ts';
import { AppError, type ErrorCode } from '../../../lambdas/shared/app-error.ts';
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

test('an error says when to ask again where that is known, and a browser may read both', async () => {
  const { headers } = await refused('rate_limited', 7);
  expect(headers).toMatchObject({ 'x-should-retry': 'true', 'retry-after': '7' });
  const exposed = corsHeaders('*', undefined)['access-control-expose-headers']?.split(', ');
  expect(exposed).toEqual(expect.arrayContaining(['x-should-retry', 'retry-after']));
});
