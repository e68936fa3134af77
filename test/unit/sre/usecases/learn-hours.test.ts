import { beforeEach, describe, expect, test } from 'vitest';
import { tableOpenIncidents } from '../../../../lambdas/sre/adapters/table-open-incidents.ts';
import { tableSettingsBook } from '../../../../lambdas/sre/adapters/table-settings-book.ts';
import { stampKeys, tableSummaryLog } from '../../../../lambdas/sre/adapters/table-summary-log.ts';
import { tableWindowStore } from '../../../../lambdas/sre/adapters/table-window-store.ts';
import { claimWrites } from '../../../../lambdas/sre/adapters/incident-items.ts';
import { dueBucketOf } from '../../../../lambdas/sre/domain/fold-drift.ts';
import { emptyHour, hourOf, lineKeyOf } from '../../../../lambdas/sre/domain/hours.ts';
import { EMPTY_PART, partOf } from '../../../../lambdas/sre/domain/part.ts';
import {
  newSourceDrift,
  stepSource,
  type SourceDrift,
} from '../../../../lambdas/sre/domain/source-drift.ts';
import { BUCKET_MS, bucketOf, sourceName } from '../../../../lambdas/sre/domain/summary.ts';
import { summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';
import { newWindow } from '../../../../lambdas/sre/domain/window.ts';
import type { AnomalyKind } from '../../../../lambdas/sre/domain/anomaly.ts';
import { evaluate, type EvaluateDeps } from '../../../../lambdas/sre/usecases/evaluate.ts';
import { settingsFrom } from '../../../../lambdas/sre/usecases/service-settings.ts';
import { incidentOf } from '../../../support/sre/delivered.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { blockAt, entryAt, SHAPE, sourceOf, START_MS } from '../../../support/sre/entries.ts';

const TENANT = 'tenant';
const CART = sourceOf('cart');
const NAME = sourceName(CART);
const WEEK = 168;
const LINE = 'Retrying the payment provider';
/** The hour that is over, and is learned next. */
const HOUR = hourOf(bucketOf(START_MS));
const DUE_MS = dueBucketOf(NAME, HOUR) * BUCKET_MS;

const hour = (at: number, times: number, slow = false) => ({
  ...emptyHour(at),
  records: 3_600 * times,
  failing: 36,
  latencies: new Map(
    slow
      ? [
          [6, 500],
          [9, 100],
        ]
      : [
          [3, 500],
          [6, 100],
        ],
  ),
  lines: new Map([[lineKeyOf(LINE), { count: 20, text: LINE }]]),
});

/** Five weeks of an hour that is always alike, up to two that were not. */
const known = (times: number, slow = false): SourceDrift => {
  let drift = newSourceDrift();
  for (let at = HOUR - 5 * WEEK; at < HOUR; at++) {
    const isOdd = at >= HOUR - 2;
    ({ drift } = stepSource(drift, hour(at, isOdd ? times : 1, isOdd && slow), 'normal'));
  }
  return drift;
};

describe('an hour of a service', () => {
  let tables: MemoryTables;
  let nowMs: number;
  let deps: EvaluateDeps;
  const index = partOf(NAME);
  beforeEach(() => {
    tables = new MemoryTables();
    nowMs = DUE_MS + 1_000;
    deps = {
      log: tableSummaryLog({ tables }),
      windows: tableWindowStore({ tables }),
      clock: { nowMs: () => nowMs },
      settings: settingsFrom(
        tableSettingsBook({ tables }),
        tableOpenIncidents({ tables, nowMs: () => nowMs }),
      ),
      templates: async () =>
        await Promise.resolve((text) => ({ id: 'T1', text, novelty: 'known' as const })),
    };
  });

  const place = async (drift: SourceDrift, times: number, slow = false): Promise<void> => {
    const now = bucketOf(nowMs);
    const window = {
      ...newWindow(CART, now - 400, now),
      closedBucket: now - 8,
      hours: {
        kept: [hour(HOUR, times, slow)],
        doneHour: HOUR - 1,
        known: new Set([lineKeyOf(LINE)]),
      },
    };
    await deps.windows.commit({
      tenant: TENANT,
      index,
      version: 0,
      part: { ...EMPTY_PART, cursorMs: nowMs - 10_000, windows: new Map([[NAME, window]]) },
      changes: [],
      drifts: [{ source: CART, drift }],
    });
  };

  const send = (): void => {
    const shapes = [{ ...SHAPE, text: LINE, signals: [], severity: 13 }];
    const { block, stampMs, summary } = blockAt(nowMs - 2_000, entryAt('cart', nowMs, { shapes }));
    tables.place('logs', {
      pk: 'LOG',
      sk: block,
      ...stampKeys(TENANT, block, stampMs),
      summary: summaryText(summary),
    });
  };

  const hold = async (kind: AnomalyKind, atMs: number): Promise<void> => {
    const after = incidentOf({ members: [{ source: CART, kind }] });
    const step = { revision: 1, kind: 'opened', atMs, by: 'x', text: '' } as const;
    for (const write of claimWrites(TENANT, [{ before: null, after, step }]))
      await tables.write(write);
  };

  const learned = async (): Promise<SourceDrift | undefined> =>
    (await deps.windows.drifts(TENANT, index, [CART])).get(NAME);

  test('that is the third of its kind is one anomaly, of medium at most, and its parts say why', async () => {
    await place(known(1, true), 1, true);
    send();
    const { changes } = await evaluate(deps, { tenant: TENANT });
    expect(changes).toMatchObject([
      { kind: 'found', anomaly: { kind: 'drift', band: 'medium', path: 'windowed', revision: 1 } },
    ]);
    const [change] = changes;
    if (change?.kind !== 'found') throw new Error('nothing is found');
    const { score, why, facts } = change.anomaly;
    expect(score.parts.map(({ category }) => category)).toEqual(['statistical']);
    expect(score.parts.reduce((sum, { points }) => sum + points, score.adjustment.points)).toBe(
      score.score,
    );
    expect(why).toMatch(
      /^The 95th percentile of the latency of cart has been [\d.]+ times what is usual at this time of the week over the last 3 hours: \d+ ms in the last one, where \d+ ms is usual\.$/,
    );
    expect(facts).toMatchObject({ series: 'p95', direction: 'up', span_hours: 3 });
  });

  test('is learned once, however often it is evaluated and whatever comes again', async () => {
    await place(known(1), 1);
    send();
    await evaluate(deps, { tenant: TENANT });
    const once = await learned();
    expect(once?.hour).toBe(HOUR);
    expect(once?.series.records.learned).toBe(5 * WEEK + 1);
    for (let times = 0; times < 3; times++) {
      nowMs += 10_000;
      send();
      expect((await evaluate(deps, { tenant: TENANT })).changes).toEqual([]);
    }
    expect(await learned()).toEqual(once);
  });

  test('is neither learned nor judged before it is over and settled', async () => {
    await place(known(1, true), 1, true);
    nowMs = DUE_MS - 1_000;
    send();
    expect((await evaluate(deps, { tenant: TENANT })).changes).toEqual([]);
    expect((await learned())?.hour).toBe(HOUR - 1);
  });

  test('whose anomaly cannot be written is not learned either', async () => {
    await place(known(1, true), 1, true);
    send();
    const commit = async () => await Promise.resolve(false);
    await expect(
      evaluate({ ...deps, windows: { ...deps.windows, commit } }, { tenant: TENANT }),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect((await learned())?.hour).toBe(HOUR - 1);
    expect((await evaluate(deps, { tenant: TENANT })).changes).toHaveLength(1);
  });

  test.each<[AnomalyKind, number, number, string]>([
    ['failures', 60_000, 0, 'says nothing'],
    ['failures', 86_400_000, 1, 'speaks, because a day is enough'],
    ['drift', 60_000, 1, 'speaks: what takes days ends by its own rule'],
  ])('while an incident of %s is open for %i ms %s', async (kind, openMs, found) => {
    await place(known(1, true), 1, true);
    await hold(kind, nowMs - openMs);
    send();
    expect((await evaluate(deps, { tenant: TENANT })).changes).toHaveLength(found);
    const { buckets } = (await deps.windows.load(TENANT)).get(index)?.part.windows.get(NAME)
      ?.baseline ?? { buckets: -1 };
    expect(buckets > 0).toBe(found === 1);
    expect((await learned())?.hour).toBe(found === 1 ? HOUR : HOUR - 1);
  });

  test('in which something broke is not learned', async () => {
    await place(known(1, true), 1, true);
    const { windows } = deps;
    const stored = (await windows.load(TENANT)).get(index);
    if (stored === undefined) throw new Error('nothing is stored');
    const troubled = [...stored.part.windows].map(([name, window]) => {
      const kept = window.hours.kept.map((one) => ({ ...one, isTroubled: true }));
      return [name, { ...window, hours: { ...window.hours, kept } }] as const;
    });
    const part = { ...stored.part, windows: new Map(troubled) };
    await windows.commit({ tenant: TENANT, index, version: 1, part, changes: [] });
    send();
    expect((await evaluate(deps, { tenant: TENANT })).changes).toEqual([]);
    expect((await learned())?.hour).toBe(HOUR - 1);
  });

  test('with far more of one kind of line names the line', async () => {
    let drift = known(1);
    const lines = new Map([[lineKeyOf(LINE), { count: 400, text: null }]]);
    drift = { ...drift, hour: HOUR - 3 };
    for (const at of [HOUR - 2, HOUR - 1])
      ({ drift } = stepSource(drift, { ...hour(at, 1), lines }, 'normal'));
    await place(drift, 1);
    const stored = (await deps.windows.load(TENANT)).get(index);
    const window = stored?.part.windows.get(NAME);
    if (stored === undefined || window === undefined) throw new Error('nothing is stored');
    const hours = { ...window.hours, kept: [{ ...hour(HOUR, 1), lines }] };
    const part = { ...stored.part, windows: new Map([[NAME, { ...window, hours }]]) };
    await deps.windows.commit({ tenant: TENANT, index, version: 1, part, changes: [] });
    send();
    expect((await evaluate(deps, { tenant: TENANT })).changes).toMatchObject([
      {
        anomaly: {
          kind: 'drift',
          band: 'low',
          template: { id: 'T1', text: LINE },
          facts: { series: 'template', value: 400 },
        },
      },
    ]);
  });

  test('of a service that sends all there is takes a bounded room', async () => {
    let drift = newSourceDrift();
    for (let at = HOUR - 5 * WEEK; at < HOUR; at++) {
      const line = (key: number) => `${'x'.repeat(100)} kind ${'abcdefghijkl'.charAt(key % 12)}`;
      const lines = new Map(
        Array.from({ length: 12 }, (_, key) => [
          lineKeyOf(line(key)),
          { count: 1 + ((at * (key + 3)) % 97), text: line(key) },
        ]),
      );
      const counts = { ...hour(at, 1 + ((at * 31) % 89) / 100), lines };
      ({ drift } = stepSource(drift, counts, 'normal'));
    }
    expect(drift.lines.size).toBe(8);
    await place(drift, 1);
    const item = [...tables.items.sre.values()].find(({ sk }) => String(sk).startsWith('D#'));
    const packed = item?.['packed'];
    expect(packed instanceof Uint8Array ? packed.length : Infinity).toBeLessThan(8_000);
  });
});
