import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { ItemKey, Write } from '../../platform/tables/tables.ts';

/** An item may have 400 KB. */
export const PACKED_BYTES_MAX = 380_000;

interface PackedState {
  /** As it was read; 0: it was not there. */
  readonly version: number;
  readonly packed: Uint8Array;
  /** Since 1970. */
  readonly ttlSeconds: number;
  /** Beside it in the item. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export const packText = (text: string): Uint8Array => zstdCompressSync(Buffer.from(text));

export const unpackText = (packed: Uint8Array): string =>
  zstdDecompressSync(packed).toString('utf8');

/** The next version of a state, on the condition that nobody else wrote one since it was read. */
export const packedStateWrite = (
  key: ItemKey,
  { version, packed, ttlSeconds, more = {} }: PackedState,
): Write => ({
  kind: 'put',
  table: 'sre',
  key,
  item: { ...key, schema: 1, v: version + 1, ...more, packed, ttl: ttlSeconds },
  ...(version === 0
    ? { condition: 'attribute_not_exists(pk)' }
    : { condition: 'v = :v', values: { ':v': version } }),
});
