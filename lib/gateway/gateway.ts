import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AdminKeyEnv, DiscoveryEnv, GatewayEnv } from '../../lambdas/gateway/env.ts';
import type { FrontDoor } from '../shared/front-door.ts';
import type { Inference } from '../inference/inference.ts';
import { MEASURE_PARTS, type Beside } from '../shared/function-code.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { grantNotices, noticesEnvironment } from '../ledger/notices.ts';
import { grantBedrock, grantIndexes, grantTable } from '../shared/grants.ts';
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

type Access = 'call' | 'admin' | 'settings' | 'usage' | 'cancel' | 'models' | 'none';

interface Entry {
  readonly id: keyof typeof GATEWAY_SIZES;
  readonly description: string;
  readonly access: Access;
  readonly beside?: readonly Beside[];
  readonly routes: readonly string[];
}

/** What a call may need, whatever model it names. */
const CALLING = [
  'event-bridge',
  'project-spend',
  'dialects',
  'routing',
  ...MEASURE_PARTS,
] as const satisfies readonly Beside[];

/** What a call may need that is billed by units: it counts no words. */
const UNITS = ['event-bridge', 'project-spend', 'routing'] as const satisfies readonly Beside[];

const STREAMED: readonly Entry[] = [
  {
    id: 'chat-completions',
    description: 'OpenAI chat',
    access: 'call',
    beside: CALLING,
    routes: ['/v1/chat/completions'],
  },
  {
    id: 'messages',
    description: 'Anthropic messages',
    access: 'call',
    beside: CALLING,
    routes: ['/v1/messages'],
  },
  {
    id: 'embeddings',
    description: 'Embeddings, moderations',
    access: 'call',
    beside: UNITS,
    routes: ['/v1/embeddings', '/v1/moderations'],
  },
  {
    id: 'generate-content',
    description: 'Gemini',
    access: 'call',
    beside: CALLING,
    // A model's name and what is asked of it are one part of the path: the method tells it from the model's own page.
    routes: ['POST /v1beta/models/{id+}', 'POST /v1/models/{id+}'],
  },
  {
    id: 'elevenlabs',
    description: "ElevenLabs' own API",
    access: 'call',
    beside: UNITS,
    routes: ['/elevenlabs/{path+}'],
  },
  {
    id: 'media',
    description: 'Speech, transcriptions, translations, images',
    access: 'call',
    beside: UNITS,
    routes: [
      '/v1/audio/speech',
      '/v1/audio/transcriptions',
      '/v1/audio/translations',
      '/v1/images/generations',
      '/v1/images/edits',
    ],
  },
];

const BUFFERED: readonly Entry[] = [
  {
    id: 'count-tokens',
    description: 'Input tokens of a message',
    access: 'models',
    beside: ['dialects', 'routing', ...MEASURE_PARTS],
    routes: ['/v1/messages/count_tokens'],
  },
  {
    id: 'keys',
    description: 'Keys',
    access: 'admin',
    routes: ['/v1/keys', '/v1/keys/{key_id}', '/v1/keys/{key_id}/rotate', '/v1/key'],
  },
  {
    id: 'settings',
    description: 'Settings of a project: routes, cap, tiers, own prices, notices',
    access: 'settings',
    beside: ['project-spend'],
    routes: [
      '/v1/routes',
      '/v1/routes/{name+}',
      '/v1/project/cap',
      '/v1/project/changes',
      '/v1/prices/own',
      '/v1/prices/own/{model_name+}',
      '/v1/notices',
      '/v1/notices/{notice_id}',
      '/v1/notices/{notice_id}/test',
      '/v1/tiers',
      '/v1/tiers/{name}',
      '/v1/tiers/{name}/apply',
    ],
  },
  {
    id: 'usage',
    description: 'Usage',
    access: 'usage',
    routes: [
      '/v1/usage',
      '/v1/usage/export',
      '/v1/keys/{key_id}/usage',
      '/v1/calls',
      '/v1/cohorts',
      '/v1/leads',
      '/v1/prices/advice',
      '/v1/invoices',
    ],
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
    routes: [
      '/v1/models',
      '/v1/models/{id+}',
      '/v1beta/models',
      '/v1beta/models/{id+}',
      '/v1/catalog',
    ],
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
      ...(entry.id === 'settings' ? noticesEnvironment(props.config) : {}),
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
    if (entry.beside === CALLING) grantBedrock(fn, props.config);
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
    grantTable(state.keys, fn, 'PutItem', 'GetItem', 'ConditionCheckItem');
    state.adminSecret.grantRead(fn);
    state.adminSecret.grantWrite(fn);
    new CustomResource(this, 'AdminKey', {
      resourceType: 'Custom::AdminKey',
      serviceToken: fn.functionArn,
      serviceTimeout: Duration.minutes(5),
    });
  }
}

const grant = (
  fn: ServiceFunction,
  access: Access,
  { config, state, inference }: GatewayProps,
): void => {
  switch (access) {
    case 'call':
      grantTable(state.keys, fn, 'UpdateItem', 'GetItem');
      grantTable(state.usage, fn, 'GetItem');
      state.providerSecret.grantRead(fn);
      inference.bus.grantPutEventsTo(fn);
      return;
    case 'admin':
      grantTable(
        state.keys,
        fn,
        'GetItem',
        'BatchGetItem',
        'PutItem',
        'UpdateItem',
        'ConditionCheckItem',
      );
      grantIndexes(state.keys, fn, 'by_project', 'by_user');
      return;
    case 'settings':
      grantTable(
        state.keys,
        fn,
        'GetItem',
        'BatchGetItem',
        'PutItem',
        'UpdateItem',
        'DeleteItem',
        'Query',
      );
      grantIndexes(state.keys, fn, 'by_project');
      grantNotices(fn, config, 'GetParameter', 'PutParameter', 'DeleteParameter');
      return;
    case 'usage':
      grantTable(state.keys, fn, 'GetItem', 'BatchGetItem');
      grantIndexes(state.keys, fn, 'by_project');
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
