import { POST_PAUSE_MS, POST_TRIES_MAX } from '../../domain/limits.ts';
import type { LoggedEvent } from '../../domain/run-event.ts';
import type { RunPlace } from '../../domain/thread-ids.ts';
import { eventsFrame } from '../formats/socket-frames.ts';
import type { ConnectionPoster, Connections } from '../ports/sockets.ts';
import type { Timers } from '../../../shared/deps.ts';

export interface SocketPorts {
  readonly connections: Connections;
  readonly poster: ConnectionPoster;
}

export interface PostDeps extends SocketPorts {
  readonly timers: Timers;
  readonly report: (message: string, error: unknown) => void;
}

/**
 * One frame to one socket; a post of which nobody knows whether it came through is repeated, for the client drops what
 * it has. false: the client is gone, or cut because it cannot be reached; it comes back with its cursor.
 */
export const postFrame = async (
  deps: PostDeps,
  connectionId: string,
  text: string,
): Promise<boolean> => {
  for (let tries = 1; tries <= POST_TRIES_MAX; tries++) {
    const outcome = await deps.poster.post(connectionId, text);
    if (outcome === 'posted') return true;
    if (outcome === 'gone') {
      await forget(deps, connectionId);
      return false;
    }
    await deps.timers.sleep(POST_PAUSE_MS * tries);
  }
  await cutOff(deps, connectionId);
  return false;
};

/** Events of one run, frame after frame; false: the client is gone. */
export const postEvents = async (
  deps: PostDeps,
  connectionId: string,
  run: RunPlace,
  events: readonly LoggedEvent[],
): Promise<boolean> => {
  for (let sent = 0; sent < events.length;) {
    const { text, count } = eventsFrame(run, events.slice(sent));
    if (!(await postFrame(deps, connectionId, text))) return false;
    sent += count;
  }
  return true;
};

/** Ends a socket that must not, or cannot, be posted to. */
export const cutOff = async (deps: PostDeps, connectionId: string): Promise<void> => {
  await deps.poster.close(connectionId);
  await forget(deps, connectionId);
};

const forget = async (deps: PostDeps, connectionId: string): Promise<void> => {
  try {
    await deps.connections.remove(connectionId);
  } catch (error) {
    // It expires by itself.
    deps.report('socket not removed', error);
  }
};
