import type { LoggedEvent, RunEvent } from '../domain/run-event.ts';
import type { RunPlace } from '../domain/thread-ids.ts';

/** Who writes a run: its epoch, and a nonce that is this producer's own. */
export interface RunWriter {
  readonly epoch: number;
  readonly nonce: string;
}

/** Events that are stored at once, from `firstIndex` on without a gap. */
export interface Chunk {
  readonly firstIndex: number;
  readonly events: readonly RunEvent[];
}

/**
 * The log of a run's events. Guarantee: what was stored at an index stays there for every reader for ever.
 * `append` answers `fenced` when another producer has taken the index: the caller must stop.
 */
export interface ChunkLog {
  append(run: RunPlace, writer: RunWriter, chunk: Chunk): Promise<'stored' | 'fenced'>;
  /**
   * Events after the cursor's index, as far as one page goes; strong. An empty page: nothing more yet. A page ends with
   * a chunk, so who reads on says `isEdge`: that event is the last of its chunk, and nothing before it need be read.
   */
  read(run: RunPlace, afterIndex: number, isEdge?: boolean): Promise<readonly LoggedEvent[]>;
  /** The same of an ended run, from its packed log. */
  readPacked(run: RunPlace, afterIndex: number): Promise<readonly LoggedEvent[]>;
}
