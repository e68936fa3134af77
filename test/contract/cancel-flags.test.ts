import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoCancelFlags } from '../../lambdas/ledger/adapters/dynamo-cancel-flags.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { KEY_ID } from '../support/key-items.ts';

describe.each(ENGINES)('the cancel flags on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  test('a flag is up from the moment it is raised, for its own call alone, however often', async () => {
    const flags = dynamoCancelFlags({ tables });
    expect(await flags.isRaised(KEY_ID, 'a')).toBe(false);
    for (const nowMs of [1, 2]) await flags.raise(KEY_ID, 'a', nowMs);
    expect(await flags.isRaised(KEY_ID, 'a')).toBe(true);
    expect(await flags.isRaised(KEY_ID, 'b')).toBe(false);
    expect(await flags.isRaised('key_bbbbbbbbbbbbbbbb', 'a')).toBe(false);
  });
});
