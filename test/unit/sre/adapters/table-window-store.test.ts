import { expect, test } from 'vitest';
import { tableWindowStore } from '../../../../lambdas/sre/adapters/table-window-store.ts';
import { emptyHour, lineKeyOf, LINES_MAX } from '../../../../lambdas/sre/domain/hours.ts';
import { EMPTY_PART, SOURCES_A_PART_MAX, type Part } from '../../../../lambdas/sre/domain/part.ts';
import { sourceName } from '../../../../lambdas/sre/domain/summary.ts';
import { newWindow, type SourceWindow } from '../../../../lambdas/sre/domain/window.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const ITEM_BYTES_MAX = 400 * 1_024;
const TENANT = 'tenant';
const INDEX = 3;
const HOUR = 494_000;
const SEEN = 50_000;

/** Numbers that no packing makes smaller, the same in each run. */
const randomness = (seed: number) => {
  let state = seed;
  return (max: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * max);
  };
};
const random = randomness(7);
/** CJK: three bytes each. */
const words = (length: number): string =>
  String.fromCodePoint(...Array.from({ length }, () => 0x4e_00 + random(20_000)));

const windowAt = (service: string, followed: boolean): SourceWindow => {
  const window = newWindow(sourceOf(service), 0, 0);
  const texts = Array.from({ length: LINES_MAX }, () => words(120));
  const kept = [HOUR, HOUR + 1, HOUR + 2].map((hour) => ({
    ...emptyHour(hour),
    records: 1_000,
    latencies: new Map(Array.from({ length: 30 }, (_, place) => [place, random(100_000)])),
    lines: new Map(
      texts.map((text, place) => [
        lineKeyOf(text),
        { count: 1 + place, text: followed ? null : text },
      ]),
    ),
  }));
  const known = new Set(followed ? texts.map(lineKeyOf) : []);
  return { ...window, hours: { doneHour: HOUR - 1, known, kept } };
};

const partOf = (sources: readonly SourceWindow[], seen: number): Part => ({
  ...EMPTY_PART,
  cursorMs: START_MS,
  windows: new Map(sources.map((window) => [sourceName(window.source), window])),
  seen: new Map(
    Array.from({ length: seen }, (_, index) => [
      random(2 ** 24)
        .toString(16)
        .padStart(6, '0') + index.toString(16).padStart(6, '0'),
      START_MS - (index % 30) * 1_000,
    ]),
  ),
});

/** Tables that refuse an item as DynamoDB does. */
const strictTables = (): MemoryTables => {
  const tables = new MemoryTables();
  const write = tables.write.bind(tables);
  return Object.assign(tables, {
    write: async (one: Parameters<MemoryTables['write']>[0]) => {
      if (one.kind === 'put') {
        const packed = one.item['packed'];
        const bytes = packed instanceof Uint8Array ? packed.length : 0;
        if (bytes > ITEM_BYTES_MAX - 1_000) throw new Error(`an item of ${bytes} bytes`);
      }
      return await write(one);
    },
  });
};

const stored = async (part: Part): Promise<Part> => {
  const windows = tableWindowStore({ tables: strictTables() });
  const commit = { tenant: TENANT, index: INDEX, version: 0, part, changes: [] };
  expect(await windows.commit(commit)).toBe(true);
  const found = (await windows.load(TENANT)).get(INDEX);
  if (found === undefined) throw new Error('nothing is stored');
  return found.part;
};

const sources = (followed: boolean, nameOf = (index: number) => `service-${index}`) =>
  Array.from({ length: SOURCES_A_PART_MAX }, (_, index) => windowAt(nameOf(index), followed));

const hoursIn = ({ windows }: Part) => [...windows.values()].flatMap(({ hours }) => hours.kept);
const linesIn = (part: Part) => hoursIn(part).flatMap(({ lines }) => [...lines.values()]);

test('a part is stored with as many sources and new lines as it may have, without the rarest lines', async () => {
  const part = partOf(sources(false), 0);
  const after = await stored(part);
  expect([...after.windows.keys()]).toEqual([...part.windows.keys()]);
  expect(hoursIn(after)).toHaveLength(3 * SOURCES_A_PART_MAX);
  const lines = linesIn(after);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThan(linesIn(part).length);
  expect(Math.min(...lines.map(({ count }) => count))).toBeGreaterThan(1);
});

test('hours that find no room are never learned as hours in which nothing happened', async () => {
  const part = partOf(sources(true), SEEN);
  const after = await stored(part);
  expect(after.seen.size).toBe(SEEN);
  for (const { hours } of after.windows.values())
    expect(hours.kept.map(({ hour }) => hour)).toEqual(
      [HOUR, HOUR + 1, HOUR + 2].filter((hour) => hour > hours.doneHour),
    );
  for (const { lines } of hoursIn(after)) expect(lines.size).toBe(LINES_MAX);
});

test('what was seen and finds no room counts as folded, however long the names of the sources are', async () => {
  const part = partOf(
    sources(false, () => words(600)),
    SEEN,
  );
  const after = await stored(part);
  expect(after.windows.size).toBe(SOURCES_A_PART_MAX);
  expect(after.seen.size).toBeLessThan(SEEN);
  for (const [block, stampMs] of part.seen)
    expect(after.seen.has(block) || stampMs < after.floorMs).toBe(true);
});

test('a part that has room keeps all that it had', async () => {
  const part = partOf([windowAt('cart', false)], 10);
  const after = await stored(part);
  expect(linesIn(after)).toEqual(linesIn(part));
  expect(after.seen).toEqual(part.seen);
});
