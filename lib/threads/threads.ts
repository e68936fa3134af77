import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DeployedThreadsEnv } from '../../lambdas/threads/env.ts';
import type { FrontDoor } from '../shared/front-door.ts';
import type { Inference } from '../inference/inference.ts';
import { MEASURE_PARTS, type Beside } from '../shared/function-code.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import {
  grantIndexes,
  grantObjects,
  grantRemoveObjects,
  grantTable,
  grantBedrock,
} from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { SocketApi } from '../shared/socket-api.ts';
import type { StateStack } from '../state-stack.ts';
import { THREADS_SIZES } from './sizes.ts';

interface ThreadsProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly inference: Inference;
  readonly frontDoor: FrontDoor;
  /** Those who watch are posted to by whoever ends or produces a run. */
  readonly socketApi: SocketApi;
}

/** What an entry may do besides reading runs and looking after them, which every one does. */
type Access = 'ask-models' | 'make-calls' | 'list' | 'keep-registries' | 'give-tickets' | 'sweep';

interface Entry {
  readonly id: keyof typeof THREADS_SIZES;
  readonly description: string;
  /** Who waits for its answer: a reader of a stream, a caller of at most 29 seconds, or nobody. */
  readonly waits: 'stream' | 'caller' | 'nobody';
  readonly access: readonly Access[];
  readonly routes: readonly string[];
}

const RUN_TURN: Entry = {
  id: 'run-turn',
  description: 'Continues a run that has no producer, works on jobs',
  waits: 'nobody',
  access: ['ask-models', 'make-calls'],
  routes: [],
};
const SWEEP_RUNS: Entry = {
  id: 'sweep-runs',
  description: 'Each minute: ends runs that lost their producer',
  waits: 'nobody',
  access: ['sweep'],
  routes: [],
};
const SOCKET_TURN: Entry = {
  id: 'socket-turn',
  description: 'Turns that a socket sends or stops',
  waits: 'caller',
  access: ['ask-models'],
  routes: [],
};
const ENTRIES: readonly Entry[] = [
  {
    id: 'append-message',
    description: 'A turn: streamed and persisted',
    waits: 'stream',
    access: ['ask-models'],
    routes: [
      'POST /v1/threads/{thread_id}/messages',
      '/v1/threads/{thread_id}/messages/{seq}/edit',
      '/v1/threads/{thread_id}/messages/{seq}/regenerate',
    ],
  },
  {
    id: 'read-stream',
    description: 'Reads a run from any place',
    waits: 'stream',
    access: [],
    routes: [
      '/v1/runs/{run_id}/stream',
      '/v1/threads/{thread_id}/stream',
      '/v1/threads/{thread_id}/events',
      '/v1/jobs/{job_id}/stream',
      '/v1/jobs/{job_id}/results',
    ],
  },
  {
    id: 'ai-chat',
    description: 'The chat of the AI SDK',
    waits: 'stream',
    access: ['ask-models'],
    routes: ['/v1/ai/chat', '/v1/ai/chat/{id}/stream'],
  },
  {
    id: 'responses',
    description: 'The Responses of OpenAI: made, read, resumed',
    waits: 'stream',
    access: ['ask-models'],
    routes: [
      'POST /v1/responses',
      '/v1/responses/input_tokens',
      '/v1/responses/compact',
      '/v1/responses/{response_id}',
    ],
  },
  {
    id: 'conversations',
    description: 'Conversations of OpenAI, and the care of responses',
    waits: 'caller',
    access: [],
    routes: [
      '/v1/responses',
      'DELETE /v1/responses/{response_id}',
      '/v1/responses/{response_id}/cancel',
      '/v1/responses/{response_id}/input_items',
      '/v1/conversations',
      '/v1/conversations/{conversation_id}',
      '/v1/conversations/{conversation_id}/items',
      '/v1/conversations/{conversation_id}/items/{item_id}',
    ],
  },
  {
    id: 'threads',
    description: 'Threads, history, runs, tools',
    waits: 'caller',
    access: ['list', 'keep-registries', 'give-tickets'],
    routes: [
      '/v1/threads',
      '/v1/threads/{thread_id}',
      '/v1/threads/{thread_id}/fork',
      '/v1/threads/{thread_id}/messages',
      '/v1/threads/{thread_id}/tool-results/{tool_use_id}',
      '/v1/tools',
      '/v1/tools/{tool_id}',
      '/v1/mcp-servers',
      '/v1/mcp-servers/{server_id}',
      '/v1/mcp-servers/{server_id}/test',
      '/v1/project',
      '/v1/runs/{run_id}',
      '/v1/runs/{run_id}/cancel',
      '/v1/realtime/tickets',
      '/v1/jobs',
      '/v1/jobs/{job_id}',
      '/v1/jobs/{job_id}/cancel',
    ],
  },
];

const CARE: readonly Beside[] = [...MEASURE_PARTS, 's3', 'lambda', 'project-spend'];
const BESIDE: Readonly<Partial<Record<Access, readonly Beside[]>>> = {
  'ask-models': ['event-bridge', 'find-tools', 'mcp-client', 'routing'],
  'make-calls': ['dialects'],
  'keep-registries': ['mcp-client'],
};

/** Threads: turns that stream and persist, streams that resume, history, and the sweep that ends what died. */
export class Threads extends Construct {
  /** The functions that ask models while somebody waits. */
  readonly calls: readonly ServiceFunction[];
  readonly runTurn: ServiceFunction;
  readonly sweepRuns: ServiceFunction;
  /** The routes of the WebSocket API that make or stop turns. */
  readonly socketTurns: ServiceFunction;
  private readonly props: ThreadsProps;

  constructor(scope: Construct, id: string, props: ThreadsProps) {
    super(scope, id);
    this.props = props;
    this.runTurn = this.entry(RUN_TURN);
    this.calls = ENTRIES.flatMap((entry) => {
      const fn = this.entry(entry);
      return entry.access.includes('ask-models') ? [fn] : [];
    });
    this.socketTurns = this.entry(SOCKET_TURN);
    this.sweepRuns = this.entry(SWEEP_RUNS);
    new events.Rule(this, 'EachMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      targets: [new targets.LambdaFunction(this.sweepRuns, { retryAttempts: 0 })],
    });
  }

  private entry(entry: Entry): ServiceFunction {
    const { config, inference, frontDoor } = this.props;
    const isStreamed = entry.waits === 'stream' && config.streaming === 'response';
    const fn = new ServiceFunction(this, entry.id, {
      room: 'threads',
      description: entry.description,
      size: THREADS_SIZES[entry.id],
      config,
      environment: { ...inference.environment, ...this.environment() },
      ...(entry.waits === 'nobody' || isStreamed
        ? {}
        : { timeoutSecondsMax: BUFFERED_SECONDS_MAX }),
      beside: [...CARE, ...entry.access.flatMap((access) => BESIDE[access] ?? [])],
      ...(entry.id === RUN_TURN.id ? { functionName: this.runTurnName() } : {}),
    });
    this.grantCare(fn);
    for (const access of entry.access) grant(fn, access, this.props);
    for (const route of entry.routes) frontDoor.route(route, fn, isStreamed);
    return fn;
  }

  /** To read runs, to end, settle and start those that lost their producer, and to notify those who watch. */
  private grantCare(fn: ServiceFunction): void {
    const { state, socketApi } = this.props;
    grantTable(
      state.threads,
      fn,
      'GetItem',
      'PutItem',
      'UpdateItem',
      'Query',
      'ConditionCheckItem',
    );
    grantTable(state.chunks, fn, 'PutItem', 'Query');
    grantTable(state.keys, fn, 'GetItem', 'UpdateItem');
    grantTable(state.connections, fn, 'GetItem', 'Query', 'UpdateItem', 'DeleteItem');
    socketApi.grantConnections(fn, 'POST', 'DELETE');
    grantObjects(state.blobs, fn, 'threads/');
    this.grantStart(fn);
  }

  /** To have a run that lost its producer looked after. */
  grantStart(fn: ServiceFunction): void {
    iam.Grant.addToPrincipal({
      grantee: fn,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.runTurnArn()],
    });
  }

  /** Named here, because `run-turn` starts itself too: its own ARN cannot stand in its own policy. */
  private runTurnName(): string {
    return `sluice-${this.props.config.stage}-${RUN_TURN.id}`;
  }

  private runTurnArn(): string {
    return Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.runTurnName(),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** Variables of every function of the room. */
  environment(): DeployedThreadsEnv {
    const { config, state, socketApi } = this.props;
    return {
      THREADS_TABLE: state.threads.tableName,
      CHUNKS_TABLE: state.chunks.tableName,
      CONNECTIONS_TABLE: state.connections.tableName,
      CONNECTIONS_URL: socketApi.connectionsUrl,
      WEBSOCKET_URL: socketApi.url,
      BLOBS_BUCKET: state.blobs.bucketName,
      RUN_TURN_FUNCTION: this.runTurnName(),
      CORS_ORIGINS: config.corsOrigins,
      TITLE_MODEL: config.titleModel,
      CALL_SECONDS_MAX: String(config.callSecondsMax),
      STREAMING: config.streaming,
    };
  }
}

const grant = (
  fn: ServiceFunction,
  access: Access,
  { config, state, inference }: ThreadsProps,
): void => {
  switch (access) {
    case 'ask-models':
      state.providerSecret.grantRead(fn);
      grantBedrock(fn, config);
      inference.bus.grantPutEventsTo(fn);
      return;
    case 'make-calls':
      grantTable(state.usage, fn, 'GetItem');
      return;
    case 'list':
      grantIndexes(state.threads, fn, 'by_activity');
      return;
    case 'keep-registries':
      // Tools are deleted for good; threads are marked, and the sweep removes them.
      grantTable(state.threads, fn, 'DeleteItem');
      return;
    case 'give-tickets':
      grantTable(state.connections, fn, 'PutItem');
      return;
    case 'sweep':
      grantIndexes(state.threads, fn, 'by_sweep');
      grantTable(state.threads, fn, 'DeleteItem');
      grantTable(state.chunks, fn, 'DeleteItem');
      grantRemoveObjects(state.blobs, fn, 'threads/');
      return;
  }
};
