import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { LedgerEnv } from '../../lambdas/ledger/env.ts';
import { grantIndexes, grantKeepFailures, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { LEDGER_SIZES } from './sizes.ts';

interface LedgerProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly bus: events.EventBus;
  readonly environment: LedgerEnv & Readonly<Record<string, string>>;
}

/**
 * What the ledger does without a caller: the roll-up of settlements, the expiry of holds. No construct of its own, because
 * both were first deployed right below the engine room, and under another path CloudFormation would replace them.
 */
export class Ledger {
  readonly rollUp: ServiceFunction;
  readonly rollUpMapping: lambda.EventSourceMapping;
  readonly expireHolds: ServiceFunction;
  private readonly scope: Construct;
  private readonly props: LedgerProps;

  constructor(engineRoom: Construct, props: LedgerProps) {
    this.scope = engineRoom;
    this.props = props;
    this.rollUp = this.rollUpUsage();
    this.rollUpMapping = this.keysStream(this.rollUp);
    this.expireHolds = this.expiry();
  }

  private rollUpUsage(): ServiceFunction {
    const { config, state, bus, environment } = this.props;
    const rollUp = new ServiceFunction(this.scope, 'roll-up-usage', {
      room: 'ledger',
      size: LEDGER_SIZES['roll-up-usage'],
      description: 'Keys stream: settlements to usage events and hours',
      beside: ['event-bridge'],
      config,
      environment,
    });
    grantTable(state.keys, rollUp, 'UpdateItem', 'GetItem');
    grantTable(state.usage, rollUp, 'PutItem', 'UpdateItem');
    bus.grantPutEventsTo(rollUp);
    state.keys.grantStreamRead(rollUp);
    grantKeepFailures(state.failedRecords, rollUp);
    return rollUp;
  }

  private keysStream(rollUp: ServiceFunction): lambda.EventSourceMapping {
    const { state } = this.props;
    return rollUp.addEventSourceMapping('KeysStream', {
      eventSourceArn: state.keys.tableStreamArn ?? '',
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 5,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
      filters: [
        lambda.FilterCriteria.filter({
          dynamodb: {
            NewImage: { write: { S: lambda.FilterRule.or('settle', 'expire', 'admin') } },
          },
        }),
        // The line of a changed cap of a project, written with it.
        lambda.FilterCriteria.filter({
          dynamodb: { NewImage: { subject: { S: lambda.FilterRule.isEqual('cap') } } },
        }),
      ],
    });
  }

  private expiry(): ServiceFunction {
    const { config, state, environment } = this.props;
    const expire = new ServiceFunction(this.scope, 'expire-holds', {
      room: 'ledger',
      size: LEDGER_SIZES['expire-holds'],
      description: 'Each minute: ends holds whose call died',
      beside: ['project-spend'],
      config,
      environment: { ...environment, THREADS_TABLE: state.threads.tableName },
    });
    grantTable(state.threads, expire, 'GetItem');
    grantTable(state.keys, expire, 'GetItem', 'UpdateItem');
    grantIndexes(state.keys, expire, 'by_sweep');
    new events.Rule(this.scope, 'EachMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(expire, { retryAttempts: 0 })],
    });
    return expire;
  }
}
