import { isTerminal, type RunEvent, type TerminalType } from '../../domain/run-event.ts';
import { RunLog } from '../../usecases/run-log.ts';
import { storedEvents } from '../../usecases/take-over.ts';
import { endOfFrames, frameEvent, piecesOfFrame, textOfFrame } from '../domain/frames.ts';
import { runOfJob } from '../domain/job-ids.ts';
import type { JobWork } from './job-types.ts';

/** What the readers of a job's stream are shown. */
export interface FrameLog {
  /** Resolves to how many pieces the frame is kept in. */
  show(frame: string): Promise<number>;
  end(type: TerminalType): Promise<void>;
  /** What was shown is stored when this resolves. */
  flush(): Promise<void>;
}

/**
 * The log of a streamed call, behind what the workers before left in it. A response that is asked for again begins with
 * the frames that its readers have: those are not shown twice.
 */
export const frameLog = async ({ deps, job, writer }: JobWork): Promise<FrameLog> => {
  const run = runOfJob(job);
  const stored = await storedEvents(deps, run);
  const isEnded = stored.some(isTerminal);
  const log = new RunLog(deps, {
    run,
    writer,
    startedAtMs: deps.timers.nowMs(),
    stored,
    onStored: () => undefined,
  });
  let place = 0;
  let ordinal = stored.length;
  const push = async (event: RunEvent): Promise<void> => {
    if (!isEnded) await log.push(event);
  };
  return {
    show: async (frame) => {
      const pieces = piecesOfFrame(frame);
      for (const piece of pieces) {
        const known = stored[place];
        if (known !== undefined && textOfFrame(known) === piece) {
          place += 1;
          continue;
        }
        // Whatever comes behind another piece is new.
        place = stored.length;
        await push(frameEvent(piece, ordinal));
        ordinal += 1;
      }
      return pieces.length;
    },
    end: async (type) => await push(endOfFrames(type)),
    flush: async () => await log.flush(),
  };
};
