import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { InferenceEnv } from '../lambdas/inference/env.ts';
import { ServiceFunction } from './shared/service-function.ts';
import type { StateStack } from './state-stack.ts';

/** The engine room: the bus, the roll-up of settlements, the expiry of holds. */
export class Inference extends Construct {
  readonly bus: events.EventBus;
  readonly environment: InferenceEnv;

  constructor(scope: Construct, id: string, state: StateStack) {
    super(scope, id);
    this.bus = new events.EventBus(this, 'Bus', {
      description: 'Facts that other services act on',
    });
    this.environment = {
      KEYS_TABLE: state.keys.tableName,
      USAGE_TABLE: state.usage.tableName,
      EVENT_BUS_NAME: this.bus.eventBusName,
      PROVIDER_SECRET_ID: state.providerSecret.secretName,
    };
    this.rollUpUsage(state);
    this.expireHolds(state);
  }

  private rollUpUsage(state: StateStack): void {
    const rollUp = new ServiceFunction(this, 'roll-up-usage', {
      room: 'inference',
      description: 'Keys stream: settlements to usage events and hours',
      environment: this.environment,
      timeout: Duration.seconds(60),
    });
    state.keys.grant(rollUp, 'dynamodb:UpdateItem', 'dynamodb:GetItem');
    state.usage.grant(rollUp, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
    this.bus.grantPutEventsTo(rollUp);
    const failures = new s3.Bucket(this, 'FailedRecords', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: false,
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    state.keys.grantStreamRead(rollUp);
    failures.grantPut(rollUp);
    failures.grantRead(rollUp);
    rollUp.addEventSourceMapping('KeysStream', {
      eventSourceArn: state.keys.tableStreamArn ?? '',
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: 5,
      onFailure: { bind: () => ({ destination: failures.bucketArn }) },
      filters: [
        lambda.FilterCriteria.filter({
          dynamodb: { NewImage: { write: { S: lambda.FilterRule.or('settle', 'expire') } } },
        }),
      ],
    });
  }

  private expireHolds(state: StateStack): void {
    const expire = new ServiceFunction(this, 'expire-holds', {
      room: 'inference',
      description: 'Each minute: ends holds whose call died',
      environment: this.environment,
      timeout: Duration.seconds(50),
    });
    state.keys.grant(expire, 'dynamodb:Query', 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    new events.Rule(this, 'EachMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(expire, { retryAttempts: 0 })],
    });
  }
}
