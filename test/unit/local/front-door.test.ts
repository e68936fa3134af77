import { request, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { frontDoor } from '../../../local/http/front-door.ts';
import { serve } from '../../../local/http/server.ts';
import { EVENT_BYTES_MAX, type FunctionHost } from '../../../local/lambda/function-host.ts';
import { functionOf } from '../../support/local-function.ts';
import { eventually } from '../../support/stack.ts';

/** Answers the event it got; the streamed one counts on after its reader has left. */
const ECHO = `export const handler = async (event) => event.body === 'fail'
  ? Promise.reject(new Error('no')) : { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };`;
const STREAMED = `
  let written = 0;
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    if (event.body === 'silent') return;
    if (event.body === 'strange') {
      awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { model: '模型' } }).end('x');
      return;
    }
    if (event.body === 'cut') {
      awslambda.HttpResponseStream.from(stream, { statusCode: 200 }).write('half');
      throw new Error('cut');
    }
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: { before: String(written) } });
    for (let index = 0; index < 40; index++) { out.write('x'); written += 1; await new Promise((go) => setTimeout(go, 5)); }
    out.end();
  });`;

/** Answers the bytes that it got: buffered as base64, streamed as they are. */
const BYTES = `export const handler = async ({ body }) => ({ statusCode: 200, isBase64Encoded: true, body });`;
const BYTES_STREAMED = `export const handler = awslambda.streamifyResponse(async ({ body }, stream) => {
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
    out.end(Buffer.from(body, 'base64'));
  });`;

let server: Server;
let url = '';
let hosts: readonly FunctionHost[] = [];
const failures: string[] = [];

const error = (type: string, properties: object) =>
  [
    type,
    {
      id: type,
      type: 'AWS::ApiGateway::GatewayResponse',
      assetPath: null,
      metadata: {},
      properties: {
        ResponseTemplates: { 'application/json': '{"id":"$context.requestId"}' },
        ResponseParameters: {
          'gatewayresponse.header.x-request-id': 'context.requestId',
          'gatewayresponse.header.access-control-allow-origin': "'https://app.example'",
        },
        ...properties,
      },
    },
  ] as const;

beforeAll(async () => {
  const echo = functionOf(ECHO).host;
  const streamed = functionOf(STREAMED).host;
  const bytes = functionOf(BYTES).host;
  const bytesStreamed = functionOf(BYTES_STREAMED).host;
  hosts = [echo, streamed, bytes, bytesStreamed];
  const door = frontDoor({
    routes: [
      { method: 'ANY', resource: '/echo/{id}', functionId: 'echo', isStreamed: false },
      { method: 'ANY', resource: '/soon', functionId: 'starting', isStreamed: false },
      { method: 'ANY', resource: '/stream', functionId: 'streamed', isStreamed: true },
      { method: 'ANY', resource: '/bytes', functionId: 'bytes', isStreamed: false },
      { method: 'ANY', resource: '/bytes/stream', functionId: 'bytes-streamed', isStreamed: true },
    ],
    functions: new Map([
      ['echo', echo],
      ['streamed', streamed],
      ['bytes', bytes],
      ['bytes-streamed', bytesStreamed],
    ]),
    binaryMediaTypes: ['audio/*', 'multipart/form-data'],
    errors: new Map([
      error('MISSING_AUTHENTICATION_TOKEN', { StatusCode: '404' }),
      error('REQUEST_TOO_LARGE', { StatusCode: '413' }),
      error('UNSUPPORTED_MEDIA_TYPE', { StatusCode: '415' }),
      error('DEFAULT_5XX', {}),
    ]),
    onError: (id) => void failures.push(id),
  });
  const listening = await serve(door, 0);
  ({ server } = listening);
  url = `http://127.0.0.1:${listening.port}`;
});
afterAll(async () => {
  server.close();
  for (const host of hosts) await host.stop();
});

const eventSchema = z.looseObject({
  headers: z.record(z.string(), z.string()),
  multiValueHeaders: z.record(z.string(), z.array(z.string())),
  requestContext: z.looseObject({ identity: z.looseObject({}) }),
});

/** The fields of AWS's own example of this event. */
const FIELDS =
  'body headers httpMethod isBase64Encoded multiValueHeaders multiValueQueryStringParameters path pathParameters queryStringParameters requestContext resource stageVariables';
const CONTEXT_FIELDS =
  'accountId apiId authorizer domainName domainPrefix extendedRequestId httpMethod identity path protocol requestId requestTime requestTimeEpoch resourceId resourcePath stage';

describe('the REST API on a laptop', () => {
  test('a request becomes the event of a REST proxy integration, field by field', async () => {
    const answer = await fetch(`${url}/echo/a%20b?x=1&x=2&y=%C3%A4`, {
      method: 'POST',
      headers: { 'X-Mixed': 'one', 'user-agent': 'agent' },
      body: 'ä',
    });
    const event = eventSchema.parse(await answer.json());
    expect(Object.keys(event).toSorted().join(' ')).toBe(FIELDS);
    expect(Object.keys(event.requestContext).toSorted().join(' ')).toBe(CONTEXT_FIELDS);
    expect(event).toMatchObject({
      resource: '/echo/{id}',
      path: '/echo/a%20b',
      httpMethod: 'POST',
      pathParameters: { id: 'a b' },
      queryStringParameters: { x: '2', y: 'ä' },
      multiValueQueryStringParameters: { x: ['1', '2'], y: ['ä'] },
      body: 'ä',
      isBase64Encoded: false,
      stageVariables: null,
      requestContext: {
        httpMethod: 'POST',
        resourcePath: '/echo/{id}',
        requestTime: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        identity: { sourceIp: '127.0.0.1', userAgent: 'agent' },
      },
    });
  });

  test('header names keep their case and repeated headers all their values', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { 'X-Mixed': ['one', 'two'] };
      const sent = request(`${url}/echo/1`, { headers }, (answer) => {
        answer.setEncoding('utf8').once('data', resolve);
      });
      sent.on('error', reject).end();
    });
    const event = eventSchema.parse(JSON.parse(text));
    expect(event.headers['X-Mixed']).toBe('two');
    expect(event.multiValueHeaders['X-Mixed']).toEqual(['one', 'two']);
    expect(event).toMatchObject({
      body: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
    });
  });

  test('an event over 6 MB with its JSON escaped is a 413, one below is not', async () => {
    const send = async (body: string) => await fetch(`${url}/echo/1`, { method: 'POST', body });
    const [quotes, letters] = ['"', 'x'].map((letter) => letter.repeat(EVENT_BYTES_MAX / 2));
    expect((await send(quotes ?? '')).status).toBe(413);
    // The answer holds the event: escaped once more it would pass the limit of an answer, so only letters fit.
    expect((await send(letters ?? '')).status).toBe(200);
  });

  test('a route whose function is about to start is no unknown one: it may be asked again', async () => {
    expect((await fetch(`${url}/soon`)).status).toBe(503);
  });

  test('an unknown route and a failed function answer what the template says', async () => {
    const unknown = await fetch(`${url}/nothing`);
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { id: unknown.headers.get('x-request-id') },
    ]);
    expect(unknown.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect((await fetch(`${url}/echo/1`, { method: 'POST', body: 'fail' })).status).toBe(502);
    expect((await fetch(`${url}/stream`, { method: 'POST', body: 'silent' })).status).toBe(502);
    expect(failures).toEqual(['echo', 'streamed']);
  });

  test('an answer that its function breaks off is not taken for the whole, and the door stays open', async () => {
    const broken = fetch(`${url}/stream`, { method: 'POST', body: 'cut' });
    await expect(broken.then(async (answer) => await answer.text())).rejects.toThrow();
    expect((await fetch(`${url}/echo/1`)).status).toBe(200);
  });

  test('a head that HTTP cannot carry fails its call alone', async () => {
    const before = failures.length;
    const answer = await fetch(`${url}/stream`, { method: 'POST', body: 'strange' });
    expect(answer.status).toBe(502);
    expect(failures).toHaveLength(before + 1);
    expect((await fetch(`${url}/echo/1`)).status).toBe(200);
  });

  test('a client that leaves while it sends is no failure of the function', async () => {
    const before = failures.length;
    const left = new Promise((resolve) => {
      server.once('connection', (socket) => socket.once('close', resolve));
    });
    const leaving = request(`${url}/echo/1`, {
      method: 'POST',
      agent: false,
      headers: { 'content-length': 10 },
    });
    leaving.on('error', () => undefined);
    server.once('request', () => leaving.destroy());
    leaving.write('half');
    await left;
    expect((await fetch(`${url}/echo/1`)).status).toBe(200);
    expect(failures).toHaveLength(before);
  });

  test('a streamed answer comes as it is written, and runs on when its reader leaves', async () => {
    const leaving = new AbortController();
    const left = await fetch(`${url}/stream`, { signal: leaving.signal });
    await left.body?.getReader().read();
    leaving.abort();
    await eventually(async () => expect(hosts[1]?.stats.inFlight).toBe(0));
    const whole = await fetch(`${url}/stream`);
    expect(whole.headers.get('before')).toBe('40');
    expect(await whole.text()).toBe('x'.repeat(40));
  });

  const EVERY_BYTE = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const post = async (
    path: string,
    headers: Record<string, string>,
    body: Uint8Array<ArrayBuffer>,
  ) => await fetch(`${url}${path}`, { method: 'POST', headers, body });

  test.each([
    ['/bytes', 'audio/mpeg'],
    ['/bytes/stream', '*/*'],
  ])('bytes of a listed type pass %s both ways, byte for byte', async (path, accept) => {
    const headers = { 'content-type': 'audio/mpeg', accept };
    const answer = await post(path, headers, EVERY_BYTE);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(EVERY_BYTE);
  });

  test('a buffered answer in base64 stays so for a client that accepts no listed type first', async () => {
    const headers = { 'content-type': 'audio/mpeg', accept: '*/*' };
    const answer = await post('/bytes', headers, EVERY_BYTE);
    expect(await answer.text()).toBe(EVERY_BYTE.toString('base64'));
  });

  test('a coded body is decoded before the function, and its header is left', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await post('/echo/1', headers, gzipSync('{"ä":1}'));
    expect(await answer.json()).toMatchObject({
      body: '{"ä":1}',
      isBase64Encoded: false,
      headers: { 'content-encoding': 'gzip' },
    });
  });

  test.each([
    ['br', 415],
    ['gzip', 415],
    ['bomb', 413],
  ])('a coded body that cannot be read is not: %s, %d', async (coding, status) => {
    const body = coding === 'bomb' ? gzipSync(Buffer.alloc(20_000_000)) : EVERY_BYTE;
    const headers = { 'content-encoding': coding === 'bomb' ? 'gzip' : coding };
    const answer = await post('/echo/1', headers, body);
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { id: answer.headers.get('x-request-id') },
    ]);
  });
});
