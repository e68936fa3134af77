import type { JsonCall } from '../platform/aws/aws-json-client.ts';
import { systemClock } from '../platform/clock.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { note } from '../platform/invocation.ts';
import { report } from '../platform/logger.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import type { Tables } from '../platform/tables/tables.ts';
import type { Clock, Metrics, Report } from '../shared/deps.ts';
import { once } from '../shared/once.ts';
import { busSpendEvents, eventBridge } from './adapters/bus-spend-events.ts';
import { dynamoCancelFlags } from './adapters/dynamo-cancel-flags.ts';
import { dynamoKeyRegister } from './adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from './adapters/dynamo-spend-ledger.ts';
import { dynamoUsageStore } from './adapters/dynamo-usage-store.ts';
import { threadWitnesses } from './adapters/thread-witnesses.ts';
import { expiryEnv, ledgerEnv, type LedgerEnv } from './env.ts';
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
export const wireBooks = (call: JsonCall = dynamoCalls()): Books => {
  const env = readEnv(ledgerEnv);
  const tables = ledgerTables(env, call);
  return {
    ...keyBooks(tables),
    usage: dynamoUsageStore({ tables }),
    cancelFlags: dynamoCancelFlags({ tables }),
    spendEvents: busSpendEvents({
      tables,
      publish: eventBridge(once(loadBus), env.EVENT_BUS_NAME),
      clock: systemClock,
    }),
  };
};

/** A part of it, for bundles that need no more. */
export const wireKeyBooks = (call: JsonCall = dynamoCalls()): KeyBooks =>
  keyBooks(ledgerTables(readEnv(ledgerEnv), call));

/** What expires holds. */
export const wireExpiry = (call: JsonCall = dynamoCalls()): KeyBooks => {
  const env = readEnv(expiryEnv);
  const threads = dynamoTables({ call, tableNames: { threads: env.THREADS_TABLE } });
  const tables = ledgerTables(env, call);
  return {
    ...keyBooks(tables),
    ledger: dynamoSpendLedger({ tables, witnesses: threadWitnesses(threads) }),
  };
};

const ledgerTables = (env: LedgerEnv, call: JsonCall): Tables =>
  dynamoTables({ call, tableNames: { keys: env.KEYS_TABLE, usage: env.USAGE_TABLE } });

const keyBooks = (tables: Tables): KeyBooks => ({
  ledger: dynamoSpendLedger({ tables }),
  keys: dynamoKeyRegister({ tables }),
  clock: systemClock,
  metrics: { record: recordMetrics },
  note,
  report,
});

const loadBus = async () => new (await import('#beside/event-bridge')).EventBridgeClient();
