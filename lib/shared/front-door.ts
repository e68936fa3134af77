import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { gatewayErrors } from './front-door-errors.ts';
import { binaryMediaTypes } from './front-door-media.ts';
import { accessLogs, rateRule, samplingRule } from './front-door-guards.ts';
import { acknowledge } from './grants.ts';
import type { StageConfig } from './stage-config.ts';

/** The one base URL: a Regional REST API, because it streams for 15 minutes without a CDN in the way. */
export class FrontDoor extends Construct {
  private readonly api: apigateway.RestApi;
  readonly stage: apigateway.Stage;
  private readonly stageName: string;
  private readonly permitted = new Set<lambda.IFunction>();

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    this.stageName = config.stage;
    this.api = new apigateway.RestApi(this, 'Api', {
      restApiName: `sluice-${config.stage}`,
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      binaryMediaTypes: binaryMediaTypes(config),
      // One role an account and region, which other APIs may use by then: it stays.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: config.stage,
        tracingEnabled: config.tracing === 'sampled',
        throttlingRateLimit: config.throttleRate,
        throttlingBurstLimit: config.throttleBurst,
        metricsEnabled: false,
        ...accessLogs(this, config),
      },
    });
    this.stage = this.api.deploymentStage;
    // CDK's own output of a URL, with a slash at its end: a second one beside BaseUrl would only be taken for it.
    this.api.node.tryRemoveChild('Endpoint');
    if (config.tracing === 'sampled') samplingRule(this, config);
    if (config.waf === 'rate') rateRule(this, config, this.stage);
    acknowledgeFindings(this.api, config);
    gatewayErrors(this.api, config);
    const baseUrl = this.ownDomain(config) ?? this.defaultUrl();
    new CfnOutput(this, 'BaseUrl', {
      value: baseUrl,
      description: 'What clients have as their base URL, with /v1 after it for OpenAI clients',
    }).overrideLogicalId('BaseUrl');
  }

  /** The base URL under the stage's own name, if it has one. */
  private ownDomain({ domainName, certificateArn }: StageConfig): string | null {
    if (domainName === undefined || certificateArn === undefined) return null;
    const domain = this.api.addDomainName('Domain', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    });
    const target = {
      value: domain.domainNameAliasDomainName,
      description: 'Where a CNAME of the domain must point',
    };
    new CfnOutput(this, 'DomainTarget', target).overrideLogicalId('DomainTarget');
    return `https://${domainName}`;
  }

  /** Without the slash at the end that the API's own `url` has: `$BASE_URL/v1` would have two. */
  private defaultUrl(): string {
    const { region, urlSuffix } = Stack.of(this);
    const { stageName } = this.api.deploymentStage;
    return `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
  }

  /**
   * `/path` with every method, and `METHOD /path` beside it where that method has a function of its own. A method costs a
   * resource of the template, so a path has one for all that its function answers: HEAD and preflights too, and the 405
   * for the rest. A preflight also starts the function that its request will need. A streamed route may take 15 minutes,
   * another one 29 seconds.
   */
  route(route: string, fn: lambda.IFunction, isStreamed: boolean): void {
    const [path = '', method = 'ANY'] = route.split(' ').toReversed();
    this.api.root.resourceForPath(path).addMethod(method, this.integration(fn, isStreamed));
  }

  /** CDK's LambdaIntegration adds a permission for each method, or one for every stage and test; this is one a function. */
  private integration(fn: lambda.IFunction, isStreamed: boolean): apigateway.Integration {
    this.permit(fn);
    return new apigateway.AwsIntegration({
      service: 'lambda',
      proxy: true,
      path: isStreamed
        ? `2021-11-15/functions/${fn.functionArn}/response-streaming-invocations`
        : `2015-03-31/functions/${fn.functionArn}/invocations`,
      options: {
        timeout: isStreamed ? Duration.minutes(15) : Duration.seconds(29),
        responseTransferMode: isStreamed
          ? apigateway.ResponseTransferMode.STREAM
          : apigateway.ResponseTransferMode.BUFFERED,
      },
    });
  }

  /** To be called by the methods of this API in its one stage: not by another API, nor by the console's test button. */
  private permit(fn: lambda.IFunction): void {
    if (this.permitted.has(fn)) return;
    this.permitted.add(fn);
    fn.addPermission('front-door', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.api.arnForExecuteApi('*', '/*', this.stageName),
    });
  }
}

const acknowledgeFindings = (api: apigateway.RestApi, config: StageConfig): void => {
  acknowledge(api, 'APIG2', 'Each function parses its request with its own strict schema.');
  for (const rule of ['APIG4', 'COG4'])
    acknowledge(
      api,
      rule,
      'Keys are our own: the write that holds the money checks the key, so an authorizer would be a second round trip.',
    );
  acknowledge(
    api,
    'APIG6',
    'Execution logs hold headers and bodies, which are secrets and prompts; access logs and function logs do not.',
  );
  if (config.waf === 'off')
    acknowledge(
      api,
      'APIG3',
      'A setting of the stage: off by default, because it costs $6 a month.',
    );
  acknowledge(
    api,
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    "API Gateway's role of the whole account, made for this policy.",
  );
};
