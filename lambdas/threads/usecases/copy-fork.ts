import type { ForkTask, TurnStarter } from '../ports/starter.ts';
import { copyThread, type ForkThreadDeps } from './fork-thread.ts';

export interface CopyForkDeps extends ForkThreadDeps {
  readonly starter: Pick<TurnStarter, 'startFork'>;
}

/** Copies a fork as far as the time goes, and has the rest copied by a function with time of its own. true: it is whole. */
export const copyFork = async (
  deps: CopyForkDeps,
  task: ForkTask,
  untilMs: number,
): Promise<boolean> => {
  const { title, metadata, requestId, bodyHash, atSeq } = task;
  const origin = await deps.store.get(task.origin);
  // Nobody can read a fork of what is deleted: the sweep erases what was copied of it.
  if (origin === null) return false;
  const { isWhole } = await copyThread(deps, {
    origin,
    atSeq,
    requestId,
    bodyHash,
    ...(title === undefined ? {} : { title }),
    ...(metadata === undefined ? {} : { metadata }),
    untilMs,
  });
  if (!isWhole) await deps.starter.startFork(task);
  return isWhole;
};
