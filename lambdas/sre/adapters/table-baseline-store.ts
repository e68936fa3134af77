import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { emptyBaseline } from '../correlate/baseline.ts';
import { baselineText, readBaseline } from '../correlate/baseline-text.ts';
import { fadeBaseline } from '../correlate/bound-baseline.ts';
import { BASELINE_PARTS, type BaselineStore, type StoredBaseline } from '../ports/causes.ts';
import { PACKED_BYTES_MAX, packedStateWrite, packText, unpackText } from './packed-state.ts';

const TTL_SECONDS = 14 * 86_400;

const partItem = z.object({
  pk: z.string(),
  v: z.number(),
  minute: z.number(),
  begun_minute: z.number().nullish(),
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
    const outcome = await tables.write(
      packedStateWrite(partKey(tenant, index), {
        version: part.version,
        packed: pack(part),
        ttlSeconds: Math.max(part.minute, part.begunMinute) * 60 + TTL_SECONDS,
        more: {
          minute: part.minute,
          begun_minute: part.begunMinute,
          faded_minute: part.fadedMinute,
        },
      }),
    );
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
  begunMinute: 0,
  fadedMinute: 0,
  baseline: emptyBaseline(),
});

const readItem = (item: unknown): [string, StoredBaseline] => {
  const { pk, v, minute, begun_minute, faded_minute: fadedMinute, packed } = partItem.parse(item);
  const baseline = readBaseline(unpackText(packed)) ?? emptyBaseline();
  return [pk, { version: v, minute, begunMinute: begun_minute ?? 0, fadedMinute, baseline }];
};

/** What is too large is made to count half until it is not: what is rare goes first. */
const pack = ({ baseline }: StoredBaseline): Uint8Array => {
  let packed = packText(baselineText(baseline));
  while (packed.length > PACKED_BYTES_MAX) {
    fadeBaseline(baseline);
    packed = packText(baselineText(baseline));
  }
  return packed;
};
