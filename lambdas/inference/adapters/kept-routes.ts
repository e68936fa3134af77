import type { Clock } from '../../shared/deps.ts';
import type { KeptRoutes, RouteStore } from '../ports/routes.ts';
import type { RouteBook } from '../routing/route.ts';

const KEPT_MS = 10_000;
const PROJECTS_MAX = 1_000;

interface Kept {
  readonly book: RouteBook;
  readonly untilMs: number;
}

/** What was read is kept for a while, by each function for itself; a name that is not in it may have been made since. */
export const keptRoutes = (store: Pick<RouteStore, 'read'>, clock: Clock): KeptRoutes => {
  const kept = new Map<string, Kept>();
  return {
    find: async (projectId, name) => {
      const known = kept.get(projectId);
      if (known !== undefined && known.untilMs > clock.nowMs() && known.book.has(name))
        return known.book;
      const { book } = await store.read(projectId);
      if (kept.size >= PROJECTS_MAX) kept.clear();
      kept.set(projectId, { book, untilMs: clock.nowMs() + KEPT_MS });
      return book.has(name) ? book : null;
    },
  };
};
