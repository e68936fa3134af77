import { Stack, type StackProps } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Inference } from './inference/inference.ts';
import { makeAlarms } from './shared/monitoring.ts';
import type { StageConfig } from './shared/stage-config.ts';
import { sreAlarms } from './sre/alarms.ts';
import { Diagnoses } from './sre/diagnoses.ts';
import { indexAlarms } from './sre/index-alarms.ts';
import { LogIndex } from './sre/log-index.ts';
import { Incidents } from './sre/incidents.ts';
import { Remediations } from './sre/remediations.ts';
import { Sre } from './sre/sre.ts';
import { Tickets } from './sre/tickets.ts';
import type { StateStack } from './state-stack.ts';

/** The SRE: a stack of its own, because that of the front door is near its budget of resources. */
export class SreStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      inference,
      alarmTopic,
      ...props
    }: StackProps & {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly inference: Inference;
      readonly alarmTopic: sns.ITopic;
    },
  ) {
    super(scope, id, props);
    const incidents = new Incidents(this, 'Incidents', { config, state, bus: inference.bus });
    new Remediations(this, 'Remediations', { config, state, incidents });
    const tickets = new Tickets(this, 'Tickets', { config, state, incidents });
    new Diagnoses(this, 'Diagnoses', { config, state, incidents, inference });
    const sre = new Sre(this, 'Sre', { config, state, incidents, tickets });
    const domain = state.logDomain;
    const index =
      domain === null ? [] : indexAlarms(new LogIndex(this, 'LogIndex', { config, state, domain }));
    const alarms = [...sreAlarms({ stage: config.stage, sre, incidents, tickets }), ...index];
    makeAlarms(this, alarms, config, alarmTopic);
  }
}
