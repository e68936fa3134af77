import { Construct } from 'constructs';
import type { DeployedRemediateEnv } from '../../lambdas/sre/env.ts';
import { grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { grantSend, type Incidents } from './incidents.ts';
import {
  grantRunbookActions,
  grantRunbookSecrets,
  runbookActionArns,
  runbookSecretsPrefix,
} from './runbook-grants.ts';
import { SRE_SIZES } from './sizes.ts';

/** People approve one at a time; an action that hangs holds a worker for a minute. */
const ACTING_AT_ONCE = 5;

/** Does what a person approved: the one function that may. */
export class Remediations extends Construct {
  readonly remediate: ServiceFunction;

  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      incidents: { remediations },
    }: {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly incidents: Incidents;
    },
  ) {
    super(scope, id);
    const environment: DeployedRemediateEnv = {
      SRE_TABLE: state.sre.tableName,
      REMEDIATIONS_QUEUE_URL: remediations.queueUrl,
      RUNBOOK_SECRETS_PREFIX: runbookSecretsPrefix(config),
      RUNBOOK_ACTIONS: runbookActionArns(config),
    };
    const fn = new ServiceFunction(this, 'remediate', {
      room: 'sre',
      size: SRE_SIZES.remediate,
      description: 'Does the steps of runbooks that a person approved, once',
      config,
      environment,
    });
    grantTable(state.sre, fn, 'GetItem', 'PutItem', 'Query');
    grantRunbookSecrets(fn, config, 'GetParameter');
    grantRunbookActions(fn, config);
    grantSend(fn, remediations);
    remediations.grantConsumeMessages(fn);
    fn.addEventSourceMapping('Remediations', {
      eventSourceArn: remediations.queueArn,
      batchSize: 1,
      maxConcurrency: ACTING_AT_ONCE,
      reportBatchItemFailures: true,
    });
    this.remediate = fn;
  }
}
