import { tableConnections } from '../../lambdas/threads/sockets/adapters/table-connections.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import type { ConnectionPoster } from '../../lambdas/threads/sockets/ports/sockets.ts';
import type { SocketPorts } from '../../lambdas/threads/sockets/usecases/post-frames.ts';

/** Whoever is posted to has left. */
export const silentPoster: ConnectionPoster = {
  post: async () => 'gone',
  close: async () => undefined,
};

export const silentSockets = (tables: Tables, poster = silentPoster): SocketPorts => ({
  connections: tableConnections(tables),
  poster,
});
