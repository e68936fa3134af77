import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' }) as const;
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' }) as const;
const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' }) as const;
const index = (IndexName: string, pk: string, sk: string, ProjectionType: 'ALL' | 'KEYS_ONLY') => ({
  IndexName,
  KeySchema: [hash(pk), range(sk)],
  Projection: { ProjectionType },
});

/** The tables of the template, as the contract suites create them (test/infra holds the two together). */
export const KEYS_TABLE = {
  TableName: 'Keys',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: [
    ...['pk', 'sk', 'sweep_shard', 'list_pk', 'list_sk', 'user_pk'].map(text),
    { AttributeName: 'sweep_at', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    index('by_sweep', 'sweep_shard', 'sweep_at', 'KEYS_ONLY'),
    index('by_project', 'list_pk', 'list_sk', 'ALL'),
    index('by_user', 'user_pk', 'list_sk', 'ALL'),
  ],
} satisfies CreateTableCommandInput;

export const THREADS_TABLE = {
  TableName: 'Threads',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: [
    ...['pk', 'sk', 'sweep_shard', 'list_pk', 'list_sk'].map(text),
    { AttributeName: 'sweep_at', AttributeType: 'N' },
  ],
  GlobalSecondaryIndexes: [
    index('by_sweep', 'sweep_shard', 'sweep_at', 'KEYS_ONLY'),
    index('by_activity', 'list_pk', 'list_sk', 'ALL'),
  ],
} satisfies CreateTableCommandInput;

export const CHUNKS_TABLE = {
  TableName: 'Chunks',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: ['pk', 'sk'].map(text),
} satisfies CreateTableCommandInput;

export const CONNECTIONS_TABLE = {
  TableName: 'Connections',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: ['pk', 'sk'].map(text),
} satisfies CreateTableCommandInput;

export const USAGE_TABLE = {
  TableName: 'Usage',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: ['pk', 'sk', 'month_pk', 'month_sk'].map(text),
  GlobalSecondaryIndexes: [index('by_project_month', 'month_pk', 'month_sk', 'ALL')],
} satisfies CreateTableCommandInput;

export const LOGS_TABLE = {
  TableName: 'Logs',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: ['pk', 'sk', 'stamp_pk', 'stamp_sk'].map(text),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by_stamp',
      KeySchema: [hash('stamp_pk'), range('stamp_sk')],
      Projection: {
        ProjectionType: 'INCLUDE',
        NonKeyAttributes: ['summary', 'hot', 'kind', 'from_ms', 'to_ms', 'records', 'stored_bytes'],
      },
    },
  ],
} satisfies CreateTableCommandInput;

export const SRE_TABLE = {
  TableName: 'Sre',
  BillingMode: 'PAY_PER_REQUEST',
  KeySchema: [hash('pk'), range('sk')],
  AttributeDefinitions: ['pk', 'sk'].map(text),
} satisfies CreateTableCommandInput;
