import type { DialectVersion } from '../domain/dialect.ts';
import type { AliasName } from '../domain/project.ts';
import type { Run, Thread } from '../domain/thread.ts';
import type { ThreadRow } from '../domain/thread-row.ts';
import type { ErrorCode } from '../../shared/app-error.ts';
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
  /** The body of a turn in this thread as a native one; one that is native already stays as it is. */
  readTurn(raw: unknown, thread: Thread): unknown;
  /** A turn's whole answer, from the native one. */
  renderAnswer(row: object, run: Run): object;
  /** The bodies of a new thread and of a change as native ones. `isUnbound`: the key belongs to no end user. */
  readNewThread(raw: unknown, isUnbound: boolean): unknown;
  readThreadPatch(raw: unknown): unknown;
  readThreadQuery(
    query: Readonly<Record<string, string>>,
    isUnbound: boolean,
  ): Readonly<Record<string, string>>;
  renderThread(view: ThreadRow): object;
  /** The body of a tool's result as a native one. */
  readToolResult(raw: unknown): unknown;
  /** How a result is refused that nobody waits for. */
  readonly lateResult: Extract<ErrorCode, 'run_ended' | 'not_found'>;
  /** On every answer about a run. */
  runHeaders(run: Run): Readonly<Record<string, string>>;
  webhookHeaders(stamp: WebhookStamp): Readonly<Record<string, string>>;
  /** The body of a page of history. Throws AppError for a query that it does not accept. */
  readHistory(
    deps: HistoryDeps,
    thread: Thread,
    query: Readonly<Record<string, string>>,
  ): Promise<object>;
}

/** Every alias that a project may choose. */
export type Aliases = Readonly<Record<AliasName, DialectAlias>>;
