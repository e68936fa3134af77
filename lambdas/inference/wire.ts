import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../platform/clock.ts';
import { dynamoClient } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { note } from '../platform/invocation.ts';
import { report } from '../platform/logger.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { busSpendEvents, eventBridge } from './adapters/bus-spend-events.ts';
import { dynamoCancelFlags } from './adapters/dynamo-cancel-flags.ts';
import { dynamoKeyRegister } from './adapters/dynamo-key-register.ts';
import { dynamoKeysTable } from './adapters/dynamo-keys-table.ts';
import { dynamoSpendLedger } from './adapters/dynamo-spend-ledger.ts';
import { dynamoUsageStore } from './adapters/dynamo-usage-store.ts';
import { secretProviderAccounts } from './adapters/secret-provider-accounts.ts';
import { httpModelClient } from './adapters/http-model-client.ts';
import type { CountTokens } from './domain/bound.ts';
import { inPieces } from './domain/count-pieces.ts';
import { inferenceEnv } from './env.ts';
import type { UsageStore } from './ports.ts';
import type { CompleteDeps } from './usecases/call-types.ts';

export interface Inference extends CompleteDeps {
  readonly usage: UsageStore;
  readonly pause: (ms: number) => Promise<void>;
}

/** The engine room's adapters, made once per cold start. */
export const wireInference = (): Inference => {
  const env = readEnv(inferenceEnv);
  const client = DynamoDBDocumentClient.from(dynamoClient(), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const table = dynamoKeysTable({ client, keysTable: env.KEYS_TABLE });
  return {
    ledger: dynamoSpendLedger({ table }),
    keys: dynamoKeyRegister({ table }),
    usage: dynamoUsageStore({ client, usageTable: env.USAGE_TABLE }),
    cancelFlags: dynamoCancelFlags({ client, usageTable: env.USAGE_TABLE }),
    spendEvents: busSpendEvents({
      table,
      publish: eventBridge(new EventBridgeClient(), env.EVENT_BUS_NAME),
      clock: systemClock,
    }),
    accounts: secretProviderAccounts({
      client: new SecretsManagerClient(),
      secretId: env.PROVIDER_SECRET_ID,
      clock: systemClock,
    }),
    modelClient: httpModelClient(),
    clock: systemClock,
    loadTokenizer,
    metrics: { record: recordMetrics },
    pause: async (ms) => await sleep(ms),
    note,
    report,
  };
};

const loadTokenizer = async (): Promise<CountTokens> => {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Text that spells a special token is plain text here.
  return inPieces((text) =>
    countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() }),
  );
};
