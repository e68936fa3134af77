import * as z from 'zod';
import type { Item, ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { Batch } from '../domain/batch.ts';
import { boundSummary } from '../domain/bound-summary.ts';
import { isHot } from '../domain/summary.ts';
import { summaryText } from '../domain/summary-text.ts';
import type { ArrivalQuery, BlockHead, BlockStore, NewBlock, Stored } from '../ports/blocks.ts';
import { lanePk, STAMP_DIGITS, STAMP_LANES, stampKeys, stampText } from './table-summary-log.ts';

/** A write costs by the KB and an object by the piece: up to here a block is cheaper inside its item. */
const INLINE_BYTES_MAX = 8_192;
const DAY_SECONDS = 86_400;

/** Objects by name, written once. */
export interface BlockObjects {
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** null: there is none (any more). */
  get(name: string): Promise<Uint8Array | null>;
}

export interface BlockStoreDeps {
  readonly tables: Tables;
  readonly objects: BlockObjects;
  readonly keptDays: number;
}

/** `LOG#<tenant>#<hash[0:2]> / <hash>`, put if absent: the block inside, or its object beside. */
export const tableBlockStore = (deps: BlockStoreDeps): BlockStore => ({
  put: async (block) => await put(deps, block),
  read: async (tenant, hash) => {
    const item = await deps.tables.get('logs', blockKey(tenant, hash));
    if (item === null) return null;
    const { block } = storedBlock.parse(item);
    return block ?? (await deps.objects.get(objectName(tenant, hash)));
  },
  arrived: async (query) => await arrived(deps, query, (lane) => lane),
  late: async (query) => await arrived(deps, query, latePk),
});

const blockKey = (tenant: string, hash: string): ItemKey => ({
  pk: `LOG#${encodeURIComponent(tenant)}#${hash.slice(0, 2)}`,
  sk: hash,
});

/** Beside its block, under the time of its last event: where a search looks for what a buffering sender sent late. */
const lateItem = (tenant: string, batch: Batch, ttl: number): Item & ItemKey => {
  const { hash } = batch;
  const { stamp_pk: lane, stamp_sk } = stampKeys(tenant, hash, batch.toMs);
  return {
    pk: `LATE#${encodeURIComponent(tenant)}#${hash.slice(0, 2)}`,
    sk: hash,
    stamp_pk: latePk(lane),
    stamp_sk,
    schema: 1,
    kind: batch.kind,
    from_ms: batch.fromMs,
    to_ms: batch.toMs,
    records: batch.records,
    stored_bytes: batch.block.length,
    summary: summaryText(boundSummary(batch.summary)),
    ttl,
  };
};

/** No tenant's lane: an encoded tenant has no `#`. */
const latePk = (lane: string): string => `late#${lane}`;

/** A search of arrivals looks so far beyond an event. */
const LATE_MS = 3_600_000;

const objectName = (tenant: string, hash: string): string =>
  `${encodeURIComponent(tenant)}/${hash.slice(0, 2)}/${hash}`;

const storedBlock = z.object({ block: z.instanceof(Uint8Array).optional() });

const put = async (
  { tables, objects, keptDays }: BlockStoreDeps,
  { tenant, batch, stampMs }: NewBlock,
): Promise<Stored> => {
  const { hash, block } = batch;
  const summary = boundSummary(batch.summary);
  const isInline = block.length <= INLINE_BYTES_MAX;
  // The object first: an item never points at what is not there.
  if (!isInline) await objects.put(objectName(tenant, hash), block);
  const key = blockKey(tenant, hash);
  const ttl = Math.ceil(stampMs / 1_000) + keptDays * DAY_SECONDS;
  if (block.length > 0 && stampMs - batch.fromMs > LATE_MS) {
    const item = lateItem(tenant, batch, ttl);
    await tables.write({ kind: 'put', table: 'logs', key: { pk: item.pk, sk: item.sk }, item });
  }
  const outcome = await tables.write({
    kind: 'put',
    table: 'logs',
    key,
    condition: 'attribute_not_exists(pk)',
    item: {
      ...key,
      ...stampKeys(tenant, hash, stampMs),
      schema: 1,
      tenant,
      kind: batch.kind,
      from_ms: batch.fromMs,
      to_ms: batch.toMs,
      records: batch.records,
      stored_bytes: block.length,
      summary: summaryText(summary),
      hot: isHot(summary) ? 1 : 0,
      ...(isInline ? { block } : {}),
      ttl,
    },
  });
  if (outcome.kind === 'written' || outcome.item === null) return { isKnown: false, stampMs };
  return { isKnown: true, stampMs: stampOf(arrivedItem.parse(outcome.item)) };
};

const arrivedItem = z.object({ stamp_sk: z.string() });

const stampOf = ({ stamp_sk }: z.output<typeof arrivedItem>): number =>
  Number(stamp_sk.slice(0, STAMP_DIGITS));

/** What the index shows of a block. */
const headItem = arrivedItem.extend({
  kind: z.enum(['logs', 'traces', 'metrics']),
  from_ms: z.number(),
  to_ms: z.number(),
  records: z.number(),
  stored_bytes: z.number(),
  summary: z.string(),
});

const headOf = (item: Item): BlockHead => {
  const head = headItem.parse(item);
  return {
    hash: head.stamp_sk.slice(STAMP_DIGITS + 1),
    stampMs: stampOf(head),
    kind: head.kind,
    fromMs: head.from_ms,
    toMs: head.to_ms,
    records: head.records,
    bytes: head.stored_bytes,
    summary: head.summary,
  };
};

/** Each lane newest first up to the limit, then the newest of all. */
const arrived = async (
  { tables }: BlockStoreDeps,
  query: ArrivalQuery,
  pkOf: (lane: string) => string,
) => {
  const lanes = await Promise.all(
    Array.from(
      { length: STAMP_LANES },
      async (_, lane) => await readLane(tables, query, pkOf(lanePk(query.tenant, lane))),
    ),
  );
  const heads = lanes
    .flatMap((lane) => lane.heads)
    .toSorted((left, right) => right.stampMs - left.stampMs || (left.hash < right.hash ? -1 : 1));
  return {
    heads: heads.slice(0, query.limit),
    isCut: heads.length > query.limit || lanes.some(({ isCut }) => isCut),
  };
};

const readLane = async (
  tables: Tables,
  { fromMs, toMs, limit }: ArrivalQuery,
  pk: string,
): Promise<{ readonly heads: readonly BlockHead[]; readonly isCut: boolean }> => {
  const heads: BlockHead[] = [];
  let after: Item | null = null;
  do {
    const page: Awaited<ReturnType<Tables['query']>> = await tables.query({
      table: 'logs',
      index: 'by_stamp',
      pk,
      from: stampText(Math.max(0, fromMs)),
      to: `${stampText(Math.max(0, toMs))}~`,
      isAscending: false,
      limit: limit - heads.length,
      ...(after === null ? {} : { after }),
    });
    heads.push(...page.items.map(headOf));
    after = page.last;
  } while (after !== null && heads.length < limit);
  return { heads, isCut: after !== null };
};
