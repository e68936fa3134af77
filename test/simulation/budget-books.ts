import { windowOf } from '../../lambdas/ledger/domain/window.ts';
import type { Item } from '../../lambdas/platform/tables/tables.ts';

const WARN_AT = [0.5, 0.8, 1];

interface Due {
  readonly epoch: number;
  readonly window: string;
  readonly threshold: number;
  readonly capNanoUsd: number;
  readonly isCrossedAnew: boolean;
}

/** Books of a simulation beside the ledger's: what was spent of each budget, and when its cap changed. */
export const budgetBooks = () => {
  /** By budget, then by shard: what was spent of a budget is never less than it was. */
  const budgets = new Map<string, Map<number, number>>();
  const highestCaps = new Map<number, number>();
  /** What was spent when a cap of this budget was last set. */
  const atChange = new Map<string, number>();
  let latest: Item | null = null;
  const spent = (epoch: number, window: string): number =>
    [...(budgets.get(`${epoch}|${window}`)?.values() ?? [])].reduce((sum, one) => sum + one, 0);
  return {
    spent,
    spentAtChange: (capNanoUsd: number): number =>
      atChange.get(`${String(latest?.['epoch'])}|${capNanoUsd}`) ?? 0,
    isOver: (window: string): boolean =>
      latest !== null && window !== latest['window'] && window !== 'lifetime',
    note: (items: ReadonlyMap<string, Item>): void => {
      for (const item of items.values()) {
        if (item['project_shard'] === undefined) continue;
        const budget = `${String(item['epoch'])}|${String(item['window'])}`;
        const shards = budgets.get(budget) ?? new Map<number, number>();
        budgets.set(budget, shards.set(Number(item['project_shard']), Number(item['spent'])));
        if (item['project_shard'] === 0) {
          const epoch = Number(item['epoch']);
          const cap = Number(item['cap']);
          highestCaps.set(epoch, Math.max(cap, highestCaps.get(epoch) ?? 0));
          if (item['revision'] !== latest?.['revision'])
            atChange.set(`${epoch}|${cap}`, spent(epoch, String(item['window'])));
          latest = item;
        }
      }
    },
    /** Shares that must have been told of the budget that is open, and of its window before. */
    due: (nowMs: number): readonly Due[] => {
      if (latest?.['is_on'] !== true) return [];
      const shard = latest;
      const [epoch, cap] = [Number(shard['epoch']), Number(shard['cap'])];
      const now = windowOf(shard['period'] === 'month' ? 'month' : 'lifetime', nowMs);
      return [...budgets.keys()]
        .map((name) => name.split('|'))
        .filter(([of]) => Number(of) === epoch)
        .flatMap(([, window = '']) => {
          // Of a window that is over, nobody hears what a later and lower cap makes true.
          const capNanoUsd = window === now ? cap : (highestCaps.get(epoch) ?? cap);
          return WARN_AT.filter(
            (share) => spent(epoch, window) > 0 && spent(epoch, window) >= share * capNanoUsd,
          ).map((threshold) => ({
            epoch,
            window,
            threshold,
            capNanoUsd,
            isCrossedAnew: (atChange.get(`${epoch}|${cap}`) ?? 0) < threshold * capNanoUsd,
          }));
        });
    },
  };
};
