import { beforeEach, describe, expect, test } from 'vitest';
import { errorSchema } from '../../../lambdas/http/openapi-parts.ts';
import { gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));
const send: GatewayRoom['send'] = async (...args) => await room.send(...args);

describe('bad input is a 400 that names path and reason', () => {
  test.each([
    ['POST', '/v1/keys', '{"name":', 'invalid_json', 'JSON'],
    ['POST', '/v1/keys', {}, 'invalid_request', 'name'],
    [
      'POST',
      '/v1/keys',
      { name: 'x', max_spend: 1 },
      'invalid_request',
      'max_spend: unknown field',
    ],
    [
      'POST',
      '/v1/keys',
      { name: 'x', cohort: { country: 'de' } },
      'invalid_request',
      'cohort.country: unknown field',
    ],
    ['POST', '/v1/keys', { name: 'x', rpm: '5' }, 'invalid_request', 'rpm'],
    [
      'POST',
      '/v1/keys',
      { name: 'x', max_spend_usd: 1e9 },
      'invalid_request',
      'max_spend_usd: dollars',
    ],
    [
      'POST',
      '/v1/keys',
      { name: 'x', max_concurrency: 1_001 },
      'invalid_request',
      'max_concurrency',
    ],
    ['POST', '/v1/keys', { name: 'x', metadata: { 'a b': 'c' } }, 'invalid_request', 'metadata'],
    [
      'POST',
      '/v1/keys',
      {
        name: 'x',
        metadata: Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`m${index}`, 'x'])),
      },
      'invalid_request',
      'metadata: at most 32',
    ],
    [
      'PATCH',
      '/v1/keys/key_0000000000000000',
      { period: 'day' },
      'invalid_request',
      'period: unknown field',
    ],
    ['PATCH', '/v1/keys/key_0000000000000000', { status: 'revoked' }, 'invalid_request', 'status'],
    [
      'POST',
      '/v1/keys/key_0000000000000000/rotate',
      { grace: 1 },
      'invalid_request',
      'grace: unknown field',
    ],
    ['GET', '/v1/keys?colour=red', undefined, 'invalid_request', 'colour'],
    ['GET', '/v1/keys?limit=0', undefined, 'invalid_request', 'limit'],
    ['GET', '/v1/keys?limit=0x10', undefined, 'invalid_request', 'limit'],
    ['GET', '/v1/keys?limit=', undefined, 'invalid_request', 'limit'],
    ['GET', '/v1/usage?from_ms=', undefined, 'invalid_request', 'from_ms'],
    ['GET', '/v1/usage?to_ms=1e3', undefined, 'invalid_request', 'to_ms'],
    ['GET', '/v1/usage/export?from_ms=%2010', undefined, 'invalid_request', 'from_ms'],
    ['GET', '/v1/keys/{id}/usage?limit=1.0', undefined, 'invalid_request', 'limit'],
    ['GET', '/v1/keys?cursor=zzz', undefined, 'cursor_invalid', 'cursor'],
    ['GET', '/v1/usage?group_by=colour', undefined, 'invalid_request', 'group_by'],
    ['GET', '/v1/usage?format=csv', undefined, 'invalid_request', 'format: unknown field'],
    ['GET', '/v1/usage?from_ms=5&to_ms=1', undefined, 'invalid_request', 'from_ms'],
    ['GET', '/v1/usage/export?groupby=key', undefined, 'invalid_request', 'groupby: unknown field'],
  ])('%s %s %j: %s, %s', async (method, path, body, code, named) => {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(400);
    const { error } = errorSchema.parse(JSON.parse(answer.body));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(named)]);
  });

  test('what does not exist is a 404 that names it', async () => {
    for (const path of [
      '/v1/keys/key_0000000000000000',
      '/v1/calls/req_x',
      `/v1/calls/req_${'0'.repeat(42)}`,
    ]) {
      const answer = await send('GET', path);
      expect([answer.status, answer.body]).toEqual([
        404,
        expect.stringContaining(path.split('/')[3] ?? ''),
      ]);
    }
  });
});
