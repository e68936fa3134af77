import { AppError } from '../../shared/app-error.ts';
import { RUN_LOOK_MS, TAIL_MAX_MS, TAIL_MIN_MS } from '../domain/limits.ts';
import { endsStream, type LoggedEvent } from '../domain/run-event.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { Run } from '../domain/thread.ts';
import { endedEvents } from './ended-events.ts';
import type { RunCareDeps } from './run-types.ts';
import { storedEvents, takeOver } from './take-over.ts';

export interface ReadRunInput {
  readonly run: RunPlace;
  /** Events up to and with this one were seen; -1: none. */
  readonly afterIndex: number;
  /** Events after it that were read already. */
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
  while (deps.timers.nowMs() < input.untilMs) {
    const page = known ?? (await deps.chunks.read(input.run, after));
    known = null;
    if (page.length > 0) {
      after = page.at(-1)?.index ?? after;
      yield page;
      if (page.some(({ event }) => endsStream(event)) && (await isOver(deps, input.run, after)))
        return;
      pauseMs = TAIL_MIN_MS;
      continue;
    }
    if (deps.timers.nowMs() >= lookAtMs) {
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

/** A pause that lies behind is no end: the run went on after it. */
const isOver = async (deps: RunCareDeps, place: RunPlace, after: number): Promise<boolean> => {
  const next = await deps.chunks.read(place, after);
  return next.length === 0;
};

const notFound = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'This run does not exist.' });
