import type { SreEnv } from '../../lambdas/sre/env.ts';
import type { FrontDoor } from '../shared/front-door.ts';
import { grantGetObjects, grantIndexes, grantTable } from '../shared/grants.ts';
import type { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';

/** What routes of the SRE at the base URL are made of. */
export interface SreRoutesProps {
  readonly config: StageConfig;
  readonly state: StateStack;
  readonly frontDoor: FrontDoor;
}

/** Where whoever reads incidents, logs and traces finds them. */
export const readerEnvironment = ({
  config,
  state,
}: SreRoutesProps): Omit<SreEnv, 'SEARCH_ENDPOINT'> => ({
  KEYS_TABLE: state.keys.tableName,
  LOGS_TABLE: state.logs.tableName,
  SRE_TABLE: state.sre.tableName,
  BLOCKS_BUCKET: state.blocks.bucketName,
  CORS_ORIGINS: config.corsOrigins,
});

/** The same with the index of logs, where the stage has one. */
export const withSearch = (
  environment: Readonly<Record<string, string>>,
  { logDomain }: StateStack,
): Readonly<Record<string, string>> =>
  logDomain === null ? environment : { ...environment, SEARCH_ENDPOINT: logDomain.endpoint };

/** To read them, and to write what people do to incidents. */
export const grantReader = (fn: ServiceFunction, { state }: SreRoutesProps): void => {
  grantTable(state.keys, fn, 'GetItem');
  grantTable(state.logs, fn, 'GetItem');
  grantIndexes(state.logs, fn, 'by_stamp');
  grantTable(state.sre, fn, 'GetItem', 'BatchGetItem', 'PutItem', 'DeleteItem', 'Query');
  grantGetObjects(state.blocks, fn, 'blocks/');
  state.logDomain?.grantSearch(fn);
};
