import { Duration } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AnnounceEnv, CorrelateEnv } from '../../lambdas/sre/env.ts';
import { grantGetObjects, grantIndexes, grantKeepFailures, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { queueWithDead } from './dead-letters.ts';
import { SRE_SIZES } from './sizes.ts';

/** With 6 times the function's time in between: half an hour, then the next sweep finds most of what is left. */
const LOOKS_RECEIVES_MAX = 5;
/** Nothing finds a change again that is lost: ten hours. */
const CHANGES_RECEIVES_MAX = 100;
/** An incident is asked about three times at most; the others are failures of our own. */
const DIAGNOSES_RECEIVES_MAX = 10;
const CORRELATE_AGAIN = Duration.seconds(6 * SRE_SIZES.correlate.timeoutSeconds);
/** Behind the lease of a worker that died, which is 150 s: `LEASE_MS` of lambdas/sre/diagnose/limits.ts. */
const DIAGNOSE_AGAIN = Duration.seconds(180);
/** What was approved begins within a quarter of an hour, or not at all: six minutes a receive. */
const REMEDIATIONS_RECEIVES_MAX = 5;
const BATCH_SIZE = 100;
/** Incidents are written one after the other in each tenant; more at once only lose races. */
const CORRELATING_AT_ONCE = 4;
/** The least that AWS allows: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const LEARNING_AT_ONCE = 2;
/** What was written must be sent: a queue that is away for hours loses nothing. */
const TOLD_WITHIN = Duration.hours(12);

/** From anomalies to incidents, and from incidents to whoever delivers them; the table's stream is the outbox of both. */
export class Incidents extends Construct {
  readonly announce: ServiceFunction;
  readonly correlate: ServiceFunction;
  /** Looks at anomalies and incidents. */
  readonly looks: sqs.Queue;
  readonly looksDead: sqs.Queue;
  /** Minutes to learn what is usual from: it is never urgent, and holds up no look. */
  readonly learn: sqs.Queue;
  readonly learnDead: sqs.Queue;
  /** Incidents that changed, for whoever files tickets. */
  readonly changes: sqs.Queue;
  readonly changesDead: sqs.Queue;
  /** The same, for whoever asks models about them. */
  readonly diagnoses: sqs.Queue;
  readonly diagnosesDead: sqs.Queue;
  /** Steps of runbooks that a person approved, for whoever does them. */
  readonly remediations: sqs.Queue;
  readonly remediationsDead: sqs.Queue;
  readonly sreMapping: lambda.EventSourceMapping;
  private readonly config: StageConfig;
  private readonly state: StateStack;

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
    this.config = config;
    this.state = state;
    [this.looks, this.looksDead] = this.queue('Looks', LOOKS_RECEIVES_MAX);
    [this.learn, this.learnDead] = this.queue('Learn', LOOKS_RECEIVES_MAX);
    [this.changes, this.changesDead] = this.queue('Changes', CHANGES_RECEIVES_MAX);
    [this.diagnoses, this.diagnosesDead] = this.queue(
      'Diagnoses',
      DIAGNOSES_RECEIVES_MAX,
      DIAGNOSE_AGAIN,
    );
    [this.remediations, this.remediationsDead] = this.queue(
      'Remediations',
      REMEDIATIONS_RECEIVES_MAX,
    );
    this.announce = this.announceFunction(bus);
    this.sreMapping = this.sreStream();
    this.correlate = this.correlateFunction();
  }

  private queue(
    id: string,
    receivesMax: number,
    visibleAgain: Duration = CORRELATE_AGAIN,
  ): readonly [sqs.Queue, sqs.Queue] {
    return queueWithDead(this, id, { receivesMax, visibleAgain, kept: Duration.days(1) });
  }

  private announceFunction(bus: events.EventBus): ServiceFunction {
    const environment: AnnounceEnv = {
      SRE_TABLE: this.state.sre.tableName,
      LOOKS_QUEUE_URL: this.looks.queueUrl,
      INCIDENT_CHANGES_QUEUE_URL: this.changes.queueUrl,
      DIAGNOSES_QUEUE_URL: this.diagnoses.queueUrl,
      REMEDIATIONS_QUEUE_URL: this.remediations.queueUrl,
      EVENT_BUS_NAME: bus.eventBusName,
    };
    const fn = new ServiceFunction(this, 'announce', {
      room: 'sre',
      size: SRE_SIZES.announce,
      description: 'Sre stream: reports anomalies, incidents and approved steps',
      config: this.config,
      environment,
      beside: ['event-bridge'],
    });
    bus.grantPutEventsTo(fn);
    grantTable(this.state.sre, fn, 'GetItem');
    grantSend(fn, this.looks, this.changes, this.diagnoses, this.remediations);
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
      filters: [has('anomaly', 'S'), has('news', 'N'), has('approved', 'N')],
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
    this.consume(fn, 'Looks', this.looks, CORRELATING_AT_ONCE);
    this.consume(fn, 'Learn', this.learn, LEARNING_AT_ONCE);
    return fn;
  }

  private consume(fn: ServiceFunction, id: string, queue: sqs.Queue, maxConcurrency: number): void {
    queue.grantConsumeMessages(fn);
    fn.addEventSourceMapping(id, {
      eventSourceArn: queue.queueArn,
      batchSize: 1,
      maxConcurrency,
      reportBatchItemFailures: true,
    });
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
