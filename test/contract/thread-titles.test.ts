import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { tableThreadTitles } from '../../lambdas/threads/adapters/threads/table-thread-titles.ts';
import type { ThreadTitles } from '../../lambdas/threads/ports/titles.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { PLACE, thread } from '../support/thread-rows.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const LATER_MS = NOW_MS + 31_000;

describe.each(ENGINES)('titles on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let store: ThreadStore;
  let titles: ThreadTitles;
  beforeAll(async () => void (engine = await open()));
  afterAll(() => engine.close());
  beforeEach(async () => {
    const tables = await engine.fresh();
    const timers = { nowMs: () => NOW_MS, sleep: async () => undefined };
    store = tableThreadStore({ tables, timers, random: () => 0.5 });
    titles = tableThreadTitles(tables);
    await store.create({ ...thread(NOW_MS), title: null, wantsTitle: true });
  });

  test('a thread keeps that it wants one', async () => {
    expect(await store.get(PLACE)).toMatchObject({ title: null, wantsTitle: true });
  });

  test('one of two at once writes it, three tries in all, however they end', async () => {
    const both = await Promise.all([1, 2].map(async () => await titles.claim(PLACE, NOW_MS)));
    expect(both.filter((isTaken) => isTaken)).toHaveLength(1);
    expect(await titles.claim(PLACE, LATER_MS)).toBe(true);
    await titles.release(PLACE);
    expect(await titles.claim(PLACE, LATER_MS + 1)).toBe(true);
    expect(await titles.claim(PLACE, LATER_MS + 3_600_000)).toBe(false);
  });

  test('is written once, and never over the title of a person', async () => {
    expect(await titles.claim(PLACE, NOW_MS)).toBe(true);
    expect(await titles.write(PLACE, 'By a model', NOW_MS)).toBe(true);
    expect(await titles.write(PLACE, 'Again', NOW_MS)).toBe(false);
    expect((await store.get(PLACE))?.title).toBe('By a model');
    // Taken away by a person it stays away.
    await store.patch(PLACE, { title: null });
    expect(await titles.claim(PLACE, LATER_MS)).toBe(false);
  });

  test('of a titled or deleted thread is not asked for', async () => {
    await store.patch(PLACE, { title: 'By a person' });
    expect(await titles.claim(PLACE, NOW_MS)).toBe(false);
    expect(await titles.write(PLACE, 'By a model', NOW_MS)).toBe(false);
    await store.patch(PLACE, { title: null });
    await store.remove(PLACE, NOW_MS);
    expect(await titles.claim(PLACE, NOW_MS)).toBe(false);
  });
});
