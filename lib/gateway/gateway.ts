import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AdminKeyEnv, DiscoveryEnv, GatewayEnv } from '../../lambdas/gateway/env.ts';
import type { FrontDoor } from '../shared/front-door.ts';
import type { Inference } from '../inference/inference.ts';
import type { Beside } from '../shared/function-code.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { grantIndexes, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import { VERSION } from '../shared/version.ts';
import type { StateStack } from '../state-stack.ts';
import { GATEWAY_SIZES } from './sizes.ts';

interface GatewayProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly inference: Inference;
  readonly frontDoor: FrontDoor;
}

type Access = 'call' | 'admin' | 'usage' | 'cancel' | 'models' | 'none';

interface Entry {
  readonly id: keyof typeof GATEWAY_SIZES;
  readonly description: string;
  readonly access: Access;
  readonly beside?: readonly Beside[];
  readonly routes: readonly string[];
}

const STREAMED: readonly Entry[] = [
  {
    id: 'chat-completions',
    description: 'OpenAI chat',
    access: 'call',
    beside: ['tokenizer', 'event-bridge'],
    routes: ['/v1/chat/completions'],
  },
  {
    id: 'messages',
    description: 'Anthropic messages',
    access: 'call',
    beside: ['tokenizer', 'event-bridge'],
    routes: ['/v1/messages'],
  },
];

const BUFFERED: readonly Entry[] = [
  {
    id: 'count-tokens',
    description: 'Input tokens of a message',
    access: 'models',
    beside: ['tokenizer'],
    routes: ['/v1/messages/count_tokens'],
  },
  {
    id: 'keys',
    description: 'Keys',
    access: 'admin',
    routes: ['/v1/keys', '/v1/keys/{key_id}', '/v1/keys/{key_id}/rotate', '/v1/key'],
  },
  {
    id: 'usage',
    description: 'Usage',
    access: 'usage',
    routes: ['/v1/usage', '/v1/usage/export', '/v1/keys/{key_id}/usage', '/v1/calls'],
  },
  {
    id: 'calls',
    description: 'One call: its settlement, and its cancel',
    access: 'cancel',
    routes: ['/v1/calls/{request_id}', '/v1/calls/{request_id}/cancel'],
  },
  {
    id: 'models',
    description: 'Models',
    access: 'models',
    routes: ['/v1/models', '/v1/models/{id+}'],
  },
  {
    id: 'discovery',
    description: 'Health, contract, 404',
    access: 'none',
    routes: ['/health', '/openapi.json', '/docs', '/{proxy+}', '/'],
  },
];

/** The HTTP surface: one function per entry, each with the actions that it needs and no more. */
export class Gateway extends Construct {
  /** The functions that answer model calls. */
  readonly calls: readonly ServiceFunction[];

  constructor(scope: Construct, id: string, props: GatewayProps) {
    super(scope, id);
    const isStreamed = props.config.streaming === 'response';
    this.calls = STREAMED.map((entry) => this.entry(entry, props, isStreamed));
    for (const entry of BUFFERED) this.entry(entry, props, false);
    this.adminKey(props);
  }

  private entry(entry: Entry, props: GatewayProps, isStreamed: boolean): ServiceFunction {
    const environment: GatewayEnv & Partial<DiscoveryEnv> & Inference['environment'] = {
      ...props.inference.environment,
      STAGE: props.config.stage,
      CORS_ORIGINS: props.config.corsOrigins,
      STREAMING: props.config.streaming,
      ...(entry.id === 'discovery' ? { VERSION } : {}),
    };
    const fn = new ServiceFunction(this, entry.id, {
      room: 'gateway',
      description: entry.description,
      size: GATEWAY_SIZES[entry.id],
      config: props.config,
      environment,
      timeoutSecondsMax: isStreamed ? props.config.callSecondsMax : BUFFERED_SECONDS_MAX,
      beside: entry.beside ?? [],
    });
    grant(fn, entry.access, props);
    for (const route of entry.routes) props.frontDoor.route(route, fn, isStreamed);
    return fn;
  }

  /** The first admin key of a stage: made once, read from its secret. */
  private adminKey({ config, state }: GatewayProps): void {
    const environment: AdminKeyEnv & { STAGE: string } = {
      KEYS_TABLE: state.keys.tableName,
      ADMIN_SECRET_ID: state.adminSecret.secretArn,
      STAGE: config.stage,
    };
    const fn = new ServiceFunction(this, 'create-admin-key', {
      room: 'gateway',
      description: 'Makes the first admin key',
      size: GATEWAY_SIZES['create-admin-key'],
      config,
      environment,
    });
    grantTable(state.keys, fn, 'PutItem', 'GetItem');
    state.adminSecret.grantRead(fn);
    state.adminSecret.grantWrite(fn);
    new CustomResource(this, 'AdminKey', {
      resourceType: 'Custom::AdminKey',
      serviceToken: fn.functionArn,
      serviceTimeout: Duration.minutes(5),
    });
  }
}

const grant = (fn: ServiceFunction, access: Access, { state, inference }: GatewayProps): void => {
  switch (access) {
    case 'call':
      grantTable(state.keys, fn, 'UpdateItem', 'GetItem');
      grantTable(state.usage, fn, 'GetItem');
      state.providerSecret.grantRead(fn);
      inference.bus.grantPutEventsTo(fn);
      return;
    case 'admin':
      grantTable(state.keys, fn, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem');
      grantIndexes(state.keys, fn, 'by_project', 'by_user');
      return;
    case 'usage':
      grantTable(state.keys, fn, 'GetItem', 'BatchGetItem');
      grantTable(state.usage, fn, 'GetItem', 'Query');
      grantIndexes(state.usage, fn, 'by_project_month');
      return;
    case 'cancel':
      grantTable(state.keys, fn, 'GetItem');
      grantTable(state.usage, fn, 'GetItem', 'PutItem');
      return;
    case 'models':
      grantTable(state.keys, fn, 'GetItem');
      state.providerSecret.grantRead(fn);
      return;
    case 'none':
      return;
  }
};
