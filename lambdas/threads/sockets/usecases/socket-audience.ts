import type { Audience } from '../../ports/audience.ts';
import { Broadcast, type BroadcastDeps } from './broadcast-run.ts';
import { serveIdleThread } from './replay.ts';

/** The audience that watches by sockets. */
export const socketAudience = (deps: BroadcastDeps): Audience => ({
  follow: (run, stored) => new Broadcast(deps, run, stored),
  serveIdleThread: async (place) => await serveIdleThread(deps, place),
});
