import { keyChangeOf } from '../../lambdas/ledger/adapters/stream-change.ts';
import { crossedThresholds, type KeyChange } from '../../lambdas/ledger/domain/key-change.ts';
import { busSpendEvents } from '../../lambdas/ledger/adapters/bus-spend-events.ts';
import { dynamoProjectSpending } from '../../lambdas/ledger/adapters/dynamo-project-spending.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import type { UsageStore } from '../../lambdas/ledger/ports.ts';
import { rollUpUsage } from '../../lambdas/ledger/usecases/roll-up-usage.ts';
import type { Tables, Update } from '../../lambdas/platform/tables/tables.ts';
import { PROJECT } from '../support/key-items.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { must } from './scheduler.ts';
import type { Seeded } from './seeded.ts';

/** Every run lies in it. */
const SPAN = { fromMs: Date.UTC(2026, 9, 1), toMs: Date.UTC(2027, 2, 1) };
const PASSED = ['settle', 'expire', 'admin'];

/** The stream of one run, delivered at least once to functions that die: sums and events must come out exact. */
export const rollUpStream = async (
  memory: MemoryTables,
  random: Seeded,
  mutation: string | null,
  seen: Set<unknown>,
): Promise<void> => {
  const changes = memory.stream
    .filter(({ after }) => after['sk'] === 'STATE' && PASSED.includes(String(after['write'])))
    .flatMap(({ before, after }) =>
      before === null ? [] : [{ kind: 'key' as const, ...keyChangeOf(before, after) }],
    );
  const rows = methodsOf(new MemoryTables());
  const usage = dynamoUsageStore({ tables: rows });
  const told: string[] = [];
  /** Tellings whose teller died before it said so: each may be repeated once. */
  let unsaid = 0;
  let nowMs = 0;
  const instance = () => {
    const dies = (): void => {
      if (!random.chance(0.05)) return;
      seen.add('roll-up died');
      throw new Error('died');
    };
    const tables = Object.assign(new MemoryTables(), { items: memory.items });
    const dyingUsage = dynamoUsageStore({ tables: dying(rows, dies) });
    return {
      usage: mutation === 'roll up twice' ? forgetful(dyingUsage, random) : dyingUsage,
      spendEvents: busSpendEvents({
        tables: {
          ...methodsOf(tables),
          update: async (update) => {
            if (update.values?.[':told'] === 1) unsaid += 1;
            dies();
            if (update.values?.[':told'] === 1) unsaid -= 1;
            const outcome = tables.applyUpdate(
              mutation === 'tell twice' ? unclaimed(update) : update,
            );
            dies();
            return outcome;
          },
        },
        publish: async (_event, id) => {
          dies();
          told.push(id);
          unsaid += 1;
          dies();
          unsaid -= 1;
        },
        clock: { nowMs: () => nowMs },
      }),
      projects: dynamoProjectSpending(rows),
      clock: { nowMs: () => nowMs },
      pause: async (ms: number) => void (nowMs += ms),
    };
  };
  for (let at = 0, deps = instance(); at < changes.length;) {
    const batch = changes.slice(at, at + 1 + random.below(6));
    if (batch.length > 1) seen.add('rolled up together');
    const { failed } = await rollUpUsage(deps, batch);
    if (failed === null) {
      // A batch whose answer was lost comes again from an earlier record.
      const isAgain = random.chance(0.1);
      if (isAgain) seen.add('delivered again');
      at = isAgain ? Math.max(0, at - random.below(3)) : at + batch.length;
    } else {
      must(failed.error instanceof Error && failed.error.message === 'died', String(failed.error));
      // Who died answered nothing; who only lost a write says where it was.
      if (random.chance(0.5)) at += failed.index;
      deps = instance();
    }
  }
  await checkSums(usage, changes);
  checkEvents(told, changes, unsaid);
};

const checkSums = async (usage: UsageStore, changes: readonly KeyChange[]): Promise<void> => {
  const settled = changes.flatMap(({ settlement }) => settlement ?? []);
  const query = { projectId: PROJECT, keyId: null, ...SPAN };
  const hours = await usage.hours(query);
  const cost = hours.reduce((sum, hour) => sum + hour.total.costNanoUsd, 0n);
  const count = hours.reduce((sum, hour) => sum + hour.total.requestCount, 0);
  must(
    cost === BigInt(settled.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0)),
    'the roll-up is not the sum of the settlements',
  );
  must(count === settled.length, 'the roll-up does not count every settlement once');
};

/** Told at least once each; more than once only by who died between telling and saying so, which the id undoes. */
const checkEvents = (
  told: readonly string[],
  changes: readonly KeyChange[],
  unsaid: number,
): void => {
  const due = dueEvents(changes);
  const ids = new Set(told);
  must(
    [...due].every((id) => ids.has(id)),
    'a threshold was crossed and not told',
  );
  must(
    [...ids].every((id) => due.has(id)),
    'a threshold was told and not crossed',
  );
  must(told.length <= ids.size + unsaid, 'an event is told again and again');
};

/** Each share that is crossed once a window, and in one that never ends once for each cap that is higher than any before. */
const dueEvents = (changes: readonly KeyChange[]): ReadonlySet<string> => {
  const due = new Set<string>();
  const caps = new Map<number, number>();
  for (const { before, after } of changes)
    for (const share of crossedThresholds(before, after)) {
      const id = `${after.keyId}#KeyCapWarned#${after.window}#${share}`;
      const cap = after.capNanoUsd ?? 0;
      if (after.window !== 'lifetime') due.add(id);
      else if (cap > (caps.get(share) ?? -1)) due.add(`${id}#${cap}`);
      if (cap > (caps.get(share) ?? -1)) caps.set(share, cap);
    }
  return due;
};

/** Tables whose function dies before or after a transaction of theirs, which it may have written or not. */
const dying = (tables: Tables, dies: () => void): Tables => ({
  ...tables,
  transact: async (writes) => {
    dies();
    const outcome = await tables.transact(writes);
    dies();
    return outcome;
  },
});

const forgetful = (usage: UsageStore, random: Seeded): UsageStore => ({
  ...usage,
  recordAll: async (settlements) =>
    await usage.recordAll(
      settlements.map((one) => ({ ...one, holdId: `${one.holdId}${random.below(1_000)}` })),
    ),
});

const unclaimed = (update: Update): Update =>
  update.condition?.startsWith('attribute_not_exists(told)') === true
    ? { ...update, condition: 'attribute_not_exists(nothing)' }
    : update;

const methodsOf = (tables: MemoryTables) => ({
  get: tables.get.bind(tables),
  getMany: tables.getMany.bind(tables),
  query: tables.query.bind(tables),
  write: tables.write.bind(tables),
  update: tables.update.bind(tables),
  transact: tables.transact.bind(tables),
});
