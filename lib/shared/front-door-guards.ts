import { RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import * as xray from 'aws-cdk-lib/aws-xray';
import type { Construct } from 'constructs';
import type { StageConfig } from './stage-config.ts';

/**
 * One JSON line a request. The route and not the path, no query string, no header but the agent: none of these
 * holds a key or a prompt.
 */
const ACCESS_LOG = {
  request_id: '$context.requestId',
  time_ms: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  route: '$context.resourcePath',
  status: '$context.status',
  error: '$context.error.responseType',
  latency_ms: '$context.responseLatency',
  function_ms: '$context.integrationLatency',
  answer_bytes: '$context.responseLength',
  source_ip: '$context.identity.sourceIp',
  user_agent: '$context.identity.userAgent',
  trace: '$context.xrayTraceId',
} as const;

export const accessLogs = (
  scope: Construct,
  config: StageConfig,
): Pick<apigateway.StageOptions, 'accessLogDestination' | 'accessLogFormat'> => ({
  accessLogDestination: new apigateway.LogGroupLogDestination(
    new logs.LogGroup(scope, 'access-log', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  ),
  accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
});

/** Before X-Ray's own default rule, which takes 5 %. */
const SAMPLING_PRIORITY = 1_000;
const TRACES_A_SECOND = 1;
const TRACED_SHARE = 0.01;

/**
 * One trace a second and one in a hundred of the rest. API Gateway decides by this rule and the functions follow its
 * header: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-configuring-xray-sampling-rules.html
 */
export const samplingRule = (scope: Construct, { stage }: StageConfig): void => {
  new xray.CfnSamplingRule(scope, 'Sampling', {
    samplingRule: {
      ruleName: `sluice-${stage}`,
      serviceName: `sluice-${stage}/${stage}`,
      serviceType: 'AWS::ApiGateway::Stage',
      priority: SAMPLING_PRIORITY,
      reservoirSize: TRACES_A_SECOND,
      fixedRate: TRACED_SHARE,
      host: '*',
      httpMethod: '*',
      urlPath: '*',
      resourceArn: '*',
      version: 1,
    },
  });
};

/** A web ACL of the API's own region that blocks an address above the stage's limit. */
export const rateRule = (scope: Construct, config: StageConfig, stage: apigateway.Stage): void => {
  const visibility = (metricName: string) => ({
    cloudWatchMetricsEnabled: true,
    sampledRequestsEnabled: false,
    metricName,
  });
  const acl = new wafv2.CfnWebACL(scope, 'WebAcl', {
    scope: 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: visibility(`sluice-${config.stage}`),
    rules: [
      {
        name: 'requests-of-one-address',
        priority: 1,
        action: { block: {} },
        statement: {
          rateBasedStatement: { limit: config.wafRequestsMax, aggregateKeyType: 'IP' },
        },
        visibilityConfig: visibility(`sluice-${config.stage}-rate`),
      },
    ],
  });
  new wafv2.CfnWebACLAssociation(scope, 'WebAclAssociation', {
    resourceArn: stage.stageArn,
    webAclArn: acl.attrArn,
  });
};
