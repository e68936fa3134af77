import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  PutCommand,
  paginateQuery,
  paginateScan,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { unpackPart } from '../../lambdas/ledger/domain/project-cap.ts';
import { unpackHold } from '../../lambdas/ledger/domain/hold.ts';
import { settlementSchema } from '../../lambdas/ledger/domain/settlement.ts';
import type { Settlement } from '../../lambdas/ledger/domain/usage.ts';
import { ITEM_SCHEMA } from '../../lambdas/ledger/adapters/item-schema.ts';
import { keyItem, windowOfHold, type KeyItem } from '../../lambdas/ledger/adapters/key-item.ts';
import { keyUpdate } from '../../lambdas/ledger/adapters/key-update.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { presentShards } from '../../lambdas/ledger/adapters/project-shard.ts';
import { hourKeys } from '../../lambdas/ledger/adapters/usage-row.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import type { HourFigures, LedgerAudit, LedgerFigures } from '../ports.ts';

const EVENTS_A_PAGE = 500;
/** Attributes of an hour row that are no figures. */
const WORDS = new Set(['pk', 'sk', 'month_pk', 'month_sk', 'schema']);

export interface LedgerAuditDeps {
  readonly client: DynamoDBDocumentClient;
  readonly tables: Tables;
  readonly keysTable: string;
  readonly usageTable: string;
}

export const dynamoLedgerAudit = (deps: LedgerAuditDeps): LedgerAudit => ({
  keyIds: async (projectId) => await keyIds(deps, projectId),
  figures: async (keyId) => {
    const stored = await deps.tables.get('keys', stateKey(keyId));
    return stored === null ? null : figuresOf(keyItem.parse(stored));
  },
  hours: async (keyId) => await hours(deps, keyId),
  events: (keyId) => events(deps, keyId),
  replaceHour: async (sample, figures, seen) => await replaceHour(deps, sample, figures, seen),
  cappedProjects: async (projectId) => await cappedProjects(deps, projectId),
  shards: async (projectId) => await presentShards(deps.tables, projectId),
  parts: async (keyId) => {
    const stored = await deps.tables.get('keys', stateKey(keyId));
    if (stored === null) return [];
    const { holds, project_holds: parts = {} } = keyItem.parse(stored);
    return Object.entries(parts).flatMap(([holdId, part]) => {
      const packed = holds[holdId];
      return packed === undefined
        ? []
        : [{ part: unpackPart(part), amountNanoUsd: unpackHold(packed).amountNanoUsd }];
    });
  },
  raiseSpent: async (seen, byNanoUsd) => {
    const outcome = await deps.tables.update(
      keyUpdate({
        key: stateKey(seen.keyId),
        condition: 'spent = :spent AND #window = :window',
        update: 'SET spent = spent + :by, available = available - :by, #write = :kind',
        names: { '#window': 'window', '#write': 'write' },
        values: {
          ':spent': seen.spentNanoUsd,
          ':window': seen.window,
          ':by': byNanoUsd,
          ':kind': 'admin',
        },
      }),
    );
    return outcome.kind === 'written';
  },
});

const keyIds = async (
  { client, keysTable }: LedgerAuditDeps,
  projectId: string | null,
): Promise<readonly string[]> => {
  const ids: string[] = [];
  const pages = paginateScan(
    { client },
    {
      TableName: keysTable,
      FilterExpression: `sk = :state${projectId === null ? '' : ' AND project_id = :project'}`,
      ExpressionAttributeValues: {
        ':state': 'STATE',
        ...(projectId === null ? {} : { ':project': projectId }),
      },
      ProjectionExpression: 'pk',
    },
  );
  for await (const { Items = [] } of pages)
    ids.push(...Items.map((item) => String(item['pk']).slice('KEY#'.length)));
  return ids.toSorted();
};

const cappedProjects = async (
  { client, keysTable }: LedgerAuditDeps,
  projectId: string | null,
): Promise<readonly string[]> => {
  const ids = new Set<string>();
  const pages = paginateScan(
    { client },
    {
      TableName: keysTable,
      FilterExpression: `attribute_exists(project_shard)${projectId === null ? '' : ' AND project_id = :project'}`,
      ...(projectId === null ? {} : { ExpressionAttributeValues: { ':project': projectId } }),
      ProjectionExpression: 'project_id',
    },
  );
  for await (const { Items = [] } of pages)
    for (const item of Items) ids.add(String(item['project_id']));
  return [...ids].toSorted();
};

const figuresOf = (item: KeyItem): LedgerFigures => {
  let held = 0;
  for (const packed of Object.values(item.holds)) {
    const hold = unpackHold(packed);
    if (windowOfHold(item, hold) === item.window) held += hold.amountNanoUsd;
  }
  return {
    keyId: item.key_id,
    projectId: item.project_id,
    period: item.period,
    window: item.window,
    capNanoUsd: item.cap,
    spentNanoUsd: item.spent,
    availableNanoUsd: item.available,
    heldNanoUsd: held,
    last: item.last ?? null,
  };
};

const hours = async (
  { client, usageTable }: LedgerAuditDeps,
  keyId: string,
): Promise<ReadonlyMap<string, HourFigures>> => {
  const rows = new Map<string, HourFigures>();
  const pages = paginateQuery(
    { client },
    {
      TableName: usageTable,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :hour)',
      ExpressionAttributeValues: { ':pk': `KEY#${keyId}`, ':hour': 'HOUR#' },
    },
  );
  for await (const { Items = [] } of pages)
    for (const row of Items) {
      const figures = Object.entries(row).filter(([name]) => !WORDS.has(name));
      rows.set(String(row['sk']).slice('HOUR#'.length), new Map(figures));
    }
  return rows;
};

/** Read strongly, so that what is missing is missing. */
async function* events(
  { client, usageTable }: LedgerAuditDeps,
  keyId: string,
): AsyncGenerator<Settlement> {
  const pages = paginateQuery(
    { client, pageSize: EVENTS_A_PAGE },
    {
      TableName: usageTable,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :call)',
      ExpressionAttributeValues: { ':pk': `KEY#${keyId}`, ':call': 'CALL#' },
    },
  );
  for await (const { Items = [] } of pages)
    for (const row of Items) yield settlementSchema.parse(row['settlement']);
}

/** On condition that the row is as it was read: a settlement that is rolled up meanwhile is never lost. */
const replaceHour: (
  deps: LedgerAuditDeps,
  ...rest: Parameters<LedgerAudit['replaceHour']>
) => Promise<boolean> = async ({ client, usageTable }, sample, figures, seen) => {
  const names = [...(seen?.keys() ?? [])];
  const values = Object.fromEntries(names.map((name, index) => [`:v${index}`, seen?.get(name)]));
  try {
    await client.send(
      new PutCommand({
        TableName: usageTable,
        Item: { ...hourKeys(sample), schema: ITEM_SCHEMA, ...Object.fromEntries(figures) },
        ConditionExpression:
          seen === null
            ? 'attribute_not_exists(pk)'
            : names.map((_, index) => `#n${index} = :v${index}`).join(' AND '),
        ...(names.length === 0
          ? {}
          : {
              ExpressionAttributeNames: Object.fromEntries(
                names.map((name, index) => [`#n${index}`, name]),
              ),
              ExpressionAttributeValues: values,
            }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};
