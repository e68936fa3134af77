import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { acknowledge } from '../shared/grants.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import { grantParameters, type ParameterAction } from '../shared/parameter-grant.ts';

/** Where the secrets of a stage's runbooks are kept: one encrypted parameter each, made when there is one. */
export const runbookSecretsPrefix = ({ stage }: StageConfig): string => `/sluice/${stage}/runbooks`;

/** What steps may name, for the functions that check it. */
export const runbookActionArns = ({ runbookActions }: StageConfig): string =>
  [...runbookActions.lambdas, ...runbookActions.documents].join(',');

/** Named actions on the secrets of runbooks. */
export const grantRunbookSecrets = (
  fn: lambda.Function,
  config: StageConfig,
  ...actions: readonly ParameterAction[]
): void =>
  grantParameters(
    fn,
    {
      prefix: runbookSecretsPrefix(config),
      reason: 'A parameter is named after its runbook, below one prefix.',
    },
    actions,
  );

/** Exactly the functions, documents and roles that the stage's settings name; nothing where they name none. */
export const grantRunbookActions = (
  fn: lambda.Function,
  { runbookActions: { lambdas, documents, roles } }: StageConfig,
): void => {
  if (lambdas.length > 0)
    fn.addToRolePolicy(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [...lambdas] }),
    );
  if (documents.length > 0) grantDocuments(fn, documents);
  if (roles.length > 0)
    fn.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [...roles],
        conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      }),
    );
};

/**
 * A document by its ARN, and under the older name by which regions that are behind ask for it. The execution has no name
 * before it is there.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-identity-based-policies.html
 */
const grantDocuments = (fn: lambda.Function, documents: readonly string[]): void => {
  const { partition, region, account } = Stack.of(fn);
  const execution = ':automation-execution/*';
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['ssm:StartAutomationExecution'],
      resources: [
        ...documents,
        ...documents.map(
          (arn) => `${arn.replace(':document/', ':automation-definition/')}:$DEFAULT`,
        ),
        `arn:${partition}:ssm:${region}:${account}${execution}`,
      ],
    }),
  );
  // What became of one is asked by its id: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['ssm:GetAutomationExecution'],
      resources: [`arn:${partition}:ssm:${region}:${account}${execution}`],
    }),
  );
  if (fn.role !== undefined)
    acknowledge(
      fn.role,
      `IAM5[Resource::arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>${execution}]`,
      'An execution gets its name when it starts; the documents are named one by one.',
    );
};
