import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { acknowledge } from './grants.ts';
import type { StageConfig } from './stage-config.ts';

/** Mails from the stage's sender, and from no other one. */
export const grantMail = (fn: lambda.Function, { mailFrom }: StageConfig): void => {
  if (mailFrom === undefined) return;
  const { partition, region, account } = Stack.of(fn);
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [`arn:${partition}:ses:${region}:${account}:identity/*`],
      conditions: { StringEquals: { 'ses:FromAddress': mailFrom } },
    }),
  );
  if (fn.role !== undefined)
    acknowledge(
      fn.role,
      'IAM5[Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*]',
      'The address may be verified by itself or by its domain; the condition names it.',
    );
};
