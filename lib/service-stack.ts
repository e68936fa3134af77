import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { FrontDoor } from './shared/front-door.ts';
import { Gateway } from './gateway/gateway.ts';
import { SocketApi } from './shared/socket-api.ts';
import { Sockets } from './threads/sockets.ts';
import { Threads } from './threads/threads.ts';
import { Inference } from './inference/inference.ts';
import { Monitoring } from './shared/monitoring.ts';
import type { StageConfig } from './shared/stage-config.ts';
import type { StateStack } from './state-stack.ts';

/** Everything that a deployment may replace. */
export class ServiceStack extends Stack {
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
    const gateway = new Gateway(this, 'Gateway', { config, state, inference, frontDoor });
    new Monitoring(this, 'Monitoring', config, {
      stage: config.stage,
      frontDoor: frontDoor.stage,
      calls: [...gateway.calls, ...threads.calls],
      rollUp: inference.rollUp,
      rollUpMappingId: inference.rollUpMapping.eventSourceMappingId,
      expireHolds: inference.expireHolds,
      sweepRuns: threads.sweepRuns,
      runTurn: threads.runTurn,
      closeSockets: sockets.closeSockets,
      closeSocketsMappingId: sockets.closingMappingId,
      fanOut: sockets.fanOut,
      fanOutMappingId: sockets.fanOutMappingId,
    });
    new CfnOutput(this, 'StageName', { value: config.stage });
    new CfnOutput(this, 'EventBusName', { value: inference.bus.eventBusName });
  }
}
