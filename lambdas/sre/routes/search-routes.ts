import { checked } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { cursorInvalid, decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import type { Clock } from '../../shared/deps.ts';
import { highlightsOf, phrasesOf } from '../domain/log-query.ts';
import { shownAttributes } from '../domain/shown-attributes.ts';
import type { Span } from '../domain/span.ts';
import { recordView, sourceView } from '../formats/anomaly-format.ts';
import { searchQuery, traceQuery } from '../formats/sre-schemas.ts';
import type { LogPlace, LogSearch } from '../ports/search.ts';
import { checkRange } from './time-range.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const ATTRIBUTE = 'attribute.';
/** Of the spans, and of the logs of a trace: an answer of Lambda has 6 MB. */
const ANSWER_PART_BYTES_MAX = 2_000_000;
const HEX32 = /^[0-9a-f]{32}$/;

export interface SearchRouteDeps {
  readonly keys: KeyRegister;
  readonly search: LogSearch;
  readonly clock: Clock;
}

/** Logs by words, source, severity, trace and attribute; a trace with its logs. */
export const searchRoutes = (deps: SearchRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/logs/search': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    checkNames(request.query);
    const {
      q = '',
      limit,
      cursor,
      histogram,
      from_ms,
      to_ms,
      ...rest
    } = checked(searchQuery, request.query);
    const { service, environment, severity, trace_id: traceId, ...others } = rest;
    const phrases = phrasesOf(q);
    const toMs = to_ms ?? deps.clock.nowMs();
    const fromMs = from_ms ?? Math.max(0, toMs - HOUR_MS);
    checkRange(fromMs, toMs);
    const page = await deps.search.search({
      tenant,
      phrases,
      service: service ?? null,
      environment: environment ?? null,
      severityMin: severity ?? 0,
      traceId: traceId ?? null,
      attributes: attributesOf(others),
      fromMs,
      toMs,
      limit,
      before: cursor === undefined ? null : placeOf(cursor),
      wantsHistogram: histogram === 'true',
    });
    return {
      status: 200,
      body: {
        object: 'list',
        data: page.hits.map(({ id, record }) => ({
          ...recordView(id, record),
          highlight: highlightsOf(phrases, record.text).map(([from, to]) => ({ from, to })),
        })),
        has_more: page.next !== null,
        next_cursor:
          page.next === null ? null : encodeCursor([String(page.next.timeMs), page.next.id]),
        truncated: page.isTruncated,
        scanned_bytes: page.scannedBytes,
        histogram: page.histogram?.map(({ fromMs, count }) => ({ from: fromMs, count })) ?? null,
      },
    };
  },
  'GET /v1/traces/{trace_id}': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const query = checked(traceQuery, request.query);
    const traceId = (request.params['trace_id'] ?? '').toLowerCase();
    const toMs = query.to_ms ?? deps.clock.nowMs();
    const fromMs = query.from_ms ?? Math.max(0, toMs - DAY_MS);
    checkRange(fromMs, toMs);
    const found = HEX32.test(traceId)
      ? await deps.search.trace({ tenant, traceId, fromMs, toMs })
      : { spans: [], logs: [], isTruncated: false };
    if (found.spans.length + found.logs.length === 0)
      throw new AppError({
        code: 'not_found',
        publicMessage: `Nothing of the trace ${traceId} was found; from_ms and to_ms say where to look.`,
      });
    const spans = firstThatFit(found.spans);
    const logs = firstThatFit(found.logs);
    return {
      status: 200,
      body: {
        object: 'trace',
        trace_id: traceId,
        spans: spans.map(spanView),
        logs: logs.map(({ id, record }) => recordView(id, record)),
        truncated:
          found.isTruncated || spans.length < found.spans.length || logs.length < found.logs.length,
      },
    };
  },
});

/** As many as an answer holds, in their order. */
const firstThatFit = <T>(all: readonly T[]): readonly T[] => {
  let bytes = 0;
  return all.filter(
    (one) => (bytes += Buffer.byteLength(JSON.stringify(one))) <= ANSWER_PART_BYTES_MAX,
  );
};

/** Throws AppError 400 for a name that is neither known nor `attribute.<name>`. */
const checkNames = (query: Readonly<Record<string, string>>): void => {
  const unknown = Object.keys(query).find(
    (name) => !Object.hasOwn(searchQuery.shape, name) && !name.startsWith(ATTRIBUTE),
  );
  if (unknown === undefined) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${unknown}: unknown field`,
    facts: { param: unknown },
  });
};

const attributesOf = (others: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name.slice(ATTRIBUTE.length), value]),
  );

const placeOf = (cursor: string): LogPlace => {
  const [time = '', id = ''] = decodeCursor(cursor, 2);
  if (!/^\d{1,15}$/.test(time)) throw cursorInvalid();
  return { timeMs: Number(time), id };
};

const spanView = (span: Span): object => ({
  object: 'span',
  span_id: span.spanId,
  parent_span_id: span.parentSpanId,
  source: sourceView(span.source),
  name: span.name,
  kind: span.kind,
  start: span.startMs,
  duration_ms: span.durationMs,
  is_error: span.isError,
  status_text: span.statusText,
  exception_type: span.exceptionType,
  stack: span.stack,
  attributes: shownAttributes(span),
});
