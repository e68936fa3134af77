import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { localCredentials, storageClient } from '../../local/dynamo/storage-client.ts';
import { s3FailedRecords } from '../../ops/adapters/s3-failed-records.ts';
import { parseFailedBatch } from '../../ops/formats/invocation-record.ts';
import { runOps, runOpsJson } from './run-ops.ts';
import { startStack } from './stack.ts';

/** Why suites of this room run on a laptop alone. */
export const OWN_FILES =
  'it plants faults in the files of a laptop; test/deploy runs the tools on a stage';

const mintedKey = z.looseObject({ id: z.string(), secret: z.string() });
const storedItem = z.looseObject({ sk: z.string() });
const localFile = z.object({
  admin_key: z.string(),
  environment: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});

/** What `reconcile --json` answers. */
export const reconciled = z.object({
  keys: z.number(),
  differing: z.number(),
  reports: z.array(
    z.looseObject({
      key_id: z.string(),
      events: z.number(),
      spent_nano_usd: z.number(),
      settled_nano_usd: z.number(),
      difference_nano_usd: z.number(),
      wrong_hours: z.array(z.looseObject({ figures: z.array(z.string()), repaired: z.boolean() })),
      is_clean: z.boolean(),
    }),
  ),
});
/** What `replay --json` answers. */
export const replayed = z.object({
  objects: z.number(),
  repaired: z.number(),
  already: z.number(),
  failed: z.array(z.looseObject({ failure: z.string() })),
});

/** A stack, the operator's tools on it, and a way around them to its tables and buckets. */
export const startOpsRoom = async () => {
  const stack = await startStack();
  const local = () =>
    localFile.parse(JSON.parse(readFileSync(join(stack.stateDir, 'local.json'), 'utf8')));
  const output = (name: string): string => local().outputs[name] ?? '';
  const tables = DynamoDBDocumentClient.from(
    storageClient(local().environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''),
  );
  const bucket = new S3Client({
    region: 'us-east-1',
    endpoint: local().environment['AWS_ENDPOINT_URL_S3'] ?? '',
    credentials: localCredentials,
  });
  const failures = s3FailedRecords(bucket, output('FailedRecordsBucketName'));
  const adminKey = (): string => local().admin_key;
  const api = async (
    method: string,
    path: string,
    key: string,
    body?: unknown,
  ): Promise<Response> =>
    await fetch(`${stack.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    stack,
    tables,
    failures,
    adminKey,
    api,
    ops: async (args: readonly string[], input = '') => await runOps(stack.stateDir, args, input),
    opsJson: async <T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> =>
      await runOpsJson(stack.stateDir, schema, ...args),
    mint: async () => {
      const body = { name: 'ops', max_spend_usd: 1 };
      return mintedKey.parse(await (await api('POST', '/v1/keys', adminKey(), body)).json());
    },
    call: async (secret: string, model = 'gpt-4o-mini'): Promise<Response> =>
      await api('POST', '/v1/chat/completions', secret, {
        model,
        max_tokens: 16,
        messages: [{ role: 'user', content: 'hello' }],
      }),
    hourRow: (keyId: string) => ({
      TableName: output('UsageTableName'),
      Key: { pk: `KEY#${keyId}`, sk: `HOUR#${new Date().toISOString().slice(0, 13)}` },
    }),
    itemsOf: async (pk: string) => {
      const found = await Promise.all(
        ['KeysTableName', 'UsageTableName'].map(async (name) => {
          const { Items = [] } = await tables.send(
            new QueryCommand({
              TableName: output(name),
              KeyConditionExpression: 'pk = :pk',
              ExpressionAttributeValues: { ':pk': pk },
            }),
          );
          return Items.map((item) => ({ ...storedItem.parse(item), table: output(name) }));
        }),
      );
      return found.flat();
    },
    failedRecords: async (): Promise<readonly unknown[]> => {
      const names = await failures.list();
      const batches = await Promise.all(names.map(async (name) => await failures.read(name)));
      return batches.flatMap((batch) => parseFailedBatch(batch).records);
    },
    putFailed: async (name: string, content: string): Promise<void> => {
      const Bucket = output('FailedRecordsBucketName');
      await bucket.send(new PutObjectCommand({ Bucket, Key: name, Body: content }));
    },
  };
};
export type OpsRoom = Awaited<ReturnType<typeof startOpsRoom>>;
