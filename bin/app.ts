import { App } from 'aws-cdk-lib';
import { readStageConfig } from '../lib/stage-config.ts';
import { ServiceStack } from '../lib/service-stack.ts';
import { StateStack } from '../lib/state-stack.ts';

const app = new App();
const setting = (name: string): unknown => app.node.tryGetContext(name);

const config = readStageConfig({
  stage: setting('stage') ?? 'dev',
  streaming: setting('streaming'),
  corsOrigins: setting('corsOrigins'),
});
const state = new StateStack(app, `Sluice-${config.stage}-State`, {
  description: 'Sluice: keys, usage, secrets',
});
new ServiceStack(app, `Sluice-${config.stage}-Service`, {
  description: 'Sluice: gateway and engine room',
  config,
  state,
});
app.synth();
