import type { ThreadPlace } from '../domain/thread-ids.ts';

/** Titles that a model writes. Guarantee: one at a time, a few tries in all, written once, never over a person's. */
export interface ThreadTitles {
  /** Takes a try; false: somebody else is at it, it was written, or it failed too often. */
  claim(place: ThreadPlace, nowMs: number): Promise<boolean>;
  /** A try that failed is over: the next answer may take another one. */
  release(place: ThreadPlace): Promise<void>;
  /** false: the thread has a title meanwhile, or is gone. */
  write(place: ThreadPlace, title: string, nowMs: number): Promise<boolean>;
}
