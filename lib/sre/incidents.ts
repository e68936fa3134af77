import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AnnounceEnv, CorrelateEnv } from '../../lambdas/sre/env.ts';
import { grantGetObjects, grantIndexes, grantKeepFailures, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { SRE_SIZES } from './sizes.ts';

/** With 6 times the function's time in between: half an hour, then the next sweep finds most of what is left. */
const LOOKS_RECEIVES_MAX = 5;
/** Nothing finds a change again that is lost: ten hours. */
const CHANGES_RECEIVES_MAX = 100;
const DEAD_DAYS = 14;
const BATCH_SIZE = 100;
/** Incidents are written one after the other in each tenant; more at once only lose races. */
const CORRELATING_AT_ONCE = 4;
/** What was written must be told: a queue that is away for hours loses nothing. */
const TOLD_WITHIN = Duration.hours(12);

/** From anomalies to incidents, and from incidents to whoever delivers them; the table's stream is the outbox of both. */
export class Incidents extends Construct {
  readonly announce: ServiceFunction;
  readonly correlate: ServiceFunction;
  /** Looks at anomalies and incidents. */
  readonly looks: sqs.Queue;
  readonly looksDead: sqs.Queue;
  /** Incidents that changed, for whoever files tickets. */
  readonly changes: sqs.Queue;
  readonly changesDead: sqs.Queue;
  readonly sreMapping: lambda.EventSourceMapping;
  private readonly config: StageConfig;
  private readonly state: StateStack;

  constructor(
    scope: Construct,
    id: string,
    { config, state }: { readonly config: StageConfig; readonly state: StateStack },
  ) {
    super(scope, id);
    this.config = config;
    this.state = state;
    [this.looks, this.looksDead] = this.queue('Looks', LOOKS_RECEIVES_MAX);
    [this.changes, this.changesDead] = this.queue('Changes', CHANGES_RECEIVES_MAX);
    this.announce = this.announceFunction();
    this.sreMapping = this.sreStream();
    this.correlate = this.correlateFunction();
  }

  private queue(id: string, receivesMax: number): readonly [sqs.Queue, sqs.Queue] {
    const dead = new sqs.Queue(this, `${id}Dead`, {
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_DAYS),
    });
    const queue = new sqs.Queue(this, id, {
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(6 * SRE_SIZES.correlate.timeoutSeconds),
      retentionPeriod: Duration.days(1),
      deadLetterQueue: { queue: dead, maxReceiveCount: receivesMax },
    });
    return [queue, dead];
  }

  private announceFunction(): ServiceFunction {
    const environment: AnnounceEnv = {
      LOOKS_QUEUE_URL: this.looks.queueUrl,
      INCIDENT_CHANGES_QUEUE_URL: this.changes.queueUrl,
    };
    const fn = new ServiceFunction(this, 'announce', {
      room: 'sre',
      size: SRE_SIZES.announce,
      description: 'Sre stream: tells of anomalies and incidents',
      config: this.config,
      environment,
    });
    grantSend(fn, this.looks, this.changes);
    return fn;
  }

  private sreStream(): lambda.EventSourceMapping {
    const { state } = this;
    state.sre.grantStreamRead(this.announce);
    grantKeepFailures(state.failedRecords, this.announce);
    const has = (name: string, type: 'S' | 'N') =>
      lambda.FilterCriteria.filter({
        dynamodb: { NewImage: { [name]: { [type]: lambda.FilterRule.exists() } } },
      });
    return this.announce.addEventSourceMapping('SreStream', {
      eventSourceArn: state.sre.tableStreamArn ?? '',
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      maxRecordAge: TOLD_WITHIN,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
      filters: [has('anomaly', 'S'), has('news', 'N')],
    });
  }

  private correlateFunction(): ServiceFunction {
    const { config, state } = this;
    const environment: CorrelateEnv = {
      SRE_TABLE: state.sre.tableName,
      LOGS_TABLE: state.logs.tableName,
      BLOCKS_BUCKET: state.blocks.bucketName,
      LOOKS_QUEUE_URL: this.looks.queueUrl,
    };
    const fn = new ServiceFunction(this, 'correlate', {
      room: 'sre',
      size: SRE_SIZES.correlate,
      description: 'Makes incidents of anomalies, finds their causes, learns what is usual',
      config,
      environment,
      beside: ['s3'],
    });
    grantTable(state.sre, fn, 'GetItem', 'BatchGetItem', 'PutItem', 'DeleteItem', 'Query');
    grantTable(state.logs, fn, 'GetItem');
    grantIndexes(state.logs, fn, 'by_stamp');
    grantGetObjects(state.blocks, fn, 'blocks/');
    grantSend(fn, this.looks);
    this.looks.grantConsumeMessages(fn);
    fn.addEventSourceMapping('Looks', {
      eventSourceArn: this.looks.queueArn,
      batchSize: 1,
      maxConcurrency: CORRELATING_AT_ONCE,
      reportBatchItemFailures: true,
    });
    return fn;
  }
}

/** Sends to these queues, and nothing else. */
export const grantSend = (fn: ServiceFunction, ...queues: readonly sqs.Queue[]): void => {
  iam.Grant.addToPrincipal({
    grantee: fn,
    actions: ['sqs:SendMessage'],
    resourceArns: queues.map(({ queueArn }) => queueArn),
  });
};
