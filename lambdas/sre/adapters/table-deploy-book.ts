import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Tables } from '../../platform/tables/tables.ts';
import type { DeployBook } from '../ports/incidents.ts';
import { sourceKey } from './source-key.ts';

const TTL_SECONDS = 97 * 86_400;
const TIME_CHARACTERS = 9;

const deployItem = z.object({
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  version: z.string(),
  at: z.number(),
  by: z.string(),
});

const pkOf = (tenant: string): string => `DEP#${encodeURIComponent(tenant)}`;
const timeText = (ms: number): string => ms.toString(36).padStart(TIME_CHARACTERS, '0');

/** `DEP#<tenant> / <time>#<source>#<hash of the version>` */
export const tableDeployBook = ({ tables }: { readonly tables: Tables }): DeployBook => ({
  put: async (tenant, { source, version, atMs, by }) => {
    // As it is written it may not fit a key.
    const versionHash = createHash('sha256').update(version).digest('hex').slice(0, 16);
    const key = {
      pk: pkOf(tenant),
      sk: `${timeText(atMs)}#${sourceKey(source)}#${versionHash}`,
    };
    const item = {
      ...key,
      schema: 1,
      ...source,
      version,
      at: atMs,
      by,
      ttl: Math.ceil(atMs / 1_000) + TTL_SECONDS,
    };
    await tables.write({ kind: 'put', table: 'sre', key, item });
  },
  list: async (tenant, fromMs, toMs, limit) => {
    const { items } = await tables.query({
      table: 'sre',
      pk: pkOf(tenant),
      from: timeText(fromMs),
      to: `${timeText(toMs)}~`,
      isAscending: false,
      isEventual: true,
      limit,
    });
    return items.map((item) => {
      const { environment, namespace, service, version, at: atMs, by } = deployItem.parse(item);
      return { source: { environment, namespace, service }, version, atMs, by };
    });
  },
});
