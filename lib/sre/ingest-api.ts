import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from '../shared/grants.ts';
import type { StageConfig } from '../shared/stage-config.ts';

const PATHS = ['/v1/logs', '/v1/traces', '/v1/metrics'] as const;

/**
 * Where telemetry comes in: an HTTP API, because it costs $1 a million requests, passes bytes on as they are and takes 10
 * MB. It gives up after 30 s. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export class IngestApi extends Construct {
  readonly api: apigateway.HttpApi;

  constructor(scope: Construct, id: string, config: StageConfig, fn: lambda.Function) {
    super(scope, id);
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: `sluice-${config.stage}-ingest`,
      createDefaultStage: false,
    });
    const stage = new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
    });
    acknowledge(
      stage,
      'APIG1',
      'A line for each batch would cost more than the batch; the function logs failures.',
    );
    const integration = new FunctionIntegration('ingest-integration', fn);
    const { POST, OPTIONS } = apigateway.HttpMethod;
    for (const path of PATHS)
      for (const route of this.api.addRoutes({ path, methods: [POST, OPTIONS], integration }))
        acknowledge(route, 'APIG4', 'The function checks the key itself: one read either way.');
    fn.addPermission('ingest-api', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.api.arnForExecuteApi('*', '/*', '$default'),
    });
    const { region, urlSuffix } = Stack.of(this);
    new CfnOutput(this, 'IngestUrl', {
      value: `https://${this.api.apiId}.execute-api.${region}.${urlSuffix}`,
      description: 'OTEL_EXPORTER_OTLP_ENDPOINT: where exporters and collectors send',
    }).overrideLogicalId('IngestUrl');
  }
}

/** As CDK's HttpLambdaIntegration, without its permission for each route. */
class FunctionIntegration extends apigateway.HttpRouteIntegration {
  private readonly fn: lambda.IFunction;

  constructor(id: string, fn: lambda.IFunction) {
    super(id);
    this.fn = fn;
  }

  bind(): apigateway.HttpRouteIntegrationConfig {
    return {
      type: apigateway.HttpIntegrationType.AWS_PROXY,
      uri: this.fn.functionArn,
      payloadFormatVersion: apigateway.PayloadFormatVersion.VERSION_2_0,
    };
  }
}
