import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { MaskBook } from '../ports/masks.ts';

const maskItem = z.object({
  patterns: z.array(z.object({ name: z.string(), pattern: z.string() })),
});

/** `MASK#<tenant> / PATTERNS` */
export const tableMaskBook = ({ tables }: { readonly tables: Tables }): MaskBook => ({
  get: async (tenant) => {
    const item = await tables.get('sre', keyOf(tenant));
    return item === null ? [] : maskItem.parse(item).patterns;
  },
  put: async (tenant, patterns) => {
    const key = keyOf(tenant);
    const item = { ...key, schema: 1, patterns: patterns.map((one) => ({ ...one })) };
    await tables.write({ kind: 'put', table: 'sre', key, item });
  },
});

const keyOf = (tenant: string): ItemKey => ({
  pk: `MASK#${encodeURIComponent(tenant)}`,
  sk: 'PATTERNS',
});
