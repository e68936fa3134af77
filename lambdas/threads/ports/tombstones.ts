import type { MessageStep } from '../domain/thread.ts';
import type { RunPlace, ThreadPlace } from '../domain/thread-ids.ts';

/** What is taken back without being overwritten. */
export interface ThreadTombstones {
  /** No reader sees the run as a response any more. */
  hideRun(run: RunPlace, nowMs: number): Promise<void>;
  /** The thread leaves every list now, and is erased then. */
  expire(place: ThreadPlace, atMs: number): Promise<void>;
  /** Deletes blocks of a row for every reader and every model. false: there is no such row. */
  removeBlocks(
    place: ThreadPlace,
    step: Pick<MessageStep, 'seq' | 'step'>,
    blocks: readonly number[],
  ): Promise<boolean>;
}
