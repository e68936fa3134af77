import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  readAll,
  type Item,
  type Tables,
  type Write,
} from '../../lambdas/platform/tables/tables.ts';
import { ENGINES_BY_BOTH_CLIENTS, type OpenEngine } from '../support/engines.ts';

const key = (sk: string) => ({ pk: 'P', sk });
const put = (sk: string, fields: Item = {}, condition?: string): Write => ({
  kind: 'put',
  table: 'threads',
  key: key(sk),
  item: { ...key(sk), ...fields },
  ...(condition === undefined ? {} : { condition }),
});
const IS_NEW = 'attribute_not_exists(pk)';

describe.each(ENGINES_BY_BOTH_CLIENTS)('the tables on $name', ({ open }) => {
  let engine: OpenEngine;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());

  test('what is put is what is read: words, numbers, bytes, maps, lists and nothing', async () => {
    const fields = {
      text: 'ä\u{1F600}"\\',
      large: Number.MAX_SAFE_INTEGER,
      small: -0.25,
      bytes: new Uint8Array([0, 1, 254, 255]),
      map: { 'a b': [1, 'two', null, true, {}], empty: '' },
      nothing: null,
    };
    await tables.write(put('a', fields));
    const stored = await tables.get('threads', key('a'));
    expect(stored).toEqual({ ...key('a'), ...fields });
    expect(await tables.get('threads', key('b'))).toBeNull();
    expect(await tables.getMany('threads', [key('a'), key('b')])).toEqual([stored]);
  });

  test('a refused write says what stood in its way, and changes nothing', async () => {
    expect(await tables.write(put('a', { n: 1 }, IS_NEW))).toEqual({ kind: 'written' });
    const before = { ...key('a'), n: 1 };
    expect(await tables.write(put('a', { n: 2 }, IS_NEW))).toEqual({
      kind: 'refused',
      item: before,
    });
    const missing = { kind: 'delete', table: 'threads', key: key('b') } as const;
    expect(await tables.write({ ...missing, condition: 'attribute_exists(pk)' })).toEqual({
      kind: 'refused',
      item: null,
    });
    expect(await tables.get('threads', key('a'))).toEqual(before);
  });

  test('an update answers the item as it is after it, or as it stands', async () => {
    const add = {
      kind: 'update',
      table: 'keys',
      key: key('a'),
      update: 'SET spent = if_not_exists(spent, :zero) + :one, #write = :kind',
      condition: 'attribute_not_exists(spent) OR spent < :two',
      names: { '#write': 'write' },
      values: { ':zero': 0, ':one': 1, ':two': 2, ':kind': 'settle' },
    } as const;
    const after = (spent: number) => ({ ...key('a'), spent, write: 'settle' });
    expect(await tables.update(add)).toEqual({ kind: 'written', item: after(1) });
    expect(await tables.update(add)).toEqual({ kind: 'written', item: after(2) });
    expect(await tables.update(add)).toEqual({ kind: 'refused', item: after(2) });
  });

  test('a transaction is all or nothing, and names the writes whose condition failed', async () => {
    await tables.write(put('a', { n: 1 }));
    const writes = [put('a', { n: 2 }, IS_NEW), put('b', {}, IS_NEW)];
    expect(await tables.transact(writes)).toEqual({
      kind: 'refused',
      items: [{ ...key('a'), n: 1 }, undefined],
    });
    expect(await tables.get('threads', key('b'))).toBeNull();
    const sum: Write = {
      kind: 'update',
      table: 'usage',
      key: key('s'),
      update: 'ADD #cost :cost',
      names: { '#cost': 'cost' },
      values: { ':cost': 5 },
    };
    for (const sk of ['c', 'd'])
      expect(await tables.transact([put(sk, {}, IS_NEW), sum])).toEqual({ kind: 'written' });
    expect(await tables.get('usage', key('s'))).toEqual({ ...key('s'), cost: 10 });
  });

  test('a range is read in its order, from here to there, page by page to its end', async () => {
    for (const sk of ['a', 'b', 'c', 'd', 'e'])
      await tables.write(put(sk, { n: sk.charCodeAt(0) }));
    const range = { table: 'threads', pk: 'P', from: 'b', to: 'd', isAscending: true } as const;
    const keysOf = (items: readonly Item[]) => items.map(({ sk }) => sk);
    expect(keysOf(await readAll(tables, { ...range, limit: 10 }))).toEqual(['b', 'c', 'd']);
    const back = { ...range, from: null, to: null, below: 'd', isAscending: false };
    expect(keysOf(await readAll(tables, { ...back, limit: 2 }))).toEqual(['c', 'b']);
    const first = await tables.query({ ...range, limit: 2 });
    expect([keysOf(first.items), first.last]).toEqual([['b', 'c'], key('c')]);
    const after = first.last ?? {};
    const filter = { condition: 'n > :n', values: { ':n': 100 } };
    expect(await tables.query({ ...range, limit: null, after, filter })).toEqual({
      items: [],
      last: null,
    });
  });

  test('an index has what has its keys, and nothing else', async () => {
    await tables.write(put('a', { sweep_shard: 'S', sweep_at: 5 }));
    await tables.write(put('b', { sweep_shard: 'S', sweep_at: 7 }));
    await tables.write(put('c', { sweep_shard: 'S' }));
    const due = {
      table: 'threads',
      index: 'by_sweep',
      pk: 'S',
      from: null,
      isAscending: true,
    } as const;
    const found = await readAll(tables, { ...due, to: 5, limit: 9 });
    expect(found).toMatchObject([key('a')]);
    expect(await readAll(tables, { ...due, to: 9, limit: 9 })).toHaveLength(2);
  });
});
