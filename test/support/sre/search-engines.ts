import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { openSearchCalls, type OpenSearchCall } from '../../../lambdas/platform/open-search.ts';
import { openSearchLogIndex } from '../../../lambdas/sre/adapters/open-search-log-index.ts';
import { openSearchLogSearch } from '../../../lambdas/sre/adapters/open-search-log-search.ts';
import { scanLogSearch } from '../../../lambdas/sre/adapters/scan-log-search.ts';
import { tableBlockStore } from '../../../lambdas/sre/adapters/table-block-store.ts';
import type { Batch } from '../../../lambdas/sre/domain/batch.ts';
import { readBlock } from '../../../lambdas/sre/in/blocks/read-block.ts';
import type { BlockStore } from '../../../lambdas/sre/ports/blocks.ts';
import type { LogSearch } from '../../../lambdas/sre/ports/search.ts';
import { startSearchEndpoint } from '../../../local/search/search-endpoint.ts';
import { SearchStore } from '../../../local/search/search-store.ts';
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

/** Where a domain answers in this run. */
export interface Domain {
  readonly call: OpenSearchCall;
  /** Makes what was indexed visible. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const openSearch = ({ name, start }: (typeof DOMAINS)[number]): SearchEngine => ({
  name,
  open: async () => {
    const domain = await start();
    const { call } = domain;
    return {
      fresh: async () => {
        const blocks = memoryBlocks();
        const index = openSearchLogIndex({
          call,
          nowMs: Date.now,
          keptDays: 9,
          size: { shards: 2, replicas: 0 },
          onRefused: (reason) => {
            throw new Error(reason);
          },
        });
        return {
          ...tenants(),
          search: openSearchLogSearch({ call, blocks, open: readBlock }),
          store: async (tenant, batch, stampMs) => {
            await blocks.put({ tenant, batch, stampMs });
            const content = readBlock(batch.block);
            await index.add(Readable.from([{ tenant, hash: batch.hash, content }]));
            await domain.refresh();
          },
        };
      },
      close: async () => await domain.close(),
    };
  },
});

const credentials = { accessKeyId: 'none', secretAccessKey: 'none', sessionToken: null };
const callsOf = (endpoint: string): OpenSearchCall =>
  openSearchCalls({ endpoint, region: 'us-east-1', credentials });

/** What a laptop has. */
const localDomain = async (): Promise<Domain> => {
  const store = new SearchStore(':memory:');
  const endpoint = await startSearchEndpoint(store);
  return {
    call: callsOf(endpoint.url),
    refresh: async () => undefined,
    close: async () => {
      endpoint.stop();
      store.close();
    },
  };
};

/** The jars of OpenSearch lack the plugin that deletes indexes: the laptop's answers in its place. */
const realDomain = async (url: string): Promise<Domain> => {
  const local = await localDomain();
  const call = callsOf(url);
  return {
    call: async (method, path, body) =>
      await (path.startsWith('/_plugins/_ism/') ? local : { call }).call(method, path, body),
    refresh: async () => void (await call('POST', '/_refresh')),
    close: async () => await local.close(),
  };
};

const realUrl = process.env['OPENSEARCH_URL'];

/** Those that speak OpenSearch's wire; a real one where `npm run test:opensearch` has started it. */
export const DOMAINS: readonly {
  readonly name: string;
  readonly start: () => Promise<Domain>;
}[] = [
  { name: 'the local OpenSearch', start: localDomain },
  ...(realUrl === undefined
    ? []
    : [{ name: 'OpenSearch', start: async () => await realDomain(realUrl) }]),
];

/** The engines that the port is held to. */
export const SEARCH_ENGINES: readonly SearchEngine[] = [scan, ...DOMAINS.map(openSearch)];
