import * as z from 'zod';
import {
  readAll,
  type Item,
  type ItemKey,
  type Tables,
  type Update,
} from '../../platform/tables/tables.ts';
import type { Source } from '../domain/log-record.ts';
import type { IngestDay, Ingested, IngestUsage } from '../ports/ingest.ts';
import { hasMark, isFull, lookUp, marked, movePage } from './counted-batches.ts';
import { sourceKey } from './source-key.ts';

const TTL_SECONDS = 97 * 86_400;
/** Days, keys and sources of one answer. */
const ROWS_MAX = 10_000;

/**
 * `USE#<tenant> / <day>#<key>#<hash of the source>`: one item a key and day, and one for each of its sources, with the marks
 * of batches that it counted last; those before them are on pages of their own.
 */
export const tableIngestUsage = ({ tables }: { readonly tables: Tables }): IngestUsage => ({
  bytesOfDay: async (tenant, keyId, atMs) => {
    const item = await tables.get('sre', usageKey(tenant, keyId, atMs, null));
    return item === null ? 0 : dayItem.parse(item).sent_bytes;
  },
  add: async (ingested) => {
    const rows = [
      {
        source: null,
        records: ingested.records,
        bytes: ingested.bytes,
        rejected: ingested.rejected,
      },
      ...ingested.bySource.map((row) => ({ ...row, rejected: 0 })),
    ];
    await Promise.all(rows.map(async (row) => await add(tables, ingested, row)));
  },
  days: async (tenant, fromMs, toMs) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: usagePk(tenant),
      from: dayOf(fromMs),
      to: `${dayOf(toMs)}~`,
      isAscending: true,
      limit: ROWS_MAX,
    });
    return items.map(dayOfItem);
  },
});

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const usagePk = (tenant: string): string => `USE#${encodeURIComponent(tenant)}`;

const usageKey = (tenant: string, keyId: string, atMs: number, source: Source | null): ItemKey => ({
  pk: usagePk(tenant),
  sk: `${dayOf(atMs)}#${keyId}#${source === null ? '' : sourceKey(source)}`,
});

const dayItem = z.object({
  sk: z.string(),
  batches: z.number(),
  sent_bytes: z.number(),
  sent_records: z.number(),
  rejected: z.number(),
  source: z
    .object({ environment: z.string(), namespace: z.string(), service: z.string() })
    .nullable(),
});

const dayOfItem = (item: Item): IngestDay => {
  const { sk, source, batches, sent_bytes, sent_records, rejected } = dayItem.parse(item);
  const [day = '', keyId = ''] = sk.split('#');
  return {
    day,
    keyId,
    source,
    batches,
    bytes: sent_bytes,
    records: sent_records,
    rejected,
  };
};

interface Row {
  readonly source: Source | null;
  readonly records: number;
  readonly bytes: number;
  readonly rejected: number;
}

/** Counts a batch in one row once. Whether it was counted is looked up only where its block was there before. */
const add = async (tables: Tables, ingested: Ingested, row: Row): Promise<void> => {
  const update = addition(ingested, row);
  const seen = { key: update.key, hash: ingested.hash, sinceMs: ingested.atMs };
  for (;;) {
    const before = ingested.isKnown ? await lookUp(tables, seen) : null;
    if (before?.isCounted === true) return;
    const outcome = await tables.write(marked(update, ingested, before));
    if (outcome.kind === 'written' || outcome.item === null) return;
    if (hasMark(outcome.item, ingested.hash)) return;
    // Full, or others moved its marks since they were looked up.
    if (isFull(outcome.item))
      await movePage(tables, outcome.item, { key: update.key, nowMs: ingested.nowMs });
  }
};

const addition = (
  { tenant, keyId, atMs }: Ingested,
  { source, records, bytes, rejected }: Row,
): Update => {
  const sums = ['batches', 'sent_bytes', 'sent_records', 'rejected'] as const;
  return {
    kind: 'update',
    table: 'sre',
    key: usageKey(tenant, keyId, atMs, source),
    update: `SET ${sums.map((name) => `${name} = if_not_exists(${name}, :zero) + :${name}`).join(', ')}, #source = :source, #ttl = :ttl`,
    names: { '#source': 'source', '#ttl': 'ttl' },
    values: {
      ':zero': 0,
      ':batches': 1,
      ':sent_bytes': bytes,
      ':sent_records': records,
      ':rejected': rejected,
      ':source': source,
      ':ttl': Math.ceil(atMs / 1_000) + TTL_SECONDS,
    },
  };
};
