import type { Batch } from '../../../lambdas/sre/domain/batch.ts';
import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import { decodeLogBlock } from '../../../lambdas/sre/in/blocks/log-block.ts';
import { createMasker } from '../../../lambdas/sre/in/mask/masker.ts';
import { createSkewMemory } from '../../../lambdas/sre/in/normalise/times.ts';
import type { OtlpInput } from '../../../lambdas/sre/in/otlp/read-otlp.ts';
import { readBatch } from '../../../lambdas/sre/in/read-batch.ts';
import { signalsOf } from '../../../lambdas/sre/score/signals/signals-of.ts';
import { logsRequest } from './encode.ts';

/** 30 November 2026, 8 o'clock. */
export const ARRIVAL_MS = Date.UTC(2026, 10, 30, 8);

export const nanos = (timeMs: number): string => `${timeMs}000000`;

/** As the function that ingests reads it, a sender that nobody has seen yet. */
export const readFresh = (input: OtlpInput, nowMs = ARRIVAL_MS): Batch =>
  readBatch({ masker: createMasker(), skews: createSkewMemory(), signalsOf }, input, nowMs);

export const jsonInput = (request: object, over: Partial<OtlpInput> = {}): OtlpInput => ({
  signal: 'logs',
  body: Buffer.from(JSON.stringify(request)),
  contentType: 'application/json',
  contentEncoding: '',
  ...over,
});

/** What is stored of these records, sent in one request. */
export const storedLogs = (
  records: readonly unknown[],
  resource?: Readonly<Record<string, object>>,
): readonly LogRecord[] => {
  const { block } = readFresh(jsonInput(logsRequest(records, resource)));
  return block.length === 0 ? [] : decodeLogBlock(block);
};

/** What is stored of this one. */
export const storedLog = (
  record: unknown,
  resource?: Readonly<Record<string, object>>,
): LogRecord => {
  const [stored] = storedLogs([record], resource);
  if (stored === undefined) throw new Error('nothing was stored');
  return stored;
};
