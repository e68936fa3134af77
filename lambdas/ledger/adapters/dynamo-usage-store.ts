import * as z from 'zod';
import { isItemTooLarge } from '../../platform/tables/dynamo-tables.ts';
import type { Item, Page, Query, Tables, Write } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { holdIdsFrom } from '../../shared/ids.ts';
import { settlementSchema, storedSettlement } from '../domain/settlement.ts';
import type { Settlement } from '../domain/usage.ts';
import type { UsageHour, UsageQuery, UsageStore } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import {
  hourAdditions,
  hourFromRow,
  hourKeys,
  hourOf,
  hourText,
  monthPartitions,
  monthsBetween,
} from './usage-row.ts';

const EVENT_TTL_SECONDS = 400 * 86_400;
/** Events of younger hours are all there: hours older than this are known from their rows alone. */
export const rollUpRetentionMs = (EVENT_TTL_SECONDS - 86_400) * 1_000;
/** Bounds one answer: as many hours of keys are summed within seconds. */
const ROWS_MAX = 50_000;

export interface UsageStoreDeps {
  readonly tables: Tables;
}

/** A call lives 15 minutes, its hold a minute more, and is then expired within minutes. */
const CALL_MS_MAX = 3_600_000;
/** The last instant that a hold id can name. */
const TIME_MS_MAX = 2 ** 48 - 1;

const eventRow = z.object({ settlement: settlementSchema });
const callKey = (keyId: string, holdId: string) => ({ pk: `KEY#${keyId}`, sk: `CALL#${holdId}` });

export const dynamoUsageStore = (deps: UsageStoreDeps): UsageStore => ({
  record: async (settlement) => await record(deps, settlement),
  hours: async (query) => await hours(deps, query),
  events: async (query) => await events(deps, query),
  event: async (keyId, holdId) => {
    const item = await deps.tables.get('usage', callKey(keyId, holdId));
    return item === null ? null : eventRow.parse(item).settlement;
  },
});

const record = async ({ tables }: UsageStoreDeps, settlement: Settlement): Promise<boolean> => {
  const additions = hourAdditions(settlement);
  try {
    return await write(tables, settlement, additions);
  } catch (error) {
    if (!isItemTooLarge(error)) throw error;
    // More models and features than a row of 400 KB can name: the totals stay whole.
    const totals = Object.entries(additions).filter(([name]) => !/^(model|feature):/.test(name));
    return await write(tables, settlement, Object.fromEntries(totals));
  }
};

const write = async (
  tables: Tables,
  settlement: Settlement,
  sums: Readonly<Record<string, number>>,
): Promise<boolean> => {
  const key = callKey(settlement.keyId, settlement.holdId);
  const outcome = await tables.transact([
    {
      kind: 'put',
      table: 'usage',
      key,
      condition: 'attribute_not_exists(pk)',
      item: {
        ...key,
        settlement: storedSettlement(settlement),
        schema: ITEM_SCHEMA,
        settled_at: settlement.settledAtMs,
        ttl: Math.floor(settlement.settledAtMs / 1_000) + EVENT_TTL_SECONDS,
      },
    },
    addToHour(settlement, Object.entries(sums)),
  ]);
  if (outcome.kind === 'written') return true;
  if (outcome.items[0] !== undefined) return false;
  // Another settlement of the hour was being written: nothing is known of this one.
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The hour is too busy.' });
};

const addToHour = (
  settlement: Settlement,
  additions: readonly (readonly [string, number])[],
): Write => {
  const { pk, sk, ...month } = hourKeys(settlement);
  const sums = additions.map((_, index) => `#a${index} :a${index}`);
  return {
    kind: 'update',
    table: 'usage',
    key: { pk, sk },
    update: `SET month_pk = :month_pk, month_sk = :month_sk, #schema = :schema ADD ${sums.join(', ')}`,
    names: {
      ...Object.fromEntries(additions.map(([name], index) => [`#a${index}`, name])),
      '#schema': 'schema',
    },
    values: {
      ...Object.fromEntries(additions.map(([, value], index) => [`:a${index}`, value])),
      ':month_pk': month.month_pk,
      ':month_sk': month.month_sk,
      ':schema': ITEM_SCHEMA,
    },
  };
};

type Range = Pick<Query, 'index' | 'pk' | 'from' | 'to'>;

const hours = async (deps: UsageStoreDeps, query: UsageQuery): Promise<readonly UsageHour[]> => {
  const from = hourText(hourOf(query.fromMs));
  const to = hourText(query.toMs - 1);
  const ranges: readonly Range[] =
    query.keyId === null
      ? monthsBetween(query.fromMs, query.toMs)
          .flatMap((month) => monthPartitions(query.projectId, month))
          .map((pk) => ({ index: 'by_project_month', pk, from, to: `${to}~` }))
      : [{ pk: `KEY#${query.keyId}`, from: `HOUR#${from}`, to: `HOUR#${to}` }];
  const budget = { rows: ROWS_MAX };
  const rows = await Promise.all(
    ranges.map(async (range) => await queryRange(deps, range, budget)),
  );
  return rows.flat().map(hourFromRow);
};

const queryRange = async (
  { tables }: UsageStoreDeps,
  range: Range,
  budget: { rows: number },
): Promise<readonly Item[]> => {
  const rows: Item[] = [];
  let after: Item | null = null;
  do {
    const page: Page = await tables.query({
      table: 'usage',
      ...range,
      isAscending: true,
      isEventual: true,
      limit: null,
      ...(after === null ? {} : { after }),
    });
    budget.rows -= page.items.length;
    if (budget.rows < 0) throw tooManyRows();
    rows.push(...page.items);
    after = page.last;
  } while (after !== null);
  return rows;
};

const tooManyRows = (): AppError =>
  new AppError({
    code: 'answer_too_large',
    publicMessage: `from_ms: the span holds more than ${ROWS_MAX} hours of keys: ask for a shorter one`,
    facts: { param: 'from_ms' },
  });

/** Newest first by the start of the call: hold ids sort by time. */
const events: (
  deps: UsageStoreDeps,
  query: Parameters<UsageStore['events']>[0],
) => ReturnType<UsageStore['events']> = async ({ tables }, query) => {
  const pk = `KEY#${query.keyId}`;
  const { items, last } = await tables.query({
    table: 'usage',
    pk,
    ...eventRange(query),
    isAscending: false,
    isEventual: true,
    limit: query.limit,
    ...(query.before === null ? {} : { after: callKey(query.keyId, query.before) }),
  });
  return {
    events: items.map((row) => eventRow.parse(row).settlement),
    next: last === null ? null : String(last['sk']).slice('CALL#'.length),
  };
};

/** Hold ids sort by the start of the call, so that only calls which can have settled in the span are read. */
const eventRange = (query: UsageQuery) => ({
  from: `CALL#${holdIdsFrom(Math.max(0, query.fromMs - CALL_MS_MAX))}`,
  to: `CALL#${holdIdsFrom(Math.min(query.toMs, TIME_MS_MAX))}~`,
  filter: {
    condition: 'settled_at >= :after AND settled_at < :before',
    values: { ':after': query.fromMs, ':before': query.toMs },
  },
});
