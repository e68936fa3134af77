import { randomUUID } from 'node:crypto';
import { scanLogSearch } from '../../../lambdas/sre/adapters/scan-log-search.ts';
import { tableBlockStore } from '../../../lambdas/sre/adapters/table-block-store.ts';
import type { Batch } from '../../../lambdas/sre/domain/batch.ts';
import { readBlock } from '../../../lambdas/sre/in/blocks/read-block.ts';
import type { BlockStore } from '../../../lambdas/sre/ports/blocks.ts';
import type { LogSearch } from '../../../lambdas/sre/ports/search.ts';
import { MemoryTables } from '../memory-tables.ts';

/** A search on what is stored in this room alone. */
export interface SearchRoom {
  /** Tenants whom no other room has, as somebody may call a project. */
  readonly tenant: string;
  readonly otherTenant: string;
  readonly search: LogSearch;
  /** Stores a batch, and returns when it can be found. */
  store(tenant: string, batch: Batch, stampMs: number): Promise<void>;
}

export interface OpenSearchEngine {
  fresh(): Promise<SearchRoom>;
  close(): Promise<void>;
}

export interface SearchEngine {
  readonly name: string;
  readonly open: () => Promise<OpenSearchEngine>;
}

/** A store of blocks in memory. */
export const memoryBlocks = (): BlockStore => {
  const objects = new Map<string, Uint8Array>();
  return tableBlockStore({
    tables: new MemoryTables(),
    objects: {
      put: async (name, bytes) => await Promise.resolve(void objects.set(name, bytes)),
      get: async (name) => await Promise.resolve(objects.get(name) ?? null),
    },
    keptDays: 9,
  });
};

const tenants = () => {
  const id = randomUUID();
  return { tenant: `shop #1/ä ${id}`, otherTenant: id };
};

const scan: SearchEngine = {
  name: 'scan',
  open: async () => ({
    fresh: async () => {
      const blocks = memoryBlocks();
      return {
        ...tenants(),
        search: scanLogSearch({ blocks, open: readBlock }),
        store: async (tenant, batch, stampMs) =>
          void (await blocks.put({ tenant, batch, stampMs })),
      };
    },
    close: async () => undefined,
  }),
};

/** The engines that the port is held to. */
export const SEARCH_ENGINES: readonly SearchEngine[] = [scan];
