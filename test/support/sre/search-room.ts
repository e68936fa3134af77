import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import type { LogQuery } from '../../../lambdas/sre/ports/search.ts';
import { recordOf } from './records.ts';
import type { SearchRoom } from './search-engines.ts';
import { logBatch } from './stored-batch.ts';

export const HOUR_MS = 3_600_000;
/** What is older than the days that are kept is not found: an hour ago, whenever this runs. */
export const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000 - HOUR_MS;

/** An hour before and behind that moment. */
export const QUERY: Omit<LogQuery, 'tenant'> = {
  phrases: [],
  service: null,
  environment: null,
  severityMin: 0,
  traceId: null,
  attributes: {},
  fromMs: NOW_MS - HOUR_MS,
  toMs: NOW_MS + HOUR_MS,
  limit: 50,
  before: null,
  wantsHistogram: false,
};

export const lineOf = (change: Partial<LogRecord>): LogRecord =>
  recordOf({ timeMs: NOW_MS, ...change });

/** One batch of the room's tenant. */
export const storeLines = async (
  room: SearchRoom,
  ...lines: readonly Partial<LogRecord>[]
): Promise<void> => await room.store(room.tenant, logBatch(lines.map(lineOf)), NOW_MS);

/** Of what the room's tenant finds. */
export const textsOf = async (
  { search, tenant }: SearchRoom,
  query: Partial<LogQuery>,
): Promise<readonly string[]> =>
  (await search.search({ ...QUERY, tenant, ...query })).hits.map(({ record }) => record.text);
