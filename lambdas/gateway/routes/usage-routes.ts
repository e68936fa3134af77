import { READER_SCOPES, type KeyProfile } from '../../ledger/domain/key.ts';
import { type Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { type HttpRequest } from '../../http/request.ts';
import type { KeyRegister, UsageHour, UsageStore } from '../../ledger/ports.ts';
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
  usageQuery,
} from '../formats/usage-format.ts';
import { found } from '../usecases/manage-keys.ts';
import { divideByThread, sumThreads } from '../usecases/sum-threads.ts';
import { sumSeries, sumTotals, sumUsage } from '../usecases/sum-usage.ts';
import { authenticate } from '../../ledger/door.ts';
import { checked } from '../../http/body.ts';
import { spanOf, wholeHours, type AskedSpan } from './span.ts';

interface UsageDeps {
  readonly keys: KeyRegister;
  readonly usage: UsageStore;
}

/** Routes of usage: an admin sees the project, a standard key itself. */
export const usageRoutes = (deps: UsageDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/usage': async (request) => {
    const { group_by: groupBy, interval, ...span } = checked(usageQuery, request.query);
    const read = await readUsage(deps, request, span);
    const { hours, keys, from_ms, to_ms } = read;
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
        series: sumUsage(hours, interval ?? (groupBy === 'hour' ? 'hour' : 'day'), keys),
        ...(groupBy === undefined ? {} : { groups: await groupsOf(deps, read, groupBy, interval) }),
      },
    };
  },
  'GET /v1/usage/export': async (request) => {
    const { format, group_by: groupBy, ...span } = checked(exportQuery, request.query);
    const read = await readUsage(deps, request, span);
    const divided = await eachDivided(deps, read, groupBy);
    const rows = divided.flatMap(({ hour, groups }) =>
      groups.map((row) => ({
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
    if (!READER_SCOPES.has(key.scope) && key.keyId !== keyId) throw missing(keyId);
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
    const keyId = READER_SCOPES.has(key.scope) ? (query.key_id ?? null) : key.keyId;
    if (query.key_id !== undefined && query.key_id !== key.keyId) {
      const owner =
        READER_SCOPES.has(key.scope) && (await deps.keys.get(key.projectId, query.key_id));
      if (!owner) throw missing(query.key_id);
    }
    const { calls, next } = await listCalls(deps, {
      projectId: key.projectId,
      keyId,
      userId: query.user_id ?? null,
      threadId: query.thread_id ?? null,
      status: query.status ?? null,
      ...spanOf(query, DEFAULT_SPAN_MS),
      limit: query.limit,
      after: parseCallsCursor(query.cursor),
    });
    return { status: 200, body: listBody(calls.map(callView), callsCursor(next)) };
  },
});

interface ReadUsage {
  readonly projectId: string;
  readonly hours: readonly UsageHour[];
  readonly keys: ReadonlyMap<string, KeyProfile>;
  readonly from_ms: number;
  readonly to_ms: number;
}

const groupsOf = async (
  { usage }: UsageDeps,
  { projectId, hours, keys, from_ms: fromMs, to_ms: toMs }: ReadUsage,
  groupBy: string,
  interval: 'hour' | 'day' | undefined,
): Promise<readonly object[]> => {
  if (groupBy === 'thread') return await sumThreads(usage, hours, { projectId, fromMs, toMs });
  return interval === undefined
    ? sumUsage(hours, groupBy, keys)
    : sumSeries(hours, groupBy, interval, keys);
};

/** Each hour of each key, divided by one word. */
const eachDivided = async (
  { usage }: UsageDeps,
  { projectId, hours, keys, from_ms: fromMs, to_ms: toMs }: ReadUsage,
  groupBy: string,
): Promise<readonly { readonly hour: UsageHour; readonly groups: readonly object[] }[]> =>
  groupBy === 'thread'
    ? await divideByThread(usage, hours, { projectId, fromMs, toMs })
    : hours.map((hour) => ({ hour, groups: sumUsage([hour], groupBy, keys) }));

const missing = (keyId: string): AppError =>
  new AppError({ code: 'not_found', publicMessage: `The key ${keyId} does not exist.` });

interface AskedUsage extends AskedSpan {
  readonly key_id?: string | undefined;
  readonly user_id?: string | undefined;
}

const readUsage = async (
  deps: UsageDeps,
  request: HttpRequest,
  { key_id: keyId, user_id: userId, ...span }: AskedUsage,
): Promise<ReadUsage> => {
  const key = await authenticate(deps.keys, request);
  const { fromMs, toMs } = wholeHours(spanOf(span, DEFAULT_SPAN_MS));
  const isReader = READER_SCOPES.has(key.scope);
  if (keyId !== undefined && keyId !== key.keyId) {
    const owned = isReader ? await deps.keys.get(key.projectId, keyId) : null;
    if (owned === null) throw missing(keyId);
  }
  const all = await deps.usage.hours({
    projectId: key.projectId,
    keyId: isReader ? (keyId ?? null) : key.keyId,
    fromMs,
    toMs,
  });
  const ids = [...new Set(all.map((hour) => hour.keyId))];
  const keys = await deps.keys.profiles(key.projectId, ids);
  const hours =
    userId === undefined ? all : all.filter((hour) => keys.get(hour.keyId)?.userId === userId);
  return { projectId: key.projectId, hours, keys, from_ms: fromMs, to_ms: toMs };
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
