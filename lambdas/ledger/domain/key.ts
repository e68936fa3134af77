import { UNCAPPED_NANO_USD } from '../../shared/money.ts';
import type { FieldSources } from './tier.ts';
import { windowOf } from './window.ts';

/** The project of the first admin key; a stage may have others. */
export const FIRST_PROJECT_ID = 'project_default';

export const KEY_SCOPES = ['standard', 'admin', 'ingest', 'viewer', 'oncall'] as const;
/**
 * What a key is for. `ingest` sends telemetry and nothing else: a key that leaks out of a collector can spend no money
 * and read nothing. `viewer` reads what an admin reads; `oncall` does, and acts on incidents, silences and steps of
 * runbooks. Neither calls models.
 */
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Scopes that call models and own threads. */
export const CALLER_SCOPES: ReadonlySet<KeyScope> = new Set(['standard', 'admin']);
/** Scopes that read everything of their project. */
export const READER_SCOPES: ReadonlySet<KeyScope> = new Set(['admin', 'viewer', 'oncall']);
/** Scopes that act on incidents, silences and steps of runbooks. */
export const RESPONDER_SCOPES: ReadonlySet<KeyScope> = new Set(['admin', 'oncall']);

/** A revoked key stays revoked; a paused one may be resumed. */
export type KeyStatus = 'active' | 'paused' | 'revoked';
/** What becomes of a call whose output limit the budget does not afford: it is refused, or its limit is lowered. */
export type OversizeRule = 'refuse' | 'clamp';
/** How often a key's budget starts again, at midnight UTC; `lifetime`: never. */
export type Period = 'lifetime' | 'day' | 'week' | 'month';

/** Limits that a key has when its creator names none. */
export const KEY_DEFAULTS = {
  rpm: 600,
  maxConcurrency: 50,
  warnAt: [0.5, 0.8, 1],
  ingestBytesADay: 10_000_000_000,
} as const;
export const KEY_LIMITS = {
  maxConcurrencyMax: 1_000,
  rpmMax: 100_000,
  ingestBytesADayMax: 100_000_000_000_000,
} as const;

/** One consistent view of a key's `STATE` item; names, metadata and cohort live in its profile. Money in nano-USD, times in epoch ms. */
export interface KeyState {
  readonly keyId: string;
  readonly projectId: string;
  /** The end user that the key is bound to; null: nobody. */
  readonly userId: string | null;
  readonly scope: KeyScope;
  readonly status: KeyStatus;
  /** null: no allow-list, every model. */
  readonly allowedModels: readonly string[] | null;
  /** null: no cap. */
  readonly capNanoUsd: number | null;
  /** Its project has a cap, which binds the key whether it has one of its own or not. */
  readonly isProjectCapped: boolean;
  readonly period: Period;
  /** Id of the budget period: `lifetime`, `2026-11-24`, `2026-W48`, `2026-11`. Ids of one kind sort by time. */
  readonly window: string;
  readonly availableNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly holdCount: number;
  readonly rpm: number;
  readonly maxConcurrency: number;
  readonly expiresAtMs: number | null;
  readonly warnAt: readonly number[];
  readonly onOversize: OversizeRule;
  readonly tier: string | null;
  /** null: a key of before there were tiers with values, whose fields are all its own. */
  readonly sources: FieldSources | null;
  /** Bytes of telemetry that a key of scope `ingest` may send in a day (UTC), as they are without compression. */
  readonly ingestBytesADay: number;
}

/** Is there a cap that a call of this key may reach? Then nothing may pass that has no price. */
export const isCapped = (key: Pick<KeyState, 'capNanoUsd' | 'isProjectCapped'>): boolean =>
  key.capNanoUsd !== null || key.isProjectCapped;

/** The words about a key (`sk = PROFILE`), joined to figures when somebody reads them. */
export interface KeyProfile {
  readonly keyId: string;
  readonly projectId: string;
  readonly name: string;
  readonly userId: string | null;
  readonly cohort: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
}

/**
 * The key as a caller at `nowMs` would find it: the first write of a new period resets the budget,
 * so a reader before that write sees it reset already.
 */
export const keyAsOf = (key: KeyState, nowMs: number): KeyState => {
  const window = windowOf(key.period, nowMs);
  if (window <= key.window) return key;
  return {
    ...key,
    window,
    spentNanoUsd: 0,
    heldNanoUsd: 0,
    availableNanoUsd: key.capNanoUsd ?? UNCAPPED_NANO_USD,
  };
};
