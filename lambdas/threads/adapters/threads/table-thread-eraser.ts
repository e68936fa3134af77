import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { ThreadEraser } from '../../ports/eraser.ts';
import {
  itemKeyOf,
  readAll,
  type ItemKey,
  type TableName,
  type Tables,
} from '../../../platform/tables/tables.ts';
import { sweepDue } from './sweep-due.ts';
import { sweepShards } from './thread-items.ts';
import {
  chunkKey,
  metaKey,
  pointerKey,
  runPlaceOf,
  threadPk,
  threadPlaceOf,
} from './thread-keys.ts';

const PAGE_ITEMS = 100;
const FIRST = ' ';
const LAST = '~';

export interface ThreadEraserDeps {
  /** The tables as they are: what is stored beside them is removed by its thread, not read. */
  readonly tables: Tables;
  /** Removes every object of a thread. */
  readonly removeObjects: (threadId: string) => Promise<void>;
}

/** Removes what a deleted thread left; its META goes last, so a sweep that dies is simply begun again. */
export const tableThreadEraser = ({ tables, removeObjects }: ThreadEraserDeps): ThreadEraser => ({
  due: async (nowMs, limit) => {
    const seen = (await sweepDue(tables, sweepShards(), nowMs, limit))
      .map(threadPlaceOf)
      .filter((place) => place !== null)
      .slice(0, limit);
    const isOurs = await Promise.all(
      seen.map(async (place) => await claimed(tables, place, nowMs)),
    );
    return seen.filter((_, index) => isOurs[index]);
  },
  erase: async (place) => {
    await removeObjects(place.threadId);
    await eachItem(tables, 'threads', threadPk(place), async (key) => {
      const run = runPlaceOf(key);
      if (run !== null)
        await eachItem(tables, 'chunks', chunkKey(run, 0).pk, async (chunk) => {
          await remove(tables, 'chunks', chunk);
        });
      if (key.sk !== 'META') await remove(tables, 'threads', key);
    });
    await remove(tables, 'threads', pointerKey(place.projectId, place.threadId));
    await remove(tables, 'threads', metaKey(place));
  },
});

/** The index may be behind: a fork that became a thread, or is still being made, is left alone. */
const claimed = async (tables: Tables, place: ThreadPlace, nowMs: number): Promise<boolean> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: metaKey(place),
    condition: '(attribute_exists(deleted_at) OR expires_at <= :now) AND sweep_at <= :now',
    update: 'SET erasing = :now',
    values: { ':now': nowMs },
  });
  return outcome.kind === 'written';
};

const eachItem = async (
  tables: Tables,
  table: TableName,
  pk: string,
  visit: (key: ItemKey) => Promise<void>,
): Promise<void> => {
  let from = FIRST;
  for (;;) {
    const items = await readAll(tables, {
      table,
      pk,
      from,
      to: LAST,
      isAscending: true,
      limit: PAGE_ITEMS,
    });
    for (const item of items) await visit(itemKeyOf(item));
    const last = items.at(-1);
    if (last === undefined || items.length < PAGE_ITEMS) return;
    from = `${itemKeyOf(last).sk} `;
  }
};

const remove = async (tables: Tables, table: TableName, key: ItemKey): Promise<void> => {
  await tables.write({ kind: 'delete', table, key });
};
