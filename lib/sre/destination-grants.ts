import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { acknowledge } from '../shared/grants.ts';
import type { StageConfig } from '../shared/stage-config.ts';

/** Where the secrets of a stage's destinations are kept: one encrypted parameter each, made when there is one. */
export const secretsPrefix = ({ stage }: StageConfig): string => `/sluice/${stage}/destinations`;

type SecretAction = 'GetParameter' | 'PutParameter' | 'DeleteParameter';

/** Named actions on the secrets of destinations. The account's own key opens them to whoever may read them, and needs no grant. */
export const grantDestinationSecrets = (
  fn: lambda.Function,
  config: StageConfig,
  ...actions: readonly SecretAction[]
): void => {
  const { partition, region, account } = Stack.of(fn);
  const path = `:parameter${secretsPrefix(config)}/*`;
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: actions.map((action) => `ssm:${action}`),
    resourceArns: [`arn:${partition}:ssm:${region}:${account}${path}`],
  });
  if (fn.role !== undefined)
    acknowledge(
      fn.role,
      `IAM5[Resource::arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>${path}]`,
      'A parameter is named after its destination, below one prefix.',
    );
};

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
