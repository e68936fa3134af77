import type { Settlement } from '../lambdas/ledger/domain/usage.ts';
import type { Period } from '../lambdas/ledger/domain/key.ts';
import type { ProjectPart, ProjectShard } from '../lambdas/ledger/domain/project-cap.ts';

/** One secret as text. */
export interface SecretText {
  read(): Promise<string>;
  write(text: string): Promise<void>;
}

/** The bucket of stream records that failed for good. */
export interface FailedRecords {
  /** Oldest first: names carry the time. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
  remove(name: string): Promise<void>;
}

/** Functions of the stage, called as whoever wakes them calls them. Throws when one fails. */
export interface Functions {
  invoke(name: string, event: object): Promise<void>;
}

/** What the ledger says of one key, read strongly. Money in nano-USD. */
export interface LedgerFigures {
  readonly keyId: string;
  readonly projectId: string;
  readonly period: Period;
  readonly window: string;
  readonly capNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly availableNanoUsd: number;
  readonly heldNanoUsd: number;
  /** The latest settlement, which its usage event may not have followed yet. */
  readonly last: Settlement | null;
}

/** Figures of one hour row by attribute name, as stored: a broken row may hold something else than numbers. */
export type HourFigures = ReadonlyMap<string, unknown>;

export interface LedgerAudit {
  /** Ids of the keys of one project, or of all (null). Reads the whole Keys table. */
  keyIds(projectId: string | null): Promise<readonly string[]>;
  figures(keyId: string): Promise<LedgerFigures | null>;
  /** Hour rows of a key by hour (`2026-11-24T12`), read strongly. */
  hours(keyId: string): Promise<ReadonlyMap<string, HourFigures>>;
  /** Every usage event of a key, page by page. */
  events(keyId: string): AsyncIterable<Settlement>;
  /** Puts an hour row in place of `seen` (null: there was none). false: it changed meanwhile. */
  replaceHour(
    sample: Settlement,
    figures: ReadonlyMap<string, number>,
    seen: HourFigures | null,
  ): Promise<boolean>;
  /** Raises `spent` of a key by what its settlements say, when both are as seen. false: they changed meanwhile. */
  raiseSpent(seen: LedgerFigures, byNanoUsd: number): Promise<boolean>;
  /** Projects that have or had a cap: one, or all (null). Reads the whole Keys table. */
  cappedProjects(projectId: string | null): Promise<readonly string[]>;
  /** The counters of a project's cap that are there, one after the other. */
  shards(projectId: string): Promise<readonly ProjectShard[]>;
  /** What a key's holds took of its project. */
  parts(
    keyId: string,
  ): Promise<readonly { readonly part: ProjectPart; readonly amountNanoUsd: number }[]>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** One request to the base URL, with a key or without. */
export type Ask = (
  method: string,
  path: string,
  key: string | null,
  body?: unknown,
) => Promise<Answer>;
