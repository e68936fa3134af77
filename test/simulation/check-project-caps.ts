import { keyItem, keyStateOf, type KeyItem } from '../../lambdas/ledger/adapters/key-item.ts';
import { projectShardOf } from '../../lambdas/ledger/adapters/project-shard.ts';
import { unpackHold } from '../../lambdas/ledger/domain/hold.ts';
import { sumOf, unpackPart, type ProjectShard } from '../../lambdas/ledger/domain/project-cap.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import { must } from './scheduler.ts';

/** Books of its own beside those of the ledger, kept from what each step did to the keys. */
export interface ProjectWatch {
  /** One step of storage, and what must hold after it. */
  step<T>(apply: () => T): T;
  /** An administrator changes the cap, and when he was told whether every key is bound by it. */
  begins(): number;
  ends(change: number, isBound: boolean): void;
}

interface View {
  readonly keys: ReadonlyMap<string, KeyItem>;
  readonly shards: readonly ProjectShard[];
}

export const projectWatch = (memory: MemoryTables, seen: Set<unknown>): ProjectWatch => {
  /** What was settled of each budget, by `epoch|window`. */
  const spent = new Map<string, number>();
  let isBound = false;
  let changes = 0;
  /** Begun and not ended, by those that died too. */
  let open = 0;
  let isAlone = false;
  return {
    begins: () => {
      isBound = false;
      isAlone = open === 0;
      open += 1;
      changes += 1;
      return changes;
    },
    ends: (change, is) => {
      open -= 1;
      isBound = is && isAlone && change === changes;
      if (isBound) checkBound(viewOf(memory));
    },
    step: (apply) => {
      const before = viewOf(memory);
      const outcome = apply();
      const after = viewOf(memory);
      for (const [keyId, item] of after.keys) {
        keyStateOf(item);
        note(spent, before, keyId, item, seen);
        checkAdmitted(spent, before.keys.get(keyId), item, after);
      }
      checkSum(spent, after, seen);
      if (isBound) checkBound(after);
      return outcome;
    },
  };
};

const viewOf = (memory: MemoryTables): View => {
  const items = [...memory.items.keys.values()];
  return {
    keys: new Map(
      items
        .filter((item) => item['sk'] === 'STATE')
        .map((item) => [String(item['key_id']), keyItem.parse(item)] as const),
    ),
    shards: items.filter((item) => item['project_shard'] !== undefined).map(projectShardOf),
  };
};

const budgetName = (part: string): string => part.split('|').slice(1).join('|');

/** A settlement counts in the budget that its part was of; one that came too late for it counts no more than was held. */
const note = (
  spent: Map<string, number>,
  { keys, shards }: View,
  keyId: string,
  after: KeyItem,
  seen: Set<unknown>,
): void => {
  const before = keys.get(keyId);
  for (const [holdId, part] of Object.entries(before?.project_holds ?? {})) {
    const packed = before?.holds[holdId];
    if (packed === undefined || holdId in after.holds || after.last?.holdId !== holdId) continue;
    const { shard, epoch, window } = unpackPart(part);
    const own = shards.find(({ index }) => index === shard);
    const isLate = own?.epoch !== epoch || own.window !== window;
    const cost = after.last.costNanoUsd;
    const held = unpackHold(packed).amountNanoUsd;
    if (isLate) seen.add('settled after its budget');
    if (cost > held) seen.add('cost above its hold');
    const counted = isLate ? Math.min(cost, held) : cost;
    spent.set(budgetName(part), (spent.get(budgetName(part)) ?? 0) + counted);
  }
};

/** By the keys' own entries: what they hold and spent of a budget stays within its cap whenever a hold is added. */
const checkAdmitted = (
  spent: ReadonlyMap<string, number>,
  before: KeyItem | undefined,
  after: KeyItem,
  view: View,
): void => {
  for (const [holdId, part] of Object.entries(after.project_holds ?? {})) {
    must(holdId in after.holds, 'a part is left of a hold that ended');
    if (before?.project_holds?.[holdId] !== undefined) continue;
    const { epoch } = unpackPart(part);
    const [first] = view.shards;
    must(
      first?.isOn === true && first.epoch === epoch,
      'a part was taken of a budget that is over',
    );
    const committed = heldOf(view, budgetName(part)) + (spent.get(budgetName(part)) ?? 0);
    must(
      committed <= (first?.capNanoUsd ?? 0),
      'the keys hold and spent more than their project has',
    );
  }
};

const heldOf = ({ keys }: View, budget: string): number => {
  let held = 0;
  for (const item of keys.values())
    for (const [holdId, part] of Object.entries(item.project_holds ?? {}))
      if (budgetName(part) === budget) held += unpackHold(item.holds[holdId] ?? '0').amountNanoUsd;
  return held;
};

const checkSum = (spent: ReadonlyMap<string, number>, view: View, seen: Set<unknown>): void => {
  const { shards } = view;
  const [first] = shards;
  if (first === undefined) return;
  for (const name of ['epoch', 'revision', 'isOn', 'capNanoUsd', 'period'] as const)
    must(
      shards.every((shard) => shard[name] === first[name]),
      `shards differ in ${name}`,
    );
  must(
    sumOf(shards, (shard) => shard.allottedNanoUsd) === first.capNanoUsd,
    'shards are not the cap',
  );
  if (shards.some(({ isTight }) => isTight)) seen.add('tight');
  else
    must(
      shards.every(({ availableNanoUsd }) => availableNanoUsd >= 0),
      'a shard owes what the others do not know of',
    );
  if (shards.some(({ window }) => window !== first.window)) {
    seen.add('between two windows');
    return;
  }
  const held = sumOf(shards, (shard) => shard.heldNanoUsd);
  const gone = sumOf(shards, (shard) => shard.spentNanoUsd);
  must(
    sumOf(shards, (shard) => shard.availableNanoUsd) === first.capNanoUsd - gone - held,
    'what is available is not the cap less what is spent and held',
  );
  const budget = `${first.epoch}|${first.window}`;
  must(gone === (spent.get(budget) ?? 0), 'the project has spent something else than its keys');
  if (first.isOn)
    must(held === heldOf(view, budget), 'the project holds something else than its keys');
};

const checkBound = ({ keys, shards }: View): void => {
  must(shards[0]?.isOn === true, 'a cap that was answered is not there');
  for (const item of keys.values())
    must(item.project_holds !== undefined, 'a key does not know of the cap that was answered');
};
