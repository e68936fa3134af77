import { report } from '../../platform/logger.ts';
import { recordMetrics } from '../../platform/metrics.ts';
import { gatewayConnectionPoster } from '../sockets/adapters/gateway-connection-poster.ts';
import { tableConnections } from '../sockets/adapters/table-connections.ts';
import type { Tables } from '../../platform/tables/tables.ts';
import type { ThreadsEnv } from '../env.ts';

/** Those who watch, and the way to reach them. */
export const socketPorts = (env: Pick<ThreadsEnv, 'CONNECTIONS_URL'>, tables: Tables) => ({
  connections: tableConnections(tables),
  poster: gatewayConnectionPoster({
    url: env.CONNECTIONS_URL,
    report,
    onFailure: () => recordMetrics({ failedPosts: 1 }),
  }),
});
