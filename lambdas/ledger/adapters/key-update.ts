import type { Update } from '../../platform/tables/tables.ts';

/** One conditional write of an item of the Keys table, with all that it needs. */
export type KeyUpdate = Update & Required<Pick<Update, 'condition' | 'names' | 'values'>>;

export const keyUpdate = (fields: Omit<KeyUpdate, 'kind' | 'table'>): KeyUpdate => ({
  kind: 'update',
  table: 'keys',
  ...fields,
});
