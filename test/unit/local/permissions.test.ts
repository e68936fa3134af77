import { expect, test } from 'vitest';
import { checkPermitted } from '../../../local/lambda/permissions.ts';
import { functionArn, type Resource } from '../../../local/template.ts';

const resource = (id: string, type: string, properties: Resource['properties']): Resource => ({
  id,
  type,
  properties,
  assetPath: null,
  metadata: {},
});
const uri = (id: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn(id)}/invocations`;

const triggers = [
  resource('Stage', 'AWS::ApiGateway::Stage', { RestApiId: 'Api', StageName: 'dev' }),
  resource('Any', 'AWS::ApiGateway::Method', {
    RestApiId: 'Api',
    HttpMethod: 'ANY',
    ResourceId: 'Api/root',
    Integration: { Type: 'AWS_PROXY', Uri: uri('Keys') },
  }),
  resource('SocketApi', 'AWS::ApiGatewayV2::Api', {
    Name: 'sockets',
    ProtocolType: 'WEBSOCKET',
    RouteSelectionExpression: '$request.body.type',
  }),
  resource('SocketStage', 'AWS::ApiGatewayV2::Stage', { ApiId: 'SocketApi', StageName: 'ws' }),
  resource('Watching', 'AWS::ApiGatewayV2::Integration', {
    ApiId: 'SocketApi',
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: uri('Watch'),
  }),
  resource('Subscribe', 'AWS::ApiGatewayV2::Route', {
    ApiId: 'SocketApi',
    RouteKey: 'subscribe',
    Target: 'integrations/Watching',
  }),
  resource('EachMinute', 'AWS::Events::Rule', {
    ScheduleExpression: 'rate(1 minute)',
    Targets: [{ Arn: functionArn('Sweep') }],
  }),
];

const permission = (functionId: string, principal: string, source: string): Resource =>
  resource(`Permission${functionId}`, 'AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    FunctionName: functionArn(functionId),
    Principal: `${principal}.amazonaws.com`,
    SourceArn: `arn:aws:${source}`,
  });
const keys = permission('Keys', 'apigateway', 'execute-api:us-east-1:000000000000:Api/dev/*/*');
const watch = permission('Watch', 'apigateway', 'execute-api:us-east-1:000000000000:SocketApi/ws*');
const sweep = permission('Sweep', 'events', 'events:us-east-1:000000000000:rule/EachMinute');

test('a stack starts when each method, route and rule may run its function', () => {
  expect(() => checkPermitted([...triggers, keys, watch, sweep])).not.toThrow();
});

test.each([
  ['Any', 'of another function', permission('Other', 'apigateway', 'execute-api:*')],
  ['Any', 'of another API', permission('Keys', 'apigateway', 'execute-api:*:*:Other/dev/*/*')],
  ['Any', 'of another stage', permission('Keys', 'apigateway', 'execute-api:*:*:Api/prod/*/*')],
  ['Any', 'of one method', permission('Keys', 'apigateway', 'execute-api:*:*:Api/dev/GET/*')],
  ['Any', 'of another service', permission('Keys', 'events', 'execute-api:*:*:Api/dev/*/*')],
])('%s does not run by a permission %s', (id, _, other) => {
  expect(() => checkPermitted([...triggers, other, watch, sweep])).toThrow(
    `${id}: no permission of Keys`,
  );
});

test('a socket route and a rule do not run without a permission', () => {
  expect(() => checkPermitted([...triggers, keys, sweep])).toThrow('subscribe: no permission of W');
  expect(() => checkPermitted([...triggers, keys, watch])).toThrow('EachMinute: no permission of');
});

test('a permission with a condition that this runtime does not know stops the start', () => {
  const odd = { ...keys, properties: { ...keys.properties, SourceAccount: '1' } };
  expect(() => checkPermitted([odd])).toThrow('SourceAccount');
});
