import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DeployedThreadsEnv } from '../lambdas/threads/env.ts';
import type { FrontDoor } from './front-door.ts';
import type { Inference } from './inference.ts';
import { BUFFERED_SECONDS_MAX } from './shared/function-sizes.ts';
import { grantIndexes, grantObjects, grantRemoveObjects, grantTable } from './shared/grants.ts';
import { ServiceFunction } from './shared/service-function.ts';
import type { StageConfig } from './stage-config.ts';
import type { StateStack } from './state-stack.ts';

interface ThreadsProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly inference: Inference;
  readonly frontDoor: FrontDoor;
}

const RUN_TURN = 'run-turn';
const SWEEP = 'sweep-runs';
const TURNS = [
  'POST /v1/threads/{thread_id}/messages',
  'POST /v1/threads/{thread_id}/messages/{seq}/edit',
  'POST /v1/threads/{thread_id}/messages/{seq}/regenerate',
];
const STREAMS = ['GET /v1/runs/{run_id}/stream', 'GET /v1/threads/{thread_id}/stream'];
const AI_CHAT = ['POST /v1/ai/chat', 'GET /v1/ai/chat/{id}/stream'];
const ROUTES = [
  'POST /v1/threads',
  'GET /v1/threads',
  'GET /v1/threads/{thread_id}',
  'PATCH /v1/threads/{thread_id}',
  'DELETE /v1/threads/{thread_id}',
  'GET /v1/threads/{thread_id}/messages',
  'POST /v1/threads/{thread_id}/tool-results/{tool_use_id}',
  'POST /v1/tools',
  'GET /v1/tools',
  'GET /v1/tools/{tool_id}',
  'PATCH /v1/tools/{tool_id}',
  'DELETE /v1/tools/{tool_id}',
  'POST /v1/mcp-servers',
  'GET /v1/mcp-servers',
  'GET /v1/mcp-servers/{server_id}',
  'PATCH /v1/mcp-servers/{server_id}',
  'DELETE /v1/mcp-servers/{server_id}',
  'GET /v1/runs/{run_id}',
  'POST /v1/runs/{run_id}/cancel',
];

/** Threads: turns that stream and persist, streams that resume, history, and the sweep that ends what died. */
export class Threads extends Construct {
  /** Answers turns; each one is a model call. */
  readonly turns: ServiceFunction;
  readonly sweepRuns: ServiceFunction;
  private readonly props: ThreadsProps;

  constructor(scope: Construct, id: string, props: ThreadsProps) {
    super(scope, id);
    this.props = props;
    const { config, frontDoor } = props;
    const isStreamed = config.streaming === 'response';
    this.entry(RUN_TURN, 'Goes on with a run that has no producer', null);
    this.turns = this.entry('append-message', 'A turn: streamed and persisted', isStreamed);
    for (const route of TURNS) frontDoor.route(route, this.turns, isStreamed);
    const read = this.entry('read-stream', 'Reads a run from any place', isStreamed);
    for (const route of STREAMS) frontDoor.route(route, read, isStreamed);
    const chat = this.entry('ai-chat', 'The chat of the AI SDK', isStreamed);
    for (const route of AI_CHAT) frontDoor.route(route, chat, isStreamed);
    const threads = this.entry('threads', 'Threads, history, runs, tools', false);
    // Tools are deleted for good; threads are marked, and the sweep removes them.
    grantTable(props.state.threads, threads, 'DeleteItem');
    for (const route of ROUTES) frontDoor.route(route, threads, false);
    this.sweepRuns = this.entry(SWEEP, 'Each minute: ends runs that lost their producer', null);
    new events.Rule(this, 'EachMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(this.sweepRuns, { retryAttempts: 0 })],
    });
  }

  /** `isStreamed` null: nobody waits for an HTTP answer. */
  private entry(id: string, description: string, isStreamed: boolean | null): ServiceFunction {
    const { config, state, inference } = this.props;
    const fn = new ServiceFunction(this, id, {
      room: 'threads',
      description,
      config,
      environment: { ...inference.environment, ...this.environment() },
      ...(isStreamed === false ? { timeoutSecondsMax: BUFFERED_SECONDS_MAX } : {}),
      hasTokenizer: true,
      ...(id === RUN_TURN ? { functionName: this.runTurnName() } : {}),
    });
    grantTable(
      state.threads,
      fn,
      'GetItem',
      'PutItem',
      'UpdateItem',
      'Query',
      'ConditionCheckItem',
    );
    grantIndexes(state.threads, fn, 'by_sweep', 'by_activity');
    grantTable(state.chunks, fn, 'PutItem', 'Query');
    if (id === SWEEP) {
      grantTable(state.threads, fn, 'DeleteItem');
      grantTable(state.chunks, fn, 'DeleteItem');
      grantRemoveObjects(state.blobs, fn, 'threads/');
    }
    grantTable(state.keys, fn, 'GetItem', 'UpdateItem');
    grantObjects(state.blobs, fn, 'threads/');
    state.providerSecret.grantRead(fn);
    inference.bus.grantPutEventsTo(fn);
    iam.Grant.addToPrincipal({
      grantee: fn,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.runTurnArn()],
    });
    return fn;
  }

  /** Named here, because `run-turn` starts itself too: its own ARN cannot stand in its own policy. */
  private runTurnName(): string {
    return `sluice-${this.props.config.stage}-${RUN_TURN}`;
  }

  private runTurnArn(): string {
    return Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.runTurnName(),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private environment(): DeployedThreadsEnv {
    const { config, state } = this.props;
    return {
      THREADS_TABLE: state.threads.tableName,
      CHUNKS_TABLE: state.chunks.tableName,
      CONNECTIONS_TABLE: state.connections.tableName,
      BLOBS_BUCKET: state.blobs.bucketName,
      RUN_TURN_FUNCTION: this.runTurnName(),
      CORS_ORIGINS: config.corsOrigins,
      STREAMING: config.streaming,
    };
  }
}
