import * as z from 'zod';
import { ALIASES, PROJECT_DEFAULTS, type ProjectSettings } from '../domain/project.ts';
import { PROJECT_TTL_MS, PROJECTS_KEPT_MAX } from '../domain/limits.ts';
import type { ProjectBook } from '../ports/projects.ts';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { Timers } from '../../shared/deps.ts';

export interface ProjectBookDeps {
  readonly tables: Tables;
  readonly timers: Pick<Timers, 'nowMs'>;
}

interface Kept {
  readonly settings: ProjectSettings;
  readonly untilMs: number;
}

const item = z.object({ dialects: z.array(z.enum(ALIASES)) });

/** One item a project. What was read is kept for a while: every turn asks, and hardly any answer is another one. */
export const tableProjectBook = ({ tables, timers }: ProjectBookDeps): ProjectBook => {
  const kept = new Map<string, Kept>();
  return {
    settings: async (projectId) => {
      const known = kept.get(projectId);
      if (known !== undefined && known.untilMs > timers.nowMs()) return known.settings;
      const stored = await tables.get('threads', keyOf(projectId));
      const settings = stored === null ? PROJECT_DEFAULTS : item.parse(stored);
      if (kept.size >= PROJECTS_KEPT_MAX) kept.clear();
      kept.set(projectId, { settings, untilMs: timers.nowMs() + PROJECT_TTL_MS });
      return settings;
    },
    set: async (projectId, { dialects }) => {
      const key = keyOf(projectId);
      await tables.write({
        kind: 'put',
        table: 'threads',
        key,
        item: { ...key, schema: 1, dialects: [...dialects] },
      });
      kept.delete(projectId);
    },
  };
};

const keyOf = (projectId: string): ItemKey => ({
  pk: `P#${encodeURIComponent(projectId)}`,
  sk: 'SETTINGS',
});
