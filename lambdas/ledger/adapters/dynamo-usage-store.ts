import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { stored } from '../../platform/storage.ts';
import { AppError } from '../../shared/app-error.ts';
import { cursorInvalid, decodeCursor, encodeCursor } from '../../shared/cursor.ts';
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
  readonly client: DynamoDBDocumentClient;
  readonly usageTable: string;
}

/** A call lives 15 minutes, its hold a minute more, and is then expired within minutes. */
const CALL_MS_MAX = 3_600_000;
/** The last instant that a hold id can name. */
const TIME_MS_MAX = 2 ** 48 - 1;
const CALL = /^CALL#[0-9a-z]{1,64}$/;

const eventRow = z.object({ settlement: settlementSchema });
const callKey = (keyId: string, holdId: string) => ({ pk: `KEY#${keyId}`, sk: `CALL#${holdId}` });

export const dynamoUsageStore = (deps: UsageStoreDeps): UsageStore => ({
  record: async (settlement) => await record(deps, settlement),
  hours: async (query) => await hours(deps, query),
  events: async (query) => await events(deps, query),
  event: async (keyId, holdId) => {
    const answer = await stored(
      async () =>
        await deps.client.send(
          new GetCommand({
            TableName: deps.usageTable,
            Key: callKey(keyId, holdId),
            ConsistentRead: true,
          }),
        ),
    );
    return answer.Item === undefined ? null : eventRow.parse(answer.Item).settlement;
  },
});

const record = async (deps: UsageStoreDeps, settlement: Settlement): Promise<boolean> => {
  try {
    return await write(deps, settlement, hourAdditions(settlement));
  } catch (error) {
    if (!isRowFull(error)) throw error;
    // More models and features than a row of 400 KB can name: the totals stay whole.
    const named = Object.entries(hourAdditions(settlement));
    const totals = named.filter(([name]) => !/^(model|feature):/.test(name));
    return await write(deps, settlement, Object.fromEntries(totals));
  }
};

const isRowFull = (error: unknown): boolean =>
  error instanceof AppError &&
  error.cause instanceof TransactionCanceledException &&
  (error.cause.CancellationReasons ?? []).some(({ Code }) => Code === 'ValidationError');

const write = async (
  deps: UsageStoreDeps,
  settlement: Settlement,
  sums: Readonly<Record<string, number>>,
): Promise<boolean> => {
  const { pk, sk, ...month } = hourKeys(settlement);
  const additions = Object.entries(sums);
  try {
    await stored(
      async () =>
        await deps.client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Put: {
                  TableName: deps.usageTable,
                  Item: {
                    ...callKey(settlement.keyId, settlement.holdId),
                    settlement: storedSettlement(settlement),
                    schema: ITEM_SCHEMA,
                    settled_at: settlement.settledAtMs,
                    ttl: Math.floor(settlement.settledAtMs / 1_000) + EVENT_TTL_SECONDS,
                  },
                  ConditionExpression: 'attribute_not_exists(pk)',
                },
              },
              {
                Update: {
                  TableName: deps.usageTable,
                  Key: { pk, sk },
                  UpdateExpression: `SET month_pk = :month_pk, month_sk = :month_sk, #schema = :schema ADD ${additions
                    .map((_, index) => `#a${index} :a${index}`)
                    .join(', ')}`,
                  ExpressionAttributeNames: {
                    ...Object.fromEntries(additions.map(([name], index) => [`#a${index}`, name])),
                    '#schema': 'schema',
                  },
                  ExpressionAttributeValues: {
                    ...Object.fromEntries(
                      additions.map(([, value], index) => [`:a${index}`, value]),
                    ),
                    ':month_pk': month.month_pk,
                    ':month_sk': month.month_sk,
                    ':schema': ITEM_SCHEMA,
                  },
                },
              },
            ],
          }),
        ),
    );
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException) return false;
    throw error;
  }
};

interface Range {
  readonly index?: string;
  readonly partition: string;
  readonly from: string;
  readonly to: string;
}

const hours = async (deps: UsageStoreDeps, query: UsageQuery): Promise<readonly UsageHour[]> => {
  const from = hourText(hourOf(query.fromMs));
  const to = hourText(query.toMs - 1);
  const ranges: readonly Range[] =
    query.keyId === null
      ? monthsBetween(query.fromMs, query.toMs)
          .flatMap((month) => monthPartitions(query.projectId, month))
          .map((partition) => ({ index: 'by_project_month', partition, from, to: `${to}~` }))
      : [{ partition: `KEY#${query.keyId}`, from: `HOUR#${from}`, to: `HOUR#${to}` }];
  const budget = { rows: ROWS_MAX };
  const rows = await Promise.all(
    ranges.map(async (range) => await queryRange(deps, range, budget)),
  );
  return rows.flat().map(hourFromRow);
};

const queryRange = async (
  deps: UsageStoreDeps,
  range: Range,
  budget: { rows: number },
): Promise<Record<string, unknown>[]> => {
  const prefix = range.index === undefined ? '' : 'month_';
  const rows: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const answer = await stored(
      async () =>
        await deps.client.send(
          new QueryCommand({
            TableName: deps.usageTable,
            IndexName: range.index,
            KeyConditionExpression: `${prefix}pk = :pk AND ${prefix}sk BETWEEN :from AND :to`,
            ExpressionAttributeValues: {
              ':pk': range.partition,
              ':from': range.from,
              ':to': range.to,
            },
            ExclusiveStartKey: start,
          }),
        ),
    );
    const items = answer.Items ?? [];
    budget.rows -= items.length;
    if (budget.rows < 0) throw tooManyRows();
    rows.push(...items);
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
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
) => ReturnType<UsageStore['events']> = async (deps, query) => {
  const before = query.cursor === null ? null : callCursor(query.cursor);
  const answer = await stored(
    async () =>
      await deps.client.send(
        new QueryCommand({
          TableName: deps.usageTable,
          ScanIndexForward: false,
          Limit: query.limit,
          ExclusiveStartKey: before === null ? undefined : { pk: `KEY#${query.keyId}`, sk: before },
          ...eventRange(query),
        }),
      ),
  );
  const last = answer.LastEvaluatedKey;
  return {
    events: (answer.Items ?? []).map((row) => eventRow.parse(row).settlement),
    nextCursor: last === undefined ? null : encodeCursor([String(last['sk'])]),
  };
};

const callCursor = (cursor: string): string => {
  const [place = ''] = decodeCursor(cursor, 1);
  if (CALL.test(place)) return place;
  throw cursorInvalid();
};

/** Hold ids sort by the start of the call, so that only calls which can have settled in the span are read. */
const eventRange = (query: UsageQuery & { readonly keyId: string }) => ({
  KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :before',
  FilterExpression: 'settled_at >= :from AND settled_at < :to',
  ExpressionAttributeValues: {
    ':pk': `KEY#${query.keyId}`,
    ':first': `CALL#${holdIdsFrom(Math.max(0, query.fromMs - CALL_MS_MAX))}`,
    ':before': `CALL#${holdIdsFrom(Math.min(query.toMs, TIME_MS_MAX))}~`,
    ':from': query.fromMs,
    ':to': query.toMs,
  },
});
