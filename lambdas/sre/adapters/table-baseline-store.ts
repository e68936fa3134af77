import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { emptyBaseline } from '../correlate/baseline.ts';
import { baselineText, readBaseline } from '../correlate/baseline-text.ts';
import { fadeBaseline } from '../correlate/bound-baseline.ts';
import { BASELINE_PARTS, type BaselineStore, type StoredBaseline } from '../ports/causes.ts';

const TTL_SECONDS = 14 * 86_400;
/** An item may have 400 KB. */
const PACKED_BYTES_MAX = 380_000;

const partItem = z.object({
  pk: z.string(),
  v: z.number(),
  minute: z.number(),
  faded_minute: z.number(),
  packed: z.instanceof(Uint8Array),
});

/** `BASE#<tenant>#<part> / STATE`: one item a part, packed, on the condition that its version is the one that was read. */
export const tableBaselineStore = ({ tables }: { readonly tables: Tables }): BaselineStore => ({
  load: async (tenant) => {
    const keys = Array.from({ length: BASELINE_PARTS }, (_, index) => partKey(tenant, index));
    const items = await tables.getMany('sre', keys);
    const parts = new Map(items.map(readItem));
    return keys.map(({ pk }) => parts.get(pk) ?? emptyPart());
  },
  save: async (tenant, index, part) => {
    const key = partKey(tenant, index);
    const outcome = await tables.write({
      kind: 'put',
      table: 'sre',
      key,
      item: {
        ...key,
        schema: 1,
        v: part.version + 1,
        minute: part.minute,
        faded_minute: part.fadedMinute,
        packed: pack(part),
        ttl: part.minute * 60 + TTL_SECONDS,
      },
      ...(part.version === 0
        ? { condition: 'attribute_not_exists(pk)' }
        : { condition: 'v = :v', values: { ':v': part.version } }),
    });
    return outcome.kind === 'written';
  },
});

const partKey = (tenant: string, index: number): ItemKey => ({
  pk: `BASE#${encodeURIComponent(tenant)}#${index}`,
  sk: 'STATE',
});

const emptyPart = (): StoredBaseline => ({
  version: 0,
  minute: 0,
  fadedMinute: 0,
  baseline: emptyBaseline(),
});

const readItem = (item: unknown): [string, StoredBaseline] => {
  const { pk, v, minute, faded_minute: fadedMinute, packed } = partItem.parse(item);
  const baseline = readBaseline(zstdDecompressSync(packed).toString('utf8')) ?? emptyBaseline();
  return [pk, { version: v, minute, fadedMinute, baseline }];
};

/** What is too large is made to count half until it is not: what is rare goes first. */
const pack = ({ baseline }: StoredBaseline): Uint8Array => {
  let packed = zstdCompressSync(Buffer.from(baselineText(baseline)));
  while (packed.length > PACKED_BYTES_MAX) {
    fadeBaseline(baseline);
    packed = zstdCompressSync(Buffer.from(baselineText(baseline)));
  }
  return packed;
};
