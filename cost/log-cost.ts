import { MARKS_MAX } from '../lambdas/sre/adapters/counted-batches.ts';
import { KB } from './call-writes.ts';
import type { Inventory } from './inventory.ts';
import { invocationBytes } from './log-bytes.ts';
import type { BatchShape } from './log-shape.ts';
import { functionNamed, tableNamed } from './parts.ts';
import { PRICES } from './prices.ts';
import { INDEX_BYTES_A_RECORD, searchDomain, type SearchDomain } from './search-domain.ts';

const GB = 1e9;
const DAYS = 365;
const SECONDS_A_YEAR = DAYS * 86_400;
/** Days that blocks and indexes are kept unless a stage says otherwise: lib/shared/stage-config.ts. */
export const KEPT_DAYS = 9;
const PEAK = 2;

/** Names, keys and numbers of a block's item; test/contract/log-units.test.ts compares what an engine counts. */
const BLOCK_ITEM_BYTES = 400;
/** Days of a key, and of a source of it, are rows of less than 1 KB. */
const USAGE_ROWS = 1;

/** Processor time of `ingest`, ms a MB of OTLP JSON, as docs/performance.md has it, and the waits of a batch. */
const INGEST_CPU_MS_A_MB = 40;
const INGEST_TABLE_MS = 12;
const INGEST_OBJECT_MS = 30;
/** What `ingest` prints of a batch: one line of metrics. */
const INGEST_PRINTED_BYTES = 560;
/** Reads of a batch: its key, its quota. */
const INGEST_READS = 2;

/** Every ten seconds; the index is read from 30 s before the last time on. */
const EVALUATIONS_A_YEAR = SECONDS_A_YEAR / 10;
const EVALUATION_READS_SECONDS = 40;
const LANES = 16;
const PARTS = 16;
/** As docs/performance.md has it: processor time of one, and state a service; and what a reading of tables adds. */
const EVALUATE_MS_A_SERVICE = 0.12;
const EVALUATE_WAIT_MS = 60;
const PART_BYTES_A_SERVICE = 114;
const EVALUATE_PRINTED_BYTES = 400;
/** Whose baselines stand still: a query that may be a moment old. */
const OPEN_INCIDENTS_UNITS = 0.5;
/** Once an hour, in a transaction with the windows, which doubles the units of both. */
const DRIFT_KB_A_SERVICE = 3;
/** The templates of a tenant as they are stored, and how often they change. */
const TEMPLATES_KB = 64;
const TEMPLATES_KEPT_A_DAY = 200;
/** Blocks with a line that is printed at once. */
const HOT_SHARE = 0.001;
const ANOMALIES_A_DAY = 200;
const ANOMALY_UNITS = 8;

/** People and dashboards that search, and what one search reads. */
const SEARCHES_A_DAY = 1_000;
const SEARCH_BYTES = 16e6;
const SEARCH_MS = 800;

/** `index-logs` reads blocks in batches of so many, and makes JSON of them again. */
const INDEX_BATCH = 10;

export interface LogLine {
  readonly service: string;
  readonly what: string;
  /** Of a year. */
  readonly quantity: number;
  readonly usd: number;
}

export type SearchEngine = 'scan' | 'opensearch';

export interface LogLoad {
  /** OTLP JSON a day before compression; a GB is 10^9 bytes. */
  readonly gbADay: number;
  readonly services: number;
  readonly shape: BatchShape;
  readonly search: SearchEngine;
}

export interface LogBill extends LogLoad {
  readonly lines: readonly LogLine[];
  readonly usd: number;
  readonly domain: SearchDomain | null;
}

/** A year of logs of one tenant: every byte that is stored, every request, every second of a function. */
export const logBill = (inventory: Inventory, load: LogLoad): LogBill => {
  const batches = ((load.gbADay * GB) / load.shape.jsonBytes) * DAYS;
  const domain =
    load.search === 'scan'
      ? null
      : searchDomain({
          recordsPerSecond: (batches * load.shape.records) / SECONDS_A_YEAR,
          peak: PEAK,
          indexGb:
            ((batches * load.shape.records) / DAYS) * KEPT_DAYS * (INDEX_BYTES_A_RECORD / GB),
        });
  const lines = [
    ...ingestLines(inventory, load, batches),
    ...storedLines(inventory, load, batches),
    ...evaluateLines(inventory, load, batches),
    ...(domain === null
      ? scanLines(inventory, load)
      : [...indexLines(inventory, load, batches), ...domain.lines]),
  ];
  return { ...load, lines, usd: lines.reduce((sum, { usd }) => sum + usd, 0), domain };
};

const line = (service: string, what: string, quantity: number, usdEach: number): LogLine => ({
  service,
  what,
  quantity,
  usd: quantity * usdEach,
});

/** By what their logical ids contain. */
const FUNCTIONS = {
  ingest: 'sreingest',
  evaluate: 'sreevaluate',
  'score-logs': 'srescorelogs',
  sre: 'sreroutessre',
} as const;

const functionLines = (
  inventory: Inventory,
  name: keyof typeof FUNCTIONS,
  { times, ms, printed }: { readonly times: number; readonly ms: number; readonly printed: number },
): readonly LogLine[] => {
  const seconds = functionNamed(inventory, FUNCTIONS[name]).memoryGb * (ms / 1_000);
  return [
    line('Lambda', `\`${name}\`, invocations`, times, PRICES.lambdaRequest.usd),
    line('Lambda', `\`${name}\`, GB seconds`, times * seconds, PRICES.lambdaArmGbSecond.usd),
    line(
      'CloudWatch',
      `\`${name}\`, GB of what it prints`,
      (times * invocationBytes(printed)) / GB,
      PRICES.logsGb.usd,
    ),
  ];
};

const itemUnits = (bytes: number): number => Math.ceil(bytes / KB);

/** Units of the write of a block: its item, and its entry in the index of arrivals. */
export const blockUnits = ({ blockBytes, summaryBytes, objectShare }: BatchShape): number => {
  const head = BLOCK_ITEM_BYTES + summaryBytes;
  const inline = itemUnits(head + blockBytes);
  return objectShare * itemUnits(head) + (1 - objectShare) * inline + itemUnits(head);
};

/** Rows of a batch, of its key and of each service: what moves their marks is three writes for a row that is full. */
const usageUnits = ({ services }: BatchShape): number =>
  (USAGE_ROWS + services) * (1 + 3 / MARKS_MAX);

const ingestLines = (
  inventory: Inventory,
  { shape }: LogLoad,
  batches: number,
): readonly LogLine[] => {
  const requestUnits = Math.ceil(shape.gzipBytes / 512_000);
  const ms =
    (shape.jsonBytes / 1e6) * INGEST_CPU_MS_A_MB +
    INGEST_TABLE_MS +
    shape.objectShare * INGEST_OBJECT_MS;
  const units = PRICES.dynamoWriteUnit.usd;
  return [
    line('API Gateway', 'requests', batches * requestUnits, PRICES.httpRequest.usd),
    ...functionLines(inventory, 'ingest', { times: batches, ms, printed: INGEST_PRINTED_BYTES }),
    line('DynamoDB', 'blocks and their index, write units', batches * blockUnits(shape), units),
    line('DynamoDB', 'usage of keys, write units', batches * usageUnits(shape), units),
    line(
      'DynamoDB',
      'keys and quotas, read units',
      batches * INGEST_READS,
      PRICES.dynamoReadUnit.usd,
    ),
    line('S3', 'blocks above 8 KB, puts', batches * shape.objectShare, PRICES.objectPut.usd),
  ];
};

/** What is stored there at any time, once the first days are over. */
const storedLines = (
  inventory: Inventory,
  { shape }: LogLoad,
  batches: number,
): readonly LogLine[] => {
  const kept = (batches / DAYS) * KEPT_DAYS;
  const head = BLOCK_ITEM_BYTES + shape.summaryBytes;
  const inline = (1 - shape.objectShare) * shape.blockBytes;
  const table = ((head + inline) * kept) / GB;
  const backup = tableNamed(inventory, 'LogsTable').hasBackup
    ? [
        line(
          'DynamoDB',
          'point-in-time recovery of them, GB months',
          table * 12,
          PRICES.dynamoBackupGbMonth.usd,
        ),
      ]
    : [];
  return [
    line(
      'DynamoDB',
      'blocks and summaries, twice the summaries, GB months',
      (table + (head * kept) / GB) * 12,
      PRICES.dynamoGbMonth.usd,
    ),
    ...backup,
    line(
      'S3',
      'blocks, GB months',
      ((shape.objectShare * shape.blockBytes * kept) / GB) * 12,
      PRICES.objectGbMonth.usd,
    ),
  ];
};

const evaluateLines = (
  inventory: Inventory,
  { shape, services }: LogLoad,
  batches: number,
): readonly LogLine[] => {
  const hot = batches * HOT_SHARE;
  const times = EVALUATIONS_A_YEAR + hot;
  const summaryBytes =
    (batches / SECONDS_A_YEAR) * EVALUATION_READS_SECONDS * (BLOCK_ITEM_BYTES + shape.summaryBytes);
  const partKb = Math.max(1, Math.ceil(((services / PARTS) * PART_BYTES_A_SERVICE) / KB));
  // Of an index half a unit for 4 KB, of a query half a unit at least; of a part by its key a whole one.
  const reads =
    Math.max(LANES / 2, summaryBytes / (8 * KB)) +
    PARTS * Math.ceil(partKb / 4) +
    TEMPLATES_KB / 4 +
    1 +
    OPEN_INCIDENTS_UNITS;
  const units = PRICES.dynamoWriteUnit.usd;
  return [
    ...functionLines(inventory, 'evaluate', {
      times,
      ms: services * EVALUATE_MS_A_SERVICE + EVALUATE_WAIT_MS,
      printed: EVALUATE_PRINTED_BYTES,
    }),
    line(
      'DynamoDB',
      'summaries, windows, templates, read units',
      times * reads,
      PRICES.dynamoReadUnit.usd,
    ),
    line('DynamoDB', 'windows, write units', times * Math.min(PARTS, services) * partKb, units),
    line(
      'DynamoDB',
      'hours of services, write units',
      DAYS * 24 * services * (2 * DRIFT_KB_A_SERVICE + partKb),
      units,
    ),
    line('DynamoDB', 'templates, write units', DAYS * TEMPLATES_KEPT_A_DAY * TEMPLATES_KB, units),
    line('DynamoDB', 'anomalies, write units', DAYS * ANOMALIES_A_DAY * ANOMALY_UNITS, units),
    // Sent in tens, received and deleted one by one.
    line('SQS', 'requests', times * 2.1, PRICES.queueRequest.usd),
    ...functionLines(inventory, 'score-logs', { times: hot, ms: 30, printed: 0 }),
  ];
};

const scanLines = (inventory: Inventory, { shape }: LogLoad): readonly LogLine[] => {
  const searches = SEARCHES_A_DAY * DAYS;
  const blocks = SEARCH_BYTES / shape.blockBytes;
  return [
    line(
      'S3',
      'blocks read by searches',
      searches * blocks * shape.objectShare,
      PRICES.objectGet.usd,
    ),
    line(
      'DynamoDB',
      'blocks read by searches, read units',
      searches *
        blocks *
        ((BLOCK_ITEM_BYTES + shape.summaryBytes) / (8 * KB) +
          Math.ceil((BLOCK_ITEM_BYTES + (1 - shape.objectShare) * shape.blockBytes) / (4 * KB))),
      PRICES.dynamoReadUnit.usd,
    ),
    ...functionLines(inventory, 'sre', { times: searches, ms: SEARCH_MS, printed: 0 }),
  ];
};

const indexLines = (
  inventory: Inventory,
  { shape }: LogLoad,
  batches: number,
): readonly LogLine[] => {
  const ms = INDEX_BATCH * (shape.jsonBytes / 1e6) * INGEST_CPU_MS_A_MB;
  const seconds = functionNamed(inventory, FUNCTIONS.ingest).memoryGb * (ms / 1_000);
  const times = batches / INDEX_BATCH;
  return [
    line('Lambda', '`index-logs`, invocations', times, PRICES.lambdaRequest.usd),
    line('Lambda', '`index-logs`, GB seconds', times * seconds, PRICES.lambdaArmGbSecond.usd),
    line('S3', 'blocks read by `index-logs`', batches * shape.objectShare, PRICES.objectGet.usd),
  ];
};
