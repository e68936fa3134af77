import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmList } from './alarm-list.ts';
import { FrontDoor } from './shared/front-door.ts';
import { Gateway } from './gateway/gateway.ts';
import { SocketApi } from './shared/socket-api.ts';
import { Sockets } from './threads/sockets.ts';
import { Threads } from './threads/threads.ts';
import { Inference } from './inference/inference.ts';
import { Ledger } from './ledger/ledger.ts';
import { Notices } from './ledger/notices.ts';
import { DestinationRoutes } from './sre/destination-routes.ts';
import { Mcp } from './sre/mcp.ts';
import { RunbookRoutes } from './sre/runbook-routes.ts';
import { SreRoutes } from './sre/sre-routes.ts';
import { Monitoring } from './shared/monitoring.ts';
import { VERSION } from './shared/version.ts';
import type { StageConfig } from './shared/stage-config.ts';
import type { StateStack } from './state-stack.ts';

/** Everything that a deployment may replace. */
export class ServiceStack extends Stack {
  /** What the alarms of every stack notify. */
  readonly alarmTopic: sns.ITopic;
  /** What calling models takes, for the stacks beside this one. */
  readonly inference: Inference;

  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      ...props
    }: StackProps & { readonly config: StageConfig; readonly state: StateStack },
  ) {
    super(scope, id, props);
    const inference = new Inference(this, 'Inference', config, state);
    this.inference = inference;
    const { bus, environment } = inference;
    const ledger = new Ledger(inference, { config, state, bus, environment });
    new Notices(this, 'Notices', { config, state, bus });
    const frontDoor = new FrontDoor(this, 'FrontDoor', config);
    const socketApi = new SocketApi(this, 'SocketApi', config);
    const threads = new Threads(this, 'Threads', {
      config,
      state,
      inference,
      frontDoor,
      socketApi,
    });
    const sockets = new Sockets(this, 'Sockets', { config, state, threads, api: socketApi });
    new SreRoutes(this, 'SreRoutes', { config, state, frontDoor });
    new DestinationRoutes(this, 'DestinationRoutes', { config, state, frontDoor });
    new Mcp(this, 'Mcp', { config, state, frontDoor });
    new RunbookRoutes(this, 'RunbookRoutes', { config, state, frontDoor });
    const gateway = new Gateway(this, 'Gateway', { config, state, inference, frontDoor });
    const monitored = {
      stage: config.stage,
      frontDoor: frontDoor.stage,
      isIndexed: state.logDomain !== null,
      calls: [...gateway.calls, ...threads.calls],
      rollUp: ledger.rollUp,
      rollUpMappingId: ledger.rollUpMapping.eventSourceMappingId,
      expireHolds: ledger.expireHolds,
      sweepRuns: threads.sweepRuns,
      runTurn: threads.runTurn,
      closeSockets: sockets.closeSockets,
      closeSocketsMappingId: sockets.closingMappingId,
      fanOut: sockets.fanOut,
      fanOutMappingId: sockets.fanOutMappingId,
    };
    this.alarmTopic = new Monitoring(
      this,
      'Monitoring',
      config,
      monitored,
      alarmList(monitored),
    ).topic;
    new CfnOutput(this, 'StageName', {
      value: config.stage,
      description: 'The stage, which is in the name of each resource',
    });
    new CfnOutput(this, 'Version', { value: VERSION, description: 'The deployed release' });
    new CfnOutput(this, 'EventBusName', {
      value: bus.eventBusName,
      description: 'The bus with the events of keys and calls, for rules of your own',
    });
  }
}
