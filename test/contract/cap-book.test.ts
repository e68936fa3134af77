import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoCapBook } from '../../lambdas/ledger/adapters/dynamo-cap-book.ts';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { KEY_ID, newKey, PROJECT } from '../support/key-items.ts';
import { through } from '../support/through-tables.ts';

const NOW = Date.UTC(2026, 10, 30, 23, 58);
const MINUTE_MS = 60_000;

describe.each(ENGINES)('the book of caps on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());
  const hit = (atMs: number, model = 'gpt-5', keyId = KEY_ID) => ({
    keyId,
    projectId: PROJECT,
    model,
    atMs,
  });

  test('counts a minute once, however many functions refuse in it and whatever their clocks say', async () => {
    const books = [1, 2, 3].map(() => dynamoCapBook({ tables }));
    await Promise.all(books.map(async (book) => await book.note(hit(NOW))));
    await books[0]?.note(hit(NOW + MINUTE_MS, 'a:b/c é'));
    await books[1]?.note(hit(NOW));
    expect(await books[2]?.ofMonth(PROJECT, '2026-11')).toEqual([
      {
        keyId: KEY_ID,
        month: '2026-11',
        minutes: 2,
        firstAtMs: NOW,
        lastAtMs: NOW + MINUTE_MS,
        byModel: { 'gpt-5': 1, 'a:b/c é': 1 },
      },
    ]);
  });

  test('writes once of what one function refuses at once, and again when that failed', async () => {
    let writes = 0;
    let isBroken = true;
    const counting: Tables = {
      ...through(tables),
      update: async (update) => {
        writes += 1;
        if (isBroken) throw new Error('no answer');
        return await tables.update(update);
      },
    };
    const book = dynamoCapBook({ tables: counting });
    await expect(book.note(hit(NOW))).rejects.toThrow('no answer');
    isBroken = false;
    await Promise.all([1, 2, 3].map(async () => await book.note(hit(NOW))));
    expect(writes).toBe(2);
    expect(await book.ofMonth(PROJECT, '2026-11')).toMatchObject([{ minutes: 1 }]);
  });

  test('keeps months and projects apart, and is no key in the list of keys', async () => {
    const book = dynamoCapBook({ tables });
    await book.note(hit(NOW));
    await book.note(hit(NOW + 2 * MINUTE_MS));
    await book.note({ ...hit(NOW, 'gpt-5', 'key_b'), projectId: 'project_b' });
    for (const [project, month, count] of [
      [PROJECT, '2026-11', 1],
      [PROJECT, '2026-12', 1],
      [PROJECT, '2026-10', 0],
      ['project_b', '2026-11', 1],
      ['project_b', '2026-12', 0],
    ] as const)
      expect(await book.ofMonth(project, month), `${project} ${month}`).toHaveLength(count);
    const keys = dynamoKeyRegister({ tables });
    expect(await keys.everyProfile(PROJECT)).toEqual([]);
    await keys.create(newKey({}));
    expect(await keys.everyProfile(PROJECT)).toMatchObject([{ keyId: KEY_ID }]);
    expect(await keys.everyProfile('project_b')).toEqual([]);
  });
});
