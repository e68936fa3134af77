import type { KeyProfile } from '../../ledger/domain/key.ts';
import { type Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { type HttpRequest } from '../../http/request.ts';
import type { KeyRegister, UsageHour, UsageStore } from '../../ledger/ports.ts';
import { systemClock } from '../../platform/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import { listCalls } from '../usecases/list-calls.ts';
import {
  callsCursor,
  callsQuery,
  callView,
  DEFAULT_SPAN_MS,
  eventsQuery,
  exportQuery,
  keyCallsCursor,
  parseCallsCursor,
  parseKeyCallsCursor,
  SPAN_MS_MAX,
  usageQuery,
} from '../formats/usage-format.ts';
import { found } from '../usecases/manage-keys.ts';
import { sumTotals, sumUsage } from '../usecases/sum-usage.ts';
import { authenticate } from '../../ledger/door.ts';
import { checked } from '../../http/body.ts';

const HOUR_MS = 3_600_000;

interface UsageDeps {
  readonly keys: KeyRegister;
  readonly usage: UsageStore;
}

/** Routes of usage: an admin sees the project, a standard key itself. */
export const usageRoutes = (deps: UsageDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/usage': async (request) => {
    const { group_by: groupBy, ...span } = checked(usageQuery, request.query);
    const { hours, keys, from_ms, to_ms } = await readUsage(deps, request, span);
    return {
      status: 200,
      body: {
        object: 'usage',
        from_ms,
        to_ms,
        totals: sumTotals(hours),
        by_key: sumUsage(hours, 'key', keys),
        by_model: sumUsage(hours, 'model', keys),
        by_feature: sumUsage(hours, 'feature', keys),
        series: sumUsage(hours, groupBy === 'hour' ? 'hour' : 'day', keys),
        ...(groupBy === undefined ? {} : { groups: sumUsage(hours, groupBy, keys) }),
      },
    };
  },
  'GET /v1/usage/export': async (request) => {
    const { format, ...span } = checked(exportQuery, request.query);
    const { hours } = await readUsage(deps, request, span);
    const rows = hours.flatMap((hour) =>
      sumUsage([hour], 'model', new Map()).map((row) => ({
        hour: new Date(hour.hourMs).toISOString(),
        key_id: hour.keyId,
        ...row,
      })),
    );
    return format === 'ndjson'
      ? {
          status: 200,
          headers: { 'content-type': 'application/x-ndjson' },
          body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
        }
      : { status: 200, headers: { 'content-type': 'text/csv; charset=utf-8' }, body: csvOf(rows) };
  },
  'GET /v1/keys/{key_id}/usage': async (request) => {
    const key = await authenticate(deps.keys, request);
    const keyId = request.params['key_id'] ?? '';
    const { limit, cursor, ...span } = checked(eventsQuery, request.query);
    if (key.scope !== 'admin' && key.keyId !== keyId) throw missing(keyId);
    const record = found(await deps.keys.get(key.projectId, keyId), keyId);
    const { events, next } = await deps.usage.events({
      projectId: key.projectId,
      keyId: record.state.keyId,
      fromMs: span.from_ms ?? 0,
      toMs: span.to_ms ?? Number.MAX_SAFE_INTEGER,
      limit,
      before: parseKeyCallsCursor(cursor),
    });
    return { status: 200, body: listBody(events.map(callView), keyCallsCursor(next)) };
  },
  'GET /v1/calls': async (request) => {
    const key = await authenticate(deps.keys, request);
    const query = checked(callsQuery, request.query);
    const keyId = key.scope === 'admin' ? (query.key_id ?? null) : key.keyId;
    if (query.key_id !== undefined && query.key_id !== key.keyId) {
      const owner = key.scope === 'admin' && (await deps.keys.get(key.projectId, query.key_id));
      if (!owner) throw missing(query.key_id);
    }
    const { calls, next } = await listCalls(deps, {
      projectId: key.projectId,
      keyId,
      userId: query.user_id ?? null,
      status: query.status ?? null,
      ...spanOf(query),
      limit: query.limit,
      after: parseCallsCursor(query.cursor),
    });
    return { status: 200, body: listBody(calls.map(callView), callsCursor(next)) };
  },
});

const missing = (keyId: string): AppError =>
  new AppError({ code: 'not_found', publicMessage: `The key ${keyId} does not exist.` });

interface Span {
  readonly from_ms?: number | undefined;
  readonly to_ms?: number | undefined;
}

const spanOf = (span: Span): { readonly fromMs: number; readonly toMs: number } => {
  const toMs = span.to_ms ?? systemClock.nowMs() + 1;
  const fromMs = span.from_ms ?? toMs - DEFAULT_SPAN_MS;
  if (fromMs < toMs && toMs - fromMs <= SPAN_MS_MAX) return { fromMs, toMs };
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'from_ms: must be before to_ms, at most 400 days apart',
    facts: { param: 'from_ms' },
  });
};

const readUsage = async (
  deps: UsageDeps,
  request: HttpRequest,
  span: Span,
): Promise<{
  hours: readonly UsageHour[];
  keys: ReadonlyMap<string, KeyProfile>;
  from_ms: number;
  to_ms: number;
}> => {
  const key = await authenticate(deps.keys, request);
  const { fromMs, toMs } = spanOf(span);
  // Usage is kept by the hour, so a span is reported as the whole hours that it touches.
  const from_ms = Math.floor(fromMs / HOUR_MS) * HOUR_MS;
  const to_ms = Math.ceil(toMs / HOUR_MS) * HOUR_MS;
  const hours = await deps.usage.hours({
    projectId: key.projectId,
    keyId: key.scope === 'admin' ? null : key.keyId,
    fromMs: from_ms,
    toMs: to_ms,
  });
  const ids = [...new Set(hours.map((hour) => hour.keyId))];
  const keys = await deps.keys.profiles(key.projectId, ids);
  return { hours, keys, from_ms, to_ms };
};

/** RFC 4180, with a guard: a cell that a spreadsheet would run as a formula gets a quote in front. */
const csvOf = (rows: readonly object[]): string => {
  const names = Object.keys(rows[0] ?? { hour: '', key_id: '', model: '', ...sumTotals([]) });
  const cell = (value: unknown): string => {
    const text =
      typeof value === 'string'
        ? value
        : value === null || value === undefined
          ? ''
          : JSON.stringify(value);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => {
    const values = new Map(Object.entries(row));
    return names.map((name) => cell(values.get(name))).join(',');
  });
  return [names.join(','), ...lines].map((line) => `${line}\r\n`).join('');
};
