import * as z from 'zod';
import { isItemTooLarge } from '../../platform/tables/dynamo-tables.ts';
import {
  pagesOf,
  type Item,
  type Query,
  type Tables,
  type Write,
} from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { holdIdsFrom } from '../../shared/ids.ts';
import { settlementSchema, storedSettlement } from '../domain/settlement.ts';
import type { Settlement } from '../domain/usage.ts';
import { monthsBetween } from '../domain/window.ts';
import type { UsageHour, UsageQuery, UsageStore } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import {
  hourAdditions,
  hourFromRow,
  hourKeys,
  hourOf,
  hourText,
  monthPartitions,
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
  record: async (settlement) => await recordOne(deps, settlement),
  recordAll: async (settlements) => await recordAll(deps, settlements),
  hours: async (query) => await hours(deps, query),
  events: async (query) => await events(deps, query),
  event: async (keyId, holdId) => {
    const item = await deps.tables.get('usage', callKey(keyId, holdId));
    return item === null ? null : eventRow.parse(item).settlement;
  },
});

const recordOne = async ({ tables }: UsageStoreDeps, settlement: Settlement): Promise<boolean> => {
  const additions = hourAdditions(settlement);
  try {
    return (await recordTogether(tables, [settlement], additions)).has(settlement);
  } catch (error) {
    if (!isItemTooLarge(error)) throw error;
    // More models and features than a row of 400 KB can name: the totals stay whole.
    const totals = Object.entries(additions).filter(([name]) => !/^(model|feature):/.test(name));
    const written = await recordTogether(tables, [settlement], Object.fromEntries(totals));
    return written.has(settlement);
  }
};

/** Whatever follows a failure is not tried: it comes again, and a store that is away keeps no batch for minutes. */
const recordAll = async (
  deps: UsageStoreDeps,
  settlements: readonly Settlement[],
): Promise<readonly PromiseSettledResult<boolean>[]> => {
  const written = new Set<Settlement>();
  const left = new Set(settlements);
  let failure: PromiseRejectedResult | null = null;
  try {
    for (const group of groupsOf(settlements)) {
      for (const one of await recordGroup(deps, group)) written.add(one);
      for (const one of group.settlements) left.delete(one);
    }
  } catch (reason) {
    failure = { status: 'rejected', reason };
  }
  return settlements.map((one) =>
    failure !== null && left.has(one) ? failure : { status: 'fulfilled', value: written.has(one) },
  );
};

/** Those of a group that it wrote. */
const recordGroup = async (
  deps: UsageStoreDeps,
  { settlements, additions }: Group,
): Promise<ReadonlySet<Settlement>> => {
  if (settlements.length > 1 && Object.values(additions).every(Number.isSafeInteger)) {
    try {
      return await recordTogether(deps.tables, settlements, additions);
    } catch (error) {
      // One by one the row shows what it has no room for.
      if (!isItemTooLarge(error)) throw error;
    }
  }
  const written = new Set<Settlement>();
  for (const one of settlements) if (await recordOne(deps, one)) written.add(one);
  return written;
};

interface Group {
  readonly settlements: readonly Settlement[];
  /** Their sum. */
  readonly additions: Readonly<Record<string, number>>;
}

/** A transaction may hold 100 items. */
const TOGETHER_MAX = 50;
/** So many sums keep an update's expression below its 4 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const SUMS_MAX = 150;

/** Settlements by the row that they are added to, each once. */
const groupsOf = (settlements: readonly Settlement[]): readonly Group[] => {
  const groups: { settlements: Settlement[]; additions: Group['additions'] }[] = [];
  const open = new Map<string, (typeof groups)[number]>();
  const seen = new Set<string>();
  for (const settlement of settlements) {
    const { keyId, holdId } = settlement;
    const { pk, sk } = hourKeys(settlement);
    if (seen.has(`${keyId} ${holdId}`)) continue;
    seen.add(`${keyId} ${holdId}`);
    const row = `${pk} ${sk}`;
    const own = hourAdditions(settlement);
    const group = open.get(row);
    const additions = group === undefined ? own : summed(group.additions, own);
    if (
      group !== undefined &&
      group.settlements.length < TOGETHER_MAX &&
      Object.keys(additions).length <= SUMS_MAX
    ) {
      group.settlements.push(settlement);
      group.additions = additions;
      continue;
    }
    const fresh = { settlements: [settlement], additions: own };
    open.set(row, fresh);
    groups.push(fresh);
  }
  return groups;
};

const summed = (
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => {
  const sums = { ...one };
  for (const [name, value] of Object.entries(other)) sums[name] = (sums[name] ?? 0) + value;
  return sums;
};

/** Writes events of one hour that are not there yet, with their sums; answers those that it wrote. */
const recordTogether = async (
  tables: Tables,
  settlements: readonly Settlement[],
  additions: Readonly<Record<string, number>>,
): Promise<ReadonlySet<Settlement>> => {
  const [first] = settlements;
  if (first === undefined) return new Set();
  const outcome = await tables.transact([
    ...settlements.map(eventPut),
    addToHour(first, Object.entries(additions)),
  ]);
  if (outcome.kind === 'written') return new Set(settlements);
  const unknown = settlements.filter((_, index) => outcome.items[index] === undefined);
  // Another settlement of the hour was being written: nothing is known of these.
  if (unknown.length === settlements.length)
    throw new AppError({ code: 'storage_unavailable', publicMessage: 'The hour is too busy.' });
  const sums = unknown.map(hourAdditions).reduce(summed, {});
  return await recordTogether(tables, unknown, sums);
};

const eventPut = (settlement: Settlement): Write => {
  const key = callKey(settlement.keyId, settlement.holdId);
  return {
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
  };
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
  const pages = pagesOf(tables, {
    table: 'usage',
    ...range,
    isAscending: true,
    isEventual: true,
    limit: null,
  });
  for await (const items of pages) {
    budget.rows -= items.length;
    if (budget.rows < 0) throw tooManyRows();
    rows.push(...items);
  }
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
