import { App } from 'aws-cdk-lib';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { blockUnits } from '../../cost/log-cost.ts';
import { BATCH_SHAPES } from '../../cost/log-shape.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import {
  tableBlockStore,
  type BlockObjects,
} from '../../lambdas/sre/adapters/table-block-store.ts';
import { createMasker } from '../../lambdas/sre/in/mask/masker.ts';
import { createSkewMemory } from '../../lambdas/sre/in/normalise/times.ts';
import { readBatch } from '../../lambdas/sre/in/read-batch.ts';
import { signalsOf } from '../../lambdas/sre/score/signals/signals-of.ts';
import { StateStack } from '../../lib/state-stack.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { createTables } from '../../local/dynamo/tables.ts';
import { readTemplates } from '../../local/template.ts';
import { developmentDataProblem } from '../support/development-data.ts';
import { localCalls, meteredCalls } from '../support/local-calls.ts';
import { BATCH_MS, loghubBatch } from '../support/sre/loghub-batch.ts';

const units = z.object({ CapacityUnits: z.number() });
const capacity = z.object({ CapacityUnits: z.number().optional(), Table: units.optional() });
/** The bill reckons with a middling batch; real ones differ. */
const TOLERANCE = 0.15;
const LINES = 16_000;
const BATCHES_MAX = 24;

describe.skipIf(developmentDataProblem !== null)('blocks of real lines', () => {
  let storage: Storage;
  let consumed = 0;
  beforeAll(async () => {
    storage = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-log-units-')), undefined);
    const assembly = mkdtempSync(join(tmpdir(), 'sluice-log-units-'));
    const app = new App({ outdir: assembly });
    new StateStack(app, 'State', {});
    app.synth();
    await createTables(storage.endpoint, readTemplates(assembly));
  });
  afterAll(() => storage.stop());

  test.each(BATCH_SHAPES)('of $records records cost the write units of the bill', async (shape) => {
    const call = meteredCalls(localCalls(storage.endpoint), 'TOTAL', (_, figures) => {
      consumed += capacity.parse(figures).CapacityUnits ?? 0;
    });
    const tables = dynamoTables({ call, tableNames: { logs: 'LogsTable' } });
    let objects = 0;
    const bucket: BlockObjects = {
      put: async () => {
        objects += 1;
        return await Promise.resolve();
      },
      get: async () => await Promise.resolve(null),
    };
    const store = tableBlockStore({ tables, objects: bucket, keptDays: 9 });
    const deps = { masker: createMasker(), skews: createSkewMemory(), signalsOf };
    const batches = Math.floor(LINES / shape.records);
    const step = Math.max(1, Math.floor(batches / BATCHES_MAX));
    let count = 0;
    consumed = 0;
    for (let index = 0; index < batches; index += step) {
      const body = loghubBatch(index, shape.records, shape.services);
      const input = {
        signal: 'logs',
        body,
        contentType: 'application/json',
        contentEncoding: '',
      } as const;
      const batch = readBatch(deps, input, BATCH_MS);
      await store.put({ tenant: 'project_01m880wczcf3hjbxybqb20mvdr', batch, stampMs: BATCH_MS });
      count += 1;
    }
    const each = consumed / count;
    expect(each / blockUnits(shape), `${each} units`).toBeGreaterThan(1 - TOLERANCE);
    expect(each / blockUnits(shape), `${each} units`).toBeLessThan(1 + TOLERANCE);
    expect(Math.abs(objects / count - shape.objectShare)).toBeLessThan(TOLERANCE);
  });
});
