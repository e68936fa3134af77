import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { gatewayConnectionPoster } from '../../../lambdas/threads/sockets/adapters/gateway-connection-poster.ts';
import type { ConnectionPoster } from '../../../lambdas/threads/sockets/ports/sockets.ts';
import { startConnectionsEndpoint } from '../../../local/sockets/connections-endpoint.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';

/** With the characters that must be encoded where they stand in an address. */
const ID = 'Q2h1+9/x7CoCJTg=';
const posted: string[] = [];
const closed: string[] = [];
let failures = 0;
let endpoint: Endpoint;
let poster: ConnectionPoster;

beforeAll(async () => {
  endpoint = await startConnectionsEndpoint({
    post: async (id, text) => id === ID && posted.push(text) > 0,
    describe: () => null,
    disconnect: (id) => id === ID && closed.push(id) > 0,
  });
  process.env['AWS_REGION'] = 'us-east-1';
  process.env['AWS_ACCESS_KEY_ID'] = 'local';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'local';
  poster = gatewayConnectionPoster({
    url: `${endpoint.url}/ws`,
    report: () => undefined,
    onFailure: () => void (failures += 1),
  });
});
beforeEach(() => void (failures = 0));
afterAll(() => endpoint.stop());

test('a post comes through whole, and tells of a client that left', async () => {
  expect(await poster.post(ID, '{"text":"ä"}')).toBe('posted');
  expect(posted).toEqual(['{"text":"ä"}']);
  expect(await poster.post('AAAA', 'x')).toBe('gone');
  expect(failures).toBe(0);
});

test('a post that the service refuses throws nothing, and is counted', async () => {
  expect(await poster.post(ID, 'x'.repeat(200_000))).toBe('failed');
  expect(failures).toBe(1);
});

test('a socket is closed, and one that is gone already is no failure', async () => {
  await poster.close(ID);
  expect(closed).toEqual([ID]);
  await poster.close('AAAA');
});
