import { CfnOutput } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Beside } from '../shared/function-code.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { grantKeepFailures, grantObjects, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { SocketApi } from '../shared/socket-api.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { THREADS_SIZES } from './sizes.ts';
import type { Threads } from './threads.ts';

interface SocketsProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly threads: Threads;
  readonly api: SocketApi;
}

/** A second reader of the Keys stream; its filter passes what an admin did, which is rare. */
const RETRIES_MAX = 50;
/** News of a thread are old after that; whoever comes back reads them. */
const TELLING_RETRIES_MAX = 5;

/** Threads over a socket: who may open one, what it watches, what it says, and when it must close. */
export class Sockets extends Construct {
  /** Id of the mapping from the Keys stream to `close-sockets`. */
  readonly closingMappingId: string;
  readonly closeSockets: ServiceFunction;
  /** Id of the mapping from the Threads stream to `fan-out`. */
  readonly fanOutMappingId: string;
  readonly fanOut: ServiceFunction;
  private readonly props: SocketsProps;

  constructor(scope: Construct, id: string, props: SocketsProps) {
    super(scope, id);
    this.props = props;
    const { api, threads } = props;
    this.connect();
    this.disconnect();
    this.watch();
    for (const type of ['send', 'cancel']) api.route(type, threads.socketTurns);
    this.closeSockets = this.entry('close-sockets', 'Keys stream: closes what a key lost', []);
    this.closingMappingId = this.closing(this.closeSockets).eventSourceMappingId;
    this.fanOut = this.entry(
      'fan-out',
      'Threads stream: notifies sockets of what happened to a thread',
      [],
    );
    this.fanOutMappingId = this.telling(this.fanOut).eventSourceMappingId;
    new CfnOutput(this, 'WebSocketUrl', {
      value: api.url,
      description: 'Where sockets of threads are opened',
    }).overrideLogicalId('WebSocketUrl');
  }

  private connect(): void {
    const { state, api } = this.props;
    const fn = this.entry('socket-connect', 'Opens a socket for a key or a ticket', []);
    grantTable(state.connections, fn, 'GetItem', 'PutItem', 'DeleteItem');
    grantTable(state.keys, fn, 'GetItem');
    api.route('$connect', fn);
  }

  private disconnect(): void {
    const { state, api } = this.props;
    const fn = this.entry('socket-disconnect', 'Forgets a socket that ended', []);
    grantTable(state.connections, fn, 'Query', 'DeleteItem');
    api.route('$disconnect', fn);
  }

  private watch(): void {
    const { state, threads: turns, api } = this.props;
    const fn = this.entry('socket-watch', 'Subscriptions and pings', ['s3', 'lambda']);
    const { connections, threads, chunks, keys } = state;
    grantTable(
      connections,
      fn,
      'GetItem',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'Query',
      'ConditionCheckItem',
    );
    grantTable(threads, fn, 'GetItem', 'ConditionCheckItem');
    grantTable(chunks, fn, 'Query');
    grantTable(keys, fn, 'GetItem');
    grantObjects(state.blobs, fn, 'threads/');
    turns.grantStart(fn);
    api.grantConnections(fn, 'POST', 'DELETE');
    for (const key of ['subscribe', 'unsubscribe', 'ping', '$default']) api.route(key, fn);
  }

  private closing(fn: ServiceFunction): lambda.EventSourceMapping {
    const { state, api } = this.props;
    grantTable(state.connections, fn, 'GetItem', 'Query', 'DeleteItem');
    grantTable(state.keys, fn, 'GetItem');
    api.grantConnections(fn, 'DELETE');
    state.keys.grantStreamRead(fn);
    grantKeepFailures(state.failedRecords, fn);
    return fn.addEventSourceMapping('KeysStream', {
      eventSourceArn: state.keys.tableStreamArn ?? '',
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 10,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: RETRIES_MAX,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
      filters: [
        lambda.FilterCriteria.filter({
          dynamodb: { NewImage: { write: { S: lambda.FilterRule.isEqual('admin') } } },
        }),
      ],
    });
  }

  /** A change of a thread is a change of its META item; nobody watched what was changed before the function was there. */
  private telling(fn: ServiceFunction): lambda.EventSourceMapping {
    const { state, api } = this.props;
    grantTable(state.connections, fn, 'GetItem', 'Query', 'DeleteItem');
    grantTable(state.threads, fn, 'Query');
    api.grantConnections(fn, 'POST', 'DELETE');
    state.threads.grantStreamRead(fn);
    grantKeepFailures(state.failedRecords, fn);
    return fn.addEventSourceMapping('ThreadsStream', {
      eventSourceArn: state.threads.tableStreamArn ?? '',
      startingPosition: lambda.StartingPosition.LATEST,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: TELLING_RETRIES_MAX,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('MODIFY'),
          dynamodb: { Keys: { sk: { S: lambda.FilterRule.isEqual('META') } } },
        }),
      ],
    });
  }

  private entry(
    id: keyof typeof THREADS_SIZES,
    description: string,
    beside: readonly Beside[],
  ): ServiceFunction {
    const { config, state, threads } = this.props;
    return new ServiceFunction(this, id, {
      room: 'threads',
      description,
      size: THREADS_SIZES[id],
      config,
      environment: { ...threads.environment(), KEYS_TABLE: state.keys.tableName },
      timeoutSecondsMax: BUFFERED_SECONDS_MAX,
      beside,
    });
  }
}
