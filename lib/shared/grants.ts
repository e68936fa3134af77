import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { StageConfig } from './stage-config.ts';

type TableAction =
  | 'BatchGetItem'
  | 'ConditionCheckItem'
  | 'DeleteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

/** A table of this app, or one that a restore made in its place. */
export interface StageTable {
  readonly tableName: string;
  readonly tableArn: string;
  readonly tableStreamArn?: string | undefined;
  grantStreamRead(grantee: iam.IGrantable): iam.Grant;
}

/** Named actions on one table; the table's own `grant` would open every index as well. */
export const grantTable = (
  table: StageTable,
  fn: lambda.IFunction,
  ...actions: readonly TableAction[]
): void => {
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: actions.map((action) => `dynamodb:${action}`),
    resourceArns: [table.tableArn],
  });
};

/** Queries of named indexes, and of nothing else. */
export const grantIndexes = (
  table: StageTable,
  fn: lambda.IFunction,
  ...indexes: readonly string[]
): void => {
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: ['dynamodb:Query'],
    resourceArns: indexes.map((index) => `${table.tableArn}/index/${index}`),
  });
};

/** A bucket of the State stack, as the Service stack knows it. */
export interface StageBucket {
  readonly bucketName: string;
  readonly arn: string;
  /** The name under which the State stack exports it; cdk-nag calls the ARN by it. */
  readonly exportName: string;
}

const PREFIX = '/aws/lambda/*';

/**
 * What Lambda needs to keep records that failed for good: it names the objects itself, all below one prefix.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export const grantKeepFailures = (kept: StageBucket, fn: lambda.Function): void => {
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: ['s3:PutObject'],
    resourceArns: [`${kept.arn}${PREFIX}`],
  });
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: ['s3:ListBucket'],
    resourceArns: [kept.arn],
  });
  if (fn.role !== undefined)
    acknowledge(
      fn.role,
      `IAM5[Resource::${kept.exportName}${PREFIX}]`,
      'Lambda names the objects by mapping, shard and time, below one prefix.',
    );
};

/** Reads and writes of objects below one prefix. */
export const grantObjects = (bucket: StageBucket, fn: lambda.Function, prefix: string): void =>
  grantObjectActions(bucket, fn, prefix, ['s3:GetObject', 's3:PutObject']);

const grantObjectActions = (
  bucket: StageBucket,
  fn: lambda.Function,
  prefix: string,
  actions: string[],
): void => {
  const objects = `/${prefix}*`;
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions,
    resourceArns: [`${bucket.arn}${objects}`],
  });
  if (fn.role !== undefined)
    acknowledge(
      fn.role,
      `IAM5[Resource::${bucket.exportName}${objects}]`,
      'Objects are named after their bytes, below one prefix.',
    );
};

/** Writes of objects below one prefix, and no reads. */
export const grantPutObjects = (bucket: StageBucket, fn: lambda.Function, prefix: string): void =>
  grantObjectActions(bucket, fn, prefix, ['s3:PutObject']);

/** Reads of objects below one prefix, and no writes. */
export const grantGetObjects = (bucket: StageBucket, fn: lambda.Function, prefix: string): void =>
  grantObjectActions(bucket, fn, prefix, ['s3:GetObject']);

/** Lists and deletes objects below one prefix; `grantObjects` has acknowledged their names. */
export const grantRemoveObjects = (
  bucket: StageBucket,
  fn: lambda.Function,
  prefix: string,
): void => {
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: ['s3:DeleteObject'],
    resourceArns: [`${bucket.arn}/${prefix}*`],
  });
  iam.Grant.addToPrincipal({ grantee: fn, actions: ['s3:ListBucket'], resourceArns: [bucket.arn] });
};

/** A profile of inference names where it may run before the model's own name. */
const PROFILE = /^(?:us|us-gov|eu|apac|jp|au|ca|in|global)\./;

/**
 * Streamed calls of named models of Bedrock. A profile is of the account, and calls its model in whichever of its regions: both
 * must be allowed. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
 */
export const grantBedrock = (fn: lambda.Function, { bedrockModels }: StageConfig): void => {
  if (bedrockModels === 'none') return;
  const { partition, account } = Stack.of(fn);
  const anywhere = `arn:${partition}:bedrock:*:`;
  const resources = bedrockModels
    .split(',')
    .flatMap((id) => [
      { tail: `:foundation-model/${id.replace(PROFILE, '')}`, owner: '' },
      ...(PROFILE.test(id) ? [{ tail: `:inference-profile/${id}`, owner: account }] : []),
    ]);
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: ['bedrock:InvokeModelWithResponseStream'],
    resourceArns: resources.map(({ owner, tail }) => `${anywhere}${owner}${tail}`),
  });
  if (fn.role === undefined) return;
  for (const { owner, tail } of resources)
    acknowledge(
      fn.role,
      `IAM5[Resource::arn:<AWS::Partition>:bedrock:*:${owner === '' ? '' : '<AWS::AccountId>'}${tail}]`,
      'One model or profile by its name; a profile runs it in whichever of its regions has room.',
    );
};

/** A finding that is no defect, with its reason, next to the resource. */
export const acknowledge = (construct: IConstruct, rule: string, reason: string): void =>
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
