import type { Tables } from '../../lambdas/platform/tables/tables.ts';

/** The same tables, to put something in between. */
export const through = (tables: Tables): Tables => ({
  get: async (...args) => await tables.get(...args),
  getMany: async (...args) => await tables.getMany(...args),
  query: async (query) => await tables.query(query),
  write: async (write) => await tables.write(write),
  update: async (update) => await tables.update(update),
  transact: async (writes) => await tables.transact(writes),
});
