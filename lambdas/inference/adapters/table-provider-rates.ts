import type { ItemKey, Tables, WriteOutcome } from '../../platform/tables/tables.ts';
import type { ProviderRates } from '../ports/breakers.ts';

const MINUTE_MS = 60_000;
const TTL_SECONDS = 3_600;

/** One item a project and provider, one write a request: only for those whose project says how many. */
export const tableProviderRates = ({ tables }: { readonly tables: Tables }): ProviderRates => ({
  take: async (projectId, provider, rpm, nowMs) => {
    const key = { pk: `PROJECT#${projectId}`, sk: `RATE#${encodeURIComponent(provider)}` };
    const minute = Math.floor(nowMs / MINUTE_MS);
    const counted = await countIn(tables, key, minute, rpm);
    if (counted.kind === 'written') return true;
    const open = counted.item === null ? -1 : Number(counted.item['minute']);
    if (open === minute) return false;
    // Whose clock is behind counts in the minute that is open.
    if (open > minute) return (await countIn(tables, key, open, rpm)).kind === 'written';
    const begun = await tables.write({
      kind: 'update',
      table: 'keys',
      key,
      condition: 'attribute_not_exists(pk) OR #minute < :minute',
      update: 'SET #minute = :minute, requests = :one, #ttl = :ttl',
      names: { '#minute': 'minute', '#ttl': 'ttl' },
      values: { ':minute': minute, ':one': 1, ':ttl': Math.floor(nowMs / 1_000) + TTL_SECONDS },
    });
    return begun.kind === 'written' || (await countIn(tables, key, minute, rpm)).kind === 'written';
  },
});

const countIn = async (
  tables: Tables,
  key: ItemKey,
  minute: number,
  rpm: number,
): Promise<WriteOutcome> =>
  await tables.write({
    kind: 'update',
    table: 'keys',
    key,
    condition: '#minute = :minute AND requests < :rpm',
    update: 'SET requests = requests + :one',
    names: { '#minute': 'minute' },
    values: { ':minute': minute, ':rpm': rpm, ':one': 1 },
  });
