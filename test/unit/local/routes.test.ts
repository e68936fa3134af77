import { describe, expect, test } from 'vitest';
import { routeMatcher, routesOf, type Route } from '../../../local/http/routes.ts';
import type { Resource } from '../../../local/template.ts';

const route = (method: string, resource: string): Route => ({
  method,
  resource,
  functionId: 'F',
  isStreamed: false,
});
const routes = [
  route('ANY', '/{proxy+}'),
  route('ANY', '/'),
  route('GET', '/v1/models/{id+}'),
  route('GET', '/v1/keys/{key_id}'),
  route('GET', '/v1/keys/own'),
  route('GET', '/v1/keys/{key_id}/usage'),
];
const match = (method: string, path: string) => {
  const found = routeMatcher(routes)(method, path);
  return found === null ? null : [found.route.resource, found.params];
};

describe('the route of a request', () => {
  test.each([
    ['GET', '/', ['/', {}]],
    ['GET', '/v1/keys/own', ['/v1/keys/own', {}]],
    ['GET', '/v1/keys/a%20b', ['/v1/keys/{key_id}', { key_id: 'a b' }]],
    ['GET', '/v1/keys/k1/usage', ['/v1/keys/{key_id}/usage', { key_id: 'k1' }]],
    ['GET', '/v1/models/meta/llama', ['/v1/models/{id+}', { id: 'meta/llama' }]],
    ['GET', '/v1/keys/%E0%A4%A', ['/v1/keys/{key_id}', { key_id: '%E0%A4%A' }]],
    ['POST', '/v1/keys/own', ['/{proxy+}', { proxy: 'v1/keys/own' }]],
    ['GET', '/v1/keys', ['/{proxy+}', { proxy: 'v1/keys' }]],
  ])('%s %s is %j: exact parts win over names, names over rests', (method, path, expected) => {
    expect(match(method, path)).toEqual(expected);
  });

  test.each([
    ['POST', 'POST'],
    ['GET', 'ANY'],
    ['HEAD', 'ANY'],
  ])('%s goes to %s where a method has a route beside ANY', (asked, method) => {
    const both = [route('ANY', '/a/{id}'), route('POST', '/a/{id}')];
    for (const routes of [both, both.toReversed()])
      expect(routeMatcher(routes)(asked, '/a/1')?.route.method).toBe(method);
  });

  test('no route at all is told', () => {
    expect(routeMatcher([route('GET', '/a')])('POST', '/a')).toBeNull();
    expect(routeMatcher([route('GET', '/a')])('GET', '/a/b')).toBeNull();
  });
});

const resource = (
  id: string,
  type: string,
  properties: Readonly<Record<string, unknown>>,
): Resource => ({ id, type, properties, assetPath: null, metadata: {} });
const method = (resourceId: string, integration: object) =>
  resource('M', 'AWS::ApiGateway::Method', {
    RestApiId: 'Api',
    HttpMethod: 'GET',
    ResourceId: resourceId,
    Integration: {
      Type: 'AWS_PROXY',
      Uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:0:function:Keys/invocations',
      ...integration,
    },
  });

test('routes have the whole path of their resource, their function, and whether they stream', () => {
  const resources = [
    resource('A', 'AWS::ApiGateway::Resource', { PathPart: 'v1', ParentId: 'Api/root' }),
    resource('B', 'AWS::ApiGateway::Resource', { PathPart: '{id}', ParentId: 'A' }),
  ];
  expect(
    routesOf([
      ...resources,
      method('B', { ResponseTransferMode: 'STREAM' }),
      method('Api/root', { ResponseTransferMode: 'BUFFERED' }),
    ]),
  ).toEqual([
    { method: 'GET', resource: '/v1/{id}', functionId: 'Keys', isStreamed: true },
    { method: 'GET', resource: '/', functionId: 'Keys', isStreamed: false },
  ]);
  expect(() => routesOf([method('B', { Type: 'MOCK' })])).toThrow();
});
