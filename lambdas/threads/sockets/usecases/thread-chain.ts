import { AppError } from '../../../shared/app-error.ts';
import { REPLAY_RUNS_MAX } from '../../domain/limits.ts';
import type { LogCursor } from '../../domain/log-cursor.ts';
import type { LoggedEvent } from '../../domain/run-event.ts';
import type { Run } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { ChunkLog } from '../../ports/chunks.ts';
import type { ThreadStore } from '../../ports/store.ts';
import { endedEvents } from '../../usecases/ended-events.ts';

/** Before the first event of a thread's first run. */
export const THREAD_START: LogCursor = { seq: 0, index: 0 };

export interface ChainDeps {
  readonly store: Pick<ThreadStore, 'run' | 'latestRuns'>;
  readonly chunks: ChunkLog;
}

/**
 * The runs after a cursor, the cursor's own first, in the order in which they were at work: not always that of their
 * numbers, for an interrupting turn passes those that wait. null: the cursor is of no run that was at work here, or
 * is too far back.
 */
export const runsAfter = async (
  deps: Pick<ChainDeps, 'store'>,
  place: ThreadPlace,
  cursor: LogCursor,
  latestSeq: number,
): Promise<readonly Run[] | null> => {
  const runs: Run[] = [];
  let seq = latestSeq;
  while (seq !== 0) {
    if (runs.length > REPLAY_RUNS_MAX) return null;
    const run = await deps.store.run({ ...place, seq });
    if (run === null) return null;
    runs.unshift(run);
    if (seq === cursor.seq) return runs;
    seq = run.previousRun ?? 0;
  }
  return cursor.seq === 0 ? runs : null;
};

/** Everything that is stored of a run after an index. */
export const eventsAfter = async (
  deps: Pick<ChainDeps, 'chunks'>,
  run: Run,
  afterIndex: number,
): Promise<readonly LoggedEvent[]> => {
  if (run.eventCount !== null) return await endedEvents(deps, run, afterIndex, run.eventCount);
  const events: LoggedEvent[] = [];
  for (;;) {
    const last = events.at(-1)?.index;
    const page = await deps.chunks.read(run, last ?? afterIndex, last !== undefined);
    if (page.length === 0) return events;
    events.push(...page);
  }
};

/** The last event of an ended run. */
export const endOf = ({ seq, eventCount }: Run): LogCursor => ({
  seq,
  index: (eventCount ?? 0) - 1,
});

/** Does the cursor name an event of this run that is stored? */
export const isOfRun = async (
  deps: Pick<ChainDeps, 'chunks'>,
  run: Run,
  { index }: LogCursor,
): Promise<boolean> => {
  if (run.eventCount !== null) return index < run.eventCount;
  const [event] = await deps.chunks.read(run, index - 1);
  return event?.index === index;
};

export const tooFarBack = (): AppError =>
  new AppError({
    code: 'cursor_invalid',
    publicMessage: `after: not a cursor of the last ${REPLAY_RUNS_MAX} runs of this thread`,
    facts: { param: 'after' },
  });
