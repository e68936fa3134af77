import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ServiceStack } from '../../lib/service-stack.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { logDomainSize } from '../../lib/sre/log-domain.ts';
import { SreStack } from '../../lib/sre-stack.ts';
import { StateStack } from '../../lib/state-stack.ts';

/** The app of one stage without its bundles, which a template's checks do not need. */
export const stageApp = (
  settings: Readonly<Record<string, unknown>> = {},
  outdir?: string,
  /** Before the names of both stacks, as the app names them. */
  prefix = '',
) => {
  const app = new App({
    context: { 'aws:cdk:bundling-stacks': [] },
    ...(outdir === undefined ? {} : { outdir }),
  });
  const config = readStageConfig({ stage: 'test', ...settings });
  const state = new StateStack(app, `${prefix}State`, { logDomain: logDomainSize(config) });
  const service = new ServiceStack(app, `${prefix}Service`, { config, state });
  const sre = new SreStack(app, `${prefix}Sre`, {
    config,
    state,
    inference: service.inference,
    alarmTopic: service.alarmTopic,
  });
  return { app, state, service, sre };
};

export const stageTemplates = (settings: Readonly<Record<string, unknown>> = {}) => {
  const { state, service, sre } = stageApp(settings);
  return {
    state: Template.fromStack(state),
    service: Template.fromStack(service),
    sre: Template.fromStack(sre),
  };
};
