import { createHash } from 'node:crypto';
import type { Batch } from '../../../lambdas/sre/domain/batch.ts';
import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import type { Span } from '../../../lambdas/sre/domain/span.ts';
import { encodeLogBlock } from '../../../lambdas/sre/in/blocks/log-block.ts';
import { encodeSpanBlock } from '../../../lambdas/sre/in/blocks/span-block.ts';
import { summarise, summariseSpans } from '../../../lambdas/sre/in/summary/summarise.ts';
import { signalsOf } from '../../../lambdas/sre/score/signals/signals-of.ts';

/** These records as a batch that was read, whatever a sender could have sent. */
export const logBatch = (records: readonly LogRecord[]): Batch =>
  batchOf(
    'logs',
    encodeLogBlock(records),
    summarise(records, signalsOf),
    records.map(({ timeMs }) => timeMs),
  );

export const spanBatch = (spans: readonly Span[]): Batch =>
  batchOf(
    'traces',
    encodeSpanBlock(spans),
    summariseSpans(spans),
    spans.map(({ startMs }) => startMs),
  );

const batchOf = (
  kind: Batch['kind'],
  block: Uint8Array,
  summary: Batch['summary'],
  times: readonly number[],
): Batch => ({
  kind,
  hash: createHash('sha256').update(block).digest('hex'),
  bytes: block.length,
  records: times.length,
  rejected: 0,
  message: '',
  block,
  summary,
  fromMs: Math.min(...times),
  toMs: Math.max(...times),
});
