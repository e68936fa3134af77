import type { RunPlace, ThreadPlace } from '../domain/thread-ids.ts';

/** A fork that was begun: the same words as its request's. */
export interface ForkTask {
  readonly origin: ThreadPlace;
  readonly atSeq: number;
  readonly requestId: string;
  readonly bodyHash: string;
  readonly title?: string | null | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Starts `run-turn` in a function of its own, at least once. */
export interface TurnStarter {
  start(run: RunPlace): Promise<void>;
  /** The title of the run's thread is written there, perhaps more than once asked for. */
  startTitle(run: RunPlace): Promise<void>;
  /** A fork that its request had no time for is copied there. */
  startFork(task: ForkTask): Promise<void>;
}
