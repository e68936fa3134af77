import { Construct } from 'constructs';
import type { McpEnv } from '../../lambdas/sre/env.ts';
import { BUFFERED_SECONDS_MAX } from '../shared/function-size.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import { VERSION } from '../shared/version.ts';
import { grantReader, readerEnvironment, withSearch, type SreRoutesProps } from './reader.ts';
import { SRE_SIZES } from './sizes.ts';

/**
 * Where people's agents ask, at the base URL: a function of its own, which may write what its tools do to incidents
 * and nothing else, and carries the SDK of the protocol.
 */
export class Mcp extends Construct {
  constructor(scope: Construct, id: string, props: SreRoutesProps) {
    super(scope, id);
    const environment: Omit<McpEnv, 'SEARCH_ENDPOINT'> = { ...readerEnvironment(props), VERSION };
    const fn = new ServiceFunction(this, 'mcp', {
      room: 'sre',
      description: 'Tools for agents: incidents, logs, traces',
      size: SRE_SIZES.mcp,
      config: props.config,
      environment: withSearch(environment, props.state),
      timeoutSecondsMax: BUFFERED_SECONDS_MAX,
      beside: ['mcp-server', 're2', 's3'],
    });
    grantReader(fn, props);
    props.frontDoor.route('/v1/mcp', fn, false);
  }
}
