import type { Item, ItemKey, Update, Write } from '../../platform/tables/tables.ts';
import { ITEM_SCHEMA } from './item-schema.ts';

/** One conditional write of an item of the Keys table, with all that it needs. */
export type KeyUpdate = Update & Required<Pick<Update, 'condition' | 'names' | 'values'>>;

export const keyUpdate = (fields: Omit<KeyUpdate, 'kind' | 'table'>): KeyUpdate => ({
  kind: 'update',
  table: 'keys',
  ...fields,
});

/** One item of the Keys table as a whole; without `guard` it takes the place of whatever is there. */
export const keyPut = (
  key: ItemKey,
  attributes: Item,
  guard: Pick<Write, 'condition' | 'values'> = {},
): Write => ({
  kind: 'put',
  table: 'keys',
  key,
  item: { ...key, schema: ITEM_SCHEMA, ...attributes },
  ...guard,
});
