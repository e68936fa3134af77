import { once } from 'node:events';
import { request, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { httpApiOf, httpApiOrElse } from '../../../local/http/http-api.ts';
import { closeServer, serve } from '../../../local/http/server.ts';
import type { FunctionHost } from '../../../local/lambda/function-host.ts';
import { functionArn, type Resource } from '../../../local/template.ts';
import { functionOf } from '../../support/local-function.ts';

const resource = (id: string, type: string, properties: Resource['properties']): Resource => ({
  id,
  type: `AWS::ApiGatewayV2::${type}`,
  properties,
  assetPath: null,
  metadata: {},
});
const api = (integration: object = {}): readonly Resource[] => [
  resource('Api', 'Api', { Name: 'ingest', ProtocolType: 'HTTP' }),
  resource('Stage', 'Stage', { ApiId: 'Api', StageName: '$default', AutoDeploy: true }),
  resource('Echo', 'Integration', {
    ApiId: 'Api',
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: functionArn('Fixture'),
    PayloadFormatVersion: '2.0',
    ...integration,
  }),
  ...['POST /v1/logs', 'POST /v1/{kind}/of'].map((RouteKey) =>
    resource(RouteKey, 'Route', { ApiId: 'Api', RouteKey, Target: 'integrations/Echo' }),
  ),
];

const ECHO = `export const handler = async (event) => {
  if (event.body === 'fail') throw new Error('no');
  if (event.body === 'slow') await new Promise((go) => setTimeout(go, 1_000));
  if (event.body === 'bytes') return { statusCode: 202, headers: { 'content-type': 'application/x-protobuf' }, body: '/w==', isBase64Encoded: true };
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) };
};`;

let server: Server;
let port = 0;
let host: FunctionHost;
beforeAll(async () => {
  ({ host } = functionOf(ECHO));
  const deps = { functions: new Map([['Fixture', host]]), onError: () => undefined };
  const known = httpApiOf(api({ TimeoutInMillis: 300 }));
  const rest = httpApiOrElse(
    known,
    deps,
    (_request, response) => void response.end('the REST API'),
  );
  ({ server, port } = await serve(rest, 0));
});
afterAll(async () => {
  await closeServer(server);
  await host.stop();
});

const post = async (
  path: string,
  body: string | Buffer,
  headers: Record<string, string | string[]> = {},
  method = 'POST',
) => {
  const sent = request({ port, path, method, headers });
  sent.end(body);
  const [answer] = z
    .tuple([z.custom<import('node:http').IncomingMessage>()])
    .parse(await once(sent, 'response'));
  return {
    status: answer.statusCode,
    type: answer.headers['content-type'],
    text: await text(answer),
  };
};
const eventOf = async (...call: Parameters<typeof post>) =>
  z.record(z.string(), z.unknown()).parse(JSON.parse((await post(...call)).text));

test('an event has payload format 2.0: lower-case names, repeated ones joined, cookies apart, the raw path', async () => {
  const event = await eventOf('/v1/a%20b/of?x=1&x=2', 'hi', {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Twice': ['a', 'b'],
    Cookie: 'c=1; d=2',
  });
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: 'POST /v1/{kind}/of',
    rawPath: '/v1/a%20b/of',
    rawQueryString: 'x=1&x=2',
    queryStringParameters: { x: '1,2' },
    pathParameters: { kind: 'a b' },
    headers: { 'x-twice': 'a,b', 'content-type': 'application/json; charset=utf-8' },
    cookies: ['c=1', 'd=2'],
    body: 'hi',
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST', path: '/v1/a%20b/of' }, stage: '$default' },
  });
  expect(await eventOf('/v1/logs', '')).not.toHaveProperty('body');
});

test.each([
  ['application/json', undefined, false],
  ['text/plain', undefined, false],
  ['application/x-protobuf', undefined, true],
  ['application/json', 'gzip', true],
  ['application/json', 'zstd', true],
])(
  'a body of %s in coding %s is base64: %s, and nothing is decoded',
  async (type, coding, flag) => {
    const bytes = coding === undefined ? Buffer.from('{"a":1}') : gzipSync('{"a":1}');
    const { body, isBase64Encoded } = await eventOf('/v1/logs', bytes, {
      'content-type': type,
      ...(coding === undefined ? {} : { 'content-encoding': coding }),
    });
    expect(isBase64Encoded).toBe(flag);
    expect(Buffer.from(String(body), flag ? 'base64' : 'utf8')).toEqual(bytes);
  },
);

test('an answer in base64 is bytes for every client', async () => {
  const answered = await fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: 'POST',
    body: 'bytes',
  });
  expect([answered.status, answered.headers.get('content-type')]).toEqual([
    202,
    'application/x-protobuf',
  ]);
  expect(Buffer.from(await answered.arrayBuffer())).toEqual(Buffer.from([0xff]));
});

test.each([
  ['fail', 500, 'Internal Server Error'],
  ['slow', 503, 'Service Unavailable'],
  ['x'.repeat(10_485_761), 413, 'Request Entity Too Large'],
  ['x'.repeat(6_291_456), 413, 'Request Entity Too Large'],
])(
  'a function or a body that fails is answered by the API itself',
  async (body, status, message) => {
    const answer = await post('/v1/logs', body, { 'content-type': 'text/plain' });
    expect(answer).toEqual({ status, type: 'application/json', text: JSON.stringify({ message }) });
  },
);

test('what is no route of it is somebody else’s', async () => {
  expect((await post('/v1/logs', '', {}, 'GET')).text).toBe('the REST API');
  expect((await post('/v1/other', '')).text).toBe('the REST API');
});

test('what is not known here stops the start', () => {
  expect(httpApiOf([])).toBeNull();
  expect(() => httpApiOf(api({ PayloadFormatVersion: '1.0' }))).toThrow('PayloadFormatVersion');
  expect(() => httpApiOf([...api(), resource('Two', 'Api', { ProtocolType: 'HTTP' })])).toThrow(
    'Two',
  );
  const [first, , ...rest] = api();
  if (first === undefined) throw new Error('no API');
  const named = resource('Stage', 'Stage', { ApiId: 'Api', StageName: 'prod' });
  expect(() => httpApiOf([first, named, ...rest])).toThrow('StageName');
});
