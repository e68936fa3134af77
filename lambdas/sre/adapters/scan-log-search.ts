import type { SignalKind } from '../domain/batch.ts';
import { barSpanMs, matches } from '../domain/log-query.ts';
import { recordId } from '../domain/summary.ts';
import { readSummary } from '../domain/summary-text.ts';
import type { BlockHead } from '../ports/blocks.ts';
import type {
  LogHit,
  LogPage,
  LogPlace,
  LogQuery,
  LogSearch,
  Trace,
  TraceQuery,
} from '../ports/search.ts';
import { BlockReading, recordsOf, type BlockDeps } from './block-reading.ts';

/** An event may arrive so much later, when a sender buffers, and a minute before its time, when a clock is fast. */
const LATE_MS = 3_600_000;
const EARLY_MS = 60_000;
/** No event is taken for older than a week when it arrives: a late block that begins in the range ends no later. */
const LATEST_MS = 7 * 86_400_000 + EARLY_MS;
const HEADS_MAX = 5_000;

/**
 * Search without an index: blocks of the time range are read in parallel, the newest first, pruned by their summaries, and
 * opened one at a time, up to bounds of bytes and records. It costs nothing while nobody asks.
 */
export const scanLogSearch = (deps: BlockDeps): LogSearch => ({
  search: async (query) => await search(deps, query),
  trace: async (query) => await trace(deps, query),
  records: async (tenant, ids) => await recordsOf(deps, tenant, ids),
});

const search = async (deps: BlockDeps, query: LogQuery): Promise<LogPage> => {
  const { heads, isCut } = await headsOf(deps, query, 'logs');
  const reading = new BlockReading(
    deps,
    query.tenant,
    heads.filter((head) => mayHold(head, query)),
  );
  const found = new NewestHits(query.limit);
  const histogram = new Histogram(query);
  // No block from here on ends later: once a page is older than all of them ends, it is whole.
  const isWhole = (next: BlockHead): boolean =>
    !query.wantsHistogram && found.isFullAfter(next.toMs);
  for await (const [head, { logs }] of reading.contents(isWhole))
    for (const [place, record] of logs.entries()) {
      if (!matches(query, record)) continue;
      if (query.wantsHistogram) histogram.add(record.timeMs);
      const hit = { id: recordId(head.hash, place), record };
      if (isBehind(hit, query.before)) found.add(hit);
    }
  const { page, isMore } = found.page();
  const last = page.at(-1);
  return {
    hits: page,
    next: last !== undefined && (isMore || !reading.isDone) ? placeOf(last) : null,
    isTruncated: isCut || (reading.isFull && !reading.isDone),
    scannedBytes: reading.storedBytes,
    histogram: query.wantsHistogram ? histogram.bars() : null,
  };
};

/** Blocks that may hold events of the range, those that end last first. */
const headsOf = async (
  { blocks }: BlockDeps,
  { tenant, fromMs, toMs }: Pick<LogQuery, 'tenant' | 'fromMs' | 'toMs'>,
  kind: SignalKind | null,
) => {
  const query = { tenant, fromMs: fromMs - EARLY_MS, toMs: toMs + LATE_MS, limit: HEADS_MAX };
  const [arrived, late] = await Promise.all([
    blocks.arrived(query),
    blocks.late({ tenant, fromMs, toMs: toMs + LATEST_MS, limit: HEADS_MAX }),
  ]);
  // A block of both is read once.
  const heads = new Map([...late.heads, ...arrived.heads].map((head) => [head.hash, head]));
  return {
    isCut: arrived.isCut || late.isCut,
    heads: [...heads.values()]
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

const placeOf = ({ id, record }: LogHit): LogPlace => ({ timeMs: record.timeMs, id });

const byNewest = (left: LogHit, right: LogHit): number =>
  right.record.timeMs - left.record.timeMs || (left.id < right.id ? 1 : -1);

const isBehind = ({ id, record }: LogHit, place: LogPlace | null): boolean =>
  place === null ||
  record.timeMs < place.timeMs ||
  (record.timeMs === place.timeMs && id < place.id);

const trace = async (deps: BlockDeps, query: TraceQuery): Promise<Trace> => {
  const { heads, isCut } = await headsOf(deps, query, null);
  const reading = new BlockReading(deps, query.tenant, heads);
  const found: { spans: Trace['spans'][number][]; logs: LogHit[] } = { spans: [], logs: [] };
  for await (const [head, { spans, logs }] of reading.contents(() => false)) {
    for (const span of spans) if (span.traceId === query.traceId) found.spans.push(span);
    for (const [place, record] of logs.entries())
      if (record.traceId === query.traceId)
        found.logs.push({ id: recordId(head.hash, place), record });
  }
  return {
    spans: found.spans.toSorted((left, right) => left.startMs - right.startMs),
    logs: found.logs.toSorted((left, right) => left.record.timeMs - right.record.timeMs),
    isTruncated: isCut || !reading.isDone,
  };
};

/** Of any number of hits the newest, one more than a page has. */
class NewestHits {
  private hits: LogHit[] = [];
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(hit: LogHit): void {
    this.hits.push(hit);
    if (this.hits.length > 2 * this.limit + SPARE_HITS) this.cut();
  }

  isFullAfter(timeMs: number): boolean {
    this.cut();
    const last = this.hits[this.limit - 1];
    return last !== undefined && last.record.timeMs > timeMs;
  }

  page(): { readonly page: readonly LogHit[]; readonly isMore: boolean } {
    this.cut();
    return { page: this.hits.slice(0, this.limit), isMore: this.hits.length > this.limit };
  }

  private cut(): void {
    this.hits = this.hits.toSorted(byNewest).slice(0, this.limit + 1);
  }
}

/** So that small pages are not sorted at each hit. */
const SPARE_HITS = 1_000;

class Histogram {
  private readonly fromMs: number;
  private readonly spanMs: number;
  private readonly counts = new Map<number, number>();

  constructor(query: LogQuery) {
    this.fromMs = query.fromMs;
    this.spanMs = barSpanMs(query);
  }

  add(timeMs: number): void {
    const bar = this.fromMs + Math.floor((timeMs - this.fromMs) / this.spanMs) * this.spanMs;
    this.counts.set(bar, (this.counts.get(bar) ?? 0) + 1);
  }

  bars(): NonNullable<LogPage['histogram']> {
    return [...this.counts]
      .toSorted(([left], [right]) => left - right)
      .map(([fromMs, count]) => ({ fromMs, count }));
  }
}
