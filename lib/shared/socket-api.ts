import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { StageConfig } from './stage-config.ts';
import { acknowledge } from './grants.ts';

/** The path of the socket: on AWS the name of the API's stage. */
const STAGE_NAME = 'ws';

/** The routes of a socket's beginning and end; all others are of its messages. */
const HANDSHAKE: ReadonlySet<string> = new Set(['$connect', '$disconnect']);

type ConnectionMethod = 'POST' | 'GET' | 'DELETE';

/**
 * A WebSocket API whose messages are JSON with a `type`, which names the route. The body that a route's function answers
 * goes to the sender of the message; all else that a client receives is posted to its connection. API Gateway waits 29 s
 * for a route and then sends the client so, while the function runs on.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
 */
export class SocketApi extends Construct {
  /** Where clients connect, `wss`. */
  readonly url: string;
  /** Where functions post: the `endpoint` of ApiGatewayManagementApiClient. */
  readonly connectionsUrl: string;
  private readonly api: apigateway.WebSocketApi;
  private readonly integrations = new Map<lambda.IFunction, FunctionIntegration>();

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.api = new apigateway.WebSocketApi(this, 'Api', {
      apiName: `sluice-${config.stage}-sockets`,
      routeSelectionExpression: '$request.body.type',
    });
    const stage = new apigateway.WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: STAGE_NAME,
      autoDeploy: true,
      throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
      detailedMetricsEnabled: false,
    });
    this.url = stage.url;
    this.connectionsUrl = stage.callbackUrl;
    acknowledge(
      stage,
      'APIG1',
      'A line for each message would cost more than the message; the functions log failures.',
    );
  }

  /** `$connect`, `$disconnect`, `$default`, or the `type` of a message. */
  route(key: string, fn: lambda.IFunction): void {
    const route = this.api.addRoute(key, {
      integration: this.integrationOf(fn),
      returnResponse: !HANDSHAKE.has(key),
    });
    acknowledge(
      route,
      'APIG4',
      '$connect checks the key or the ticket itself; the other routes exist only after it.',
    );
  }

  /** One a function, however many routes it has, and one permission: of this API in its one stage. */
  private integrationOf(fn: lambda.IFunction): FunctionIntegration {
    const made = this.integrations.get(fn);
    if (made !== undefined) return made;
    const integration = new FunctionIntegration(`${fn.node.id}-integration`, fn);
    this.integrations.set(fn, integration);
    fn.addPermission('socket-api', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.api.arnForExecuteApiV2('*', STAGE_NAME),
    });
    return integration;
  }

  /** What a function may do with any connection of this API: it knows their ids only from our table. */
  grantConnections(fn: lambda.Function, ...methods: readonly ConnectionMethod[]): void {
    const resources = methods.map((method) => `${STAGE_NAME}/${method}/@connections/*`);
    iam.Grant.addToPrincipal({
      grantee: fn,
      actions: ['execute-api:ManageConnections'],
      resourceArns: resources.map((resource) =>
        Stack.of(this).formatArn({
          service: 'execute-api',
          resource: this.api.apiId,
          resourceName: resource,
        }),
      ),
    });
    if (fn.role === undefined) return;
    const { defaultChild } = this.api.node;
    if (!(defaultChild instanceof apigateway.CfnApi)) return;
    const api = Stack.of(this).getLogicalId(defaultChild);
    for (const resource of resources)
      acknowledge(
        fn.role,
        `IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${api}>/${resource}]`,
        'A connection has no ARN before it is opened.',
      );
  }
}

/** As CDK's WebSocketLambdaIntegration, without its permission for each route. */
class FunctionIntegration extends apigateway.WebSocketRouteIntegration {
  private readonly fn: lambda.IFunction;

  constructor(id: string, fn: lambda.IFunction) {
    super(id);
    this.fn = fn;
  }

  bind({
    scope,
  }: apigateway.WebSocketRouteIntegrationBindOptions): apigateway.WebSocketRouteIntegrationConfig {
    return {
      type: apigateway.WebSocketIntegrationType.AWS_PROXY,
      uri: Stack.of(scope).formatArn({
        service: 'apigateway',
        account: 'lambda',
        resource: 'path/2015-03-31/functions',
        resourceName: `${this.fn.functionArn}/invocations`,
      }),
    };
  }
}
