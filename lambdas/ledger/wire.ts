import type { JsonCall } from '../platform/aws/aws-json-client.ts';
import { systemClock } from '../platform/clock.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { eventBus } from '../platform/event-bus.ts';
import { readEnv } from '../platform/env.ts';
import { note } from '../platform/invocation.ts';
import { report } from '../platform/logger.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import type { Tables } from '../platform/tables/tables.ts';
import { timers } from '../platform/timers.ts';
import type { Clock, Metrics, Report } from '../shared/deps.ts';
import { busSpendEvents, spendEntry } from './adapters/bus-spend-events.ts';
import { dynamoCancelFlags } from './adapters/dynamo-cancel-flags.ts';
import { dynamoCapBook } from './adapters/dynamo-cap-book.ts';
import { dynamoKeyDoor } from './adapters/dynamo-key-door.ts';
import { dynamoKeyRegister } from './adapters/dynamo-key-register.ts';
import { dynamoProjectSpending } from './adapters/dynamo-project-spending.ts';
import { dynamoSpendLedger } from './adapters/dynamo-spend-ledger.ts';
import { dynamoUsageStore } from './adapters/dynamo-usage-store.ts';
import { threadWitnesses } from './adapters/thread-witnesses.ts';
import { expiryEnv, ledgerEnv, type LedgerEnv } from './env.ts';
import type {
  CancelFlags,
  CapBook,
  KeyDoor,
  KeyRegister,
  SpendLedger,
  UsageStore,
} from './ports.ts';
import type { SpendEvents } from './ports/spend-events.ts';
import type { RollUpDeps } from './usecases/roll-up-usage.ts';

/** Keys and the money in flight: enough to read and end calls that others made. */
export interface KeyBooks {
  readonly ledger: SpendLedger;
  readonly keys: KeyDoor;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Ids that the log lines of this invocation carry from now on. */
  readonly note: (facts: Readonly<Record<string, string>>) => void;
  readonly report: Report;
}

/** What one metered call needs of the ledger. */
export interface Books extends KeyBooks {
  readonly cancelFlags: CancelFlags;
  readonly spendEvents: SpendEvents;
  readonly capBook: CapBook;
}

/** The ledger's adapters, made once per cold start. */
export const wireBooks = (call: JsonCall): Books => {
  const env = readEnv(ledgerEnv);
  const tables = ledgerTables(env, call);
  return {
    ...keyBooks(tables),
    cancelFlags: dynamoCancelFlags({ tables }),
    capBook: dynamoCapBook({ tables }),
    spendEvents: busSpendEvents({
      tables,
      publish: spendEntry(eventBus(env.EVENT_BUS_NAME)),
      clock: systemClock,
    }),
  };
};

/** Keys whole, which no call reads. */
export const wireKeyRegister = (call: JsonCall = dynamoCalls()): KeyRegister =>
  dynamoKeyRegister({ tables: ledgerTables(readEnv(ledgerEnv), call) });

/** The same with keys whole and what calls became. */
export const wireUsageBooks = (
  call: JsonCall = dynamoCalls(),
): Books & { readonly keys: KeyRegister; readonly usage: UsageStore } => ({
  ...wireBooks(call),
  keys: wireKeyRegister(call),
  usage: dynamoUsageStore({ tables: ledgerTables(readEnv(ledgerEnv), call) }),
});

/** What rolls settlements up. */
export const wireRollUp = (): RollUpDeps => {
  const call = dynamoCalls();
  return {
    ...wireUsageBooks(call),
    projects: dynamoProjectSpending(ledgerTables(readEnv(ledgerEnv), call)),
    pause: async (ms) => await timers.sleep(ms),
  };
};

/** A part of it, for bundles that need no more. */
export const wireKeyBooks = (call: JsonCall = dynamoCalls()): KeyBooks =>
  keyBooks(ledgerTables(readEnv(ledgerEnv), call));

/** What expires holds. */
export const wireExpiry = (): KeyBooks => {
  const call = dynamoCalls();
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
  keys: dynamoKeyDoor({ tables }),
  clock: systemClock,
  metrics: { record: recordMetrics },
  note,
  report,
});
