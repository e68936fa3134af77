import { App } from 'aws-cdk-lib';
import { readStageConfig, STAGE_SETTINGS } from '../lib/shared/stage-config.ts';
import { logDomainSize } from '../lib/sre/log-domain.ts';
import { SreStack } from '../lib/sre-stack.ts';
import { ServiceStack } from '../lib/service-stack.ts';
import { StateStack } from '../lib/state-stack.ts';

const app = new App();
const settings = STAGE_SETTINGS.map((name): [string, unknown] => [
  name,
  app.node.tryGetContext(name),
]);

const config = readStageConfig({
  stage: 'dev',
  ...Object.fromEntries(settings.filter(([, value]) => value !== undefined)),
});
const env = config.region === undefined ? {} : { env: { region: config.region } };
const state = new StateStack(app, `Sluice-${config.stage}-State`, {
  ...env,
  stage: config.stage,
  providers: config.providers.split(','),
  description: 'Sluice: keys, usage, secrets',
  restoreTables: config.restoreTables,
  telemetryDays: config.telemetryDays,
  logDomain: logDomainSize(config),
});
const service = new ServiceStack(app, `Sluice-${config.stage}-Service`, {
  ...env,
  description: 'Sluice: gateway and engine room',
  config,
  state,
});
new SreStack(app, `Sluice-${config.stage}-Sre`, {
  ...env,
  description: 'Sluice: telemetry in, anomalies out',
  config,
  state,
  inference: service.inference,
  alarmTopic: service.alarmTopic,
});
app.synth();
