import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { acknowledge } from './grants.ts';

export type ParameterAction = 'GetParameter' | 'PutParameter' | 'DeleteParameter';

/**
 * Named actions on the encrypted parameters below a prefix. The account's own key opens them to whoever may read them, and
 * needs no grant. `reason` says why the parameters are not named one by one.
 */
export const grantParameters = (
  fn: lambda.Function,
  { prefix, reason }: { readonly prefix: string; readonly reason: string },
  actions: readonly ParameterAction[],
): void => {
  const { partition, region, account } = Stack.of(fn);
  const path = `:parameter${prefix}/*`;
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: actions.map((action) => `ssm:${action}`),
    resourceArns: [`arn:${partition}:ssm:${region}:${account}${path}`],
  });
  if (fn.role !== undefined)
    acknowledge(
      fn.role,
      `IAM5[Resource::arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>${path}]`,
      reason,
    );
};
