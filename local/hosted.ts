import type { Resource } from './template.ts';

/** Stops the start when the template has what this runtime lacks, naming the resource. */
export const checkHosted = (resources: readonly Resource[]): void => {
  const unknown = resources.find(
    ({ type }) => !HOSTED.includes(type) && !MEANINGLESS.includes(type),
  );
  if (unknown !== undefined)
    throw new Error(`the local runtime does not host ${unknown.type} (${unknown.id})`);
};

const HOSTED = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::SecretsManager::Secret',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Stage',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::RouteResponse',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::OpenSearchService::Domain',
  'Custom::AdminKey',
];
/** These mean nothing on a laptop: nobody checks roles, keeps log groups or publishes deployments here. */
const MEANINGLESS = [
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::Logs::LogGroup',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Account',
  'AWS::ApiGatewayV2::Deployment',
  'AWS::XRay::SamplingRule',
  'AWS::WAFv2::WebACL',
  'AWS::WAFv2::WebACLAssociation',
  'AWS::CloudWatch::Dashboard',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SNS::Subscription',
  'AWS::CDK::Metadata',
];
