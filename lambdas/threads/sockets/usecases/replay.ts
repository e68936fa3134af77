import type { LogCursor } from '../../domain/log-cursor.ts';
import type { Viewer } from '../domain/socket.ts';
import type { Run } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import { cutOff, postEvents, type PostDeps } from './post-frames.ts';
import { eventsAfter, runsAfter, type ChainDeps } from './thread-chain.ts';

export type ReplayDeps = PostDeps & ChainDeps;

/**
 * Posts what is stored after a cursor, run after run, up to the first that has a producer. Answers where it came to;
 * null: the client is gone.
 */
export const replay = async (
  deps: ReplayDeps,
  connectionId: string,
  cursor: LogCursor,
  runs: readonly Run[],
): Promise<LogCursor | null> => {
  let reached = cursor;
  for (const run of runs) {
    if (run.status === 'active') return reached;
    const events = await eventsAfter(deps, run, run.seq === cursor.seq ? cursor.index : -1);
    if (!(await postEvents(deps, connectionId, run, events))) return null;
    const last = events.at(-1);
    if (last !== undefined) reached = { seq: run.seq, index: last.index };
  }
  return reached;
};

/** The runs up to this one, to a viewer whose poster died. null: it is gone, or cut because it is too far behind. */
export const replayTo = async (
  deps: ReplayDeps,
  place: ThreadPlace,
  { connectionId, cursor }: Viewer,
  latestSeq: number,
): Promise<LogCursor | null> => {
  const runs = await runsAfter(deps, place, cursor, latestSeq);
  if (runs !== null) return await replay(deps, connectionId, cursor, runs);
  await cutOff(deps, connectionId);
  return null;
};

/**
 * For whoever ends a run that had no producer: should the thread be idle now, nobody else notifies its viewers. One that
 * is at work has a producer that does.
 */
export const serveIdleThread = async (deps: ReplayDeps, place: ThreadPlace): Promise<void> => {
  try {
    const latest = await deps.store.latestRuns(place);
    if (latest === null || latest.activeRun !== null) return;
    const viewers = await deps.connections.viewers(place.threadId);
    await Promise.all(
      viewers
        .filter(({ state }) => state === 'live')
        .map(async (viewer) => {
          const reached = await replayTo(deps, place, viewer, latest.lastRun);
          if (reached !== null) await deps.connections.advance(viewer, reached);
        }),
    );
  } catch (error) {
    deps.report('viewers not served', error);
  }
};
