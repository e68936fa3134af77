import { expect, test } from 'vitest';
import type { Exchange } from '../../../clients/node/requests.ts';
import { Sluice, SluiceError } from '../../../clients/node/sluice.ts';

const KEY = { object: 'key', id: 'key_1' };
const good = (): Response => Response.json(KEY, { headers: { 'x-request-id': 'req_good' } });
const busy = (): Response =>
  Response.json(
    { error: { type: 'overloaded_error', code: 'storage_unavailable', message: 'busy' } },
    { status: 503, headers: { 'x-request-id': 'req_busy', 'x-should-retry': 'true' } },
  );
const refused = (): Response =>
  Response.json(
    {
      error: { type: 'x', code: 'invalid_request', message: 'no', request_id: 'r', param: 'name' },
    },
    { status: 400, headers: { 'x-should-retry': 'false' } },
  );
const lost = (): Response => {
  throw new TypeError('fetch failed');
};

/** A client whose requests get these answers, and what it asked. */
const clientOf = (answers: (() => Response)[]) => {
  const asked: string[] = [];
  const exchanges: Exchange[] = [];
  const sluice = new Sluice({
    baseUrl: 'http://sluice/',
    backoffMs: 1,
    key: async () => await Promise.resolve('slk_1'),
    fetch: async (input) => {
      const request = new Request(input);
      const { method, url, headers, signal } = request;
      signal.throwIfAborted();
      asked.push(
        `${method} ${url} ${headers.get('authorization')} ${headers.get('x-api-key')} ${await request.text()}`,
      );
      return answers.shift()?.() ?? good();
    },
    onExchange: (exchange) => exchanges.push(exchange),
  });
  return { sluice, asked, exchanges };
};

const thrown = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => null,
    (error: unknown) => error,
  );

test('a read is made again after what may pass, and says each answer with its request id', async () => {
  const { sluice, asked, exchanges } = clientOf([busy, lost]);
  expect(await sluice.getKey({ path: { key_id: 'a/b' } })).toEqual(KEY);
  expect(asked).toEqual(Array(3).fill('GET http://sluice/v1/keys/a%2Fb Bearer slk_1 null '));
  expect(exchanges.map(({ status, requestId }) => [status, requestId])).toEqual([
    [503, 'req_busy'],
    [200, 'req_good'],
  ]);
});

test('a read is given up after three tries, with the last refusal', async () => {
  const { sluice, asked } = clientOf([busy, busy, busy]);
  expect(await thrown(sluice.getOwnKey())).toMatchObject({
    status: 503,
    code: 'storage_unavailable',
    requestId: 'req_busy',
    isRetryable: true,
  });
  expect(asked).toHaveLength(3);
});

test('a read is made again after what API Gateway answers by itself, which says nothing of that', async () => {
  const answer = (status: number, code: string) => (): Response =>
    Response.json({ error: { type: 'x', code, message: 'no', request_id: 'r' } }, { status });
  const { sluice, asked } = clientOf([answer(429, 'rate_limited'), answer(504, 'internal')]);
  expect(await sluice.getOwnKey()).toEqual(KEY);
  expect(asked).toHaveLength(3);
  const wrong = clientOf([answer(404, 'route_not_found')]);
  expect(await thrown(wrong.sluice.getOwnKey())).toMatchObject({ isRetryable: false });
  expect(wrong.asked).toHaveLength(1);
});

test('what changes something is sent once, whatever comes of it', async () => {
  for (const [answer, code] of [
    [busy, 'storage_unavailable'],
    [lost, 'connection_lost'],
  ] as const) {
    const { sluice, asked } = clientOf([answer]);
    const error = await thrown(sluice.createKey({ body: { name: 'ada' } }));
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code, isRetryable: true });
    expect(asked).toEqual(['POST http://sluice/v1/keys Bearer slk_1 null {"name":"ada"}']);
  }
});

test('a refusal has its code and its facts, and is not tried again', async () => {
  const { sluice, asked } = clientOf([refused]);
  expect(await thrown(sluice.getOwnKey())).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: 'no',
    requestId: 'r',
    facts: { param: 'name' },
  });
  expect(asked).toHaveLength(1);
});

test('an answer that is not of Sluice is an error with its text', async () => {
  const answer = (): Response => new Response('<html>Bad gateway</html>', { status: 502 });
  const { sluice } = clientOf([answer, answer, answer]);
  expect(await thrown(sluice.getOwnKey())).toMatchObject({
    status: 502,
    code: 'unknown',
    message: '<html>Bad gateway</html>',
    requestId: null,
  });
});

test('an answer that breaks in the middle is an error of the client', async () => {
  const cause = new TypeError('terminated');
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('{"object"'));
      controller.error(cause);
    },
  });
  const { sluice } = clientOf([
    () => new Response(body, { headers: { 'content-type': 'application/json' } }),
  ]);
  const error = await thrown(sluice.getOwnKey());
  expect(error).toBeInstanceOf(SluiceError);
  expect(error).toMatchObject({ status: 0, code: 'connection_lost', cause });
});

test("a caller's own signal ends a call with its reason", async () => {
  const { sluice, asked } = clientOf([]);
  const reason = new Error('enough');
  expect(await thrown(sluice.getOwnKey({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(asked).toHaveLength(0);
});

test('filters are parameters by their own names', async () => {
  const { sluice, asked } = clientOf([]);
  await sluice.listKeys({
    query: { limit: 1, filter: { 'metadata.page': 'a&b', 'metadata.x': '1' } },
  });
  expect(asked[0]).toContain('/v1/keys?limit=1&metadata.page=a%26b&metadata.x=1 ');
});

test('lines of JSON come as text', async () => {
  const lines = '{"a":1}\n{"a":2}\n';
  const { sluice } = clientOf([
    () => new Response(lines, { headers: { 'content-type': 'application/x-ndjson' } }),
  ]);
  expect(await sluice.exportUsage({ query: { format: 'ndjson' } })).toBe(lines);
});

test('a key that no header takes is refused at once, and is in no words of the error', async () => {
  const sluice = new Sluice({ baseUrl: 'http://sluice', key: 'slk_secret\nslk_other' });
  for (const error of [
    await thrown(sluice.getOwnKey()),
    await thrown(sluice.threads.resume('thread_1').next()),
  ]) {
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ status: 0, code: 'invalid_api_key', isRetryable: false });
    expect(String(error)).not.toContain('slk_');
  }
});

test("what the caller's own key or log throws comes as it is, and nothing is tried again", async () => {
  const own = new Error('the vault is shut');
  const throwing = (): never => {
    throw own;
  };
  let keys = 0;
  let sent = 0;
  const fetch = async (): Promise<Response> => {
    sent++;
    return await Promise.resolve(good());
  };
  const shut = new Sluice({
    baseUrl: 'http://sluice',
    key: () => (keys++, throwing()),
    fetch,
    backoffMs: 1,
  });
  expect(await thrown(shut.getOwnKey())).toBe(own);
  expect(await thrown(shut.threads.resume('thread_1').next())).toBe(own);
  expect({ keys, sent }).toEqual({ keys: 2, sent: 0 });
  const logged = new Sluice({
    baseUrl: 'http://sluice',
    key: 'slk_1',
    fetch,
    onExchange: throwing,
    backoffMs: 1,
  });
  expect(await thrown(logged.getOwnKey())).toBe(own);
  expect(await thrown(logged.threads.resume('thread_1').next())).toBe(own);
  expect(sent).toBe(2);
});
