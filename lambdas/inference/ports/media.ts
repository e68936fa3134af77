import type { FileLimits } from '../turn/file-limits.ts';
import type { TurnRequest } from '../turn/turn.ts';

/** The files of a turn whose provider wants bytes. */
export interface MediaFiles {
  /**
   * Each address is read once, in a part of `leftMs`, until `leave` is aborted. One that cannot be read keeps its URL, and
   * why.
   */
  readonly read: (
    request: TurnRequest,
    limits: FileLimits,
    leftMs: number,
    leave: AbortSignal,
  ) => Promise<TurnRequest>;
  /** Are there files that are to be read for this provider? */
  readonly isNamed: (request: TurnRequest, limits: FileLimits) => boolean;
  /** A file in the place of each URL, to be measured and never sent. `documents`: how many of them may be of any length. */
  readonly standIns: (
    request: TurnRequest,
    limits: FileLimits,
  ) => { readonly request: TurnRequest; readonly documents: number };
}

/** A file from somebody's address, or why there is none, in words for whoever named the address. */
export type ReadFile =
  | { readonly mediaType: string; readonly bytes: Uint8Array }
  | { readonly problem: string };

/** Reads what an address that a caller chose answers. Throws nothing for what the address does. */
export type ReadMedia = (
  url: string,
  asked: {
    readonly type: 'image' | 'document';
    readonly bytesMax: number;
    readonly signal: AbortSignal;
  },
) => Promise<ReadFile>;
