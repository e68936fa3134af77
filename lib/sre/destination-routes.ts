import { Construct } from 'constructs';
import type { DeployedDestinationsEnv } from '../../lambdas/sre/env.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import { grantMail } from '../shared/mail-grant.ts';
import { grantDestinationSecrets, secretsPrefix } from './destination-grants.ts';
import type { SreRoutesProps } from './reader.ts';
import { SRE_SIZES } from './sizes.ts';

const ROUTES = [
  '/v1/destinations',
  '/v1/destinations/{destination_id}',
  '/v1/destinations/{destination_id}/test',
  '/v1/destinations/{destination_id}/inbound',
  '/v1/deliveries',
] as const;

/** Where tickets go, at the base URL: a function of its own, because it alone may write what opens destinations. */
export class DestinationRoutes extends Construct {
  constructor(scope: Construct, id: string, { config, state, frontDoor }: SreRoutesProps) {
    super(scope, id);
    const environment: DeployedDestinationsEnv = {
      SRE_TABLE: state.sre.tableName,
      KEYS_TABLE: state.keys.tableName,
      CORS_ORIGINS: config.corsOrigins,
      DESTINATION_SECRETS_PREFIX: secretsPrefix(config),
      MAIL_FROM: config.mailFrom ?? '',
    };
    const fn = new ServiceFunction(this, 'destinations', {
      room: 'sre',
      size: SRE_SIZES.destinations,
      description: 'Destinations of tickets, and what is done there',
      config,
      environment,
      timeoutSecondsMax: BUFFERED_SECONDS_MAX,
    });
    grantTable(state.keys, fn, 'GetItem');
    grantTable(
      state.sre,
      fn,
      'GetItem',
      'BatchGetItem',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'Query',
    );
    grantDestinationSecrets(fn, config, 'GetParameter', 'PutParameter', 'DeleteParameter');
    grantMail(fn, config);
    for (const route of ROUTES) frontDoor.route(route, fn, false);
  }
}
