import { createHash } from 'node:crypto';
import type { BlockContent } from '../domain/block.ts';
import { textsOf, wordTextsOf } from '../domain/log-query.ts';
import type { LogRecord } from '../domain/log-record.ts';
import { shownAttributes } from '../domain/shown-attributes.ts';
import type { Span } from '../domain/span.ts';
import { recordId } from '../domain/summary.ts';

/** All days are searched by one name; a day is an index of its own, so that it is deleted at once. */
export const ALIAS = 'sluice-logs';
const DAY_MS = 86_400_000;

export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS);
export const indexOfDay = (day: number): string =>
  `${ALIAS}-${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '.')}`;

/** A question has so many characters at most, and one of its attributes so many: what is longer is found by none. */
const WORD_CHARS_MAX = 1_000;
const VALUE_CHARS_MAX = 256;

/**
 * Words come as `wordsOf` takes them apart, with a space between: no engine's own idea of a letter or of lower case is
 * asked. What is longer than the tokenizer's limit would be cut into several words.
 */
const WORDS = {
  analyzer: { words: { type: 'custom', tokenizer: 'spaces' } },
  tokenizer: { spaces: { type: 'whitespace', max_token_length: WORD_CHARS_MAX + 1 } },
};
const named = { type: 'keyword', doc_values: false };

/**
 * Records themselves stay in their blocks: the index answers ids, and is a fraction of their size. `id` decides between
 * hits of one time. https://docs.opensearch.org/2.19/field-types/
 */
const MAPPINGS = {
  dynamic: false,
  _source: { enabled: false },
  properties: {
    tenant: named,
    kind: named,
    time: { type: 'date', format: 'epoch_millis' },
    until: { type: 'date', format: 'epoch_millis', doc_values: false },
    id: { type: 'keyword', index: false },
    service: named,
    environment: named,
    severity: { type: 'byte', doc_values: false },
    trace: named,
    words: { type: 'text', analyzer: 'words', norms: false },
    attributes: { type: 'flat_object' },
  },
};

export interface IndexSize {
  /** Of each day. */
  readonly shards: number;
  readonly replicas: number;
}

/** What every day is made by. */
export const indexTemplate = ({ shards, replicas }: IndexSize): object => ({
  index_patterns: [`${ALIAS}-*`],
  template: {
    aliases: { [ALIAS]: {} },
    settings: { number_of_shards: shards, number_of_replicas: replicas, analysis: WORDS },
    mappings: MAPPINGS,
  },
});

export interface IndexedDocument {
  readonly timeMs: number;
  /** Of one index; 512 bytes at most. */
  readonly name: string;
  readonly fields: object;
}

/** Tenants share an index, and two may send the same batch. */
const nameOf = (tenant: string, id: string): string =>
  `${createHash('sha256').update(tenant).digest('hex').slice(0, TENANT_HEX)}#${id}`;
const TENANT_HEX = 16;

/** A document for each record, and one for each trace that has spans in the block. */
export function* documentsOf(
  tenant: string,
  hash: string,
  { logs, spans }: Pick<BlockContent, 'logs' | 'spans'>,
): Generator<IndexedDocument> {
  for (const [index, record] of logs.entries()) {
    const id = recordId(hash, index);
    const fields = { tenant, kind: 'log', id, ...recordFields(record) };
    yield { timeMs: record.timeMs, name: nameOf(tenant, id), fields };
  }
  for (const [trace, those] of Map.groupBy(spans, ({ traceId }) => traceId)) {
    const id = `${hash}#${trace}`;
    const { time, until } = rangeOf(those);
    const fields = { tenant, kind: 'spans', id, trace, time, until };
    yield { timeMs: time, name: nameOf(tenant, id), fields };
  }
}

const recordFields = (record: LogRecord): object => ({
  time: record.timeMs,
  service: record.source.service,
  environment: record.source.environment,
  severity: record.severity,
  ...(record.traceId === null ? {} : { trace: record.traceId }),
  words: textsOf(record)
    .map((text) => wordTextsOf(text).map(cutWord).join(' '))
    .filter((words) => words !== ''),
  attributes: Object.fromEntries(
    Object.entries(shownAttributes(record)).map(([name, value]) => [
      fieldOf(name),
      String(value)
        .slice(0, VALUE_CHARS_MAX + 1)
        .toWellFormed(),
    ]),
  ),
});

/** A flat object joins a name and its value by `=`, so that `a=b` and `c` would be found as `a` and `b=c`. */
export const fieldOf = (name: string): string => name.replaceAll('%', '%25').replaceAll('=', '%3D');

const cutWord = (word: string): string => word.slice(0, WORD_CHARS_MAX + 1).toWellFormed();

const rangeOf = (spans: readonly Span[]): { readonly time: number; readonly until: number } => {
  let [time, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { startMs } of spans) {
    time = Math.min(time, startMs);
    until = Math.max(until, startMs);
  }
  return { time, until };
};
