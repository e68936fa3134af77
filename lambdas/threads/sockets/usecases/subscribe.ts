import { AppError } from '../../../shared/app-error.ts';
import { REPLAY_MS, VIEWERS_MAX } from '../../domain/limits.ts';
import type { LogCursor } from '../../domain/log-cursor.ts';
import type { SocketConnection, Viewer } from '../domain/socket.ts';
import type { Run } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { ThreadActivity } from '../ports/sockets.ts';
import type { TurnStarter } from '../../ports/starter.ts';
import { mayStart } from '../../usecases/take-over.ts';
import { replay, type ReplayDeps } from './replay.ts';
import { endOf, isOfRun, runsAfter, THREAD_START, tooFarBack } from './thread-chain.ts';

const PAUSE_MS = 20;

export interface SubscribeDeps extends ReplayDeps {
  readonly starter: Pick<TurnStarter, 'start'>;
}

export interface SubscribeInput {
  readonly socket: SocketConnection;
  readonly place: ThreadPlace;
  /** null: from now on, and all of the run that is at work. */
  readonly after: LogCursor | null;
  /** This subscription's own. */
  readonly nonce: string;
}

/**
 * Makes a socket a viewer of a thread: first `replaying`, served here from the logs; then `live`, in one transaction
 * with a check that the thread is as it was when the replay came to its end. From then on the run's producer posts.
 * Answers where the replay came to, null when the client is gone or subscribed again; a client that hears no answer
 * subscribes again. A producer that is dead is replaced, so a
 * client that hears nothing more of a run subscribes again too.
 */
export const subscribe = async (
  deps: SubscribeDeps,
  input: SubscribeInput,
): Promise<LogCursor | null> => {
  const { socket, place } = input;
  const untilMs = deps.timers.nowMs() + REPLAY_MS;
  const start = await startOf(deps, place, input.after);
  const viewer: Viewer = {
    connectionId: socket.connectionId,
    threadId: place.threadId,
    subscription: input.nonce,
    cursor: start,
    state: 'replaying',
    endsAtMs: socket.endsAtMs,
  };
  // A socket that is not there any more is sent nothing.
  if (!(await admit(deps, viewer))) return null;
  return await goLive(deps, place, viewer, untilMs);
};

/** Where the replay came to; null: the client is gone, or subscribed again. */
const goLive = async (
  deps: SubscribeDeps,
  place: ThreadPlace,
  viewer: Viewer,
  untilMs: number,
): Promise<LogCursor | null> => {
  let { cursor } = viewer;
  while (deps.timers.nowMs() < untilMs) {
    const latest = await deps.store.latestRuns(place);
    if (latest === null) throw missing();
    const runs = await runsAfter(deps, place, cursor, latest.activeRun ?? latest.lastRun);
    if (runs === null) throw tooFarBack();
    const reached = await replay(deps, viewer.connectionId, cursor, runs);
    if (reached === null) return null;
    cursor = reached;
    const last = runs.at(-1);
    const moment: ThreadActivity | null =
      latest.activeRun === null
        ? { kind: 'idle', lastRun: latest.lastRun }
        : last?.status === 'active'
          ? { kind: 'running', seq: last.seq }
          : last?.status === 'requires_action'
            ? { kind: 'waiting', seq: last.seq }
            : null;
    // null: the run ended between the two reads.
    const outcome =
      moment === null ? 'moved' : await deps.connections.goLive(viewer, cursor, { place, moment });
    if (outcome === 'live' && last?.status === 'active') await wake(deps, last);
    if (outcome !== 'moved') return outcome === 'live' ? cursor : null;
    await deps.timers.sleep(PAUSE_MS);
  }
  await deps.connections.unsubscribe(viewer.connectionId, viewer.threadId);
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The replay took too long: subscribe again after the last cursor.',
  });
};

/** The viewer is live: whoever ends the run that lost its producer, or continues it, sees it. */
const wake = async (deps: SubscribeDeps, run: Run): Promise<void> => {
  const nowMs = deps.timers.nowMs();
  if (run.leaseUntilMs > nowMs || (run.writer === null && !mayStart(run, nowMs))) return;
  try {
    await deps.starter.start(run);
  } catch (error) {
    deps.report('run not started: the sweep will', error);
  }
};

/** Throws AppError: `not_found`, or `cursor_invalid` when nobody was ever given this cursor here. */
const startOf = async (
  deps: ReplayDeps,
  place: ThreadPlace,
  after: LogCursor | null,
): Promise<LogCursor> => {
  const latest = await deps.store.latestRuns(place);
  if (latest === null) throw missing();
  if (after === null) return await lastEnd(deps, place, latest);
  const runs = await runsAfter(deps, place, after, latest.activeRun ?? latest.lastRun);
  if (runs === null) throw tooFarBack();
  const [own] = runs;
  const isKnown =
    after.seq === 0
      ? after.index === THREAD_START.index
      : own !== undefined && (await isOfRun(deps, own, after));
  if (!isKnown) throw tooFarBack();
  return after;
};

/** The end of the last run that ended at its turn. */
const lastEnd = async (
  deps: ReplayDeps,
  place: ThreadPlace,
  latest: { readonly activeRun: number | null; readonly lastRun: number },
): Promise<LogCursor> => {
  const active =
    latest.activeRun === null ? null : await deps.store.run({ ...place, seq: latest.activeRun });
  const seq = active === null ? latest.lastRun : (active.previousRun ?? 0);
  const run = seq === 0 ? null : await deps.store.run({ ...place, seq });
  return run === null ? THREAD_START : endOf(run);
};

/** false: the socket is closed. */
const admit = async (deps: ReplayDeps, viewer: Viewer): Promise<boolean> => {
  const others = await deps.connections.viewers(viewer.threadId);
  if (
    others.length >= VIEWERS_MAX &&
    !others.some(({ connectionId }) => connectionId === viewer.connectionId)
  )
    throw new AppError({
      code: 'too_many_viewers',
      publicMessage: `This thread has ${VIEWERS_MAX} viewers.`,
    });
  const outcome = await deps.connections.subscribe(viewer);
  if (outcome === 'full')
    throw new AppError({
      code: 'too_many_subscriptions',
      publicMessage: 'This socket watches as many threads as it may: unsubscribe from one.',
    });
  return outcome === 'subscribed';
};

const missing = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'This thread does not exist.' });
