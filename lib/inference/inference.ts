import { Annotations, Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { InferenceEnv } from '../../lambdas/inference/env.ts';
import { grantIndexes, grantKeepFailures, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';

/** The engine room: the bus, the roll-up of settlements, the expiry of holds. */
export class Inference extends Construct {
  readonly bus: events.EventBus;
  readonly environment: InferenceEnv;
  readonly rollUp: ServiceFunction;
  readonly rollUpMapping: lambda.EventSourceMapping;
  readonly expireHolds: ServiceFunction;

  constructor(scope: Construct, id: string, config: StageConfig, state: StateStack) {
    super(scope, id);
    this.bus = new events.EventBus(this, 'Bus', {
      description: 'Facts that other services act on',
    });
    this.environment = {
      KEYS_TABLE: state.keys.tableName,
      USAGE_TABLE: state.usage.tableName,
      EVENT_BUS_NAME: this.bus.eventBusName,
      PROVIDER_SECRET_ID: state.providerSecret.secretArn,
      CONTENT_SAMPLE_SHARE: String(config.contentSampleShare),
    };
    if (config.contentSampleShare > 0)
      Annotations.of(this).addWarningV2(
        'sluice:content-sampling',
        `contentSampleShare is ${config.contentSampleShare}: prompts and answers of so many of the calls are written to the logs of this stage, for everybody who may read them.`,
      );
    this.rollUp = this.rollUpUsage(config, state);
    this.rollUpMapping = this.keysStream(this.rollUp, state);
    this.expireHolds = this.expiry(config, state);
  }

  private rollUpUsage(config: StageConfig, state: StateStack): ServiceFunction {
    const rollUp = new ServiceFunction(this, 'roll-up-usage', {
      room: 'ledger',
      description: 'Keys stream: settlements to usage events and hours',
      beside: ['event-bridge'],
      config,
      environment: this.environment,
    });
    grantTable(state.keys, rollUp, 'UpdateItem', 'GetItem');
    grantTable(state.usage, rollUp, 'PutItem', 'UpdateItem');
    this.bus.grantPutEventsTo(rollUp);
    state.keys.grantStreamRead(rollUp);
    grantKeepFailures(state.failedRecords, rollUp);
    return rollUp;
  }

  private keysStream(rollUp: ServiceFunction, state: StateStack): lambda.EventSourceMapping {
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
      ],
    });
  }

  private expiry(config: StageConfig, state: StateStack): ServiceFunction {
    const expire = new ServiceFunction(this, 'expire-holds', {
      room: 'ledger',
      description: 'Each minute: ends holds whose call died',
      config,
      environment: this.environment,
    });
    grantTable(state.keys, expire, 'GetItem', 'UpdateItem');
    grantIndexes(state.keys, expire, 'by_sweep');
    new events.Rule(this, 'EachMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(expire, { retryAttempts: 0 })],
    });
    return expire;
  }
}
