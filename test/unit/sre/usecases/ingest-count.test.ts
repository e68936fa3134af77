import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Tables } from '../../../../lambdas/platform/tables/tables.ts';
import { tableIngestUsage } from '../../../../lambdas/sre/adapters/table-ingest-usage.ts';
import type { Ingested } from '../../../../lambdas/sre/ports/ingest.ts';
import { sumIngest } from '../../../../lambdas/sre/usecases/sum-ingest.ts';
import { seeded, type Seeded } from '../../../simulation/seeded.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { ARRIVAL_MS } from '../../../support/otlp/read-logs.ts';

const SOURCE = { environment: '', namespace: '', service: 'api' };

const ingestedOf = (name: string, over: Partial<Ingested> = {}): Ingested => ({
  tenant: 'shop',
  keyId: 'key_1',
  hash: createHash('sha256').update(name).digest('hex'),
  atMs: ARRIVAL_MS,
  nowMs: ARRIVAL_MS,
  isKnown: false,
  bytes: 10,
  records: 1,
  rejected: 0,
  bySource: [{ source: SOURCE, records: 1, bytes: 10 }],
  ...over,
});

const countedIn = async (tables: Tables) => {
  const days = await tableIngestUsage({ tables }).days('shop', ARRIVAL_MS, ARRIVAL_MS);
  const { totals, bySource } = sumIngest(days);
  return [totals.batches, bySource[0]?.batches];
};

test('a batch that was stored and not counted counts when it is sent again, however many came in between', async () => {
  const tables = new MemoryTables();
  const usage = tableIngestUsage({ tables });
  for (let index = 0; index < 500; index += 1) await usage.add(ingestedOf(`before ${index}`));
  // Whoever stored `lost` died here.
  for (let index = 0; index < 500; index += 1)
    await usage.add(ingestedOf(`after ${index}`, { nowMs: ARRIVAL_MS + index * 1_000 }));
  for (let index = 0; index < 3; index += 1)
    await usage.add(ingestedOf('lost', { isKnown: true, nowMs: ARRIVAL_MS + 600_000 }));
  expect(await countedIn(tables)).toEqual([1_001, 1_001]);
});

test('a batch that was counted counts no second time, however many came in between', async () => {
  const tables = new MemoryTables();
  const usage = tableIngestUsage({ tables });
  for (let index = 0; index < 500; index += 1)
    await usage.add(ingestedOf(`batch ${index}`, { nowMs: ARRIVAL_MS + index * 1_000 }));
  for (let index = 0; index < 500; index += 1)
    await usage.add(
      ingestedOf(`batch ${index}`, { isKnown: true, nowMs: ARRIVAL_MS + 600_000 + index }),
    );
  expect(await countedIn(tables)).toEqual([500, 500]);
});

test('a first sender that counts after its repeat did counts nothing, though others moved all marks meanwhile', async () => {
  const tables = new MemoryTables();
  const usage = tableIngestUsage({ tables });
  await usage.add(ingestedOf('slow', { isKnown: true, nowMs: ARRIVAL_MS + 10_000 }));
  for (let index = 0; index < 500; index += 1)
    await usage.add(ingestedOf(`batch ${index}`, { nowMs: ARRIVAL_MS + 10_000 + index }));
  await usage.add(ingestedOf('slow'));
  expect(await countedIn(tables)).toEqual([501, 501]);
});

test('marks move as the page has them that somebody wrote who died before they were out of the row', async () => {
  const memory = new MemoryTables();
  const usage = tableIngestUsage({ tables: memory });
  const repeat = ingestedOf('repeated', { isKnown: true, nowMs: ARRIVAL_MS + 10_000 });
  await usage.add(repeat);
  for (let index = 1; index < 60; index += 1) await usage.add(ingestedOf(`batch ${index}`));
  const dying: Tables = {
    query: async (query) => await memory.query(query),
    getMany: async (...args) => await memory.getMany(...args),
    update: async (update) => await memory.update(update),
    transact: async (writes) => await memory.transact(writes),
    get: async (...args) => await memory.get(...args),
    write: async (write) => {
      if (write.kind === 'update' && write.update.includes('REMOVE')) throw new Error('died');
      return await memory.write(write);
    },
  };
  const died = tableIngestUsage({ tables: dying }).add(
    ingestedOf('died', { nowMs: ARRIVAL_MS + 20_000 }),
  );
  await expect(died).rejects.toThrow('died');
  await usage.add(ingestedOf('later', { nowMs: ARRIVAL_MS + 200_000 }));
  await usage.add({ ...repeat, nowMs: ARRIVAL_MS + 300_000 });
  expect(await countedIn(memory)).toEqual([61, 61]);
});

/** Each call waits for a while that the seed says, and some end their caller before or after they are done. */
const wild = (memory: Tables, random: Seeded): Tables => {
  const wait = async (): Promise<void> => {
    for (let left = random.below(12); left > 0; left -= 1) await Promise.resolve();
    if (random.chance(0.05)) throw new Error('died');
  };
  const lived = async <T>(call: () => Promise<T>): Promise<T> => {
    await wait();
    const answer = await call();
    await wait();
    return answer;
  };
  return {
    query: async (query) => await memory.query(query),
    getMany: async (...args) => await memory.getMany(...args),
    update: async (update) => await memory.update(update),
    transact: async (writes) => await memory.transact(writes),
    get: async (...args) => await lived(async () => await memory.get(...args)),
    write: async (write) => await lived(async () => await memory.write(write)),
  };
};

const BATCHES = 200;

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'senders that race, die and repeat count each batch once (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const memory = new MemoryTables();
    const usage = tableIngestUsage({ tables: wild(memory, random) });
    let next = 0;
    const sender = async (): Promise<void> => {
      while (next < BATCHES) {
        const name = `batch ${next++}`;
        let isCounted = false;
        // A repeat finds the block, whoever stored it.
        for (let tries = 0; !isCounted || random.chance(0.3); tries += 1) {
          const nowMs = ARRIVAL_MS + next * 100;
          isCounted = await usage.add(ingestedOf(name, { isKnown: tries > 0, nowMs })).then(
            () => true,
            () => isCounted,
          );
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, sender));
    // Some come again when all is over.
    const calm = tableIngestUsage({ tables: memory });
    for (let index = 0; index < BATCHES; index += 7)
      await calm.add(ingestedOf(`batch ${index}`, { isKnown: true, nowMs: ARRIVAL_MS + 900_000 }));
    expect(await countedIn(memory)).toEqual([BATCHES, BATCHES]);
  },
);
