import { createHash } from 'node:crypto';
import { ROW_BYTES_MAX } from '../../domain/limits.ts';
import type { Item, Tables, Write } from '../../../platform/tables/tables.ts';

/** Objects by key. A key is named after its bytes, so that writing it twice is writing it once. */
export interface Blobs {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array>;
}

const HEAVY = ['content', 'packed'] as const;

/** Tables whose heavy attributes go to objects when an item would not hold them: it holds at most 400 KB. */
export const blobTables = (tables: Tables, blobs: Blobs): Tables => ({
  get: async (...args) => {
    const item = await tables.get(...args);
    return item === null ? null : await whole(blobs, item);
  },
  getMany: async (...args) => await wholeOf(blobs, await tables.getMany(...args)),
  query: async (query) => {
    const page = await tables.query(query);
    // An index holds no words.
    return query.index === undefined ? { ...page, items: await wholeOf(blobs, page.items) } : page;
  },
  update: async (update) => await tables.update(update),
  write: async (write) => await tables.write(await light(blobs, write)),
  transact: async (writes) =>
    await tables.transact(
      await Promise.all(writes.map(async (write) => await light(blobs, write))),
    ),
});

const light = async (blobs: Blobs, write: Write): Promise<Write> => {
  if (write.kind !== 'put' || write.table !== 'threads') return write;
  const item: Record<string, unknown> = { ...write.item };
  for (const name of HEAVY) {
    const value = item[name];
    const bytes =
      typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : null;
    if (bytes === null || bytes.length <= ROW_BYTES_MAX) continue;
    const key = `${threadIdOf(write.key.pk)}/${createHash('sha256').update(bytes).digest('hex')}`;
    await blobs.put(key, bytes);
    item[name] = undefined;
    item[`${name}_blob`] = key;
  }
  return { ...write, item };
};

const wholeOf = async (blobs: Blobs, items: readonly Item[]): Promise<readonly Item[]> =>
  await Promise.all(items.map(async (item) => await whole(blobs, item)));

const whole = async (blobs: Blobs, item: Item): Promise<Item> => {
  const found: Record<string, unknown> = { ...item };
  for (const name of HEAVY) {
    const key = item[`${name}_blob`];
    if (typeof key !== 'string') continue;
    const bytes = await blobs.get(key);
    found[name] = name === 'content' ? Buffer.from(bytes).toString('utf8') : bytes;
  }
  return found;
};

/** Objects of one thread or job are stored together, to be deleted with it. */
const threadIdOf = (pk: string): string => pk.split(/#[TJ]#/).at(-1) ?? '';
