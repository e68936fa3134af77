import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { httpModelClient } from '../../lambdas/inference/adapters/http-model-client.ts';
import { HttpFailure, httpPool } from '../../lambdas/platform/http-pool.ts';
import type { UpstreamRequest } from '../../lambdas/inference/ports/providers.ts';
import { freePort } from '../../local/free-port.ts';
import { listenHere } from '../../local/http/listen-here.ts';

const LIMITS = { firstByteTimeoutMs: 60_000, betweenBytesTimeoutMs: 60_000 };
/** For a provider from which nothing more will come. */
const IMPATIENT = { firstByteTimeoutMs: 1_000, betweenBytesTimeoutMs: 1_000 };
const NEVER = new AbortController().signal;
const servers: Server[] = [];

interface Provider {
  readonly url: string;
  readonly sockets: Set<unknown>;
  readonly requests: {
    readonly body: string;
    readonly bytes: Uint8Array;
    readonly headers: IncomingMessage['headers'];
  }[];
}

const startProvider = async (
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<Provider> => {
  const sockets = new Set<unknown>();
  const requests: Provider['requests'] = [];
  const server = createServer((request, response) => {
    sockets.add(request.socket);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const bytes = Buffer.concat(parts);
      requests.push({ body: bytes.toString('utf8'), bytes, headers: request.headers });
      answer(response, request);
    });
  });
  servers.push(server);
  return { url: `http://127.0.0.1:${await listenHere(server)}`, sockets, requests };
};

const requestTo = (baseUrl: string, body = '{}'): UpstreamRequest => ({
  account: { name: 'openai', baseUrl, wire: 'openai-chat', apiKey: null, simulated: false },
  path: '/chat/completions',
  headers: { authorization: 'Bearer secret', 'content-type': 'application/json' },
  body: Buffer.from(body),
});

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
};

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('a call to a provider', () => {
  test('a body in pieces arrives as one, of the length that its headers say', async () => {
    const { url, requests } = await startProvider((response) => response.end('{}'));
    const rest = [Buffer.from('-in'), Buffer.alloc(0), Buffer.alloc(1_000_000, 'p')];
    const { body } = await httpModelClient(LIMITS).send({ ...requestTo(url, 'all'), rest }, NEVER);
    await textOf(body);
    const [request] = requests;
    expect(request?.body).toBe(`all-in${'p'.repeat(1_000_000)}`);
    expect(request?.headers['content-length']).toBe('1000006');
    expect(request?.headers['transfer-encoding']).toBeUndefined();
  });

  test('sends the body with its length and passes status, headers and bytes back', async () => {
    const provider = await startProvider((response) => {
      response.writeHead(418, { 'retry-after': '3', 'content-type': 'text/plain' });
      response.end('grüße');
    });
    const client = httpModelClient(LIMITS);
    const answer = await client.send(requestTo(`${provider.url}/`, '{"a":"ü"}'), NEVER);
    expect(answer.status).toBe(418);
    expect(answer.headers).toMatchObject({ 'retry-after': '3', 'content-type': 'text/plain' });
    expect(await textOf(answer.body)).toBe('grüße');
    expect(provider.requests[0]).toMatchObject({
      body: '{"a":"ü"}',
      headers: {
        'content-length': '10',
        'content-type': 'application/json',
        authorization: 'Bearer secret',
      },
    });
  });

  test('carries bytes that are no text both ways, under the type that its wire says', async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    const type = 'multipart/form-data; boundary=x';
    const provider = await startProvider((response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' });
      response.write(bytes.subarray(0, 130));
      response.end(bytes.subarray(130));
    });
    const request = { ...requestTo(provider.url), headers: { 'content-type': type }, body: bytes };
    const answer = await httpModelClient(LIMITS).send(request, NEVER);
    const parts: Uint8Array[] = [];
    for await (const part of answer.body) parts.push(part);
    expect(Buffer.concat(parts)).toEqual(bytes);
    expect(provider.requests).toMatchObject([{ bytes, headers: { 'content-type': type } }]);
  });

  test('asks for no coding, and decodes an answer that has one all the same', async () => {
    const provider = await startProvider((response) => {
      response.writeHead(200, { 'content-encoding': 'br' });
      response.end(brotliCompressSync('Grüße'));
    });
    const answer = await httpModelClient(LIMITS).send(requestTo(provider.url), NEVER);
    expect(await textOf(answer.body)).toBe('Grüße');
    expect(answer.headers).not.toHaveProperty('content-encoding');
    expect(provider.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  test.each([
    ['gzip', 'no gzip at all'],
    ['br', 'no brotli at all'],
    ['rot13', 'jbeqf'],
  ])('says of bytes that it cannot decode that they are malformed: %s', async (coding, bytes) => {
    const provider = await startProvider((response) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.end(bytes);
    });
    const text = async () => {
      const { body } = await httpModelClient(LIMITS).send(requestTo(provider.url), NEVER);
      return await textOf(body);
    };
    await expect(text()).rejects.toMatchObject({ code: 'provider_stream_malformed' });
  });

  test('uses one connection for calls that follow one another', async () => {
    const provider = await startProvider((response) => response.end('ok'));
    const client = httpModelClient(LIMITS);
    for (let call = 0; call < 5; call++)
      await textOf((await client.send(requestTo(provider.url), NEVER)).body);
    expect(provider.sockets.size).toBe(1);
  });

  test('holds 1,000 streams at once', async () => {
    const waiting: ServerResponse[] = [];
    const provider = await startProvider((response) => {
      response.write('begin ');
      waiting.push(response);
      if (waiting.length === 1_000) for (const each of waiting) each.end('end');
    });
    const client = httpModelClient(LIMITS);
    const texts = await Promise.all(
      Array.from({ length: 1_000 }, async () =>
        textOf((await client.send(requestTo(provider.url), NEVER)).body),
      ),
    );
    expect(texts.every((text) => text === 'begin end')).toBe(true);
    expect(provider.sockets.size).toBe(1_000);
  });

  test('ends with a timeout when the first byte does not come, and is not sent again', async () => {
    const provider = await startProvider(() => undefined);
    const client = httpModelClient(IMPATIENT);
    await expect(client.send(requestTo(provider.url), NEVER)).rejects.toMatchObject({
      code: 'provider_timeout',
    });
    expect(provider.requests).toHaveLength(1);
  });

  test('ends with a timeout when the stream falls silent', async () => {
    const provider = await startProvider((response) => response.write('begin'));
    const client = httpModelClient(IMPATIENT);
    const answer = await client.send(requestTo(provider.url), NEVER);
    await expect(textOf(answer.body)).rejects.toMatchObject({ code: 'provider_timeout' });
  });

  test('may last longer than each of its timeouts while bytes keep coming', async () => {
    const provider = await startProvider((response) => {
      let count = 0;
      const timer = setInterval(() => {
        response.write('x');
        count += 1;
        if (count < 30) return;
        clearInterval(timer);
        response.end();
      }, 100);
    });
    const client = httpModelClient({ firstByteTimeoutMs: 2_000, betweenBytesTimeoutMs: 2_000 });
    const answer = await client.send(requestTo(provider.url), NEVER);
    expect(await textOf(answer.body)).toBe('x'.repeat(30));
  });

  test('goes out again on a new connection when the idle one that it took is closed already', async () => {
    const used = new WeakSet();
    const provider = await startProvider((response, { socket }) => {
      if (used.has(socket)) socket.destroy();
      else response.end('ok');
      used.add(socket);
    });
    const client = httpModelClient(LIMITS);
    for (let call = 0; call < 3; call++)
      expect(await textOf((await client.send(requestTo(provider.url), NEVER)).body)).toBe('ok');
  });

  test('fails when the provider breaks the connection before or within its answer, and is not sent again', async () => {
    let isBegun = false;
    const provider = await startProvider((response) => {
      if (!isBegun) response.destroy();
      else response.write('begin', () => response.destroy());
    });
    const client = httpModelClient(LIMITS);
    const broken = { code: 'provider_error' };
    await expect(client.send(requestTo(provider.url), NEVER)).rejects.toMatchObject(broken);
    expect(provider.requests).toHaveLength(1);
    isBegun = true;
    const answer = await client.send(requestTo(provider.url), NEVER);
    await expect(textOf(answer.body)).rejects.toMatchObject(broken);
    expect(provider.requests).toHaveLength(2);
  });

  test('fails as a provider error where nobody listens', async () => {
    const client = httpModelClient(LIMITS);
    const nobody = `http://127.0.0.1:${await freePort()}`;
    await expect(client.send(requestTo(nobody), NEVER)).rejects.toMatchObject({
      code: 'provider_error',
    });
  });

  test('is aborted before its headers and in mid-stream, and the provider sees it', async () => {
    const closed: string[] = [];
    const provider = await startProvider((response, request) => {
      const isStream = request.headers['x-stream'] === 'yes';
      response.on('close', () => closed.push(isStream ? 'stream' : 'headers'));
      if (isStream) response.write('begin');
      else before.abort();
    });
    const before = new AbortController();
    const client = httpModelClient(LIMITS);
    await expect(client.send(requestTo(provider.url), before.signal)).rejects.toThrow(/abort/i);
    const within = new AbortController();
    const streamed = { ...requestTo(provider.url), headers: { 'x-stream': 'yes' } };
    const answer = await client.send(streamed, within.signal);
    const reading = textOf(answer.body);
    within.abort();
    await expect(reading).rejects.toThrow(/abort/i);
    await expect.poll(() => closed).toEqual(['headers', 'stream']);
  });
});

describe('the pool', () => {
  const limits = {
    ...LIMITS,
    socketsMax: 4,
    connectTimeoutMs: 10_000,
    idleTimeoutMs: 1_000,
  };
  const get = (url: string) => ({ url, method: 'GET', headers: {}, body: '' });

  test('does not use a socket that rested too long: a frozen function wakes up to dead ones', async () => {
    const provider = await startProvider((response) => response.end('ok'));
    let nowMs = 0;
    const send = httpPool(limits, () => nowMs);
    for (nowMs of [1, 900, 1_800]) await textOf((await send(get(provider.url), NEVER)).body);
    expect(provider.sockets.size).toBe(1);
    nowMs = 3_000;
    await textOf((await send(get(provider.url), NEVER)).body);
    expect(provider.sockets.size).toBe(2);
  });

  test('says of a connection that was never made that nothing was sent', async () => {
    const send = httpPool(limits);
    const nobody = get(`http://127.0.0.1:${await freePort()}`);
    await expect(send(nobody, NEVER)).rejects.toMatchObject({ isSent: false, isTimeout: false });
    // The handshake of a server that speaks no TLS never ends.
    const silent = await startProvider(() => undefined);
    const hasty = httpPool({ ...limits, connectTimeoutMs: 100 });
    const failure = hasty(get(silent.url.replace('http:', 'https:')), NEVER);
    await expect(failure).rejects.toBeInstanceOf(HttpFailure);
    await expect(failure).rejects.toMatchObject({ isSent: false });
  });
});
