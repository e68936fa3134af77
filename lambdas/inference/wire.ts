import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../platform/clock.ts';
import { dynamoClient } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { note } from '../platform/invocation.ts';
import { logger, report } from '../platform/logger.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { busSpendEvents, eventBridge } from './adapters/bus-spend-events.ts';
import { dynamoCancelFlags } from './adapters/dynamo-cancel-flags.ts';
import { dynamoKeyRegister } from './adapters/dynamo-key-register.ts';
import { dynamoKeysTable } from './adapters/dynamo-keys-table.ts';
import { dynamoSpendLedger } from './adapters/dynamo-spend-ledger.ts';
import { dynamoUsageStore } from './adapters/dynamo-usage-store.ts';
import { logContentSampler } from './adapters/log-content-sampler.ts';
import { secretProviderAccounts } from './adapters/secret-provider-accounts.ts';
import { httpModelClient } from './adapters/http-model-client.ts';
import { once } from '../shared/once.ts';
import type { CountTokens } from './domain/bound.ts';
import { inPieces } from './domain/count-pieces.ts';
import { inferenceEnv } from './env.ts';
import type { UsageStore } from './ports.ts';
import type { CompleteDeps } from './usecases/call-types.ts';

/** What knows keys and ends calls, without what makes one: it reads no provider's key. */
export type Settling = Omit<
  CompleteDeps,
  'accounts' | 'modelClient' | 'spendEvents' | 'cancelFlags'
>;

export interface Inference extends CompleteDeps {
  readonly usage: UsageStore;
  readonly pause: (ms: number) => Promise<void>;
}

/** The engine room's adapters, made once per cold start. */
export const wireInference = (): Inference => {
  const { env, client, table } = foundation();
  return {
    ...settling({ env, table }),
    accounts: secretProviderAccounts({
      client: new SecretsManagerClient(),
      secretId: env.PROVIDER_SECRET_ID,
      clock: systemClock,
    }),
    usage: dynamoUsageStore({ client, usageTable: env.USAGE_TABLE }),
    cancelFlags: dynamoCancelFlags({ client, usageTable: env.USAGE_TABLE }),
    spendEvents: busSpendEvents({
      table,
      publish: eventBridge(once(loadBus), env.EVENT_BUS_NAME),
      clock: systemClock,
    }),
    modelClient: httpModelClient(),
    pause: async (ms) => await sleep(ms),
  };
};

/** For those that read and end calls that others made. */
export const wireSettling = (): Settling => settling(foundation());

const foundation = () => {
  const env = readEnv(inferenceEnv);
  const client = DynamoDBDocumentClient.from(dynamoClient(), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return { env, client, table: dynamoKeysTable({ client, keysTable: env.KEYS_TABLE }) };
};

const settling = ({
  env,
  table,
}: Pick<ReturnType<typeof foundation>, 'env' | 'table'>): Settling => ({
  ledger: dynamoSpendLedger({ table }),
  keys: dynamoKeyRegister({ table }),
  clock: systemClock,
  loadTokenizer,
  metrics: { record: recordMetrics },
  sampler: logContentSampler({
    share: Number(env.CONTENT_SAMPLE_SHARE),
    random: Math.random,
    log: (message, facts) => logger.info(message, { ...facts }),
  }),
  note,
  report,
});

const loadBus = async () => new (await import('#beside/event-bridge')).EventBridgeClient();

const loadTokenizer = async (): Promise<CountTokens> => {
  const { countTokens } = await import('#beside/tokenizer');
  // Text that spells a special token is plain text here.
  return inPieces((text) =>
    countTokens(text, { allowedSpecial: new Set(), disallowedSpecial: new Set() }),
  );
};
