import type { LogRecord } from './log-record.ts';
import type { Span } from './span.ts';

/** What a block holds, as `in/` reads it back: a batch of logs has no spans, a batch of traces no logs. */
export interface BlockContent {
  readonly logs: readonly LogRecord[];
  readonly spans: readonly Span[];
  /** As it is without its compression. */
  readonly plainBytes: number;
}

/** Correlation reads so much of a line: the first words end long before. */
export const LINE_CHARS_READ = 300;
