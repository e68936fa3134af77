import type { BlockContent } from '../domain/block.ts';
import type { SignalKind } from '../domain/batch.ts';
import { matches } from '../domain/log-query.ts';
import type { LogRecord } from '../domain/log-record.ts';
import { recordId } from '../domain/summary.ts';
import { readSummary } from '../domain/summary-text.ts';
import type { BlockHead, BlockStore } from '../ports/blocks.ts';
import type {
  LogHit,
  LogPage,
  LogPlace,
  LogQuery,
  LogSearch,
  Trace,
  TraceQuery,
} from '../ports/search.ts';

/** An event may lie so far behind its arrival, when a sender buffers, and a minute before it, when a clock is fast. */
const LATE_MS = 3_600_000;
const EARLY_MS = 60_000;
/** What one search reads at most: some ten times as much without compression. */
const SCANNED_BYTES_MAX = 16_777_216;
const HEADS_MAX = 5_000;
const READS_AT_ONCE = 16;
const HISTOGRAM_BARS = 60;

export interface ScanDeps {
  readonly blocks: BlockStore;
  readonly open: (block: Uint8Array) => BlockContent;
}

/**
 * Search without an index: blocks of the time range are read in parallel, the newest first, pruned by their summaries, up
 * to a bound of bytes. It costs nothing while nobody asks.
 */
export const scanLogSearch = (deps: ScanDeps): LogSearch => ({
  search: async (query) => await search(deps, query),
  trace: async (query) => await trace(deps, query),
  records: async (tenant, ids) => await recordsOf(deps, tenant, ids),
});

const search = async (deps: ScanDeps, query: LogQuery): Promise<LogPage> => {
  const { heads, isCut } = await headsOf(deps, query, 'logs');
  const wanted = heads.filter((head) => mayHold(head, query));
  const hits: LogHit[] = [];
  const reading = new Reading(deps, query.tenant);
  let index = 0;
  for (; index < wanted.length && !reading.isFull; index += READS_AT_ONCE) {
    // No block from here on ends later: once a page is older than all of them ends, it is whole.
    if (!query.wantsHistogram && isPageBehind(hits, query, wanted[index])) break;
    const contents = await reading.contents(wanted.slice(index, index + READS_AT_ONCE));
    for (const [head, { logs }] of contents)
      for (const [place, record] of logs.entries())
        if (matches(query, record)) hits.push({ id: recordId(head.hash, place), record });
  }
  const found = hits.toSorted(byNewest);
  const page = found.filter((hit) => isBehind(hit, query.before)).slice(0, query.limit);
  const last = page.at(-1);
  const isMore = found.some((hit) => last !== undefined && isBehind(hit, placeOf(last)));
  const isTruncated = isCut || (reading.isFull && index < wanted.length);
  return {
    hits: page,
    next: last !== undefined && (isMore || index < wanted.length) ? placeOf(last) : null,
    isTruncated,
    scannedBytes: reading.bytes,
    histogram: query.wantsHistogram ? histogramOf(found, query) : null,
  };
};

/** Blocks that may hold events of the range, those that end last first. */
const headsOf = async (
  { blocks }: ScanDeps,
  { tenant, fromMs, toMs }: Pick<LogQuery, 'tenant' | 'fromMs' | 'toMs'>,
  kind: SignalKind | null,
) => {
  const query = { tenant, fromMs: fromMs - EARLY_MS, toMs: toMs + LATE_MS, limit: HEADS_MAX };
  const { heads, isCut } = await blocks.arrived(query);
  return {
    isCut,
    heads: heads
      .filter((head) => head.bytes > 0 && head.kind !== 'metrics')
      .filter((head) => kind === null || head.kind === kind)
      .filter((head) => head.toMs >= fromMs && head.fromMs <= toMs)
      .toSorted((left, right) => right.toMs - left.toMs),
  };
};

/** Whether its summary lets a hit be in it. */
const mayHold = (
  head: BlockHead,
  { service, environment, severityMin, before }: LogQuery,
): boolean => {
  if (before !== null && head.fromMs > before.timeMs) return false;
  if (service === null && environment === null && severityMin === 0) return true;
  return readSummary(head.summary).some(
    ({ source, severity }) =>
      (service === null || source.service === service || source.service === 'other') &&
      (environment === null || source.environment === environment || source.service === 'other') &&
      severity >= severityMin,
  );
};

const isPageBehind = (
  hits: readonly LogHit[],
  { before, limit }: LogQuery,
  next: BlockHead | undefined,
): boolean => {
  const page = hits.filter((hit) => isBehind(hit, before)).toSorted(byNewest);
  const last = page[limit - 1];
  return last !== undefined && next !== undefined && last.record.timeMs > next.toMs;
};

const placeOf = ({ id, record }: LogHit): LogPlace => ({ timeMs: record.timeMs, id });

const byNewest = (left: LogHit, right: LogHit): number =>
  right.record.timeMs - left.record.timeMs || (left.id < right.id ? 1 : -1);

const isBehind = ({ id, record }: LogHit, place: LogPlace | null): boolean =>
  place === null ||
  record.timeMs < place.timeMs ||
  (record.timeMs === place.timeMs && id < place.id);

const histogramOf = (
  hits: readonly LogHit[],
  { fromMs, toMs }: LogQuery,
): NonNullable<LogPage['histogram']> => {
  const spanMs = Math.max(1_000, Math.ceil((toMs - fromMs + 1) / HISTOGRAM_BARS / 1_000) * 1_000);
  const counts = new Map<number, number>();
  for (const { record } of hits) {
    const bar = fromMs + Math.floor((record.timeMs - fromMs) / spanMs) * spanMs;
    counts.set(bar, (counts.get(bar) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([barMs, count]) => ({ fromMs: barMs, count }));
};

const trace = async (deps: ScanDeps, query: TraceQuery): Promise<Trace> => {
  const { heads, isCut } = await headsOf(deps, query, null);
  const reading = new Reading(deps, query.tenant);
  const found: { spans: Trace['spans'][number][]; logs: LogHit[] } = { spans: [], logs: [] };
  let index = 0;
  for (; index < heads.length && !reading.isFull; index += READS_AT_ONCE)
    for (const [head, content] of await reading.contents(
      heads.slice(index, index + READS_AT_ONCE),
    )) {
      found.spans.push(...content.spans.filter(({ traceId }) => traceId === query.traceId));
      for (const [place, record] of content.logs.entries())
        if (record.traceId === query.traceId)
          found.logs.push({ id: recordId(head.hash, place), record });
    }
  return {
    spans: found.spans.toSorted((left, right) => left.startMs - right.startMs),
    logs: found.logs.toSorted((left, right) => left.record.timeMs - right.record.timeMs),
    isTruncated: isCut || index < heads.length,
  };
};

const recordsOf = async (
  { blocks, open }: ScanDeps,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LogRecord>> => {
  const byBlock = Map.groupBy(ids, (id) => id.slice(0, id.lastIndexOf('#')));
  const found = await Promise.all(
    [...byBlock].map(async ([hash, wanted]) => {
      const bytes = await blocks.read(tenant, hash);
      const { logs } = bytes === null ? { logs: [] } : open(bytes);
      return wanted.flatMap((id) => {
        const record = logs[Number(id.slice(hash.length + 1))];
        return record === undefined ? [] : [[id, record] as const];
      });
    }),
  );
  return new Map(found.flat());
};

/** One search at work: what it has read. */
class Reading {
  bytes = 0;
  private readonly deps: ScanDeps;
  private readonly tenant: string;

  constructor(deps: ScanDeps, tenant: string) {
    this.deps = deps;
    this.tenant = tenant;
  }

  get isFull(): boolean {
    return this.bytes >= SCANNED_BYTES_MAX;
  }

  /** Those that are there. */
  async contents(
    heads: readonly BlockHead[],
  ): Promise<readonly (readonly [BlockHead, BlockContent])[]> {
    const found = await Promise.all(
      heads.map(
        async (head) => [head, await this.deps.blocks.read(this.tenant, head.hash)] as const,
      ),
    );
    return found.flatMap(([head, bytes]) => {
      if (bytes === null) return [];
      this.bytes += bytes.length;
      return [[head, this.deps.open(bytes)] as const];
    });
  }
}
