import { AppError } from '../../shared/app-error.ts';
import { READ_CHUNKS_MAX, RUN_LOOK_MS, TAIL_MAX_MS, TAIL_MIN_MS } from '../domain/limits.ts';
import { BEFORE_FIRST } from '../domain/log-cursor.ts';
import { isTerminal, type LoggedEvent } from '../domain/run-event.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { Run } from '../domain/thread.ts';
import { endedEvents, withoutGap } from './ended-events.ts';
import type { RunCareDeps } from './run-types.ts';
import { storedEvents, takeOver } from './take-over.ts';

export interface ReadRunInput {
  readonly run: RunPlace;
  /** Events up to and with this one were seen; -1: none. */
  readonly afterIndex: number;
  /** Events after it that were read already, up to the end of a chunk; the event itself is stored. */
  readonly page?: readonly LoggedEvent[] | null;
  readonly nonce: string;
  /** When the function must let go, epoch ms: the client comes back with its cursor. */
  readonly untilMs: number;
}

/**
 * A run's events after a cursor: what is stored, then what comes, to the terminal event. First read and resume are the
 * same. A reader never waits for ever: one that sees nothing looks at the run, and takes over one without a producer.
 */
export async function* readRun(
  deps: RunCareDeps,
  input: ReadRunInput,
): AsyncGenerator<readonly LoggedEvent[]> {
  let after = input.afterIndex;
  let pauseMs = TAIL_MIN_MS;
  let lookAtMs = deps.timers.nowMs();
  let known = input.page ?? null;
  // What somebody read already ends with a chunk, and so does what is read here.
  let isEdge = after === BEFORE_FIRST || known !== null;
  while (deps.timers.nowMs() < input.untilMs) {
    const read = known ?? (await deps.chunks.read(input.run, after, isEdge));
    const page = withoutGap(read, after);
    known = null;
    if (page.length > 0) {
      after = page.at(-1)?.index ?? after;
      isEdge = true;
      yield page;
      const last = page.at(-1)?.event;
      if (last !== undefined && isTerminal(last)) return;
      // The run alone knows whether a wait is over: it may have its answer and have said nothing since.
      const isWaiting = last?.type === 'run.requires_action';
      if (isWaiting) lookAtMs = deps.timers.nowMs();
      pauseMs = TAIL_MIN_MS;
      if (isWaiting || page.length >= READ_CHUNKS_MAX) continue;
    } else if (deps.timers.nowMs() >= lookAtMs) {
      const run = await takeOver(deps, input.run, input.nonce);
      if (run === null) throw notFound();
      if (run.endedAtMs !== null && run.eventCount !== null) {
        const rest = await endedEvents(deps, input.run, after, run.eventCount);
        if (rest.length > 0) yield rest;
        return;
      }
      if (run.status === 'requires_action') return;
      lookAtMs = deps.timers.nowMs() + RUN_LOOK_MS;
      continue;
    }
    await deps.timers.sleep(pauseMs);
    pauseMs = Math.min(TAIL_MAX_MS, pauseMs * 1.5);
  }
}

/** Every event that is stored; of an ended run all of them, though its chunks are gone. */
export const readStored = async (
  deps: Pick<RunCareDeps, 'chunks'>,
  run: Run,
): Promise<readonly LoggedEvent[]> =>
  run.eventCount === null
    ? (await storedEvents(deps, run)).map((event, index) => ({ index, event }))
    : await endedEvents(deps, run, -1, run.eventCount);

const notFound = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'This run does not exist.' });
