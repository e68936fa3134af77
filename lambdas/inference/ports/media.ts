import type { KeyState } from '../../ledger/domain/key.ts';
import type { FileLimits } from '../turn/file-limits.ts';
import type { TurnRequest } from '../turn/turn.ts';

/** The files of a turn whose provider wants bytes. */
export interface MediaFiles {
  /**
   * Each address is read once, in a part of `leftMs`, for a key that has something left. One that cannot be read keeps its
   * URL, and why. Throws what `authenticate` throws, before anything is read.
   */
  readonly read: (
    request: TurnRequest,
    limits: FileLimits,
    leftMs: number,
    authenticate: () => Promise<KeyState>,
  ) => Promise<TurnRequest>;
  /** Are there files that are to be read for this provider? */
  readonly isNamed: (request: TurnRequest, limits: FileLimits) => boolean;
  /** A file in the place of each URL, to be measured and never sent: as much as one that nobody has read may be. */
  readonly standIns: (request: TurnRequest, limits: FileLimits) => TurnRequest;
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
