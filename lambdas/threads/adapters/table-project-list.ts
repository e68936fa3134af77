import * as z from 'zod';
import type { ProjectList } from '../ports/projects.ts';
import { AppError } from '../../shared/app-error.ts';
import { cursorInvalid } from '../../shared/cursor.ts';
import { readAll, type ItemKey, type Tables } from '../../platform/tables/tables.ts';

const RACES_MAX = 10;
/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^[0-9a-z_]{1,64}$/;

export interface ProjectListDeps<T> {
  readonly tables: Tables;
  /** First part of the sort key, `TOOL`. */
  readonly prefix: string;
  readonly schema: z.ZodType<T>;
  readonly entriesMax: number;
}

const item = z.object({ entry: z.string(), rev: z.number() });

/** Entries of a project as items of one partition; an id is taken once. */
export const tableProjectList = <T extends { readonly id: string }>(
  deps: ProjectListDeps<T>,
): ProjectList<T> => {
  const keyOf = (projectId: string, id: string): ItemKey => ({
    pk: `P#${encodeURIComponent(projectId)}`,
    sk: `${deps.prefix}#${encodeURIComponent(id)}`,
  });
  const entryOf = (stored: unknown): T => deps.schema.parse(JSON.parse(item.parse(stored).entry));
  const list: ProjectList<T>['list'] = async (projectId, afterId, limit) => {
    if (afterId !== null && !ID.test(afterId)) throw cursorInvalid();
    const found = await readAll(deps.tables, {
      table: 'threads',
      pk: keyOf(projectId, '').pk,
      // `!` is the first character that an encoded id could continue with, so this is after the id itself.
      from: `${keyOf(projectId, afterId ?? '').sk}${afterId === null ? '' : '!'}`,
      to: `${deps.prefix}#~`,
      isAscending: true,
      limit,
    });
    return found.map(entryOf);
  };
  return {
    create: async (projectId, entry) => {
      const entries = await list(projectId, null, deps.entriesMax);
      if (entries.some(({ id }) => id === entry.id)) return 'exists';
      if (entries.length >= deps.entriesMax) return 'full';
      const key = keyOf(projectId, entry.id);
      const outcome = await deps.tables.write({
        kind: 'put',
        table: 'threads',
        key,
        condition: 'attribute_not_exists(pk)',
        item: { ...key, schema: 1, rev: 0, entry: JSON.stringify(entry) },
      });
      return outcome.kind === 'written' ? 'created' : 'exists';
    },
    get: async (projectId, id) => {
      if (!ID.test(id)) return null;
      const stored = await deps.tables.get('threads', keyOf(projectId, id));
      return stored === null ? null : entryOf(stored);
    },
    list,
    all: async (projectId) => await list(projectId, null, deps.entriesMax),
    change: async (projectId, id, change) => {
      if (!ID.test(id)) return null;
      const key = keyOf(projectId, id);
      for (let races = 0; races < RACES_MAX; races++) {
        const stored = await deps.tables.get('threads', key);
        if (stored === null) return null;
        const entry = change(entryOf(stored));
        const { rev } = item.parse(stored);
        const outcome = await deps.tables.write({
          kind: 'update',
          table: 'threads',
          key,
          condition: 'rev = :rev',
          update: 'SET entry = :entry, rev = :next',
          values: { ':rev': rev, ':next': rev + 1, ':entry': JSON.stringify(entry) },
        });
        if (outcome.kind === 'written') return entry;
      }
      throw new AppError({
        code: 'conflict',
        publicMessage: 'It is being changed by too many at once; nothing was changed.',
      });
    },
    remove: async (projectId, id) => {
      if (!ID.test(id)) return false;
      const outcome = await deps.tables.write({
        kind: 'delete',
        table: 'threads',
        key: keyOf(projectId, id),
        condition: 'attribute_exists(pk)',
      });
      return outcome.kind === 'written';
    },
  };
};
