import { TITLE_TRIES_MAX, TITLE_TRY_MS } from '../../domain/limits.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { ThreadTitles } from '../../ports/titles.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import { metaKey } from './thread-keys.ts';

const UNTITLED =
  'title = :none AND attribute_not_exists(titled_at) AND attribute_not_exists(deleted_at)';

export const tableThreadTitles = (tables: Tables): ThreadTitles => {
  const update = async (
    place: ThreadPlace,
    write: { condition: string; update: string; values: Record<string, unknown> },
  ): Promise<boolean> => {
    const outcome = await tables.write({
      kind: 'update',
      table: 'threads',
      key: metaKey(place),
      condition: `${UNTITLED} AND ${write.condition}`,
      update: write.update,
      values: { ...write.values, ':none': null },
    });
    return outcome.kind === 'written';
  };
  return {
    claim: async (place, nowMs) =>
      await update(place, {
        condition:
          '(attribute_not_exists(title_tries) OR title_tries < :max) AND (attribute_not_exists(title_until) OR title_until < :now)',
        update: 'SET title_tries = if_not_exists(title_tries, :zero) + :one, title_until = :until',
        values: {
          ':max': TITLE_TRIES_MAX,
          ':zero': 0,
          ':one': 1,
          ':now': nowMs,
          ':until': nowMs + TITLE_TRY_MS,
        },
      }),
    release: async (place) => {
      await update(place, {
        condition: 'attribute_exists(title_until)',
        update: 'REMOVE title_until',
        values: {},
      });
    },
    write: async (place, title, nowMs) =>
      await update(place, {
        condition: 'attribute_exists(pk)',
        update:
          'SET title = :title, titled_at = :now, edit_count = if_not_exists(edit_count, :zero) + :one',
        values: { ':title': title, ':now': nowMs, ':zero': 0, ':one': 1 },
      }),
  };
};
