import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableIngestUsage } from '../../lambdas/sre/adapters/table-ingest-usage.ts';
import type { IngestUsage } from '../../lambdas/sre/ports/ingest.ts';
import { ENGINES, type OpenEngine } from '../support/engines.ts';
import { START_MS } from '../support/sre/entries.ts';

const TENANT = 'shop #1/ä';

describe.each(ENGINES)('usage of ingest keys on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  test('batches count once each, over more of them than a row remembers', async () => {
    const usage = tableIngestUsage({ tables });
    const send = sender(usage);
    for (let index = 0; index < 130; index += 1) await send(`batch ${index}`, START_MS + index);
    // One was stored, and whoever stored it died: it comes again, as two others do.
    for (const name of ['lost', 'batch 3', 'batch 129', 'lost'])
      await send(name, START_MS + 120_000, true);
    expect(await usage.days(TENANT, START_MS, START_MS)).toEqual([
      {
        day: new Date(START_MS).toISOString().slice(0, 10),
        keyId: 'key_1',
        source: null,
        batches: 131,
        bytes: 1_310,
        records: 262,
        rejected: 131,
      },
    ]);
  });

  test('a row to which a release without marks added beyond its room takes the next batch', async () => {
    const usage = tableIngestUsage({ tables });
    const send = sender(usage);
    await send('first', START_MS);
    const day = new Date(START_MS).toISOString().slice(0, 10);
    const key = { pk: `USE#${encodeURIComponent(TENANT)}`, sk: `${day}#key_1#` };
    const mark = Object.keys((await tables.get('sre', key)) ?? {}).find((name) =>
      /^m.{8}$/.test(name),
    );
    await tables.write({
      kind: 'update',
      table: 'sre',
      key,
      update: 'SET batches = :batches REMOVE #mark',
      names: { '#mark': mark ?? '' },
      values: { ':batches': 200 },
    });
    await send('next', START_MS);
    expect(await usage.days(TENANT, START_MS, START_MS)).toMatchObject([{ batches: 201 }]);
  });
});

const sender =
  (usage: IngestUsage) =>
  async (name: string, nowMs: number, isKnown = false): Promise<void> => {
    const hash = createHash('sha256').update(name).digest('hex');
    const counted = { bytes: 10, records: 2, rejected: 1, bySource: [] };
    await usage.add({
      tenant: TENANT,
      keyId: 'key_1',
      hash,
      atMs: START_MS,
      nowMs,
      isKnown,
      ...counted,
    });
  };
