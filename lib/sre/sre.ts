import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type {
  AskingEnv,
  EvaluateEnv,
  IngestEnv,
  TickEnv,
  WatchUsageEnv,
} from '../../lambdas/sre/env.ts';
import type { Beside } from '../shared/function-code.ts';
import { grantIndexes, grantKeepFailures, grantPutObjects, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { grantSend, type Incidents } from './incidents.ts';
import { IngestApi } from './ingest-api.ts';
import { queueWithDead } from './dead-letters.ts';
import { SRE_SIZES } from './sizes.ts';
import type { Tickets } from './tickets.ts';

export interface SreProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly incidents: Incidents;
  readonly tickets: Tickets;
}

/** A request to evaluate that failed so often goes to the dead letters: the next tick asks again. */
const RECEIVES_MAX = 5;
/** Long enough for Lambda's retries of a throttled function: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBLE_AGAIN = Duration.seconds(6 * SRE_SIZES.evaluate.timeoutSeconds);
const BATCH_SIZE = 100;
/** What is older is found by the next tick: an immediate path that is late helps nobody. */
const HOT_AGE = Duration.minutes(5);

/** From bytes of telemetry to anomalies: stored, evaluated at once or by the tick, each function with its own role. */
export class Sre extends Construct {
  readonly ingest: ServiceFunction;
  readonly scoreLogs: ServiceFunction;
  readonly tick: ServiceFunction;
  readonly evaluate: ServiceFunction;
  readonly watchUsage: ServiceFunction;
  readonly deadLetters: sqs.Queue;
  readonly queue: sqs.Queue;
  readonly logsMapping: lambda.EventSourceMapping;
  readonly api: IngestApi;
  private readonly props: SreProps;

  constructor(scope: Construct, id: string, props: SreProps) {
    super(scope, id);
    this.props = props;
    [this.queue, this.deadLetters] = queueWithDead(this, 'Evaluate', {
      receivesMax: RECEIVES_MAX,
      visibleAgain: VISIBLE_AGAIN,
      kept: Duration.minutes(10),
    });
    this.ingest = this.ingestFunction();
    this.api = new IngestApi(this, 'IngestApi', props.config, this.ingest);
    this.scoreLogs = this.scoreLogsFunction();
    this.logsMapping = this.logsStream();
    this.tick = this.tickFunction();
    new events.Rule(this, 'EachMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(this.tick, { retryAttempts: 0 })],
    });
    this.evaluate = this.evaluateFunction();
    this.watchUsage = this.watchUsageFunction();
  }

  private make(
    id: keyof typeof SRE_SIZES,
    description: string,
    environment: Readonly<Record<string, string>>,
    beside: readonly Beside[] = [],
  ): ServiceFunction {
    const { config } = this.props;
    return new ServiceFunction(this, id, {
      room: 'sre',
      size: SRE_SIZES[id],
      description,
      config,
      environment,
      beside,
    });
  }

  private ingestFunction(): ServiceFunction {
    const { config, state } = this.props;
    const environment: IngestEnv = {
      KEYS_TABLE: state.keys.tableName,
      LOGS_TABLE: state.logs.tableName,
      SRE_TABLE: state.sre.tableName,
      BLOCKS_BUCKET: state.blocks.bucketName,
      CORS_ORIGINS: config.corsOrigins,
      TELEMETRY_DAYS: String(config.telemetryDays),
    };
    const fn = this.make('ingest', 'Telemetry: OTLP in, blocks stored', environment, ['re2', 's3']);
    grantTable(state.keys, fn, 'GetItem');
    grantTable(state.logs, fn, 'PutItem');
    grantTable(state.sre, fn, 'GetItem', 'PutItem', 'UpdateItem');
    grantPutObjects(state.blocks, fn, 'blocks/');
    return fn;
  }

  private scoreLogsFunction(): ServiceFunction {
    const environment: AskingEnv = {
      SRE_TABLE: this.props.state.sre.tableName,
      EVALUATE_QUEUE_URL: this.queue.queueUrl,
    };
    const description = 'Logs stream: asks to evaluate hot blocks at once';
    const fn = this.make('score-logs', description, environment);
    grantSend(fn, this.queue);
    return fn;
  }

  private tickFunction(): ServiceFunction {
    const { state, incidents, tickets } = this.props;
    const environment: TickEnv = {
      SRE_TABLE: state.sre.tableName,
      EVALUATE_QUEUE_URL: this.queue.queueUrl,
      LOOKS_QUEUE_URL: incidents.looks.queueUrl,
      LEARN_QUEUE_URL: incidents.learn.queueUrl,
      DELIVERIES_QUEUE_URL: tickets.deliveries.queueUrl,
    };
    const description =
      'Each minute: asks for six evaluations of each tenant, looks after incidents and tickets';
    const fn = this.make('tick', description, environment);
    grantTable(state.sre, fn, 'Query');
    grantSend(fn, this.queue, incidents.looks, incidents.learn, tickets.deliveries);
    return fn;
  }

  private logsStream(): lambda.EventSourceMapping {
    const { state } = this.props;
    state.logs.grantStreamRead(this.scoreLogs);
    grantKeepFailures(state.failedRecords, this.scoreLogs);
    return this.scoreLogs.addEventSourceMapping('LogsStream', {
      eventSourceArn: state.logs.tableStreamArn ?? '',
      startingPosition: lambda.StartingPosition.LATEST,
      batchSize: BATCH_SIZE,
      bisectBatchOnError: true,
      retryAttempts: 3,
      maxRecordAge: HOT_AGE,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { hot: { N: lambda.FilterRule.isEqual('1') } } },
        }),
      ],
    });
  }

  private evaluateFunction(): ServiceFunction {
    const { state } = this.props;
    const environment: EvaluateEnv = {
      LOGS_TABLE: state.logs.tableName,
      SRE_TABLE: state.sre.tableName,
    };
    const fn = this.make(
      'evaluate',
      'Folds what arrived into windows, finds anomalies',
      environment,
    );
    grantIndexes(state.logs, fn, 'by_stamp');
    grantTable(state.sre, fn, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query');
    this.queue.grantConsumeMessages(fn);
    fn.addEventSourceMapping('Requests', {
      eventSourceArn: this.queue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
    });
    return fn;
  }

  private watchUsageFunction(): ServiceFunction {
    const { state } = this.props;
    const environment: WatchUsageEnv = {
      KEYS_TABLE: state.keys.tableName,
      USAGE_TABLE: state.usage.tableName,
      SRE_TABLE: state.sre.tableName,
    };
    const fn = this.make('watch-usage', 'Finds keys whose usage leaves what is usual', environment);
    grantTable(state.keys, fn, 'BatchGetItem');
    grantIndexes(state.usage, fn, 'by_project_month');
    grantTable(state.sre, fn, 'PutItem', 'Query');
    new events.Rule(this, 'EachFiveMinutes', {
      schedule: events.Schedule.rate(Duration.minutes(5)),
      targets: [new targets.LambdaFunction(fn, { retryAttempts: 0 })],
    });
    return fn;
  }
}
