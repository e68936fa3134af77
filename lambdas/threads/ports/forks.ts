import type { MessageStep, Thread } from '../domain/thread.ts';

/** How far a fork is copied. */
export interface ForkProgress {
  /** Last seq of the origin that was looked at. */
  readonly originSeq: number;
  /** Last seq of the fork. */
  readonly lastSeq: number;
}

export type ForkStart =
  | { readonly kind: 'begun'; readonly progress: ForkProgress }
  | { readonly kind: 'whole'; readonly thread: Thread }
  /** `reused`: the id was used with another body. `given_up`: it is being erased, and may then begin again. */
  | { readonly kind: 'reused' | 'deleted' | 'given_up' };

/** Copies of threads in the making. Guarantee: a fork is seen whole or not at all; each step may be repeated. */
export interface ThreadForks {
  /** Begins a fork, or continues one that was begun with the same body. */
  begin(fork: Thread, bodyHash: string, nowMs: number): Promise<ForkStart>;
  /** Stores rows, then that they are stored; false: the fork is whole already, or was given up. */
  copy(fork: Thread, steps: readonly MessageStep[], progress: ForkProgress): Promise<boolean>;
  /** One transaction makes it a thread; a second time does nothing. */
  finish(fork: Thread): Promise<void>;
}
