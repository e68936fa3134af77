import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { StageConfig } from '../shared/stage-config.ts';
import { grantParameters, type ParameterAction } from '../shared/parameter-grant.ts';

/** Where the secrets of a stage's destinations are kept: one encrypted parameter each, made when there is one. */
export const secretsPrefix = ({ stage }: StageConfig): string => `/sluice/${stage}/destinations`;

/** Named actions on the secrets of destinations. */
export const grantDestinationSecrets = (
  fn: lambda.Function,
  config: StageConfig,
  ...actions: readonly ParameterAction[]
): void =>
  grantParameters(
    fn,
    {
      prefix: secretsPrefix(config),
      reason: 'A parameter is named after its destination, below one prefix.',
    },
    actions,
  );
