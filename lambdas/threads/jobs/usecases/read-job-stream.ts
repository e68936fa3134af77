import type { Timers } from '../../../shared/deps.ts';
import { READ_CHUNKS_MAX, RUN_LOOK_MS, TAIL_MAX_MS, TAIL_MIN_MS } from '../../domain/limits.ts';
import { isTerminal } from '../../domain/run-event.ts';
import type { ChunkLog } from '../../ports/chunks.ts';
import { framesOfResult, piecesOfFrame, textOfFrame } from '../domain/frames.ts';
import { isOver, type JobPlace } from '../domain/job.ts';
import { runOfJob } from '../domain/job-ids.ts';
import type { JobStore } from '../ports/job-store.ts';

/** A frame, or a piece of a large one. */
export interface JobFrame {
  readonly index: number;
  readonly text: string;
}

export interface JobReadDeps {
  readonly store: Pick<JobStore, 'get' | 'results'>;
  readonly chunks: ChunkLog;
  readonly timers: Timers;
}

/**
 * Frames of a job's stream after a cursor: what is stored, then what comes, to the end. First read and resume are the
 * same. Once the log is gone, the stored answer has the same frames.
 */
export async function* readJobStream(
  deps: JobReadDeps,
  place: JobPlace,
  { afterIndex, untilMs }: { readonly afterIndex: number; readonly untilMs: number },
): AsyncGenerator<readonly JobFrame[]> {
  const run = runOfJob(place);
  let after = afterIndex;
  let pauseMs = TAIL_MIN_MS;
  let lookAtMs = deps.timers.nowMs();
  while (deps.timers.nowMs() < untilMs) {
    const page = await deps.chunks.read(run, after);
    if (page.length > 0) {
      after = page.at(-1)?.index ?? after;
      const frames = page.flatMap(({ index, event }) => {
        const text = textOfFrame(event);
        return text === null ? [] : [{ index, text }];
      });
      if (frames.length > 0) yield frames;
      if (page.some(({ event }) => isTerminal(event))) return;
      pauseMs = TAIL_MIN_MS;
      if (page.length >= READ_CHUNKS_MAX) continue;
    } else if (deps.timers.nowMs() >= lookAtMs) {
      const job = await deps.store.get(place);
      if (job === null || job.deletedAtMs !== null) return;
      if (isOver(job)) {
        const rest = await storedFrames(deps, place, after);
        if (rest.length > 0) yield rest;
        return;
      }
      lookAtMs = deps.timers.nowMs() + RUN_LOOK_MS;
      continue;
    }
    await deps.timers.sleep(pauseMs);
    pauseMs = Math.min(TAIL_MAX_MS, pauseMs * 1.5);
  }
}

const storedFrames = async (
  { store }: JobReadDeps,
  place: JobPlace,
  after: number,
): Promise<readonly JobFrame[]> => {
  const {
    results: [result],
  } = await store.results(place, 0, 1);
  return (result === undefined ? [] : framesOfResult(result))
    .flatMap(piecesOfFrame)
    .map((text, index) => ({ index, text }))
    .slice(after + 1);
};
