/**
 * What batches of logs weigh, measured on the lines of eight real systems (test/cost/log-shape.test.ts measures them again):
 * OTLP JSON as exporters send it, with ids of traces, two attributes and a resource of eight.
 */
export interface BatchShape {
  readonly records: number;
  /** Services in one batch: an SDK sends those of one, a collector those of many. */
  readonly services: number;
  readonly sender: string;
  /** OTLP JSON of a batch, before any compression. */
  readonly jsonBytes: number;
  /** The same by gzip, as it travels. */
  readonly gzipBytes: number;
  /** As it is stored: columns, zstd. */
  readonly blockBytes: number;
  /** What windows are folded from: in the item, and once more in the index. */
  readonly summaryBytes: number;
  /** Share of the blocks that are too large for their item and go to S3. */
  readonly objectShare: number;
}

const SMALL_BATCH: BatchShape = {
  records: 128,
  services: 1,
  sender: 'an SDK',
  jsonBytes: 54_610,
  gzipBytes: 7_350,
  blockBytes: 5_050,
  summaryBytes: 192,
  objectShare: 0.008,
};

export const LARGE_BATCH: BatchShape = {
  records: 2_000,
  services: 8,
  sender: 'a collector',
  jsonBytes: 848_200,
  gzipBytes: 112_200,
  blockBytes: 71_150,
  summaryBytes: 1_850,
  objectShare: 1,
};

export const BATCH_SHAPES: readonly BatchShape[] = [SMALL_BATCH, LARGE_BATCH];
