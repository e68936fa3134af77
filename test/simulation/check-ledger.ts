import { keyItem, keyStateOf, type KeyItem } from '../../lambdas/ledger/adapters/key-item.ts';
import { minuteOf } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { unpackHold } from '../../lambdas/ledger/domain/hold.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import { KEY_ID } from '../support/key-items.ts';
import { must } from './scheduler.ts';

/** Every version that the key ever had, against the invariants of the ledger. */
export const checkLedger = (
  memory: MemoryTables,
  { maxCap, realCost }: { readonly maxCap: number; readonly realCost: number },
): void => {
  const taken = new Set<string>();
  const ended = new Set<string>();
  let settled = 0;
  for (const { before, after } of memory.stream) {
    if (after['sk'] !== 'STATE') continue;
    const item = keyItem.parse(after);
    // Asserts that what is available is the cap less what is spent and held.
    keyStateOf(item);
    must(item.spent <= maxCap, 'settled cost passes the cap');
    const old = keyItem.parse(before);
    if (item.write === 'hold') {
      must(item.available >= 0, 'a hold was admitted over the cap');
      must(old.status === 'active', 'a hold was admitted on a key that is not active');
      for (const id of Object.keys(item.holds)) if (!(id in old.holds)) taken.add(id);
    }
    checkRate(old, item);
    checkMove(old, item, taken);
    if (item.write === 'withdraw') {
      const withdrawn = Object.keys(old.holds).filter((id) => !(id in item.holds));
      must(withdrawn.length === 1, 'not one hold was withdrawn');
      must(item.spent === old.spent, 'a hold that never was has cost something');
      for (const id of withdrawn) taken.delete(id);
    }
    must(item.window >= old.window, 'a window was turned back');
    if (item.write !== 'settle' && item.write !== 'expire') continue;
    const { last } = item;
    must(last !== undefined, 'a settlement without its record');
    if (last === undefined) continue;
    must(!ended.has(last.holdId), `the hold ${last.holdId} ended twice`);
    must(last.holdId in old.holds, 'a settlement without its hold');
    ended.add(last.holdId);
    settled += last.costNanoUsd;
  }
  must(settled >= realCost, 'a provider was paid more than was settled');
  must(
    [...taken].every((id) => ended.has(id)),
    'a hold never ended',
  );
  const item = keyItem.parse(memory.items.keys.get(`KEY#${KEY_ID}|STATE`));
  must(Object.keys(item.holds).length === 0, 'a hold is left after everything ended');
  must(item.available === item.cap - item.spent, 'available is not cap - spent');
  must(item.sweep_at === undefined, 'the sweep looks at a key without holds');
};

/** A hold that became one for another model: one for one, within the cap, on a key that may still call. */
const checkMove = (old: KeyItem, item: KeyItem, taken: Set<string>): void => {
  if (item.write !== 'reprice' && item.write !== 'settle') return;
  const isNew = Object.keys(item.holds).filter((id) => !(id in old.holds));
  if (item.write === 'reprice') {
    must(item.spent === old.spent, 'a model that billed nothing has cost something');
    must(Object.keys(item.holds).length === Object.keys(old.holds).length, 'a hold was lost');
  }
  const gone = Object.keys(old.holds).filter((id) => !(id in item.holds));
  if (item.write === 'reprice') for (const id of gone) taken.delete(id);
  if (item.write === 'settle' && isNew.length === 0) return;
  must(isNew.length <= 1, 'a settlement took more than one hold');
  must(item.available >= 0, 'a hold was moved over the cap');
  must(old.status === 'active', 'a hold was moved on a key that is not active');
  if (item.write === 'settle')
    must(!((item.last?.holdId ?? '') in item.holds), 'a settled hold still stands');
  for (const id of isNew) taken.add(id);
};

/** Each hold counts once in its minute, one that was withdrawn does not, and nothing else changes a count that is kept. */
const checkRate = (old: KeyItem, item: KeyItem): void => {
  const change = Object.keys(item.rate).reduce(
    (sum, minute) => sum + (item.rate[minute] ?? 0) - (old.rate[minute] ?? 0),
    0,
  );
  const due = item.write === 'hold' ? 1 : item.write === 'withdraw' ? -1 : 0;
  // The minute of a hold may have left the item before its hold did.
  must(
    change === due || (item.write === 'withdraw' && change === 0 && isUncounted(old, item)),
    `a ${item.write ?? 'write'} changed the calls of its minute by ${change}`,
  );
};

const isUncounted = (old: KeyItem, item: KeyItem): boolean =>
  Object.entries(old.holds).some(
    ([id, packed]) => !(id in item.holds) && !(minuteOf(unpackHold(packed).heldAtMs) in old.rate),
  );
