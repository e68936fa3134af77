import type { RunPlace } from '../domain/thread-ids.ts';

/** Starts `run-turn` in a function of its own, at least once. */
export interface TurnStarter {
  start(run: RunPlace): Promise<void>;
  /** The title of the run's thread is written there, perhaps more than once asked for. */
  startTitle(run: RunPlace): Promise<void>;
}
