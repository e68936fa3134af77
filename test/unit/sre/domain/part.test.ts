import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  EMPTY_PART,
  foldPart,
  partOf,
  shareOut,
  SOURCES_A_PART_MAX,
  USUAL_SETTINGS,
  type Fold,
  type Part,
  type SettingsOf,
} from '../../../../lambdas/sre/domain/part.ts';
import { hourOf } from '../../../../lambdas/sre/domain/hours.ts';
import { partText, readPart } from '../../../../lambdas/sre/domain/part-text.ts';
import {
  BUCKET_MS,
  bucketOf,
  sourceName,
  type Entry,
  type StampedSummary,
} from '../../../../lambdas/sre/domain/summary.ts';
import { countsBetween, type SourceWindow } from '../../../../lambdas/sre/domain/window.ts';
import { seeded } from '../../../simulation/seeded.ts';
import {
  blockAt,
  entryAt,
  SHAPE,
  sourceOf,
  START_MS,
  usualSettings,
} from '../../../support/sre/entries.ts';

const CART = sourceName(sourceOf('cart'));
const INDEX = partOf(CART);

interface Folding {
  readonly part?: Part;
  readonly nowMs: number;
  readonly settingsOf?: SettingsOf;
  readonly sinceMs?: number;
}

const fold = (
  blocks: readonly StampedSummary[],
  { part = EMPTY_PART, nowMs, settingsOf = usualSettings, sinceMs = 0 }: Folding,
): Fold =>
  foldPart({
    index: INDEX,
    part,
    blocks: shareOut(blocks).get(INDEX) ?? [],
    sinceMs,
    youngestMs: Math.max(0, ...blocks.map(({ stampMs }) => stampMs)),
    nowMs,
    settingsOf,
  });

const windowOf = ({ windows }: Part): SourceWindow => {
  const window = windows.get(CART);
  if (window === undefined) throw new Error('no window');
  return window;
};

/** One block a bucket, from so many buckets before the start on. */
const history = (buckets: number): readonly StampedSummary[] =>
  Array.from({ length: buckets }, (_, index) => {
    const timeMs = START_MS - (buckets - index) * BUCKET_MS;
    return blockAt(timeMs + 5_000, entryAt('cart', timeMs));
  });

const steady = (): Part => fold(history(60), { nowMs: START_MS }).part;
const burst = (atMs: number, failing = 30): StampedSummary =>
  blockAt(atMs + 2_000, entryAt('cart', atMs, { records: failing, failing, shapes: [SHAPE] }));

describe('a part', () => {
  test('is the same windows in whatever order and however often its blocks come', () => {
    const random = seeded(3);
    const blocks = [...history(20), burst(START_MS)];
    const nowMs = START_MS + 5_000;
    const straight = fold(blocks, { nowMs }).part;
    for (let round = 0; round < 20; round++) {
      const shuffled = [...blocks, ...blocks].toSorted(() => random.below(3) - 1);
      expect(fold(shuffled, { nowMs }).part).toEqual(straight);
    }
    const again = fold(blocks, { part: straight, nowMs });
    expect(again.part).toEqual(straight);
    expect(again.hasNews).toBe(false);
  });

  test('is the same when ticks come late, or twice, or not at all', () => {
    const blocks = [...history(60), burst(START_MS), burst(START_MS + 20_000)];
    const nowMs = START_MS + 60_000;
    let part = EMPTY_PART;
    for (let tickMs = START_MS - 600_000; tickMs <= nowMs; tickMs += 10_000) {
      const visible = blocks.filter(({ stampMs }) => stampMs <= tickMs);
      part = fold(visible, { part, nowMs: tickMs }).part;
    }
    const once = windowOf(fold(blocks, { nowMs }).part);
    expect(windowOf(part)).toEqual(once);
  });

  test('counts a record a minute late in its bucket, and judges that bucket again', () => {
    const part = steady();
    const late = { ...burst(START_MS), stampMs: START_MS + 58_000 };
    const { part: after, findings } = fold([late], { part, nowMs: START_MS + 59_000 });
    const bucket = START_MS / BUCKET_MS;
    expect(countsBetween(windowOf(after), bucket, bucket)).toMatchObject({ failing: 30 });
    expect(findings.get(CART)?.get('failures')).toMatchObject({ bucket });
  });

  test('a burst never enters the baseline, while one failure does', () => {
    const quiet = fold([burst(START_MS, 1)], { part: steady(), nowMs: START_MS + 120_000 });
    expect(windowOf(quiet.part).baseline.mean).toBeGreaterThan(0);
    const loud = fold([burst(START_MS)], { part: steady(), nowMs: START_MS + 120_000 });
    expect(windowOf(loud.part).baseline.mean).toBe(0);
  });

  test('a baseline stands still for an hour of an episode at most, and while an incident is open', () => {
    const minutes = (count: number): readonly StampedSummary[] =>
      Array.from({ length: 6 * count }, (_, index) => burst(START_MS + index * BUCKET_MS));
    const within = fold(minutes(50), { part: steady(), nowMs: START_MS + 50 * 60_000 });
    expect(windowOf(within.part).baseline.mean).toBe(0);
    const beyond = fold(minutes(90), { part: steady(), nowMs: START_MS + 90 * 60_000 });
    expect(windowOf(beyond.part).baseline.mean).toBeGreaterThan(5);
    const incident = fold([burst(START_MS, 1)], {
      part: steady(),
      nowMs: START_MS + 120_000,
      settingsOf: () => ({ ...USUAL_SETTINGS, isIncident: true }),
    });
    expect(windowOf(incident.part).baseline.mean).toBe(0);
  });

  test('learns nothing of buckets that nobody read, and of those in which nothing was heard', () => {
    const failing = (index: number): StampedSummary => {
      const timeMs = START_MS - (60 - index) * BUCKET_MS;
      return blockAt(timeMs + 5_000, entryAt('cart', timeMs, { failing: 8 }));
    };
    const blocks = Array.from({ length: 60 }, (_, index) => failing(index));
    const { part } = fold(blocks, { nowMs: START_MS });
    const { mean } = windowOf(part).baseline;
    expect(mean).toBeCloseTo(8, 10);
    const laterMs = START_MS + 3_000_000;
    const unread = fold([], { part, nowMs: laterMs, sinceMs: laterMs - 30_000 });
    expect(windowOf(unread.part).baseline.mean).toBe(mean);
    const unheard = fold([], { part, nowMs: laterMs });
    expect(windowOf(unheard.part).baseline.mean).toBe(mean);
  });

  test('a muted service counts, and says nothing', () => {
    const settingsOf = () => ({ ...USUAL_SETTINGS, mutedUntilMs: START_MS + 60_000 });
    const input = { part: steady(), nowMs: START_MS + 5_000, settingsOf };
    const { part, findings } = fold([burst(START_MS)], input);
    expect(findings.size).toBe(0);
    expect(windowOf(part).buckets.at(-1)).toMatchObject({ failing: 30 });
  });

  test('has room for so many sources; the others count together, and are reported', () => {
    const services = Array.from({ length: 10_000 }, (_, index) => `service-${index}`);
    const blocks = services.map((service, index) =>
      blockAt(START_MS + index, entryAt(service, START_MS)),
    );
    const own = services.filter((service) => partOf(sourceName(sourceOf(service))) === INDEX);
    const { part } = fold(blocks, { nowMs: START_MS + 20_000 });
    expect(part.windows.size).toBe(SOURCES_A_PART_MAX + 1);
    const other = { environment: '', namespace: '', service: `other-${INDEX}` };
    const count = 10 * (own.length - SOURCES_A_PART_MAX);
    expect(part.folded).toBe(count);
    const window = part.windows.get(sourceName(other));
    expect(window?.buckets.reduce((sum, { records }) => sum + records, 0)).toBe(count);
  });

  test('forgets a source of which nothing came for a day', () => {
    const { part } = fold([], { part: steady(), nowMs: START_MS + 86_500_000 });
    expect(part.windows.size).toBe(0);
  });

  test('is stored and read again, its averages to six digits', () => {
    const { part } = fold([burst(START_MS)], { part: steady(), nowMs: START_MS + 5_000 });
    const read = readPart(partText(part));
    expect(partText(read)).toBe(partText(part));
    expect(windowOf(read).buckets).toEqual(windowOf(part).buckets);
    expect([...read.seen.keys()]).toEqual([...part.seen.keys()]);
  });

  test('that was stored before hours were is read, and counts from the next hour on', () => {
    const { part } = fold([burst(START_MS)], { part: steady(), nowMs: START_MS + 5_000 });
    const stored: unknown = JSON.parse(partText(part), (key, value: unknown) =>
      key !== '' && Array.isArray(value) && value.length === 9 ? value.slice(0, 8) : value,
    );
    const { hours, baseline } = windowOf(readPart(JSON.stringify(stored)));
    expect(baseline).toEqual(windowOf(readPart(partText(part))).baseline);
    expect(hours).toMatchObject({ kept: [], doneHour: hourOf(bucketOf(START_MS)) });
  });

  test('of more blocks than it can remember is bounded, and counts none of them twice', () => {
    const blocks = Array.from({ length: 60_000 }, (_, index) =>
      blockAt(START_MS + Math.floor(index / 4), entryAt('cart', START_MS, { records: 1 })),
    );
    const first = fold(blocks, { nowMs: START_MS + 20_000 });
    const part = readPart(partText(first.part));
    expect(zstdCompressSync(Buffer.from(partText(part))).length).toBeLessThan(330_000);
    const again = fold(blocks, { part, nowMs: START_MS + 21_000 });
    expect(again.hasNews).toBe(false);
    expect(windowOf(again.part).buckets).toMatchObject([{ records: 60_000 }]);
  });

  test('of other services together says nothing but of single lines', () => {
    const other = { environment: '', namespace: '', service: 'other' };
    const index = partOf(sourceName(other));
    const put = (timeMs: number, change: Partial<Entry>) =>
      blockAt(timeMs + 5_000, { ...entryAt('other', timeMs, change), source: other });
    const quiet = Array.from({ length: 60 }, (_, at) => put(START_MS + (at - 60) * BUCKET_MS, {}));
    const loud = put(START_MS, { failing: 500, shapes: [SHAPE] });
    const { findings } = foldPart({
      index,
      part: EMPTY_PART,
      blocks: [...quiet, loud],
      sinceMs: 0,
      youngestMs: START_MS,
      nowMs: START_MS + 9_000,
      settingsOf: usualSettings,
    });
    expect([...(findings.get(sourceName(other))?.keys() ?? [])]).toEqual(['resource']);
  });

  test('full of busy services is a small item', () => {
    const random = seeded(9);
    const services = Array.from(
      { length: 6_000 },
      (_, index) => `team-${index % 9}-service-${index}`,
    )
      .filter((service) => partOf(sourceName(sourceOf(service))) === INDEX)
      .slice(0, SOURCES_A_PART_MAX);
    const figure = () => random.below(5_000);
    const blocks = services.flatMap((service) =>
      Array.from({ length: 42 }, (_, index) => {
        const timeMs = START_MS + index * BUCKET_MS;
        const change = {
          records: figure(),
          failing: figure(),
          clientFaults: figure(),
          authFaults: figure(),
          requests: figure(),
          statuses: { '500': figure() },
        };
        return blockAt(timeMs + 1_000, entryAt(service, timeMs, change));
      }),
    );
    const { part } = fold(blocks, { nowMs: START_MS + 42 * BUCKET_MS });
    expect(part.windows.size).toBe(SOURCES_A_PART_MAX);
    expect(zstdCompressSync(Buffer.from(partText(part))).length).toBeLessThan(150_000);
  });

  test('forgets the blocks that no read shows again, and never folds them twice', () => {
    const first = burst(START_MS);
    const { part } = fold([first], { nowMs: START_MS + 3_000 });
    const later = blockAt(START_MS + 90_000, entryAt('cart', START_MS + 90_000));
    const next = fold([later], { part, nowMs: START_MS + 91_000 });
    expect([...next.part.seen.keys()]).toEqual([later.block.slice(0, 12)]);
    const again = fold([first], { part: next.part, nowMs: START_MS + 92_000 });
    expect(again.hasNews).toBe(false);
    expect(windowOf(again.part).buckets).toEqual(windowOf(next.part).buckets);
  });
});
