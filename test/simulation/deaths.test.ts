import { describe, expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { anomalyOfItem } from '../../lambdas/sre/adapters/anomaly-items.ts';
import { tableAnomalyBook } from '../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableBlockStore } from '../../lambdas/sre/adapters/table-block-store.ts';
import { tableIngestUsage } from '../../lambdas/sre/adapters/table-ingest-usage.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import { sumIngest } from '../../lambdas/sre/usecases/sum-ingest.ts';
import { watchUsage } from '../../lambdas/sre/usecases/watch-usage.ts';
import { newKey, PROJECT, settlementOf } from '../support/key-items.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { ARRIVAL_MS } from '../support/otlp/read-logs.ts';
import { dieAtEach, Mortal, tablesOf } from './mortal.ts';
import { must } from './scheduler.ts';
import { seeded } from './seeded.ts';
import { randomBatch, TelemetryWorld, TENANT } from './telemetry-world.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
const batches = new Map(SEEDS.map((seed) => [seed, randomBatch(seeded(seed))]));
const worldOf = (seed: number): TelemetryWorld => {
  const batch = batches.get(seed);
  if (batch === undefined) throw new Error('no such seed');
  return new TelemetryWorld(batch);
};
const alive = async <T>(work: (step: Parameters<TelemetryWorld['tick']>[0]) => Promise<T>) =>
  await new Mortal(null).run(work);

/** An acknowledged batch is there, once, and can be read. */
const checkStored = async ({ memory, objects, batch }: TelemetryWorld): Promise<void> => {
  const store = tableBlockStore({
    tables: memory,
    keptDays: 9,
    objects: {
      put: async () => await Promise.resolve(),
      get: async (name) => await Promise.resolve(objects.get(name) ?? null),
    },
  });
  const block = await store.read(TENANT, batch.hash);
  must(
    block !== null && Buffer.from(block).equals(batch.block),
    'an acknowledged block is not there',
  );
  const { heads } = await store.arrived({
    tenant: TENANT,
    fromMs: 0,
    toMs: ARRIVAL_MS + 1,
    limit: 9,
  });
  must(heads.length === 1, `the index shows ${heads.length} blocks`);
};

const checkUsage = async ({ memory, batch }: TelemetryWorld): Promise<void> => {
  const usage = tableIngestUsage({ tables: memory });
  const { totals } = sumIngest(await usage.days(TENANT, ARRIVAL_MS, ARRIVAL_MS));
  must(
    totals.batches <= 1 && totals.records <= batch.records && totals.bytes <= batch.bytes,
    `usage counts ${totals.batches} batches of ${totals.records} records`,
  );
};

const checkFound = async ({ memory, batch }: TelemetryWorld): Promise<void> => {
  const parts = [...(await tableWindowStore({ tables: memory }).load(TENANT)).values()];
  const windows = parts.flatMap(({ part }) => [...part.windows.values()]);
  const counted = windows.flatMap(({ buckets }) => buckets.map(({ failing }) => failing));
  const services = new Set(batch.summary.map(({ source }) => source.service)).size;
  const failing = counted.reduce((sum, count) => sum + count, 0);
  must(failing === services, `windows have ${failing} failures of ${services}`);
  const anomalies = [...memory.items.sre.values()]
    .filter(({ pk }) => String(pk).startsWith('ANO#'))
    .map(anomalyOfItem);
  must(
    anomalies.length === services && anomalies.every(({ revision }) => revision === 1),
    `${anomalies.length} anomalies of ${services} lines`,
  );
};

describe('an entry that dies at each of its awaits', () => {
  test.each(SEEDS)(
    'ingest loses nothing that it acknowledged, and counts nothing twice (seed %i)',
    async (seed) => {
      const deaths = await dieAtEach({
        world: () => worldOf(seed),
        work: async (world, step) => await world.ingest(step),
        check: async (world) => {
          await checkStored(world);
          await checkUsage(world);
        },
      });
      expect(deaths).toBeGreaterThan(8);
    },
  );

  test.each(SEEDS)(
    'score-logs, tick and evaluate find each line once, and windows are a straight count (seed %i)',
    async (seed) => {
      const stored = async (): Promise<TelemetryWorld> => {
        const world = worldOf(seed);
        await alive(async (step) => await world.ingest(step));
        return world;
      };
      const finish = async (world: TelemetryWorld): Promise<void> => {
        await alive(async (step) => await world.evaluate(step));
        await checkFound(world);
      };
      const ofScore = await dieAtEach({
        world: stored,
        work: async (world, step) => await world.scoreLogs(step),
        check: finish,
      });
      const ofTick = await dieAtEach({
        world: stored,
        work: async (world, step) => await world.tick(step),
        check: finish,
      });
      const ofEvaluate = await dieAtEach({
        world: async () => {
          const world = await stored();
          await alive(async (step) => await world.scoreLogs(step));
          return world;
        },
        work: async (world, step) => await world.evaluate(step),
        check: checkFound,
      });
      expect([ofScore, ofTick, ofEvaluate > 30]).toEqual([2, 4, true]);
    },
  );

  test('watch-usage tells of a key once', async () => {
    const HOUR_MS = 3_600_000;
    const hour = Date.UTC(2026, 10, 30, 12);
    const names = Array.from({ length: 10 }, (_, index) => `key_${index}aaaaaaaaaaaaaaa`);
    const world = async (): Promise<MemoryTables> => {
      const tables = new MemoryTables();
      const [usage, keys] = [dynamoUsageStore({ tables }), dynamoKeyRegister({ tables })];
      for (const keyId of names) {
        await keys.create(
          newKey({ keyId, secretHash: keyId, profile: { cohort: { plan: 'free' } } }),
        );
        for (let back = 1; back <= 8; back++)
          await usage.record({
            ...settlementOf(`${keyId}${back}`, 1e8, hour - back * HOUR_MS),
            keyId,
          });
      }
      await usage.record({ ...settlementOf('now', 3e9, hour + 1_000), keyId: names[0] ?? '' });
      return tables;
    };
    const deaths = await dieAtEach({
      world,
      work: async (memory, step) => {
        const tables = tablesOf(memory, step);
        await watchUsage(
          {
            usage: dynamoUsageStore({ tables }),
            keys: dynamoKeyRegister({ tables }),
            anomalies: tableAnomalyBook({ tables }),
            clock: { nowMs: () => hour + 60_000 },
          },
          { projectId: PROJECT },
        );
      },
      check: async (memory) => {
        const found = [...memory.items.sre.values()].filter(({ pk }) =>
          String(pk).startsWith('ANO#'),
        );
        must(found.length === 1, `${found.length} anomalies of one key`);
        return await Promise.resolve();
      },
    });
    expect(deaths).toBeGreaterThan(4);
  });
});

describe('faults that such deaths show', () => {
  test('an item that is written before its object', async () => {
    const large = SEEDS.find((seed) => (batches.get(seed)?.block.length ?? 0) > 8_192);
    const late = dieAtEach({
      world: () => worldOf(large ?? 0),
      work: async (world, step) => {
        const held: (() => Promise<void>)[] = [];
        const bucket = world.bucket(step);
        await world.ingest(step, {
          ...bucket,
          put: async (name, bytes) => {
            held.push(async () => await bucket.put(name, bytes));
            return await Promise.resolve();
          },
        });
        // A repeat finds the item, and believes that the object is there.
        if (world.objects.size === 0 && held.length > 0 && isFirst(world))
          for (const put of held) await put();
      },
      check: checkStored,
    });
    await expect(late).rejects.toThrow('an acknowledged block is not there');
  });

  test('a message that is deleted before its evaluation', async () => {
    const lost = dieAtEach({
      world: async () => {
        const world = worldOf(1);
        await alive(async (step) => await world.ingest(step));
        await alive(async (step) => await world.scoreLogs(step));
        return world;
      },
      work: async (world, step) => await world.evaluate(step, true),
      check: checkFound,
    });
    await expect(lost).rejects.toThrow('failures');
  });
});

/** Nobody tried before. */
const tried = new WeakSet<TelemetryWorld>();
const isFirst = (world: TelemetryWorld): boolean => {
  const isNew = !tried.has(world);
  tried.add(world);
  return isNew;
};
