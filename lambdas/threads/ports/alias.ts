import type { DialectVersion } from '../domain/dialect.ts';
import type { AliasName } from '../domain/project.ts';
import type { Run, Thread } from '../domain/thread.ts';
import type { Timers } from '../../shared/deps.ts';
import type { ChunkLog } from './chunks.ts';
import type { ThreadStore } from './store.ts';

export interface HistoryDeps {
  readonly store: ThreadStore;
  readonly chunks: ChunkLog;
  readonly timers: Timers;
}

/** What an alias signs a webhook's call with, beside our own headers. */
export interface WebhookStamp {
  readonly timestampMs: number;
  readonly signature: string;
}

/**
 * A dialect that a project's native routes speak in place of their own: where they read a request, write an answer or
 * call a webhook, they ask it. Nobody else knows whose API it is.
 */
export interface DialectAlias {
  readonly name: AliasName;
  /** The versions of its stream, the first one first. */
  readonly versions: readonly DialectVersion[];
  /** Its clients keep one stream open while a call waits for its result. */
  readonly isOpenOverWaits: boolean;
  /** The body of a turn as a native one; one that is native already stays as it is. */
  readTurn(raw: unknown): unknown;
  /** The body of a tool's result as a native one. */
  readToolResult(raw: unknown): unknown;
  /** On every answer about a run. */
  runHeaders(run: Run): Readonly<Record<string, string>>;
  webhookHeaders(stamp: WebhookStamp): Readonly<Record<string, string>>;
  /** The body of a page of history. Throws AppError for a query that it does not take. */
  readHistory(
    deps: HistoryDeps,
    thread: Thread,
    query: Readonly<Record<string, string>>,
  ): Promise<object>;
}

/** Every alias that a project may choose. */
export type Aliases = Readonly<Record<AliasName, DialectAlias>>;
