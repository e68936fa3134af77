import type { ThreadPlace } from '../domain/thread-ids.ts';

/** Removes what deleted threads left. Safe to repeat. */
export interface ThreadEraser {
  /** Deleted threads that have something left. */
  due(nowMs: number, limit: number): Promise<readonly ThreadPlace[]>;
  /** Steps, runs, chunks, requests, objects; the thread itself last. */
  erase(place: ThreadPlace): Promise<void>;
}
