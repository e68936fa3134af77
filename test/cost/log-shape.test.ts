import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BATCH_SHAPES } from '../../cost/log-shape.ts';
import { boundSummary } from '../../lambdas/sre/domain/bound-summary.ts';
import { summaryText } from '../../lambdas/sre/domain/summary-text.ts';
import { createMasker } from '../../lambdas/sre/in/mask/masker.ts';
import { createSkewMemory } from '../../lambdas/sre/in/normalise/times.ts';
import { readBatch } from '../../lambdas/sre/in/read-batch.ts';
import { signalsOf } from '../../lambdas/sre/score/signals/signals-of.ts';
import { developmentDataProblem } from '../support/development-data.ts';
import { BATCH_MS, loghubBatch } from '../support/sre/loghub-batch.ts';

/** What is written down may be so far from what is measured. */
const TOLERANCE = 0.1;
const LINES = 16_000;
const INLINE_BYTES_MAX = 8_192;

const measured = (records: number, services: number) => {
  const deps = { masker: createMasker(), skews: createSkewMemory(), signalsOf };
  const batches = Math.floor(LINES / records);
  const sums = { jsonBytes: 0, gzipBytes: 0, blockBytes: 0, summaryBytes: 0, objectShare: 0 };
  for (let index = 0; index < batches; index++) {
    const body = loghubBatch(index, records, services);
    const input = { body, contentType: 'application/json', contentEncoding: '' };
    const { block, summary } = readBatch(deps, { signal: 'logs', ...input }, BATCH_MS);
    sums.jsonBytes += body.length / batches;
    sums.gzipBytes += gzipSync(body).length / batches;
    sums.blockBytes += block.length / batches;
    sums.summaryBytes += Buffer.byteLength(summaryText(boundSummary(summary))) / batches;
    sums.objectShare += block.length > INLINE_BYTES_MAX ? 1 / batches : 0;
  }
  return sums;
};

describe.skipIf(developmentDataProblem !== null)('batches of real lines', () => {
  test.each(BATCH_SHAPES)('of $records records weigh what the bill says', (shape) => {
    const { objectShare, ...bytes } = measured(shape.records, shape.services);
    expect(Math.abs(objectShare - shape.objectShare)).toBeLessThan(TOLERANCE);
    for (const [name, value] of Object.entries(bytes)) {
      const said = Object.entries(shape).find(([key]) => key === name)?.[1];
      expect(Number(said) / value, `${name}: ${Math.round(value)}`).toBeGreaterThan(1 - TOLERANCE);
      expect(Number(said) / value, `${name}: ${Math.round(value)}`).toBeLessThan(1 + TOLERANCE);
    }
  });
});
