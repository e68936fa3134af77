import { Construct } from 'constructs';
import type { DeployedRunbooksEnv } from '../../lambdas/sre/env.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import { grantRunbookSecrets, runbookActionArns, runbookSecretsPrefix } from './runbook-grants.ts';
import type { SreRoutesProps } from './reader.ts';
import { SRE_SIZES } from './sizes.ts';

const ROUTES = [
  '/v1/runbooks',
  '/v1/runbooks/{runbook_id}',
  '/v1/remediations',
  '/v1/remediations/settings',
  '/v1/remediations/{remediation_id}',
] as const;

/** Runbooks at the base URL: a function of its own, which may write what opens their addresses and act by none of them. */
export class RunbookRoutes extends Construct {
  constructor(scope: Construct, id: string, { config, state, frontDoor }: SreRoutesProps) {
    super(scope, id);
    const environment: DeployedRunbooksEnv = {
      SRE_TABLE: state.sre.tableName,
      KEYS_TABLE: state.keys.tableName,
      CORS_ORIGINS: config.corsOrigins,
      RUNBOOK_SECRETS_PREFIX: runbookSecretsPrefix(config),
      RUNBOOK_ACTIONS: runbookActionArns(config),
    };
    const fn = new ServiceFunction(this, 'runbooks', {
      room: 'sre',
      size: SRE_SIZES.runbooks,
      description: 'Runbooks, and who allows their steps',
      config,
      environment,
      timeoutSecondsMax: BUFFERED_SECONDS_MAX,
    });
    grantTable(state.keys, fn, 'GetItem');
    grantTable(state.sre, fn, 'GetItem', 'PutItem', 'DeleteItem', 'Query');
    grantRunbookSecrets(fn, config, 'GetParameter', 'PutParameter', 'DeleteParameter');
    for (const route of ROUTES) frontDoor.route(route, fn, false);
  }
}
