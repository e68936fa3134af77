import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { DeployedNoticesEnv } from '../../lambdas/ledger/env.ts';
import { grantKeepFailures, grantTable } from '../shared/grants.ts';
import { grantMail } from '../shared/mail-grant.ts';
import { grantParameters, type ParameterAction } from '../shared/parameter-grant.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { LEDGER_SIZES } from './sizes.ts';

/** Events that notices are of, by their names on the bus. */
const EVENTS = [
  'KeyCapWarned',
  'KeyCapReached',
  'ProjectCapWarned',
  'ProjectCapReached',
  'UsageAnomalyDetected',
];
/** The most that either offers: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html */
const DELIVERY = { retryAttempts: 185, maxEventAge: Duration.hours(24) };
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RUNS = { retryAttempts: 2, maxEventAge: Duration.hours(6) };

/** Where the secrets of a stage's notices are kept: one encrypted parameter each, made when there is one. */
const secretsPrefix = ({ stage }: StageConfig): string => `/sluice/${stage}/notices`;

export const noticesEnvironment = (
  config: StageConfig,
): Omit<DeployedNoticesEnv, 'KEYS_TABLE'> => ({
  NOTICE_SECRETS_PREFIX: secretsPrefix(config),
  MAIL_FROM: config.mailFrom ?? '',
});

/** Named actions on the secrets of notices, and their mails. */
export const grantNotices = (
  fn: lambda.Function,
  config: StageConfig,
  ...actions: readonly ParameterAction[]
): void => {
  grantParameters(
    fn,
    {
      prefix: secretsPrefix(config),
      reason: 'A parameter is named after its notice, below one prefix.',
    },
    actions,
  );
  grantMail(fn, config);
};

/**
 * From events of the bus to people and their systems. No queue: Lambda's own holds an event, runs it three times within
 * some minutes, and keeps what failed beside the records of streams that failed.
 */
export class Notices extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      bus,
    }: {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly bus: events.EventBus;
    },
  ) {
    super(scope, id);
    const environment: DeployedNoticesEnv = {
      KEYS_TABLE: state.keys.tableName,
      ...noticesEnvironment(config),
    };
    const fn = new ServiceFunction(this, 'send-notices', {
      room: 'ledger',
      size: LEDGER_SIZES['send-notices'],
      description: 'Events of keys and projects: sent by webhook and mail',
      config,
      environment,
    });
    grantTable(state.keys, fn, 'GetItem', 'UpdateItem');
    grantNotices(fn, config, 'GetParameter');
    grantKeepFailures(state.failedRecords, fn);
    fn.configureAsyncInvoke({
      ...RUNS,
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
    });
    new events.Rule(this, 'SpendNews', {
      eventBus: bus,
      description: 'What notices are of',
      eventPattern: { source: ['sluice.inference', 'sluice.sre'], detailType: EVENTS },
      targets: [new targets.LambdaFunction(fn, DELIVERY)],
    });
  }
}
