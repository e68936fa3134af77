import type { BlockContent } from '../domain/block.ts';
import type { LogFilter } from '../domain/log-query.ts';
import type { LogRecord } from '../domain/log-record.ts';
import type { Span } from '../domain/span.ts';

/** Where a page ended: the record's time and id. */
export interface LogPlace {
  readonly timeMs: number;
  readonly id: string;
}

export interface LogQuery extends LogFilter {
  readonly tenant: string;
  readonly limit: number;
  /** Where the page before ended; null: from the newest. */
  readonly before: LogPlace | null;
  readonly wantsHistogram: boolean;
}

export interface LogHit {
  readonly id: string;
  readonly record: LogRecord;
}

export interface LogPage {
  /** Newest first. */
  readonly hits: readonly LogHit[];
  /** null: nothing is left. */
  readonly next: LogPlace | null;
  /** There was more to read than one search may: what was not read may hold more. */
  readonly isTruncated: boolean;
  readonly scannedBytes: number;
  /** Hits by the beginning of their span of time; null: nobody asked. */
  readonly histogram: readonly { readonly fromMs: number; readonly count: number }[] | null;
}

export interface TraceQuery {
  readonly tenant: string;
  readonly traceId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Trace {
  /** In the order of their beginning. */
  readonly spans: readonly Span[];
  readonly logs: readonly LogHit[];
  readonly isTruncated: boolean;
}

/** Logs and traces as people look for them. Throws AppError `storage_unavailable`. */
export interface LogSearch {
  search(query: LogQuery): Promise<LogPage>;
  trace(query: TraceQuery): Promise<Trace>;
  /** Records by their ids; those that are gone are left out. */
  records(tenant: string, ids: readonly string[]): Promise<ReadonlyMap<string, LogRecord>>;
}

/** What one block holds, to be found by its words. */
export interface IndexedBlock {
  readonly tenant: string;
  readonly hash: string;
  readonly content: BlockContent;
}

/** Where a search finds records. Throws AppError `storage_unavailable` when something was not taken: to add again what is there changes nothing. */
export interface LogIndex {
  /** Answers how many records the index refuses for good. */
  add(blocks: AsyncIterable<IndexedBlock>): Promise<number>;
}
