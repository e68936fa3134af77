import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as z from 'zod';
import type { ItemKey, Tables, Write } from '../../platform/tables/tables.ts';
import { PARTS } from '../domain/part.ts';
import { partText, readPart } from '../domain/part-text.ts';
import {
  CHANGES_A_COMMIT_MAX,
  type PartCommit,
  type StoredPart,
  type WindowStore,
} from '../ports/windows.ts';
import { anomalyWrite } from './anomaly-items.ts';

const TTL_SECONDS = 7 * 86_400;

const partItem = z.object({ pk: z.string(), v: z.number(), packed: z.instanceof(Uint8Array) });

/** `WIN#<tenant>#<part> / STATE`: one item a part, packed, on the condition that its version is the one that was read. */
export const tableWindowStore = ({ tables }: { readonly tables: Tables }): WindowStore => ({
  load: async (tenant) => {
    const keys = Array.from({ length: PARTS }, (_, index) => partKey(tenant, index));
    const items = await tables.getMany('sre', keys);
    return new Map(
      items.map((item): [number, StoredPart] => {
        const { pk, v, packed } = partItem.parse(item);
        const index = Number(pk.slice(pk.lastIndexOf('#') + 1));
        const text = zstdDecompressSync(packed).toString('utf8');
        return [index, { version: v, part: readPart(text) }];
      }),
    );
  },
  commit: async (commit) => {
    const put = partWrite(commit);
    const writes = commit.changes.map((change) => anomalyWrite(commit.tenant, change));
    // Their ids are the same whoever writes them.
    for (const write of writes.slice(CHANGES_A_COMMIT_MAX)) await tables.write(write);
    const together = writes.slice(0, CHANGES_A_COMMIT_MAX);
    const outcome =
      together.length === 0 ? await tables.write(put) : await tables.transact([put, ...together]);
    return outcome.kind === 'written';
  },
});

const partKey = (tenant: string, index: number): ItemKey => ({
  pk: `WIN#${encodeURIComponent(tenant)}#${index}`,
  sk: 'STATE',
});

const partWrite = ({ tenant, index, version, part }: PartCommit): Write => {
  const key = partKey(tenant, index);
  return {
    kind: 'put',
    table: 'sre',
    key,
    item: {
      ...key,
      schema: 1,
      v: version + 1,
      packed: zstdCompressSync(Buffer.from(partText(part))),
      ttl: Math.ceil(part.cursorMs / 1_000) + TTL_SECONDS,
    },
    ...(version === 0
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'v = :v', values: { ':v': version } }),
  };
};
