import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoProjectSpending } from '../lambdas/ledger/adapters/dynamo-project-spending.ts';
import { busSpendEvents, spendEntry } from '../lambdas/ledger/adapters/bus-spend-events.ts';
import { dynamoKeyRegister } from '../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoUsageStore } from '../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { eventBus } from '../lambdas/platform/event-bus.ts';
import { systemClock } from '../lambdas/platform/clock.ts';
import { dynamoTables } from '../lambdas/platform/tables/dynamo-tables.ts';
import { dynamoLedgerAudit } from './adapters/dynamo-ledger-audit.ts';
import { lambdaFunctions } from './adapters/lambda-functions.ts';
import { sdkDynamoCalls } from './adapters/sdk-dynamo-calls.ts';
import { s3FailedRecords } from './adapters/s3-failed-records.ts';
import { secretsManagerText } from './adapters/secrets-manager-text.ts';
import { OpsError } from './ops-error.ts';
import type { Target } from './target.ts';

/** The adapters of a target: those that its functions run on. */
export const wireTools = (target: Target) => {
  const { keysTable, usageTable } = target;
  const dynamo = new DynamoDBClient(config(target, 'DYNAMODB'));
  const client = DynamoDBDocumentClient.from(dynamo, {
    marshallOptions: { removeUndefinedValues: true },
  });
  const tables = dynamoTables({
    call: sdkDynamoCalls(dynamo),
    tableNames: { keys: keysTable, usage: usageTable },
  });
  const secrets = new SecretsManagerClient(config(target, 'SECRETS_MANAGER'));
  return {
    keys: dynamoKeyRegister({ tables }),
    usage: dynamoUsageStore({ tables }),
    spendEvents: busSpendEvents({
      tables,
      publish: spendEntry(
        eventBus(
          target.eventBusName,
          async () => await Promise.resolve(new EventBridgeClient(config(target, 'EVENTBRIDGE'))),
        ),
      ),
      clock: systemClock,
    }),
    projects: dynamoProjectSpending(tables),
    clock: systemClock,
    pause: async (ms: number) => await sleep(ms),
    adminSecret: secretsManagerText(secrets, target.adminSecretId),
    providerSecret: secretsManagerText(secrets, target.providerSecretId),
    functions: lambdaFunctions(new LambdaClient(config(target, 'LAMBDA'))),
    failedRecords: s3FailedRecords(new S3Client(config(target, 'S3')), target.failedRecordsBucket),
    audit: dynamoLedgerAudit({ client, tables, keysTable, usageTable }),
  };
};
export type Tools = ReturnType<typeof wireTools>;

/** A client's configuration: on this machine its own endpoint, else what the AWS SDK finds. */
const config = ({ region, local }: Target, service: string) => {
  if (local === null) return { region };
  const endpoint = local.environment[`AWS_ENDPOINT_URL_${service}`];
  if (endpoint === undefined) throw new OpsError(`The local stack has no endpoint for ${service}.`);
  return { region, endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
};
