import type { MaskPattern, OwnMask } from '../domain/mask-pattern.ts';

/** Patterns of projects. Throws AppError `storage_unavailable`. */
export interface MaskBook {
  get(tenant: string): Promise<readonly MaskPattern[]>;
  put(tenant: string, patterns: readonly MaskPattern[]): Promise<void>;
}

/** What a project's patterns make of a text. */
export interface OwnMasks {
  /** Not older than a minute; null: the project has none. */
  of(tenant: string, nowMs: number): Promise<OwnMask | null>;
}
