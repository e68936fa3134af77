import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { SocketApi } from '../../lib/shared/socket-api.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { socketApiOf } from '../../local/sockets/socket-routes.ts';
import { readTemplates } from '../../local/template.ts';

const ROUTES = ['$connect', '$disconnect', '$default', 'subscribe', 'cancel'];

const build = () => {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-sockets-'));
  const app = new App({ outdir });
  const stack = new Stack(app, 'Sockets');
  const fn = new lambda.Function(stack, 'subscribe', {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('export const handler = async () => ({ statusCode: 200 });'),
    role: new iam.Role(stack, 'role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    }),
  });
  const sockets = new SocketApi(stack, 'Socket', readStageConfig({ stage: 'test' }));
  for (const key of ROUTES) sockets.route(key, fn);
  sockets.grantConnections(fn, 'POST', 'DELETE');
  fn.addEnvironment('SOCKET_ENDPOINT', sockets.connectionsUrl);
  return { app, stack, outdir };
};

describe('the WebSocket API', () => {
  const { app, stack, outdir } = build();
  const template = Template.fromStack(stack);

  test('names the route of a message by its type, and has a throttle at /ws', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.type',
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: 'ws',
      AutoDeploy: true,
      DefaultRouteSettings: Match.objectLike({
        ThrottlingRateLimit: 2_000,
        ThrottlingBurstLimit: 4_000,
      }),
      AccessLogSettings: Match.absent(),
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Route', ROUTES.length);
    template.resourceCountIs('AWS::ApiGatewayV2::RouteResponse', 3);
  });

  test('lets a function post and end, not describe, and only connections of this API', () => {
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(policies.match(/execute-api:[A-Za-z]+/g)).toEqual(['execute-api:ManageConnections']);
    expect(policies.match(/ws\/[A-Z*]+\/@connections\/\*/g)).toEqual([
      'ws/POST/@connections/*',
      'ws/DELETE/@connections/*',
    ]);
  });

  test('is read by the local runtime, every route with its function', () => {
    app.synth();
    const api = socketApiOf(readTemplates(outdir));
    expect(api).toMatchObject({ stage: 'ws', selector: ['type'] });
    expect([...(api?.routes.keys() ?? [])].toSorted()).toEqual(ROUTES.toSorted());
    for (const [key, route] of api?.routes ?? [])
      expect(route).toEqual({
        functionId: expect.stringMatching(/^subscribe/),
        hasResponse: !['$connect', '$disconnect'].includes(key),
      });
  });
});

describe('cdk-nag', () => {
  afterEach(() => vi.restoreAllMocks());

  test('finds nothing in it that is not acknowledged with its reason', () => {
    let printed = '';
    const keep = (...words: unknown[]): void => void (printed += words.join(' '));
    vi.spyOn(console, 'log').mockImplementation(keep);
    vi.spyOn(console, 'error').mockImplementation(keep);
    const { app } = build();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
    expect(printed).not.toMatch(/ERROR|WARNING/);
  });
});
