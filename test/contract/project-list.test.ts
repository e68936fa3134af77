import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { tableProjectList } from '../../lambdas/threads/adapters/table-project-list.ts';
import type { ProjectList } from '../../lambdas/threads/ports/projects.ts';
import { ENGINES, type Engine } from '../support/engines.ts';

const schema = z.object({ id: z.string(), count: z.number() });
type Entry = z.infer<typeof schema>;

describe.each(ENGINES)('the list of a project on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let list: ProjectList<Entry>;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => {
    const tables = await engine.fresh();
    list = tableProjectList({ tables, prefix: 'TOOL', schema, entriesMax: 3 });
  });
  afterAll(() => engine.close());

  const entry = (id: string) => ({ id, count: 0 });

  test('takes an id once, and no more entries than it may', async () => {
    expect(await list.create('p', entry('a'))).toBe('created');
    expect(await list.create('p', entry('a'))).toBe('exists');
    expect(await list.create('q', entry('a'))).toBe('created');
    const both = await Promise.all([list.create('p', entry('b')), list.create('p', entry('b'))]);
    expect(both.toSorted()).toEqual(['created', 'exists']);
    expect(await list.create('p', entry('c'))).toBe('created');
    expect(await list.create('p', entry('d'))).toBe('full');
  });

  test('pages by id, each project its own', async () => {
    for (const id of ['b', 'a', 'ab']) await list.create('p', entry(id));
    await list.create('p#x', entry('z'));
    expect((await list.all('p')).map(({ id }) => id)).toEqual(['a', 'ab', 'b']);
    expect((await list.list('p', 'a', 1)).map(({ id }) => id)).toEqual(['ab']);
    expect(await list.list('p', 'b', 5)).toEqual([]);
    expect(await list.get('p', 'z')).toBeNull();
  });

  test('changes at once all land, and a removed entry is gone', async () => {
    await list.create('p', entry('a'));
    const more = (seen: Entry): Entry => ({ ...seen, count: seen.count + 1 });
    await Promise.all([1, 2, 3].map(async () => await list.change('p', 'a', more)));
    expect(await list.get('p', 'a')).toEqual({ id: 'a', count: 3 });
    expect(await list.remove('p', 'a')).toBe(true);
    expect(await list.remove('p', 'a')).toBe(false);
    expect(await list.change('p', 'a', more)).toBeNull();
  });
});
