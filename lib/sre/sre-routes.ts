import { Construct } from 'constructs';
import type { SreEnv } from '../../lambdas/sre/env.ts';
import type { FrontDoor } from '../shared/front-door.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { grantGetObjects, grantIndexes, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { SRE_SIZES } from './sizes.ts';

const ROUTES = [
  '/v1/anomalies',
  '/v1/anomalies/{anomaly_id}',
  '/v1/anomalies/explain',
  '/v1/anomalies/{anomaly_id}/incident',
  '/v1/incidents',
  '/v1/incidents/{incident_id}',
  '/v1/silences',
  '/v1/silences/{silence_id}',
  '/v1/deploys',
  '/v1/services',
  '/v1/ingest/usage',
  '/v1/ingest/masks',
  '/v1/logs/search',
  '/v1/traces/{trace_id}',
] as const;

/** What people read of the SRE, at the base URL. */
export class SreRoutes extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      frontDoor,
    }: {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly frontDoor: FrontDoor;
    },
  ) {
    super(scope, id);
    const environment: Omit<SreEnv, 'SEARCH_ENDPOINT'> = {
      KEYS_TABLE: state.keys.tableName,
      LOGS_TABLE: state.logs.tableName,
      SRE_TABLE: state.sre.tableName,
      BLOCKS_BUCKET: state.blocks.bucketName,
      CORS_ORIGINS: config.corsOrigins,
    };
    const fn = new ServiceFunction(this, 'sre', {
      room: 'sre',
      description: 'Anomalies, incidents, services, search of logs',
      size: SRE_SIZES.sre,
      config,
      environment:
        state.logDomain === null
          ? environment
          : { ...environment, SEARCH_ENDPOINT: state.logDomain.endpoint },
      timeoutSecondsMax: BUFFERED_SECONDS_MAX,
      beside: ['re2', 's3'],
    });
    grantTable(state.keys, fn, 'GetItem');
    grantTable(state.logs, fn, 'GetItem');
    grantIndexes(state.logs, fn, 'by_stamp');
    grantTable(state.sre, fn, 'GetItem', 'BatchGetItem', 'PutItem', 'DeleteItem', 'Query');
    grantGetObjects(state.blocks, fn, 'blocks/');
    state.logDomain?.grantSearch(fn);
    for (const route of ROUTES) frontDoor.route(route, fn, false);
  }
}
