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
/** No event is taken for older than a week when it arrives: a late block that begins in the range ends no later. */
const LATEST_MS = 7 * 86_400_000 + EARLY_MS;
/**
 * What one search reads at most: alike lines become a thousandth of their size, so that each of the three bounds holds
 * where the others do not. A function reads the most of any of them in some five seconds.
 */
const STORED_BYTES_MAX = 16_777_216;
const PLAIN_BYTES_MAX = 134_217_728;
const RECORDS_MAX = 400_000;
const HEADS_MAX = 5_000;
const READS_AT_ONCE = 16;
const HISTOGRAM_BARS = 60;

export interface ScanDeps {
  readonly blocks: BlockStore;
  readonly open: (block: Uint8Array) => BlockContent;
}

/**
 * Search without an index: blocks of the time range are read in parallel, the newest first, pruned by their summaries, and
 * opened one at a time, up to bounds of bytes and records. It costs nothing while nobody asks.
 */
export const scanLogSearch = (deps: ScanDeps): LogSearch => ({
  search: async (query) => await search(deps, query),
  trace: async (query) => await trace(deps, query),
  records: async (tenant, ids) => await recordsOf(deps, tenant, ids),
});

const search = async (deps: ScanDeps, query: LogQuery): Promise<LogPage> => {
  const { heads, isCut } = await headsOf(deps, query, 'logs');
  const reading = new Reading(
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
  { blocks }: ScanDeps,
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

const trace = async (deps: ScanDeps, query: TraceQuery): Promise<Trace> => {
  const { heads, isCut } = await headsOf(deps, query, null);
  const reading = new Reading(deps, query.tenant, heads);
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

  constructor({ fromMs, toMs }: LogQuery) {
    this.fromMs = fromMs;
    this.spanMs = Math.max(1_000, Math.ceil((toMs - fromMs + 1) / HISTOGRAM_BARS / 1_000) * 1_000);
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

/** One search at work: what it has read of its blocks. */
class Reading {
  storedBytes = 0;
  private plainBytes = 0;
  private records = 0;
  private place = 0;
  private readonly deps: ScanDeps;
  private readonly tenant: string;
  private readonly heads: readonly BlockHead[];

  constructor(deps: ScanDeps, tenant: string, heads: readonly BlockHead[]) {
    this.deps = deps;
    this.tenant = tenant;
    this.heads = heads;
  }

  get isFull(): boolean {
    return (
      this.storedBytes >= STORED_BYTES_MAX ||
      this.plainBytes >= PLAIN_BYTES_MAX ||
      this.records >= RECORDS_MAX
    );
  }

  get isDone(): boolean {
    return this.place >= this.heads.length;
  }

  /** Blocks that are there, until a bound is reached or `isEnough` of the next one; one is open at a time. */
  async *contents(
    isEnough: (next: BlockHead) => boolean,
  ): AsyncGenerator<readonly [BlockHead, BlockContent]> {
    const { deps, tenant, heads } = this;
    while (!this.isFull) {
      const step = heads.slice(this.place, this.place + READS_AT_ONCE);
      const [next] = step;
      if (next === undefined || isEnough(next)) return;
      const stored = await Promise.all(
        step.map(async (head) => [head, await deps.blocks.read(tenant, head.hash)] as const),
      );
      for (const [head, bytes] of stored) {
        if (this.isFull) return;
        this.place += 1;
        if (bytes === null) continue;
        const content = deps.open(bytes);
        this.storedBytes += bytes.length;
        this.plainBytes += content.plainBytes;
        this.records += head.records;
        yield [head, content];
      }
    }
  }
}
