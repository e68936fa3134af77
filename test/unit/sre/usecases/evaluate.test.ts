import { beforeEach, describe, expect, test } from 'vitest';
import { stampKeys, tableSummaryLog } from '../../../../lambdas/sre/adapters/table-summary-log.ts';
import { tableWindowStore } from '../../../../lambdas/sre/adapters/table-window-store.ts';
import { sourceName, type StampedSummary } from '../../../../lambdas/sre/domain/summary.ts';
import { summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';
import type { SourceWindow } from '../../../../lambdas/sre/domain/window.ts';
import { evaluate, type EvaluateDeps } from '../../../../lambdas/sre/usecases/evaluate.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import {
  blockAt,
  entryAt,
  SHAPE,
  sourceOf,
  START_MS,
  usualSettings,
} from '../../../support/sre/entries.ts';

const TENANT = 'tenant';
const MINUTE_MS = 60_000;

describe('an evaluation', () => {
  let tables: MemoryTables;
  let nowMs: number;
  let deps: EvaluateDeps;
  beforeEach(() => {
    tables = new MemoryTables();
    nowMs = START_MS;
    deps = {
      log: tableSummaryLog({ tables }),
      windows: tableWindowStore({ tables }),
      clock: { nowMs: () => nowMs },
      settings: async () => await Promise.resolve(usualSettings),
      templates: async () => await Promise.resolve(() => null),
    };
  });

  const store = (...blocks: readonly StampedSummary[]): void => {
    for (const { block, stampMs, summary } of blocks)
      tables.place('logs', {
        pk: 'LOG',
        sk: block,
        ...stampKeys(TENANT, block, stampMs),
        summary: summaryText(summary),
      });
  };
  const window = async (service = 'cart'): Promise<SourceWindow | undefined> =>
    [...(await deps.windows.load(TENANT)).values()]
      .map(({ part }) => part.windows.get(sourceName(sourceOf(service))))
      .find((found) => found !== undefined);
  const records = async (): Promise<number> =>
    ((await window())?.buckets ?? []).reduce((sum, counts) => sum + counts.records, 0);

  test('takes what it is handed before the index shows it, and counts it once', async () => {
    const block = blockAt(START_MS, entryAt('cart', START_MS, { failing: 1, shapes: [SHAPE] }));
    nowMs = START_MS + 500;
    const { changes } = await evaluate(deps, { tenant: TENANT, hot: [block] });
    expect(changes).toMatchObject([{ kind: 'found', anomaly: { kind: 'resource' } }]);
    store(block);
    nowMs = START_MS + 5_000;
    expect((await evaluate(deps, { tenant: TENANT, hot: [block] })).changes).toEqual([]);
    expect(await records()).toBe(10);
  });

  test('reads on until it is not behind any more', async () => {
    const count = 9_000;
    for (let index = 0; index < count; index++)
      store(blockAt(START_MS + index, entryAt('cart', START_MS + index, { records: 1 })));
    nowMs = START_MS + 20_000;
    const evaluated = await evaluate(deps, { tenant: TENANT });
    expect(evaluated).toMatchObject({ isBehind: false, lagMs: 0 });
    expect(await records()).toBe(count);
  });

  test('that was out for less than an hour folds all of it, and learns nothing of what is older', async () => {
    const steady = (fromMs: number, minutes: number): void => {
      for (let timeMs = fromMs; timeMs < fromMs + minutes * MINUTE_MS; timeMs += 10_000)
        store(blockAt(timeMs + 4_000, entryAt('cart', timeMs, { failing: 4 })));
    };
    steady(START_MS, 20);
    nowMs = START_MS + 9 * MINUTE_MS;
    await evaluate(deps, { tenant: TENANT });
    nowMs = START_MS + 20 * MINUTE_MS;
    await evaluate(deps, { tenant: TENANT });
    const whole = await window();
    expect(whole?.baseline.buckets).toBe(115);
    expect(whole?.baseline.mean).toBe(4);
    const laterMs = START_MS + 200 * MINUTE_MS;
    steady(laterMs, 10);
    nowMs = laterMs + 10 * MINUTE_MS;
    await evaluate(deps, { tenant: TENANT });
    expect((await window())?.baseline.mean).toBe(4);
  });

  test('of a tenant in which nothing happens writes nothing', async () => {
    store(blockAt(START_MS, entryAt('cart', START_MS)));
    await evaluate(deps, { tenant: TENANT });
    const versions = async () =>
      [...(await deps.windows.load(TENANT)).values()].map(({ version }) => version);
    expect(await versions()).toEqual([1]);
    nowMs += 5_000;
    await evaluate(deps, { tenant: TENANT });
    expect(await versions()).toEqual([1]);
  });

  test('gives up when it loses every race, so that the queue brings it again', async () => {
    store(blockAt(START_MS, entryAt('cart', START_MS)));
    const windows = { ...deps.windows, commit: async () => await Promise.resolve(false) };
    await expect(evaluate({ ...deps, windows }, { tenant: TENANT })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});
