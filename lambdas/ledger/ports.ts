import type { KeyCredential } from '../shared/credential.ts';
import type {
  KeyProfile,
  KeyScope,
  KeyState,
  KeyStatus,
  OversizeRule,
  Period,
} from './domain/key.ts';
import type { CapHit, CapMonth } from './domain/cap.ts';
import type { HoldWitness } from './domain/hold.ts';
import type { HoldOfProject, ProjectBudget } from './domain/project-cap.ts';
import type { CallerRefusal, HoldRefusal } from './domain/refusal.ts';
import type { FieldSources } from './domain/tier.ts';
import type { Settlement } from './domain/usage.ts';

/** Asks for the money of one call: its worst case, in nano-USD, held until `expiresAtMs` at the latest. */
export interface HoldRequest extends KeyCredential {
  /** Unique per call; the sortable part of the request id. */
  readonly holdId: string;
  readonly amountNanoUsd: number;
  readonly model: string;
  /** What the expiry needs to write a whole settlement when the call died. */
  readonly provider: string;
  readonly feature: string | null;
  readonly nowMs: number;
  readonly expiresAtMs: number;
  /** What the key's list of models must have; absent: the model itself. */
  readonly allowedAs?: string;
  /** Absent: nothing but the settlement shows whether the call was made. */
  readonly witness?: HoldWitness;
}

/** Money taken from a key until it is settled, released or expired. */
export interface Hold {
  readonly holdId: string;
  readonly keyId: string;
  readonly window: string;
  readonly amountNanoUsd: number;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  /** Minutes of `rate` that the settle of this call removes. */
  readonly staleMinutes: readonly string[];
  /** What it took from its project. Absent: nothing, or whoever ends it does not know. */
  readonly project?: HoldOfProject;
}

/**
 * `key`: the key's state as the write left or found it; null: there is no such key. `project`: its cap is what refused, and
 * the key's would have let the call pass.
 */
export type HoldOutcome =
  | { readonly kind: 'held'; readonly hold: Hold; readonly key: KeyState }
  | {
      readonly kind: 'refused';
      readonly reason: HoldRefusal;
      readonly key: KeyState | null;
      readonly project?: ProjectBudget;
    };

/** The answer to a settle: `already_ended` when the hold was settled, released or expired before. */
export type SettleOutcome = { readonly kind: 'settled' } | { readonly kind: 'already_ended' };

/** A call as the key's item knows it. `settled` is seen there until the key's next settlement. */
export type LedgerCall =
  | { readonly kind: 'running'; readonly call: RunningCall }
  | { readonly kind: 'settled'; readonly settlement: Settlement };

/** A call whose hold is in place: it runs, or its process died and its hold has not expired yet. */
export interface RunningCall {
  readonly keyId: string;
  readonly holdId: string;
  readonly model: string;
  readonly provider: string;
  readonly feature: string | null;
  readonly heldNanoUsd: number;
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * The spend ledger. Guarantees: the sum of settled cost never passes the cap; a hold ends exactly once.
 * Throws AppError `storage_unavailable` when the store does not answer: callers refuse, never forward.
 */
export interface SpendLedger {
  /** One conditional write: authenticates, checks cap, rate, concurrency, allow-list. Rolls an old window over first. */
  hold(request: HoldRequest): Promise<HoldOutcome>;
  /** One write. A zero-cost settlement with status `released` gives everything back. */
  settle(hold: Hold, settlement: Settlement): Promise<SettleOutcome>;
  /**
   * One write. The hold never was: its money and its place in the minute go back, and no usage shows it. For a hold
   * that no call came of; one that ended is left alone.
   */
  withdraw(hold: Hold): Promise<void>;
  /** What the key's item knows of a call; null: nothing (any more). */
  find(keyId: string, holdId: string): Promise<LedgerCall | null>;
  /**
   * Ends every hold of this key that is past its expiry, at its full amount, but for one that its witness does not know:
   * that one never was. Returns how many were charged.
   */
  expireHolds(keyId: string, nowMs: number): Promise<number>;
  /** Keys whose `sweep_at` is due, one page. */
  keysToSweep(nowMs: number, limit: number): Promise<readonly string[]>;
}

/** Whether a credential is good at the moment; callers give the world no reason. */
export type Authentication =
  | { readonly kind: 'authenticated'; readonly key: KeyState }
  | { readonly kind: 'refused'; readonly reason: CallerRefusal };

/** A key to be made; `capNanoUsd` null: no cap. The secret itself is nowhere, only its hash. */
export interface NewKey {
  readonly keyId: string;
  readonly secretHash: string;
  readonly projectId: string;
  readonly scope: KeyScope;
  readonly capNanoUsd: number | null;
  readonly period: Period;
  readonly allowedModels: readonly string[] | null;
  readonly tier: string | null;
  readonly sources?: FieldSources;
  readonly rpm: number;
  readonly maxConcurrency: number;
  readonly warnAt: readonly number[];
  /** Absent: refuse. */
  readonly onOversize?: OversizeRule;
  /** Absent: the default. */
  readonly ingestBytesADay?: number;
  readonly expiresAtMs: number | null;
  readonly profile: KeyProfile;
  readonly nowMs: number;
}

/** Fields that are absent stay as they are; null clears. */
export interface KeyPatch {
  readonly capNanoUsd?: number | null;
  readonly allowedModels?: readonly string[] | null;
  readonly tier?: string | null;
  readonly sources?: FieldSources;
  readonly rpm?: number;
  readonly maxConcurrency?: number;
  readonly warnAt?: readonly number[];
  readonly onOversize?: OversizeRule;
  readonly ingestBytesADay?: number;
  readonly expiresAtMs?: number | null;
  readonly status?: Exclude<KeyStatus, 'revoked'>;
  readonly name?: string;
  readonly userId?: string | null;
  readonly cohort?: Readonly<Record<string, string>>;
  /** Merged; an entry whose value is null is removed. */
  readonly metadata?: Readonly<Record<string, string | null>>;
}

/** A key whole: what the ledger counts, and what people say of it. */
export interface KeyRecord {
  readonly state: KeyState;
  readonly profile: KeyProfile;
}

/** Keys of one project, newest first; a filter that is absent lets every key through. */
export interface KeyQuery {
  readonly projectId: string;
  readonly userId?: string;
  readonly name?: string;
  readonly status?: KeyStatus;
  readonly metadata: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Who asks. */
export interface KeyDoor {
  /** Of whoever asks routes: a key of scope `ingest` is refused. What each other scope may do is its door's word. */
  authenticate(credential: KeyCredential, nowMs: number): Promise<Authentication>;
  /** Of whoever sends telemetry: a key of any other scope is refused. */
  authenticateSender(credential: KeyCredential, nowMs: number): Promise<Authentication>;
}

/** Everything about keys but the money in flight. Of a foreign project a key answers as a missing one (null). */
export interface KeyRegister extends KeyDoor {
  /** Fails with AppError `conflict` when the id is taken. */
  create(key: NewKey): Promise<KeyRecord>;
  get(projectId: string, keyId: string): Promise<KeyRecord | null>;
  /** Words about many keys in few reads, by key id; keys that are missing or foreign are left out. */
  profiles(projectId: string, keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyProfile>>;
  /** Words about every key of the project. Throws AppError `answer_too_large` rather than leave any out. */
  everyProfile(projectId: string): Promise<readonly KeyProfile[]>;
  list(
    query: KeyQuery,
  ): Promise<{ readonly records: readonly KeyRecord[]; readonly nextCursor: string | null }>;
  patch(
    projectId: string,
    keyId: string,
    patch: KeyPatch | ((key: KeyState) => KeyPatch),
    nowMs: number,
  ): Promise<KeyRecord | null>;
  /**
   * The old secret works until `graceUntilMs`, 0: not for a moment. The same secret again changes nothing. Fails with
   * `conflict` when the key is revoked.
   */
  rotate(
    projectId: string,
    keyId: string,
    secretHash: string,
    graceUntilMs: number,
  ): Promise<KeyRecord | null>;
  revoke(projectId: string, keyId: string, nowMs: number): Promise<KeyRecord | null>;
}

/** A span of usage, epoch ms, `fromMs` included and `toMs` not. */
export interface UsageQuery {
  readonly projectId: string;
  /** null: every key of the project. */
  readonly keyId: string | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Totals of one key in one hour, as stored. Sums are exact: bigint nano-USD. */
export interface UsageHour {
  readonly keyId: string;
  /** Start of the hour, epoch ms, UTC. */
  readonly hourMs: number;
  readonly total: UsageTotals;
  readonly byModel: Readonly<Record<string, UsageTotals>>;
  readonly byFeature: Readonly<Record<string, UsageTotals>>;
  /** Counts per latency bucket of `domain/latency-buckets.ts`. */
  readonly firstTokenBuckets: readonly number[];
  readonly totalBuckets: readonly number[];
}

/** Sums over calls; `counts` by the figures of `USAGE_FIGURES`. */
export interface UsageTotals {
  readonly costNanoUsd: bigint;
  readonly requestCount: number;
  readonly errorCount: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Usage events and their hourly roll-ups. */
export interface UsageStore {
  /** One transaction: puts the event (must not exist) and adds to the key's hour. false: it was there already. */
  record(settlement: Settlement): Promise<boolean>;
  /**
   * The same of many, in their order. Those of a key's hour are one transaction, as far as one can hold them: a busy key
   * writes its hour once for all of them. One that failed says nothing of the others.
   */
  recordAll(settlements: readonly Settlement[]): Promise<readonly PromiseSettledResult<boolean>[]>;
  /** Whole hours, in no order. Throws AppError `answer_too_large` rather than leave any out. */
  hours(query: UsageQuery): Promise<readonly UsageHour[]>;
  /** Events of one key, newest first, after the hold `before`; `next` is the hold to continue after, null at the end. */
  events(
    query: UsageQuery & {
      readonly keyId: string;
      readonly limit: number;
      readonly before: string | null;
    },
  ): Promise<{ readonly events: readonly Settlement[]; readonly next: string | null }>;
  event(keyId: string, holdId: string): Promise<Settlement | null>;
}

/** The flag that stops a running call; its producer reads it once a second. */
export interface CancelFlags {
  raise(keyId: string, holdId: string, nowMs: number): Promise<void>;
  isRaised(keyId: string, holdId: string): Promise<boolean>;
}

/** Who reached a cap, how often, and what was asked for then. */
export interface CapBook {
  /** One write a key and minute: a caller that repeats at its cap costs no more. */
  note(hit: CapHit): Promise<void>;
  /** Throws AppError `answer_too_large` rather than leave any out. */
  ofMonth(projectId: string, month: string): Promise<readonly CapMonth[]>;
}
