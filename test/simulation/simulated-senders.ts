import { createHash } from 'node:crypto';
import { stampKeys } from '../../lambdas/sre/adapters/table-summary-log.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import type { Page } from '../../lambdas/platform/tables/tables.ts';
import { dueBucketOf } from '../../lambdas/sre/domain/fold-drift.ts';
import { emptyHour, hourOf } from '../../lambdas/sre/domain/hours.ts';
import { EMPTY_PART, partOf } from '../../lambdas/sre/domain/part.ts';
import {
  BUCKET_MS,
  bucketOf,
  isHot,
  sourceName,
  type Entry,
  type StampedSummary,
} from '../../lambdas/sre/domain/summary.ts';
import { summaryText } from '../../lambdas/sre/domain/summary-text.ts';
import { newWindow, type SourceWindow } from '../../lambdas/sre/domain/window.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { poisson } from '../support/poisson.ts';
import { entryAt, SHAPE, sourceOf, START_MS as NOON_MS } from '../support/sre/entries.ts';
import type { Seeded } from './seeded.ts';
import { newActor, VirtualTime } from './virtual-time.ts';

export const TENANT = 'tenant';
const SEND_MS_MAX = 9_000;
const RECORDS_MEAN = 8;
const FAILURES_MEAN = 0.2;
/** Together below the overlap: an index that lags, and clocks that differ. */
const INDEX_LAG_MS_MAX = 12_000;
const SKEW_MS = 3_000;
/**
 * With the rest of its bucket (10 s), the rest of its batch (9 s) and the skew, a minute at most: so long a bucket is judged.
 * At 45 s one seed in 10,000 planted a fault at the end of a bucket that arrived when its bucket was learned.
 */
const LATE_MS_MAX = 38_000;
const HISTORY_BUCKETS = 40;
/** The hour before noon, which every service learns while it is simulated, or soon after. */
export const LEARNED_HOUR = hourOf(bucketOf(NOON_MS)) - 1;
export const HOUR_RECORDS = 2_880;
/** A minute before the first of them is due. */
const START_MS = dueBucketOf(sourceName(sourceOf('cart')), LEARNED_HOUR) * BUCKET_MS - 60_000;

/** What was planted in a service, and must be found once. */
export interface Planted {
  readonly service: string;
  readonly kind: 'failures' | 'oom' | 'went_silent';
  readonly atMs: number;
  /** When a silent one speaks again; null: it does not. */
  readonly untilMs: number | null;
}

/** Services that send, functions that store, and the log that shows it a moment later. */
export class SimulatedSenders {
  readonly time: VirtualTime;
  readonly random: Seeded;
  readonly memory = new MemoryTables();
  readonly startMs = START_MS;
  readonly services: readonly string[];
  readonly planted: readonly Planted[];
  /** Every block that was stored, once. */
  readonly stored = new Map<string, StampedSummary>();
  private endMs = START_MS;
  /** Services whose last batch is late. */
  private readonly stragglers = new Set<string>();
  private readonly visibleAtMs = new Map<string, number>();
  private readonly seen: Set<string>;
  private readonly onHot: (blocks: readonly StampedSummary[]) => void;

  constructor(
    random: Seeded,
    seen: Set<string>,
    onHot: (blocks: readonly StampedSummary[]) => void,
  ) {
    this.random = random;
    this.seen = seen;
    this.onHot = onHot;
    this.time = new VirtualTime(random, START_MS);
    this.services = ['cart', 'checkout', 'search', 'pay'].slice(0, 2 + random.below(3));
    this.planted = this.services.slice(1).flatMap((service) => this.plan(service));
    for (const { kind } of this.planted) seen.add(`planted: ${kind}`);
    this.placeHistory();
  }

  /** Starts every service; nothing comes through any more when `busyMs` are over. */
  begin(busyMs: number): void {
    this.endMs = START_MS + busyMs;
    for (const service of this.services) void this.send(service, this.endMs);
  }

  /** What the index shows by now. */
  readonly visible = (page: Page): Page => ({
    ...page,
    items: page.items.filter(
      ({ sk }) => (this.visibleAtMs.get(String(sk)) ?? 0) <= this.time.nowMs,
    ),
  });

  private plan(service: string): readonly Planted[] {
    const { random } = this;
    const atMs = START_MS + 20_000 + random.below(100_000);
    const kind = random.pick([null, 'failures', 'oom', 'went_silent'] as const);
    if (kind === null) return [];
    if (kind !== 'went_silent') return [{ service, kind, atMs, untilMs: null }];
    const stopMs = START_MS + 5_000 + random.below(60_000);
    const untilMs = random.chance(0.4) ? stopMs + 70_000 + random.below(30_000) : null;
    return [{ service, kind, atMs: stopMs, untilMs }];
  }

  /** Every service was there for a while: its windows are as a fold left them. */
  private placeHistory(): void {
    const parts = Map.groupBy(this.services, (service) => partOf(sourceName(sourceOf(service))));
    const windows = tableWindowStore({ tables: this.memory });
    for (const [index, services] of parts)
      void windows.commit({
        tenant: TENANT,
        index,
        version: 0,
        part: {
          ...EMPTY_PART,
          cursorMs: START_MS,
          windows: new Map(
            services.map((service) => [sourceName(sourceOf(service)), steady(service)]),
          ),
        },
        changes: [],
      });
  }

  private async send(service: string, untilMs: number): Promise<void> {
    const { random, time } = this;
    const actor = newActor(service);
    let fromMs = START_MS;
    while (time.nowMs < untilMs) {
      await time.sleep(actor, 3_000 + random.below(SEND_MS_MAX - 3_000));
      if (!this.isSilent(service, time.nowMs))
        void this.deliver(service, this.batch(service, fromMs, time.nowMs));
      fromMs = time.nowMs;
    }
  }

  private isSilent(service: string, nowMs: number): boolean {
    return this.planted.some(
      (one) =>
        one.kind === 'went_silent' &&
        one.service === service &&
        nowMs >= one.atMs &&
        (one.untilMs === null || nowMs < one.untilMs),
    );
  }

  /** What happened in a service from one moment to the next. */
  private batch(service: string, fromMs: number, toMs: number): readonly Entry[] {
    const { random } = this;
    const share = (toMs - fromMs) / BUCKET_MS;
    const entries = new Map<number, Entry>();
    const put = (timeMs: number, change: Partial<Entry>): void => {
      const bucket = bucketOf(timeMs);
      const before = entries.get(bucket) ?? entryAt(service, timeMs, { records: 0 });
      const records = before.records + (change.records ?? 0);
      const failing = before.failing + (change.failing ?? 0);
      const shapes = [...before.shapes, ...(change.shapes ?? [])];
      entries.set(bucket, { ...before, records, failing, shapes, severity: failing > 0 ? 17 : 9 });
    };
    for (let left = poisson(random, RECORDS_MEAN * share); left > 0; left--)
      put(fromMs + random.below(toMs - fromMs), { records: 1 });
    for (let left = poisson(random, FAILURES_MEAN * share); left > 0; left--)
      put(fromMs + random.below(toMs - fromMs), { records: 1, failing: 1 });
    put(toMs - 1, { records: 1 });
    for (const { kind, atMs } of this.planted.filter((one) => one.service === service)) {
      if (atMs < fromMs || atMs >= toMs) continue;
      if (kind === 'failures') put(atMs, { records: 32, failing: 32 });
      if (kind === 'oom') put(atMs, { records: 1, failing: 1, shapes: [OOM] });
    }
    return [...entries.values()];
  }

  /** A batch travels, is stored once, however often it is sent, and is seen in the index a moment later. */
  private async deliver(service: string, summary: readonly Entry[]): Promise<void> {
    const { random, time, memory } = this;
    const actor = newActor('ingest');
    // A straggler of a service that fell silent would make its usual gap long, and two in a row are a silence.
    const isSteady =
      this.stragglers.has(service) ||
      this.planted.some((one) => one.service === service && one.kind === 'went_silent');
    const isLate = !isSteady && random.chance(0.15);
    this.stragglers.delete(service);
    if (isLate) this.stragglers.add(service);
    if (isLate) this.seen.add('late records');
    await time.sleep(actor, random.below(isLate ? LATE_MS_MAX : 1_000));
    if (time.nowMs >= this.endMs) return;
    const stampMs = time.nowMs + random.below(2 * SKEW_MS) - SKEW_MS;
    const text = summaryText(summary);
    const block = createHash('sha256').update(`${text}${time.nowMs}`).digest('hex');
    const stamped = { block, stampMs, summary };
    const key = { pk: `LOG#${TENANT}#${block.slice(0, 2)}`, sk: block };
    for (let times = random.chance(0.2) ? 2 : 1; times > 0; times--) {
      const outcome = await memory.write({
        kind: 'put',
        table: 'logs',
        key,
        condition: 'attribute_not_exists(pk)',
        item: { ...key, ...stampKeys(TENANT, block, stampMs), summary: text },
      });
      if (outcome.kind === 'refused') this.seen.add('batch sent twice');
      else this.visibleAtMs.set(block, time.nowMs + this.lagMs());
      this.stored.set(block, stamped);
      if (outcome.kind === 'written' && isHot(summary)) this.onHot([stamped]);
      await time.sleep(actor, random.below(5_000));
    }
  }

  private lagMs(): number {
    const isSlow = this.random.chance(0.1);
    if (isSlow) this.seen.add('index behind');
    return this.random.below(isSlow ? INDEX_LAG_MS_MAX : 300);
  }
}

const OOM = {
  ...SHAPE,
  text: 'java.lang.OutOfMemoryError: Java heap space',
  signals: [{ group: 'oom', weight: 950 }],
} as const;

const steady = (service: string): SourceWindow => {
  const now = bucketOf(START_MS);
  const window = newWindow(sourceOf(service), now - HISTORY_BUCKETS, now);
  const { bucket, ...counts } = {
    bucket: 0,
    records: RECORDS_MEAN,
    failing: 0,
    clientFaults: 0,
    authFaults: 0,
    requests: 0,
    failedRequests: 0,
  };
  return {
    ...window,
    closedBucket: now - 1,
    buckets: Array.from({ length: HISTORY_BUCKETS }, (_, index) => ({
      ...counts,
      bucket: bucket + now - HISTORY_BUCKETS + index,
    })),
    baseline: { buckets: 200, mean: FAILURES_MEAN, variance: FAILURES_MEAN },
    usualRecords: { total: 153 * RECORDS_MEAN, failing: 153 * FAILURES_MEAN },
    hours: {
      kept: [{ ...emptyHour(LEARNED_HOUR), records: HOUR_RECORDS, failing: 72 }],
      doneHour: LEARNED_HOUR - 1,
      known: new Set(),
    },
  };
};
