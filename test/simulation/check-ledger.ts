import { keyItem, keyStateOf } from '../../lambdas/inference/adapters/key-item.ts';
import type { MemoryKeysTable } from '../support/expressions.ts';
import { KEY_ID } from '../support/key-items.ts';
import { must } from './scheduler.ts';

/** Every version that the key ever had, against the invariants of the ledger. */
export const checkLedger = (
  memory: MemoryKeysTable,
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
  const item = keyItem.parse(memory.items.get(`KEY#${KEY_ID}|STATE`));
  must(Object.keys(item.holds).length === 0, 'a hold is left after everything ended');
  must(item.available === item.cap - item.spent, 'available is not cap - spent');
  must(item.sweep_at === undefined, 'the sweep looks at a key without holds');
};
