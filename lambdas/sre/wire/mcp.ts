import { readEnv } from '../../platform/env.ts';
import { tableRemediationStore } from '../adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../adapters/table-runbook-book.ts';
import type { BlockContent } from '../domain/block.ts';
import { mcpEnv } from '../env.ts';
import { wireRead } from './read.ts';
import { sreTables } from './tables.ts';

/** What agents ask: what people read, by another door. */
export const wireMcp = (open: (block: Uint8Array) => BlockContent) => {
  const env = readEnv(mcpEnv);
  const tables = sreTables(env);
  return {
    ...wireRead(open),
    runbooks: tableRunbookBook({ tables }),
    remediations: tableRemediationStore({ tables }),
    isAgent: true,
    version: env.VERSION,
    loadParts: async () => await import('#beside/mcp-server'),
  };
};
