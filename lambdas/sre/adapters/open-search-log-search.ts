import * as z from 'zod';
import type { OpenSearchCall } from '../../platform/open-search.ts';
import { barSpanMs } from '../domain/log-query.ts';
import type { LogRecord } from '../domain/log-record.ts';
import { namesOf } from '../domain/shown-attributes.ts';
import type { Span } from '../domain/span.ts';
import { recordId } from '../domain/summary.ts';
import type {
  LogHit,
  LogPage,
  LogPlace,
  LogQuery,
  LogSearch,
  Trace,
  TraceQuery,
} from '../ports/search.ts';
import { BlockReading, recordsOf, type BlockDeps } from './block-reading.ts';
import { ALIAS, fieldOf } from './open-search-documents.ts';

/** One page of OpenSearch has so many hits at most. */
const HITS_MAX = 10_000;
const SEARCH_PATH = `/${ALIAS}/_search`;
/** Before the function ends; what was found until then is answered. */
const SEARCH_TIMEOUT = '15s';

export interface OpenSearchDeps extends BlockDeps {
  readonly call: OpenSearchCall;
}

/**
 * Search by an index of OpenSearch, which answers ids: records are read from their blocks, whose keys have the tenant in
 * them, so that no other tenant's are shown whatever the index says.
 */
export const openSearchLogSearch = (deps: OpenSearchDeps): LogSearch => ({
  search: async (query) => await search(deps, query),
  trace: async (query) => await trace(deps, query),
  records: async (tenant, ids) => await recordsOf(deps, tenant, ids),
});

const search = async (deps: OpenSearchDeps, query: LogQuery): Promise<LogPage> => {
  const { tenant, before, limit } = query;
  const answer = await ask(deps, {
    size: limit + 1,
    query: { bool: { filter: filterOf(query) } },
    ...(before === null ? {} : { search_after: [before.timeMs, before.id] }),
    ...(query.wantsHistogram ? { aggs: { bars: barsOf(query) } } : {}),
  });
  const places = answer.places.slice(0, limit);
  const { reading, records } = await readPlaces(deps, tenant, places);
  // Blocks that were not opened come with the next page.
  const unread = new Set(reading.rest.map(({ hash }) => hash));
  const cut = places.findIndex(({ id }) => unread.has(hashOf(id)));
  const read = cut === -1 ? places : places.slice(0, cut);
  return {
    hits: read.flatMap(({ id }) => {
      const record = records.get(id);
      return record === undefined ? [] : [{ id, record }];
    }),
    next: answer.places.length > read.length ? (read.at(-1) ?? null) : null,
    isTruncated: answer.isPartial,
    scannedBytes: reading.storedBytes,
    histogram: query.wantsHistogram ? answer.bars : null,
  };
};

const trace = async (deps: OpenSearchDeps, query: TraceQuery): Promise<Trace> => {
  const { tenant, traceId, fromMs, toMs } = query;
  const { places, isPartial } = await ask(deps, {
    size: HITS_MAX,
    query: {
      bool: {
        filter: [
          { term: { tenant } },
          { term: { trace: traceId } },
          { range: { time: { lte: toMs } } },
          // A line has its time, spans of one block begin from `time` until `until`.
          {
            bool: {
              should: [{ range: { time: { gte: fromMs } } }, { range: { until: { gte: fromMs } } }],
            },
          },
        ],
      },
    },
  });
  const reading = new BlockReading(deps, tenant, headsOf(places));
  const found: { spans: Span[]; logs: LogHit[] } = { spans: [], logs: [] };
  for await (const [{ hash }, { spans, logs }] of reading.contents(() => false)) {
    for (const span of spans) if (span.traceId === traceId) found.spans.push(span);
    for (const [index, record] of logs.entries())
      if (record.traceId === traceId) found.logs.push({ id: recordId(hash, index), record });
  }
  return {
    spans: found.spans.toSorted((left, right) => left.startMs - right.startMs),
    logs: found.logs.toSorted((left, right) => left.record.timeMs - right.record.timeMs),
    isTruncated: isPartial || places.length === HITS_MAX || !reading.isDone,
  };
};

const filterOf = (query: LogQuery): readonly object[] => [
  { term: { tenant: query.tenant } },
  { term: { kind: 'log' } },
  { range: { time: { gte: query.fromMs, lte: query.toMs } } },
  ...(query.service === null ? [] : [{ term: { service: query.service } }]),
  ...(query.environment === null ? [] : [{ term: { environment: query.environment } }]),
  ...(query.severityMin === 0 ? [] : [{ range: { severity: { gte: query.severityMin } } }]),
  ...(query.traceId === null ? [] : [{ term: { trace: query.traceId } }]),
  ...Object.entries(query.attributes).map(([name, value]) => attributeFilter(name, value)),
  ...query.phrases.map((phrase) => ({ match_phrase: { words: phrase.join(' ') } })),
];

/** No value and an empty one are alike. */
const attributeFilter = (name: string, value: string): object => {
  const fields = namesOf(name).map((shown) => `attributes.${fieldOf(shown)}`);
  if (value !== '')
    return { bool: { should: fields.map((field) => ({ term: { [field]: value } })) } };
  // `exists` of a flat object takes one key, not a path: of a name with a dot it finds nothing.
  const isThere = fields.map((field) => ({ prefix: { [field]: '' } }));
  const isEmpty = fields.map((field) => ({ term: { [field]: '' } }));
  return { bool: { should: [...isEmpty, { bool: { must_not: isThere } }] } };
};

const barsOf = (query: LogQuery): object => {
  const spanMs = barSpanMs(query);
  return {
    date_histogram: {
      field: 'time',
      fixed_interval: `${spanMs}ms`,
      offset: `${query.fromMs % spanMs}ms`,
      min_doc_count: 1,
    },
  };
};

const searchAnswer = z.object({
  timed_out: z.boolean(),
  _shards: z.object({ failed: z.int() }),
  hits: z.object({
    hits: z.array(z.object({ sort: z.tuple([z.number(), z.string()]) })),
  }),
  aggregations: z
    .object({
      bars: z.object({ buckets: z.array(z.object({ key: z.number(), doc_count: z.int() })) }),
    })
    .optional(),
});

interface Asked {
  /** Newest first. */
  readonly places: readonly LogPlace[];
  readonly bars: NonNullable<LogPage['histogram']>;
  /** A part of the index did not answer, or not in time. */
  readonly isPartial: boolean;
}

const ask = async ({ call }: OpenSearchDeps, body: object): Promise<Asked> => {
  const answer = await call('POST', SEARCH_PATH, {
    ...body,
    sort: [{ time: 'desc' }, { id: 'desc' }],
    timeout: SEARCH_TIMEOUT,
    track_total_hits: false,
  });
  // Nothing was ever indexed.
  if (answer.status === 404) return { places: [], bars: [], isPartial: false };
  const { hits, timed_out, _shards, aggregations } = searchAnswer.parse(answer.body);
  return {
    places: hits.hits.map(({ sort: [timeMs, id] }) => ({ timeMs, id })),
    bars: (aggregations?.bars.buckets ?? []).map(({ key, doc_count }) => ({
      fromMs: key,
      count: doc_count,
    })),
    isPartial: timed_out || _shards.failed > 0,
  };
};

const hashOf = (id: string): string => id.slice(0, id.lastIndexOf('#'));

/** Each block once, in the order of its first hit. */
const headsOf = (places: readonly LogPlace[]): readonly { readonly hash: string }[] =>
  [...new Set(places.map(({ id }) => hashOf(id)))].map((hash) => ({ hash }));

const readPlaces = async (deps: OpenSearchDeps, tenant: string, places: readonly LogPlace[]) => {
  const reading = new BlockReading(deps, tenant, headsOf(places));
  const wanted = Map.groupBy(places, ({ id }) => hashOf(id));
  const records = new Map<string, LogRecord>();
  for await (const [{ hash }, { logs }] of reading.contents(() => false))
    for (const { id } of wanted.get(hash) ?? []) {
      const record = logs[Number(id.slice(hash.length + 1))];
      if (record !== undefined) records.set(id, record);
    }
  return { reading, records };
};
