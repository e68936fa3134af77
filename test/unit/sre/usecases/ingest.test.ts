import { expect, test } from 'vitest';
import type { Tables } from '../../../../lambdas/platform/tables/tables.ts';
import { tableBlockStore } from '../../../../lambdas/sre/adapters/table-block-store.ts';
import { tableIngestUsage } from '../../../../lambdas/sre/adapters/table-ingest-usage.ts';
import type { Batch } from '../../../../lambdas/sre/domain/batch.ts';
import { ingest } from '../../../../lambdas/sre/usecases/ingest.ts';
import { sumIngest } from '../../../../lambdas/sre/usecases/sum-ingest.ts';
import { logsRequest, text } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, jsonInput, nanos, readFresh } from '../../../support/otlp/read-logs.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';

const KEY = { keyId: 'key_1', projectId: 'shop', ingestBytesADay: 1e9 };

const batchOf = (said: string): Batch =>
  readFresh(
    jsonInput(
      logsRequest([
        { timeUnixNano: nanos(ARRIVAL_MS), body: text(said) },
        { timeUnixNano: nanos(ARRIVAL_MS), body: text(`${said} again`) },
      ]),
    ),
  );

/** Whoever runs it dies at this step: before it was done, or before it is known that it was. */
const dyingAt = (tables: Tables, step: number): { readonly tables: Tables; steps: number } => {
  const life = { tables, steps: 0 };
  const lived = async <T>(call: () => Promise<T>): Promise<T> => {
    const at = life.steps;
    life.steps += 2;
    if (at === step) throw new Error('died');
    const answer = await call();
    if (at + 1 === step) throw new Error('died');
    return answer;
  };
  life.tables = {
    query: async (query) => await tables.query(query),
    getMany: async (...args) => await tables.getMany(...args),
    update: async (update) => await tables.update(update),
    transact: async (writes) => await tables.transact(writes),
    get: async (...args) => await lived(async () => await tables.get(...args)),
    write: async (write) => await lived(async () => await tables.write(write)),
  };
  return life;
};

const world = () => {
  const tables = new MemoryTables();
  const sentBy = async (through: Tables, batch: Batch, nowMs = ARRIVAL_MS): Promise<Batch> =>
    await ingest(
      {
        blocks: tableBlockStore({
          tables: through,
          objects: { put: async () => undefined, get: async () => null },
          keptDays: 9,
        }),
        usage: tableIngestUsage({ tables: through }),
        tenants: { seen: async () => undefined, list: async () => [] },
        masks: { of: async () => null },
        clock: { nowMs: () => nowMs },
        metrics: { record: () => undefined },
      },
      { key: KEY, read: () => batch },
    );
  const usage = async () =>
    sumIngest(await tableIngestUsage({ tables }).days(KEY.projectId, ARRIVAL_MS, ARRIVAL_MS));
  return { tables, sentBy, usage };
};

test('a batch counts once, for its key and its service, wherever the function that stores it dies', async () => {
  const batch = batchOf('hello');
  let steps = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step += 1) {
    const { tables, sentBy, usage } = world();
    const life = dyingAt(tables, step);
    // The sender hears nothing, or a 503, and sends it again.
    const isWell = await sentBy(life.tables, batch).then(
      () => true,
      () => false,
    );
    if (isWell) steps = step;
    else await sentBy(tables, batch, ARRIVAL_MS + 3_000);
    await sentBy(tables, batch, ARRIVAL_MS + 6_000);
    const counted = { batches: 1, bytes: batch.bytes, records: 2 };
    expect({ step, ...(await usage()) }).toMatchObject({
      step,
      totals: counted,
      bySource: [counted],
    });
  }
  expect(steps).toBeGreaterThan(6);
});

test('a batch that others have followed counts once too, when it is sent again', async () => {
  const { tables, sentBy, usage } = world();
  const batches = Array.from({ length: 300 }, (_, index) => batchOf(`batch ${index}`));
  for (const [index, batch] of batches.entries()) await sentBy(tables, batch, ARRIVAL_MS + index);
  for (const batch of batches) await sentBy(tables, batch, ARRIVAL_MS + 5_000);
  expect((await usage()).totals).toMatchObject({ batches: 300, records: 600 });
});

test('batches that are stored in another order than they came count all the same', async () => {
  const { tables, sentBy, usage } = world();
  const batches = Array.from({ length: 300 }, (_, index) => batchOf(`batch ${index}`));
  for (const [index, batch] of batches.entries()) await sentBy(tables, batch, ARRIVAL_MS - index);
  expect((await usage()).totals).toMatchObject({ batches: 300, records: 600 });
});

/** As DynamoDB counts: names and values, a number as up to 21 bytes. */
const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return 21;
  return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + bytesOf(one), 3);
};

test('what a key and day remember of their batches fits one write unit, and moves seldom', async () => {
  const { tables, sentBy } = world();
  let writes = 0;
  const counting: Tables = {
    query: async (query) => await tables.query(query),
    getMany: async (...args) => await tables.getMany(...args),
    update: async (update) => await tables.update(update),
    transact: async (all) => await tables.transact(all),
    get: async (...args) => await tables.get(...args),
    write: async (write) => {
      if (write.table === 'sre') writes += 1;
      return await tables.write(write);
    },
  };
  for (let index = 0; index < 400; index += 1)
    await sentBy(counting, batchOf(`batch ${index}`), ARRIVAL_MS + index);
  // Two rows a batch; a refused write, a page and a write without its marks for 60 of them.
  expect(writes).toBe(2 * (400 + 3 * Math.floor(399 / 60)));
  const page = await tables.query({
    table: 'sre',
    pk: `USE#${KEY.projectId}`,
    from: null,
    to: null,
    isAscending: true,
    limit: null,
  });
  expect(page.items).toHaveLength(2);
  const pages = [...tables.items.sre.values()].filter(({ pk }) => String(pk).startsWith('MARKS#'));
  expect(pages).toHaveLength(2 * Math.floor(399 / 60));
  for (const item of [...page.items, ...pages]) expect(bytesOf(item)).toBeLessThan(1_024);
});
