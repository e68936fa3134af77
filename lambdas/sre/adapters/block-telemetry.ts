import { eachAtOnce } from '../../shared/at-once.ts';
import type { BlockContent } from '../domain/block.ts';
import type { MetricMinute } from '../domain/metric-minute.ts';
import type { BlockHead, BlockStore } from '../ports/blocks.ts';
import type { Telemetry, TelemetryQuery, TelemetryWindow } from '../ports/causes.ts';

/** What one window may read: opened, that is some 60 MB. */
const BYTES_MAX = 6_000_000;
const RECORDS_MAX = 40_000;
/** Exporters send small batches: one process makes some 50 in a window of two minutes. */
const BLOCKS_MAX = 500;
const READS_AT_ONCE = 50;
/** Senders wait so long before they send. */
const ARRIVAL_MS = 30_000;

export interface OpenedBlock extends BlockContent {
  readonly metrics: readonly MetricMinute[];
}

export interface BlockTelemetryDeps {
  readonly blocks: BlockStore;
  /** null: it cannot be read. */
  readonly open: (block: Uint8Array) => OpenedBlock | null;
}

/**
 * Blocks by their arrival, the newest first, one after another: what is read is whole from some time on. A sample of
 * all would have no trace that is whole.
 */
export const blockTelemetry = ({ blocks, open }: BlockTelemetryDeps): Telemetry => ({
  read: async (query) => {
    const { tenant, fromMs, toMs } = query;
    const { heads, isCut } = await blocks.arrived({
      tenant,
      fromMs,
      toMs: toMs + ARRIVAL_MS,
      limit: BLOCKS_MAX,
    });
    const chosen = chooseHeads(heads);
    const read = new Map<string, Uint8Array | null>();
    await eachAtOnce(chosen, READS_AT_ONCE, async ({ hash }) => {
      read.set(hash, await blocks.read(tenant, hash));
    });
    const window = newWindow();
    for (const { hash } of chosen) {
      const bytes = read.get(hash) ?? null;
      if (bytes !== null) addBlock(window, hash, open(bytes), query);
    }
    const isShort = isCut || chosen.length < heads.length;
    const oldest = chosen.at(-1);
    const wholeFromMs = isShort && oldest !== undefined ? Math.max(fromMs, oldest.stampMs) : fromMs;
    return { ...window, wholeFromMs, isCut: isShort || window.isDamaged };
  },
});

const chooseHeads = (heads: readonly BlockHead[]): readonly BlockHead[] => {
  let [bytes, records, count] = [0, 0, 0];
  for (const head of heads) {
    bytes += head.bytes;
    records += head.records;
    // One block is read, however large.
    if (count > 0 && (bytes > BYTES_MAX || records > RECORDS_MAX)) break;
    count += 1;
  }
  return heads.slice(0, count);
};

interface OpenWindow {
  readonly lines: TelemetryWindow['lines'][number][];
  readonly spans: TelemetryWindow['spans'][number][];
  readonly metrics: TelemetryWindow['metrics'][number][];
  isDamaged: boolean;
}

const newWindow = (): OpenWindow => ({ lines: [], spans: [], metrics: [], isDamaged: false });

const addBlock = (
  window: OpenWindow,
  hash: string,
  block: OpenedBlock | null,
  { fromMs, toMs }: TelemetryQuery,
): void => {
  if (block === null) {
    window.isDamaged = true;
    return;
  }
  const isWithin = (ms: number): boolean => ms >= fromMs && ms <= toMs;
  const { logs, spans } = block;
  // By their places: an iterator makes an object for each record.
  for (let index = 0; index < logs.length; index += 1) {
    const record = logs[index];
    if (record !== undefined && isWithin(record.timeMs))
      window.lines.push({ block: hash, place: index, record });
  }
  for (let index = 0; index < spans.length; index += 1) {
    const span = spans[index];
    if (span !== undefined && isWithin(span.startMs)) window.spans.push(span);
  }
  window.metrics.push(...block.metrics);
};
