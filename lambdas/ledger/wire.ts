import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { systemClock } from '../platform/clock.ts';
import { dynamoClient } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { note } from '../platform/invocation.ts';
import { report } from '../platform/logger.ts';
import { recordMetrics } from '../platform/metrics.ts';
import type { Clock, Metrics, Report } from '../shared/deps.ts';
import { once } from '../shared/once.ts';
import { busSpendEvents, eventBridge } from './adapters/bus-spend-events.ts';
import { dynamoCancelFlags } from './adapters/dynamo-cancel-flags.ts';
import { dynamoKeyRegister } from './adapters/dynamo-key-register.ts';
import { dynamoKeysTable } from './adapters/dynamo-keys-table.ts';
import { dynamoSpendLedger } from './adapters/dynamo-spend-ledger.ts';
import { dynamoUsageStore } from './adapters/dynamo-usage-store.ts';
import { ledgerEnv } from './env.ts';
import type { CancelFlags, KeyRegister, SpendEvents, SpendLedger, UsageStore } from './ports.ts';

/** Keys and the money in flight: enough to read and end calls that others made. */
export interface KeyBooks {
  readonly ledger: SpendLedger;
  readonly keys: KeyRegister;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Ids that the log lines of this invocation carry from now on. */
  readonly note: (facts: Readonly<Record<string, string>>) => void;
  readonly report: Report;
}

/** All that the ledger keeps. */
export interface Books extends KeyBooks {
  readonly usage: UsageStore;
  readonly cancelFlags: CancelFlags;
  readonly spendEvents: SpendEvents;
}

/** The ledger's adapters, made once per cold start. */
export const wireBooks = (): Books => {
  const { env, client, table } = foundation();
  return {
    ...keyBooks(table),
    usage: dynamoUsageStore({ client, usageTable: env.USAGE_TABLE }),
    cancelFlags: dynamoCancelFlags({ client, usageTable: env.USAGE_TABLE }),
    spendEvents: busSpendEvents({
      table,
      publish: eventBridge(once(loadBus), env.EVENT_BUS_NAME),
      clock: systemClock,
    }),
  };
};

/** A part of it, for bundles that need no more. */
export const wireKeyBooks = (): KeyBooks => keyBooks(foundation().table);

const foundation = () => {
  const env = readEnv(ledgerEnv);
  const client = DynamoDBDocumentClient.from(dynamoClient(), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return { env, client, table: dynamoKeysTable({ client, keysTable: env.KEYS_TABLE }) };
};

const keyBooks = (table: ReturnType<typeof foundation>['table']): KeyBooks => ({
  ledger: dynamoSpendLedger({ table }),
  keys: dynamoKeyRegister({ table }),
  clock: systemClock,
  metrics: { record: recordMetrics },
  note,
  report,
});

const loadBus = async () => new (await import('#beside/event-bridge')).EventBridgeClient();
