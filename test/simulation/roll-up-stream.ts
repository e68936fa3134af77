import { crossedThresholds, type KeyChange } from '../../lambdas/ledger/domain/key-change.ts';
import { busSpendEvents } from '../../lambdas/ledger/adapters/bus-spend-events.ts';
import { keyItem, keyStateOf } from '../../lambdas/ledger/adapters/key-item.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import type { UsageStore } from '../../lambdas/ledger/ports.ts';
import { rollUpUsage } from '../../lambdas/ledger/usecases/roll-up-usage.ts';
import type { Update } from '../../lambdas/platform/tables/tables.ts';
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
    .map(({ before, after }) => changeOf(before, after));
  const usage = dynamoUsageStore({ tables: new MemoryTables() });
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
    return {
      usage: dying(mutation === 'roll up twice' ? forgetful(usage, random) : usage, dies),
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
      pause: async (ms: number) => void (nowMs += ms),
    };
  };
  for (let at = 0, deps = instance(); at < changes.length;) {
    const change = changes[at];
    if (change === undefined) break;
    try {
      await rollUpUsage(deps, change);
      // A batch whose answer was lost comes again from an earlier record.
      const isAgain = random.chance(0.1);
      if (isAgain) seen.add('delivered again');
      at = isAgain ? Math.max(0, at - random.below(3)) : at + 1;
    } catch (error) {
      must(error instanceof Error && error.message === 'died', String(error));
      deps = instance();
    }
  }
  await checkSums(usage, changes);
  checkEvents(told, changes, unsaid);
};

const changeOf = (before: unknown, after: unknown): KeyChange => {
  const item = keyItem.parse(after);
  const isSettled = item.write === 'settle' || item.write === 'expire';
  return {
    settlement: isSettled ? (item.last ?? null) : null,
    before: keyStateOf(keyItem.parse(before)),
    after: keyStateOf(item),
  };
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
  const due = new Set(
    changes.flatMap(({ before, after }) =>
      crossedThresholds(before, after).map((share) => `KeyCapWarned#${after.window}#${share}`),
    ),
  );
  const ids = new Set(told.map((id) => id));
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

const dying = (usage: UsageStore, dies: () => void): UsageStore => ({
  ...usage,
  record: async (settlement) => {
    dies();
    const isNew = await usage.record(settlement);
    dies();
    return isNew;
  },
});

const forgetful = (usage: UsageStore, random: Seeded): UsageStore => ({
  ...usage,
  record: async (settlement) =>
    await usage.record({ ...settlement, holdId: `${settlement.holdId}${random.below(1_000)}` }),
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
  transact: tables.transact.bind(tables),
});
