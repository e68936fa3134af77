import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What one stage has, as its templates say: the part that costs or limits. */
export interface Inventory {
  readonly resources: readonly Resource[];
  count(type: string): number;
  of(type: string): readonly Resource[];
}

/** Types that cost nothing by themselves. */
const FREE = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::BasePathMapping',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::ApiMapping',
  'AWS::ApiGatewayV2::Deployment',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::RouteResponse',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CDK::Metadata',
  'AWS::CertificateManager::Certificate',
  'AWS::CloudFront::CachePolicy',
  'AWS::CloudFront::Distribution',
  'AWS::CloudFront::Function',
  'AWS::CloudFront::OriginAccessControl',
  'AWS::CloudFront::ResponseHeadersPolicy',
  'AWS::Events::EventBus',
  'AWS::Events::EventBusPolicy',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::LayerVersion',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::Route53::RecordSet',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::SecretsManager::ResourcePolicy',
  'AWS::WAFv2::WebACLAssociation',
  'AWS::XRay::SamplingRule',
];
/** Types that the bill reckons with. */
const BILLED = [
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::GlobalTable',
  'AWS::KMS::Key',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::OpenSearchService::Domain',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::Scheduler::Schedule',
  'AWS::SecretsManager::Secret',
  'AWS::WAFv2::WebACL',
];

/** Reads the templates of a cloud assembly; a resource that nobody priced fails, so that no cost is forgotten. */
export const readInventory = (assembly: string): Inventory =>
  inventoryOf(
    readdirSync(assembly)
      .filter((name) => name.endsWith('.template.json'))
      .toSorted()
      .map((name): unknown => JSON.parse(readFileSync(join(assembly, name), 'utf8'))),
  );

export const inventoryOf = (templates: readonly unknown[]): Inventory => {
  const resources = templates.flatMap((text) =>
    Object.entries(template.parse(text).Resources).map(([id, { Type, Properties }]) => ({
      id,
      type: Type,
      properties: Properties,
    })),
  );
  const unknown = resources.find(
    ({ type }) => !FREE.includes(type) && !BILLED.includes(type) && !type.startsWith('Custom::'),
  );
  if (unknown !== undefined)
    throw new Error(`cost/inventory.ts does not know what ${unknown.type} (${unknown.id}) costs`);
  const of = (type: string) => resources.filter((resource) => resource.type === type);
  return { resources, of, count: (type) => of(type).length };
};
